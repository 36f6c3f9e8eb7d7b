"""The state of all firms: one record per firm and good, sorted by kind, firm and good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.state.record import RECORD, Kind

_COPIED = ("kind", "zone", "good", "cost_usd_per_kg", "yield_share", "captive_share", "exporter")


@dataclass(frozen=True)
class Business:
    """One record before the state exists: who, what, and the yearly figures of the data files (kg, USD/kg).

    The two records of a refining line name each other's good as `line_good`; it is -1 for everybody else.
    """

    firm: str
    kind: Kind
    zone: int
    good: int
    line_good: int = -1
    end_use: str = ""
    capacity_kg_per_year: float = 0.0
    output_kg_per_year: float = 0.0
    cost_usd_per_kg: float = 0.0
    yield_share: float = 1.0
    captive_share: float = 0.0
    feed_kg_per_year: float = 0.0
    stock_weeks: float = 0.0
    stock_kg: float = 0.0
    turnover_kg_per_year: float = 0.0
    use_kg_per_year: float = 0.0
    cover_weeks: float = 1.0
    elasticity: float = 0.0
    exporter: bool = False


class Firms:
    """All records as a NumPy structured array; `firms["stock_kg"]` is a column of it (a view, [N]).

    Attributes:
        table: the records, [N], of type `model.state.record.RECORD`.
        transit_kg, transit_tracked_kg: metal that arrives at the end of this week, of the next, ..., [N, slots].
        names: ids of the firms; `table["firm"]` counts in this order.
        spans: first record of each kind, then N, [kinds + 1].
        businesses: what each record was made of.
    """

    def __init__(self, businesses: Iterable[Business], zones: int, goods: int, slots: int) -> None:
        """Lay the records out; their order does not depend on the order of `businesses`."""
        rows = sorted(businesses, key=lambda b: (b.kind, b.firm, b.good, b.line_good))
        self.businesses, self.zones, self.goods = rows, zones, goods
        self.names = sorted({row.firm for row in rows})
        number = {name: i for i, name in enumerate(self.names)}
        self.table = np.zeros(len(rows), dtype=RECORD)
        self.table["firm"] = [number[row.firm] for row in rows]
        for name in _COPIED:
            self.table[name] = [getattr(row, name) for row in rows]
        at = {(row.firm, row.good, row.line_good): i for i, row in enumerate(rows)}
        self.table["line"] = [at.get((row.firm, row.line_good, row.good), -1) for row in rows]
        self.spans = np.searchsorted(self["kind"], np.arange(len(Kind) + 1)).astype(np.int64)
        self.transit_kg, self.transit_tracked_kg = np.zeros((len(rows), slots)), np.zeros((len(rows), slots))
        self._place = self["good"] * zones + self["zone"]
        self._rows_of: dict[str, list[int]] = {name: [] for name in self.names}
        for i, row in enumerate(rows):
            self._rows_of[row.firm].append(i)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.table)

    def __getitem__(self, field: str) -> np.ndarray:
        return self.table[field]

    def of(self, first: Kind, last: Kind | None = None) -> slice:
        """Return the records from kind `first` to kind `last` (inclusive; `first` alone when not given)."""
        return slice(int(self.spans[first]), int(self.spans[(first if last is None else last) + 1]))

    @cached_property
    def sellers(self) -> slice:
        """Records that post asks."""
        return self.of(Kind.PRODUCER, Kind.STOCKPILE)

    @cached_property
    def buyers(self) -> slice:
        """Records that post bids."""
        return self.of(Kind.TRADER, Kind.BUYER)

    @cached_property
    def users(self) -> slice:
        """Records that use metal up: refiners' inputs and end users."""
        return self.of(Kind.REFINER_INPUT, Kind.BUYER)

    @cached_property
    def makers(self) -> slice:
        """Records that make metal: producers, recyclers, refiners."""
        return self.of(Kind.PRODUCER, Kind.REFINER)

    def by_place(self, rows: slice | np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """Return the sums of amounts, one per record of `rows`, by good and zone, [G, Z]; of weeks of them [W, G, Z].

        Args:
            rows: records, [n].
            amounts: of each, [n] or [W, n].
        """
        places, weeks = self.goods * self.zones, np.atleast_2d(amounts)
        at = places * np.arange(len(weeks))[:, None] + self._place[rows]
        total = np.bincount(at.ravel(), weeks.ravel(), places * len(weeks))
        return total.reshape(*amounts.shape[:-1], self.goods, self.zones)

    def held_in(self, zone: int, goods: np.ndarray, rows: slice) -> np.ndarray:
        """Return the numbers of those among `rows` that are of a country and of the goods of a mask, [G]."""
        here = (self["zone"][rows] == zone) & goods[self["good"][rows]]
        found: np.ndarray = rows.start + np.flatnonzero(here)
        return found

    def rows_of(self, firm: str) -> list[int]:
        """Return the numbers of a firm's records (none for an unknown firm)."""
        return self._rows_of.get(firm, [])

    def row_of(self, firm: str, span: slice, good: int | None = None) -> int:
        """Return the number of a firm's record within a span, of a good if given.

        Raises:
            KeyError: there is none.
        """
        for row in self.rows_of(firm):
            if span.start <= row < span.stop and good in (None, int(self["good"][row])):
                return row
        raise KeyError(f"{firm} holds no record of good {good} there")

    def labels(self) -> list[str]:
        """Return a name for each record that no other one has and that never changes: its random streams hang on it."""
        return [f"{row.firm}/{row.good}/{int(row.kind)}" for row in self.businesses]

    def end_uses(self) -> np.ndarray:
        """Return what each record uses metal for, [N] of text."""
        return np.array([row.end_use for row in self.businesses])
