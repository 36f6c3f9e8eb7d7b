"""What an ensemble has found: its tables, one Parquet file each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.ensemble.tables import plain_schema
from model.errors import InputError, nearest


@dataclass(frozen=True)
class Results:
    """The finished tables of an ensemble, one Parquet file each in `folder`."""

    folder: Path

    @property
    def names(self) -> list[str]:
        """Names of the tables."""
        return sorted(path.stem for path in self.folder.glob("*.parquet"))

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run: cell, levels of the factors, draw with its parameters, seed, and whether it failed."""
        return self.table("runs")

    @property
    def failures(self) -> pd.DataFrame:
        """One row per run that failed: what it was, in which week, the message and the line of code."""
        return self.table("failures")

    def check_cells(self) -> None:
        """Refuse results in which a whole cell failed: there would be nothing to compare.

        Raises:
            InputError: names the first such cell.
        """
        failed = self.runs.groupby("cell", observed=True, sort=False)["failed"].all()
        if failed.any():
            cell = str(failed.idxmax())
            raise InputError(f"{self.folder.parent}: every run of {cell!r} failed; see tables/failures.parquet")

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a table, or some of its columns, sorted by run; texts come as categories (they take little memory)."""
        if name not in self.names:
            raise InputError(f"{self.folder}: no table {name!r}; {nearest(name, self.names)}")
        return pq.ParquetFile(self.folder / f"{name}.parquet").read(columns).to_pandas()

    def write_csv(self) -> None:
        """Write every table as CSV beside its Parquet file, a part at a time."""
        for name in self.names:
            source = pq.ParquetFile(self.folder / f"{name}.parquet")
            schema = plain_schema(source.schema_arrow)
            partial = self.folder / f"{name}.csv.tmp"
            with pyarrow.csv.CSVWriter(partial, schema) as writer:
                for number in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(number).cast(schema))
            os.replace(partial, self.folder / f"{name}.csv")
