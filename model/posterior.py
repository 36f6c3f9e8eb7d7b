"""The posterior of a world: draws of behavioural parameters that agree with the record (`posterior.csv`).

`python -m experiments.calibrate` makes it. A world without the file has none: parameters are then those of the table.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.tables import DataError, read_lines

FILE, ABOUT = "posterior.csv", "posterior.json"
HEADS = ("draw", "weight")


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of parameters, in an order in which the first few stand for all.

    Attributes:
        values: one row per draw, a column per parameter, by key (`name`, or `name_metal`).
        weights: of the draws; they add up to 1.
        about: the manifest beside the file: cut-off date, data, seed, settings; empty without one.
    """

    values: pd.DataFrame
    weights: np.ndarray
    about: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.values)

    def draw(self, number: int) -> dict[str, float]:
        """Return the parameters of a draw; after the last one they begin again."""
        row = self.values.iloc[number % len(self)]
        return {str(name): float(value) for name, value in row.items()}

    def draws(self, count: int) -> list[dict[str, float]]:
        """Return the first draws."""
        return [self.draw(number) for number in range(count)]


def read_posterior(folder: Path, table: pd.DataFrame) -> Posterior | None:
    """Read and check the posterior of a data folder; None where there is no such file.

    Args:
        folder: of the world.
        table: the declared parameters by key, with their limits.

    Raises:
        DataError: names the row and the column that cannot be used.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    names = _columns(path, table)
    limits = {name: (float(table.at[name, "minimum"]), float(table.at[name, "maximum"])) for name in names}
    rows: list[list[float]] = []
    weights: list[float] = []
    for line, cells in read_lines(path, [*HEADS, *names]):
        if _number(line, "draw", cells["draw"]) != len(rows):
            raise DataError(FILE, line, "draw", cells["draw"], f"must be {len(rows)}: draws are counted from 0")
        weights.append(_number(line, "weight", cells["weight"]))
        if weights[-1] < 0.0:
            raise DataError(FILE, line, "weight", cells["weight"], "must not be below 0")
        rows.append([_value(line, name, cells[name], *limits[name]) for name in names])
    total = sum(weights)
    if abs(total - 1.0) > 1e-3:
        raise DataError(FILE, 0, "weight", total, "is the sum of all weights, which must be 1")
    return Posterior(pd.DataFrame(rows, columns=names), np.array(weights) / total, _about(folder / ABOUT))


def _columns(path: Path, table: pd.DataFrame) -> list[str]:
    """Return the parameters that the header names."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        header = next(csv.reader(file), [])
    for name in HEADS:
        if name not in header:
            raise DataError(FILE, 1, name, name, "is missing")
    names = [name for name in header if name not in HEADS]
    for name in names:
        if name not in table.index:
            raise DataError(FILE, 1, name, name, "is no parameter of parameters.csv", set(map(str, table.index)))
        if names.count(name) > 1:
            raise DataError(FILE, 1, name, name, "stands twice")
    return names


def _value(line: int, name: str, cell: str, low: float, high: float) -> float:
    value = _number(line, name, cell)
    if not low <= value <= high:
        raise DataError(FILE, line, name, value, f"must lie between {low:g} and {high:g}")
    return value


def _number(line: int, column: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise DataError(FILE, line, column, cell, "is not a number")
    return value


def _about(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        held = None
    if not isinstance(held, dict):
        raise DataError(ABOUT, 0, "", path.name, "cannot be read as the manifest of the posterior")
    return held
