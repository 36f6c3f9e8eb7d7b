"""What an ensemble has found: its tables, one Parquet file each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.ensemble.output import appearing
from experiments.ensemble.tables import groups, plain_schema
from model.errors import InputError, nearest

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Results:
    """The finished tables of an ensemble, one Parquet file each.

    Attributes:
        folder: where they are.
        records: names of further ones, those of the recorder, in the folder above.
    """

    folder: Path
    records: tuple[str, ...] = ()

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

    @property
    def paired(self) -> bool:
        """Whether every seed has one draw of parameters, and not all the same."""
        runs = self.table("runs", ["draw", "seed"])
        return runs["draw"].nunique() > 1 and bool((runs.groupby("seed")["draw"].nunique() == 1).all())

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
        if name not in (*self.names, *self.records):
            raise InputError(f"{self.folder}: no table {name!r}; {nearest(name, self.names)}")
        folder = self.folder.parent if name in self.records else self.folder
        return pq.ParquetFile(folder / f"{name}.parquet").read(columns).to_pandas()

    def dataset(self, name: str, factors: Sequence[str] = ()) -> xr.Dataset:
        """Return a table as labelled arrays, one for each column of numbers.

        Args:
            name: of the table.
            factors: of the design; they take the place of the label `cell`.

        Returns:
            Dimensions cell (or the factors), draw, seed and every label of the table, in order of appearance; NaN where
            a run failed or a label is missing. The quantities of a table of `key` and `value` are the keys. Where every
            seed has a draw of its own, the seed stands for both, and the only draw is 0.
        """
        import xarray as xr  # slow to load, and the first numbers do not need it

        table, heads = self.table(name), ["cell", "draw", "seed"]
        if self.paired:
            table["draw"] = 0
        if factors:
            table = table.merge(self.runs[["run", *factors]], on="run").drop(columns="cell")
            heads = [*factors, "draw", "seed"]
        table = table.drop(columns="run")
        if "key" in table:
            wide = table.pivot(index=heads, columns="key", values="value")
            table = wide[list(table["key"].unique())].rename_axis(columns=None).reset_index()
        numbers = [c for c in table if c not in heads and pd.api.types.is_float_dtype(table[c])]
        labels = [*heads, *(c for c in table if c not in (*heads, *numbers))]
        places = {label: pd.factorize(table[label], sort=label in ("draw", "seed")) for label in labels}
        at = tuple(codes for codes, _ in places.values())
        found = {}
        for column in numbers:
            values = np.full([len(names) for _, names in places.values()], np.nan)
            values[at] = table[column]
            found[column] = (labels, values)
        return xr.Dataset(found, {label: np.asarray(names) for label, (_, names) in places.items()})

    def write_csv(self) -> None:
        """Write every table as CSV beside its Parquet file, a part at a time; those of the recorder with plain days."""
        for name in self.names:
            _write_csv(self.folder / f"{name}.parquet")
        for name in self.records:
            path = self.folder.parent / f"{name}.parquet"
            fields = pq.read_schema(path)
            _write_csv(path, [f.name for f in fields if pa.types.is_timestamp(f.type)])


def _write_csv(path: Path, days: Iterable[str] = ()) -> None:
    schema = plain_schema(pq.read_schema(path))
    for name in days:
        schema = schema.set(schema.get_field_index(name), pa.field(name, pa.date32()))
    with appearing(path.with_suffix(".csv")) as partial, pyarrow.csv.CSVWriter(partial, schema) as writer:
        for group in groups(path):
            writer.write_table(group.cast(schema))
