"""A table of a run as the observation layer reads it: rows by week, their labels and their columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from model import InputError
from model.errors import nearest, shown


class Columns(dict[str, np.ndarray]):
    """Columns by name, each made when it is first asked for: a study reads few of them."""

    def __init__(self, made: Mapping[str, Callable[[], np.ndarray]]) -> None:
        """Note how each of them is made; it may ask for others."""
        super().__init__()
        self.made = made

    def __missing__(self, name: str) -> np.ndarray:
        found = self[name] = self.made[name]()
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

    def label(self, name: str, of: str) -> Label:
        """Return a label by its name; `of` says in messages what is read."""
        return self.labels[_known(name, self.labels, "label", of)]

    def places(self, name: str, allowed: object, of: str) -> list[int]:
        """Return the places of a value of a label, or of a tuple of values, among all of them."""
        names = self.label(name, of).names
        return [
            names.index(_known(one, names, name, of)) for one in (allowed if isinstance(allowed, tuple) else [allowed])
        ]

    def column(self, of: str) -> np.ndarray:
        """Return the column that `of`, table.column, names."""
        return self.columns[_known(of.partition(".")[2], getattr(self.columns, "made", self.columns), "column", of)]


def _known(name: Any, names: Collection[object], what: str, of: str) -> Any:
    """Return a name, if it is one of those."""
    if name not in names:
        raise InputError(f"quantity {of}: unknown {what} {shown(name)}; {nearest(name, names)}")
    return name
