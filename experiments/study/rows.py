"""A table of a run as the observation layer reads it: rows by week, their labels and their columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
    """The values that a label may have, and for each place the number of its value among them (-1: none)."""

    names: tuple[object, ...]
    codes: np.ndarray


class Picked(NamedTuple):
    """Some rows of a table in groups: names of each label that tells groups apart; group, row and week of each row."""

    names: list[tuple[object, ...]]
    group: np.ndarray
    row: np.ndarray
    week: np.ndarray


class Rows:
    """A table of a run: what is known of each row, [rows], in columns; rows come by week.

    What has the same places every week (firms, countries) has labels for the places of one week alone.
    """

    def __init__(
        self, week: np.ndarray, labels: Mapping[str, Label], columns: Mapping[str, np.ndarray], places: int = 0
    ) -> None:
        """Take a table.

        Args:
            week: number of each row's week, rising, [rows].
            labels: by name, for each row, or for each place.
            columns: by name, [rows].
            places: rows of a week, where all weeks have the same.
        """
        self.week, self.labels, self.columns = week, labels, columns
        self._places = places
        self._picked: dict[tuple[object, ...], Picked] = {}

    def pick(self, where: Mapping[str, Any], by: Sequence[str], of: str) -> Picked:
        """Return the rows whose labels have some values (or one of a tuple of them), in groups by other labels.

        `of`, table.column, says in messages what is read.
        """
        key = (*where.items(), *by)
        if key not in self._picked:
            self._picked[key] = self._pick(where, by, of)
        return self._picked[key]

    def _pick(self, where: Mapping[str, Any], by: Sequence[str], of: str) -> Picked:
        count = self._places or len(self.week)
        mask, names, group = np.ones(count, dtype=bool), [], np.zeros(count, dtype=np.int64)
        for name, allowed in where.items():
            held = self.label(name, of)
            wanted = np.zeros(len(held.names) + 1, dtype=bool)  # the last one is for rows that have no such label
            wanted[self.numbers(name, allowed, of)] = True
            mask &= wanted[held.codes]
        for name in by:
            held = self.label(name, of)
            chosen = self.numbers(name, where.get(name, held.names), of)
            number = np.full(len(held.names) + 1, -1)
            number[chosen] = np.arange(len(chosen))
            codes = number[held.codes]
            mask &= codes >= 0
            group = group * len(chosen) + codes
            names.append(tuple(held.names[i] for i in chosen))
        row = np.flatnonzero(mask)
        if self._places:
            weeks = len(self.week) // self._places
            group = np.tile(group[row], weeks)
            row = (np.arange(weeks)[:, None] * self._places + row).reshape(-1)
        else:
            group = group[row]
        return Picked(names, group, row, self.week[row])

    def label(self, name: str, of: str) -> Label:
        """Return a label by its name; `of` says in messages what is read."""
        return self.labels[_known(name, self.labels, "label", of)]

    def numbers(self, name: str, allowed: object, of: str) -> list[int]:
        """Return the numbers of a value of a label, or of a tuple of values, among all of them."""
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
