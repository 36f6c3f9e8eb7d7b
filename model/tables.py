"""Reading one CSV file of a world: every cell is checked against what `columns.csv` declares."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from model.errors import InputError, nearest, shown

TYPES: dict[str, type] = {"text": str, "number": float, "integer": int, "flag": bool, "date": date}
Columns = list[dict[str, str]]
LARGEST_CELL = 10_000  # characters
LARGEST_NUMBER = 1e9  # of columns that declare no maximum: t, USD/kg, weeks; beyond it sums lose their grams
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class DataError(InputError):
    """A cell of the data files cannot be used; `row` is the line in `file`, with the header as line 1.

    Row 0 is the whole file, and no column the whole row: the message leaves them out.
    """

    def __init__(self, file: str, row: int, column: str, value: object, why: str, allowed: Collection[str] = ()):
        self.file, self.row, self.column, self.value = file, row, column, value
        self._given = (file, row, column, value, why, allowed)
        hint = f"; {nearest(value, sorted(allowed))}" if allowed else ""
        place = f"{file}{f', row {row}' if row else ''}{f', column {column!r}' if column else ''}"
        super().__init__(f"{place}: {shown(value, 80)} {why}{hint}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._given


def read_tables(folder: Path, schema: Path) -> dict[str, pd.DataFrame]:
    """Read all files that the schema declares; those that are referred to come first in it."""
    columns = pd.read_csv(schema, dtype=str, keep_default_na=False)
    tables: dict[str, pd.DataFrame] = {}
    for name, part in columns.groupby("file", sort=False):
        if not (folder / f"{name}.csv").is_file():
            raise DataError(f"{name}.csv", 0, "", str(folder), "does not hold this file")
        tables[str(name)] = _read_table(folder, str(name), part.to_dict("records"), tables)
    return tables


def _read_table(folder: Path, name: str, columns: Columns, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Read one file, check every cell against the declared columns and the tables before it, and return it typed."""
    file, model = f"{name}.csv", _row_model(name, columns)
    names = [c["column"] for c in columns]
    months = {c["column"] for c in columns if c["type"] == "date" and "month" in c["column"]}
    allowed = {c["column"]: _allowed(c, tables) for c in columns if c["allowed"]}
    keys = [c["column"] for c in columns if c["key"] == "yes"]
    ranged = next((c["column"] for c in columns if c["ranged"] == "yes"), None)
    seen: dict[tuple[str, ...], int] = {}
    rows = []
    for line, raw in read_lines(folder / file, names):
        cells = {key: text.strip() for key, text in raw.items() if text.strip()}
        try:
            row = model.model_validate(cells | {m: f"{cells[m]}-01" for m in months if m in cells}).model_dump()
        except ValidationError as error:
            column, why = str(error.errors()[0]["loc"][0]), error.errors()[0]["msg"]
            raise DataError(file, line, column, cells.get(column, ""), f"is refused: {why}") from None
        for column, values in allowed.items():
            if row[column] not in values:
                raise DataError(file, line, column, row[column], "is unknown", values - {""})
        if ranged and (row["low"] > row[ranged] or row["high"] < row[ranged]):
            raise DataError(file, line, ranged, row[ranged], f"is outside {row['low']:g} to {row['high']:g}")
        key = tuple(str(row[column]) for column in keys)
        if keys and seen.setdefault(key, line) != line:
            raise DataError(file, line, keys[0], row[keys[0]], f"stands twice, first in row {seen[key]}")
        rows.append(row)
    table = pd.DataFrame(rows, columns=names)
    return table.astype({c["column"]: "datetime64[ns]" for c in columns if c["type"] == "date"})


def read_lines(path: Path, names: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line numbers and cells of a file whose header holds just these names."""
    # What is not UTF-8 is let in as lone surrogates, so that its cell can be named.
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
        reader = csv.DictReader(stream, restkey="surplus", strict=True)
        try:
            header = reader.fieldnames or ()
            if any(_NO_TEXT.search(name) for name in header):
                raise DataError(path.name, 1, "", header[0], "is not UTF-8 text")
            for odd in sorted(set(names) ^ set(header)):
                why = "is missing" if odd in names else "is not a known column"
                raise DataError(path.name, 1, odd, odd, why, names)
            for raw in reader:
                line, surplus = reader.line_num, raw.pop("surplus", None)
                if surplus is not None:
                    raise DataError(path.name, line, names[-1], surplus, f"does not fit {len(names)} columns")
                if None in raw.values():
                    cells = sum(text is not None for text in raw.values())
                    raise DataError(path.name, line, names[-1], cells, f"cells do not fit {len(names)} columns")
                for column, text in raw.items():
                    if len(text) > LARGEST_CELL:
                        raise DataError(path.name, line, column, text, f"has over {LARGEST_CELL} characters")
                    if _NO_TEXT.search(text):
                        raise DataError(path.name, line, column, text, "is not UTF-8 text")
                yield line, raw
        except csv.Error as error:
            why = f"is not a table of comma-separated values: {error}"
            raise DataError(path.name, reader.line_num + 1, "", path.name, why) from None


def _row_model(name: str, columns: Columns) -> type[BaseModel]:
    """Make the pydantic model of one row; a blank cell takes the default, or is refused where a value is required."""
    fields: dict[str, Any] = {}
    for c in columns:
        kind = TYPES[c["type"]]
        rule: dict[str, Any] = {key: float(c[end]) for key, end in (("ge", "minimum"), ("le", "maximum")) if c[end]}
        rule = {"le": LARGEST_NUMBER, "allow_inf_nan": False} | rule if kind is float else rule
        rule |= {} if c["required"] == "yes" else {"default": float("nan") if kind is float else ""}
        fields[c["column"]] = (kind, Field(**rule))
    return create_model(f"{name}_row", __config__=ConfigDict(extra="forbid"), **fields)


def _allowed(column: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Values that a column may hold: `file.column` stands for all values there, anything else for itself."""
    values = set() if column["required"] == "yes" else {""}
    for part in column["allowed"].split("|"):
        file, dot, name = part.partition(".")
        values.update(tables[file][name] if dot else (part,))
    return values
