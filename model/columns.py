"""The state of all firms as columns: one row per firm and good it holds, one array per attribute.

Rows are sorted by `Kind`, so that each kind, all sellers and all buyers are slices (views, never copies).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from agents.firm import GRAM_KG

NO_LIMIT = np.inf


class Kind(IntEnum):
    """What a row is; sellers come first, buyers last, traders and stockpiles in between are both."""

    PRODUCER = 0
    RECYCLER = 1
    REFINER = 2
    TRADER = 3
    STOCKPILE = 4
    REFINER_INPUT = 5
    BUYER = 6


@dataclass
class Row:
    """One row before the columns exist: who, what, and the yearly figures of the data files (kg, USD/kg)."""

    firm: str
    kind: Kind
    zone: int
    good: int
    end_use: str = ""
    capacity_kg_per_year: float = 0.0
    output_kg_per_year: float = 0.0
    cost_usd_per_kg: float = 0.0
    yield_share: float = 1.0
    captive_share: float = 0.0
    stock_weeks: float = 0.0
    stock_kg: float = 0.0
    use_kg_per_year: float = 0.0
    cover_weeks: float = 1.0
    elasticity: float = 0.0
    exporter: bool = False


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)


@dataclass
class Columns:
    """All rows' attributes, [N] unless said otherwise. Quantities kg, rates kg/week, prices USD/kg or their logs."""

    rows: list[Row]
    zones: int
    goods: int
    longest_lane_weeks: int

    firm: list[str] = field(init=False)
    kind: np.ndarray = field(init=False)
    zone: np.ndarray = field(init=False)
    good: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Lay the rows out by kind and allocate every column."""
        rows = self.rows = sorted(self.rows, key=lambda row: row.kind)
        n = len(rows)
        self.firm = [row.firm for row in rows]
        self.kind = np.array([row.kind for row in rows], dtype=np.int64)
        self.zone = np.array([row.zone for row in rows], dtype=np.int64)
        self.good = np.array([row.good for row in rows], dtype=np.int64)
        self._place = self.good * self.zones + self.zone
        ends = np.searchsorted(self.kind, np.arange(len(Kind) + 1)).tolist()
        self._slices = {(a, b): slice(ends[a], ends[b + 1]) for a in Kind for b in Kind if a <= b}

        # Holdings. `tracked` is the part of the kg that came out of the tracked country (China) as primary metal.
        self.stock_kg = _zeros(n)
        self.tracked_kg = _zeros(n)
        # By weeks to go: goods arrive after 0 weeks to those of the world's longest lane, [N, slots].
        self.transit_kg = _zeros(n, self.transit_slots)
        self.transit_tracked_kg = _zeros(n, self.transit_slots)
        self.cash_usd = _zeros(n)

        # This week's flows, reset at the start of every week.
        self.produced_kg, self.bought_kg, self.sold_kg = _zeros(n), _zeros(n), _zeros(n)
        self.consumed_kg, self.short_kg, self.paid_usd, self.received_usd = _zeros(n), _zeros(n), _zeros(n), _zeros(n)
        self.tolled_kg, self.tolled_usd, self.support_usd = _zeros(n), _zeros(n), _zeros(n)

        # Views of the market: logs of USD/kg.
        self.expected = _zeros(n)
        self.trend = _zeros(n)
        self.normal = _zeros(n)
        self.fundamental = _zeros(n)
        self.trend_weight = _zeros(n)

        # Supply.
        self.capacity_kg = _zeros(n)
        self.output_kg = _zeros(n)
        self.utilisation = _zeros(n)
        self.guaranteed = np.full(n, -np.inf)
        self.elasticity = np.array([row.elasticity for row in rows], dtype=float)
        self.log_cost = np.log(np.maximum([row.cost_usd_per_kg for row in rows], 1.0))
        self.cost_usd_per_kg = np.array([row.cost_usd_per_kg for row in rows], dtype=float)
        self.captive_share = np.array([row.captive_share for row in rows], dtype=float)
        self.yield_share = np.array([row.yield_share for row in rows], dtype=float)
        self.norm_stock_kg = _zeros(n)
        self.base_stock_kg = _zeros(n)
        self.export_cap_kg = np.full(n, NO_LIMIT)

        # Demand.
        self.use_kg = _zeros(n)
        self.planned_kg = _zeros(n)
        self.cover_weeks = np.array([row.cover_weeks for row in rows], dtype=float)
        self.intensity = np.ones(n)
        self.thrift = np.ones(n)
        self.cover_elasticity = _zeros(n)
        self.risk = _zeros(n)
        self.news = _zeros(n)
        self.licensed_kg = _zeros(n)
        self.exporter = np.array([row.exporter for row in rows], dtype=bool)
        self.domestic_first = np.zeros(n, dtype=bool)
        self.noise = _zeros(n)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def of(self, first: Kind, last: Kind | None = None) -> slice:
        """Return the slice of rows from kind `first` to kind `last` (inclusive; `first` alone when not given)."""
        return self._slices[first, first if last is None else last]

    def by_place(self, rows: slice | np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """Return the sums of amounts, one per row of `rows`, by good and zone, [G, Z]."""
        return np.bincount(self._place[rows], amounts, self.goods * self.zones).reshape(self.goods, self.zones)

    @property
    def transit_slots(self) -> int:
        """Number of weeks that goods may still have to go, 0 among them."""
        return self.longest_lane_weeks + 1

    @property
    def sellers(self) -> slice:
        """Rows that post asks."""
        return self.of(Kind.PRODUCER, Kind.STOCKPILE)

    @property
    def buyers(self) -> slice:
        """Rows that post bids."""
        return self.of(Kind.TRADER, Kind.BUYER)

    @property
    def users(self) -> slice:
        """Rows that use metal up: refiners' inputs and end users."""
        return self.of(Kind.REFINER_INPUT, Kind.BUYER)

    @property
    def in_transit_kg(self) -> np.ndarray:
        """Metal on its way to each row."""
        return self.transit_kg.sum(axis=1)

    def start_week(self) -> None:
        """Forget last week's flows."""
        for flow in (self.produced_kg, self.bought_kg, self.sold_kg, self.consumed_kg, self.short_kg):
            flow[:] = 0.0
        for flow in (self.paid_usd, self.received_usd, self.tolled_kg, self.tolled_usd, self.support_usd):
            flow[:] = 0.0

    def scale(self, factor: np.ndarray) -> None:
        """Multiply trend use, the output that serves it, capacity and normal stocks by a factor, [N]."""
        for column in (self.use_kg, self.output_kg, self.capacity_kg, self.norm_stock_kg, self.base_stock_kg):
            column *= factor

    def tracked_share(self) -> np.ndarray:
        """Return the share of tracked-origin metal in what each country may sell abroad this week, [G, Z].

        Stockpiles serve their own country, and a maker or trader counts with no more than its room for exports.
        """
        rows = self.of(Kind.PRODUCER, Kind.TRADER)
        stock = self.stock_kg[rows]
        share = np.divide(self.tracked_kg[rows], stock, out=np.zeros_like(stock), where=stock > 0)
        abroad = np.minimum(stock, self.export_cap_kg[rows])
        offered, tracked = self.by_place(rows, abroad), self.by_place(rows, abroad * share)
        return np.divide(tracked, offered, out=np.zeros_like(offered), where=offered > GRAM_KG)
