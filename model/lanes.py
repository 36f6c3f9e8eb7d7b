"""What a lane between two zones costs and how much may pass, given geography, duties and the policies in force.

Origins come as two books per zone: `OPEN` asks may be sold anywhere, `HOME` asks only in their own zone.
Destinations come as two markets per zone: `FREE` and `LICENSED` (metal shipped under an export licence).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from model.world import World

# Holders bid for no more than their licences allow, so the bids bind, not the lane. A lane of just that size would be
# full whenever all of them are served, and a licensed kg could cost anything from China's price plus the lane up to
# what its keenest holder would pay. With a hair of room sellers compete for the holders, and it costs the former; the
# exporter's premium is in the lane's cost. A lane still earns a rent where two countries license a market.
LICENSED_ROOM = 1.0 + 1e-6

OPEN, HOME = 0, 1
FREE, LICENSED = 0, 1
# No two routes cost the same; freights are known to ten cents at best.
MOST_APART = 0.01


@dataclass(frozen=True)
class LaneWeek:
    """This week's lanes for every good: arrays [G, 2Z origins, 2Z markets]."""

    cost: np.ndarray
    limit: np.ndarray
    tariff: np.ndarray


class Lanes:
    """The lane book: policies write into it when they start or end, the exchange reads it every week.

    Shares are ad valorem on last week's price in the origin zone, so that a lane's cost is a constant in a week.
    Arrays are [G, origin zone, destination zone].
    """

    def __init__(self, world: World, licence_cost_share: float, catch_penalty: float) -> None:
        self._world = world
        self._licence_cost_share = licence_cost_share
        self._catch_penalty = catch_penalty
        self.zones = len(world.zones)
        self.goods = len(world.goods)
        self.weeks_under_way = np.tile(world.transit_weeks, (2, 2))
        self._freight = world.freight + _apart(world.zones)
        self._abroad = ~np.eye(self.zones, dtype=bool)
        self._home_limit = np.where(self._abroad, 0.0, np.inf)
        self._export_cost = np.where(self._abroad, world.export_cost[:, :, None], 0.0)
        self.reset()

    def reset(self) -> None:
        """Return to trade without policy: every lane open, no licences, the standing duties only."""
        shape = (self.goods, self.zones, self.zones)
        self.closed = np.zeros(shape, dtype=bool)
        self.licence_needed = np.zeros(shape, dtype=bool)
        self.duty = self._world.import_duty.copy()
        self.evasion_kg = np.zeros(shape)
        self.reexport_risk = np.zeros(shape)

    def block(self, goods: np.ndarray, origins: np.ndarray, destinations: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the place of lanes in the book from masks over goods [G], origins [Z] and destinations [Z]."""
        return np.ix_(np.flatnonzero(goods), np.flatnonzero(origins), np.flatnonzero(destinations))

    def week(self, netback: np.ndarray, licensed_kg: np.ndarray, tracked_share: np.ndarray) -> LaneWeek:
        """Return costs, tariffs and limits for this week.

        Args:
            netback: last week's price in each origin zone, USD/kg, [G, Z].
            licensed_kg: licence balances by destination, kg, [G, O, D].
            tracked_share: share of Chinese-origin metal in what each zone may sell abroad, [G, Z].
        """
        price = netback[:, :, None]
        tariff = self.duty * price * self._abroad
        # A trader caught re-exporting loses more than the metal: the expected loss is part of the lane's cost.
        caught = self._catch_penalty * tracked_share[:, :, None] * self.reexport_risk * self._abroad
        free = self._freight + (self._export_cost + caught) * price + tariff
        licensed = free + self._licence_cost_share * price
        free_limit = np.where(self.licence_needed, self.evasion_kg, np.inf)
        free_limit[self.closed] = 0.0
        licensed_limit = np.where(self.licence_needed & ~self.closed, LICENSED_ROOM * licensed_kg, 0.0)
        return LaneWeek(
            cost=_quarters(free, licensed, free, licensed),
            limit=_quarters(free_limit, licensed_limit, self._home_limit, 0.0),
            tariff=_quarters(tariff, tariff, tariff, tariff),
        )

    def free_cost(self, week: LaneWeek) -> np.ndarray:
        """Return what it costs to sell abroad on the free market, USD/kg, [G, Z, Z]; infinite where closed."""
        z = self.zones
        return np.where(week.limit[:, :z, :z] > 0, week.cost[:, :z, :z], np.inf)


def _quarters(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray | float) -> np.ndarray:
    """Return [[a, b], [c, d]] over the last two axes, contiguous."""
    n = a.shape[1]
    whole = np.empty((a.shape[0], 2 * n, 2 * n))
    whole[:, :n, :n], whole[:, :n, n:], whole[:, n:, :n], whole[:, n:, n:] = a, b, c, d
    return whole


def _apart(zones: tuple[str, ...]) -> np.ndarray:
    """Return up to `MOST_APART` USD/kg for each lane abroad, drawn by the names of its ends alone, [Z, Z].

    Freights are round numbers, so that two origins often serve two markets at the same cost either way round, and the
    last digit of a price would choose. A hash, since a checksum is linear: its sums over the two ways would tie again.
    """
    names = [f"{origin}/{destination}" for origin in zones for destination in zones]
    draws = [int.from_bytes(sha256(name.encode()).digest()[:4], "big") for name in names]
    apart = MOST_APART * np.array(draws).reshape(len(zones), len(zones)) / 2.0**32
    return np.where(np.eye(len(zones), dtype=bool), 0.0, apart)
