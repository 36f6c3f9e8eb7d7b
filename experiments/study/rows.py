"""A table of a run as the observation layer reads it: rows by week, their labels and their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Columns(dict[str, np.ndarray]):
    """Columns by name, each made when it is first asked for: a study reads few of them."""

    def __init__(self, made: Mapping[str, Callable[[], np.ndarray]]) -> None:
        """Note how each of them is made; it may ask for others."""
        super().__init__()
        self._made = made

    def __missing__(self, name: str) -> np.ndarray:
        found = self[name] = self._made[name]()
        return found


class Label(NamedTuple):
    """The values that a label may have, and for each row the place of its value among them (-1: none)."""

    names: tuple[object, ...]
    codes: np.ndarray


class Rows(NamedTuple):
    """A table of a run: the number of the week, labels and columns of each row, [rows]; rows come by week."""

    week: np.ndarray
    labels: Mapping[str, Label]
    columns: Mapping[str, np.ndarray]
