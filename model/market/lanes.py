"""What a lane between two countries costs and how much may pass, given geography, duties and the policies in force.

Origins come as two books per country: `OPEN` asks may be sold anywhere, `HOME` asks only in their own country.
Destinations come as two markets per country: `FREE` and `LICENSED` (metal shipped under an export licence). So the
lanes of a good are a matrix [2Z, 2Z]: open books, then home books; free markets, then licensed ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from agents.rule import rule
from model.world import World

# Holders bid for no more than their licences allow, so the bids bind, not the lane. A lane of just that size would be
# full whenever all of them are served, and a licensed kg could cost anything from the origin's price plus the lane up
# to what its keenest holder would pay. With a hair more sellers compete for the holders, and it costs the former; the
# exporter's premium is in the lane's cost. A lane still earns a rent where two countries license a market.
LICENSED_LIMIT = 1.0 + 1e-6
# No two routes cost the same; freights are known to ten cents at best.
MOST_APART_USD_PER_KG = 0.01


@dataclass(frozen=True)
class LaneWeek:
    """This week's lanes: cost and tariff, USD/kg, and limit, kg, each [G, 2Z origins, 2Z markets]."""

    cost: np.ndarray
    limit: np.ndarray
    tariff: np.ndarray


class Lanes:
    """The lane book: policies write into it when they start or end, the exchange reads it every week.

    Shares are ad valorem on last week's price in the origin country, so that a lane's cost is a constant in a week.

    Attributes:
        closed: no metal may pass, [G, Z, Z].
        licence_needed: metal passes under a licence only, but for `evasion_kg` a week, [G, Z, Z].
        duty: import duty, share of the value at origin, [G, Z, Z].
        reexport_risk: chance that re-exported metal of tracked origin is caught, [G, Z, Z].
        freight_factor: this week's freight over what the data say.
        changed: a policy has started, ended or changed: the book has to be written anew.
    """

    def __init__(self, world: World) -> None:
        """Open a book without policies."""
        self._world = world
        self._freight, self.freight_factor = world.freight + _apart(world.zones), 1.0
        self.zones, self.goods = len(world.zones), len(world.goods)
        self.weeks_under_way = np.tile(world.transit_weeks, (2, 2))
        self.changed = False
        self.reset()
        shape = (self.goods, 2 * self.zones, 2 * self.zones)
        self._week = LaneWeek(np.zeros(shape), np.zeros(shape), np.zeros(shape))

    def reset(self) -> None:
        """Return to trade without policy: every lane open, no licences, the standing duties only."""
        shape = (self.goods, self.zones, self.zones)
        self.closed, self.licence_needed = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self.duty = self._world.import_duty.copy()
        self.evasion_kg, self.reexport_risk = np.zeros(shape), np.zeros(shape)

    def block(self, goods: np.ndarray, origins: np.ndarray, destinations: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the place of lanes in the book from masks over goods [G], origins [Z] and destinations [Z]."""
        return np.ix_(np.flatnonzero(goods), np.flatnonzero(origins), np.flatnonzero(destinations))

    def week(self, params: np.ndarray, netback: np.ndarray, licensed_kg: np.ndarray, tracked: np.ndarray) -> LaneWeek:
        """Return costs, tariffs and limits for this week (arrays that the next call overwrites).

        Args:
            params: parameters by good, [G].
            netback: last week's price in each origin country, USD/kg, [G, at least Z].
            licensed_kg: licence balances by destination, kg, [G, O, D].
            tracked: share of tracked-origin metal in what each country may sell abroad, [G, Z].
        """
        now, world = self._week, self._world
        book = (self.closed, self.licence_needed, self.duty, self.evasion_kg, self.reexport_risk)
        _fill(params, netback, licensed_kg, tracked, self._freight * self.freight_factor, world.export_cost, *book,
              now.cost, now.limit, now.tariff)  # fmt: skip
        return now


@rule
def _fill(
    params, netback, licensed_kg, tracked, freight, export_cost, closed, licence_needed, duty, evasion_kg, risk,
    cost, limit, tariff,
):  # fmt: skip
    """Write the week's lanes: see `Lanes.week`."""
    goods, zones = export_cost.shape
    for g in range(goods):
        p = params[g]
        for o in range(zones):
            price = netback[g, o]
            for d in range(zones):
                abroad = o != d
                levy = duty[g, o, d] * price if abroad else 0.0
                # Whoever is caught re-exporting loses more than the metal: the expected loss is part of the cost.
                wedge = export_cost[g, o] + p.catch_penalty * tracked[g, o] * risk[g, o, d] if abroad else 0.0
                free = freight[o, d] + wedge * price + levy
                licensed = free + p.licence_cost_share * price
                needed, shut = licence_needed[g, o, d], closed[g, o, d]
                limit[g, o, d] = 0.0 if shut else evasion_kg[g, o, d] if needed else np.inf
                limit[g, o, d + zones] = LICENSED_LIMIT * licensed_kg[g, o, d] if needed and not shut else 0.0
                limit[g, o + zones, d] = 0.0 if abroad else np.inf
                limit[g, o + zones, d + zones] = 0.0
                for book in (0, zones):
                    cost[g, o + book, d], cost[g, o + book, d + zones] = free, licensed
                    tariff[g, o + book, d] = tariff[g, o + book, d + zones] = levy


def _apart(zones: tuple[str, ...]) -> np.ndarray:
    """Return up to `MOST_APART_USD_PER_KG` for each lane abroad, drawn by the names of its ends alone, [Z, Z].

    Freights are round numbers, so that two origins often serve two markets at the same cost either way round, and the
    last digit of a price would choose. A hash, since a checksum is linear: its sums over the two ways would tie again.
    """
    names = [f"{origin}/{destination}" for origin in zones for destination in zones]
    draws = [int.from_bytes(sha256(name.encode()).digest()[:4], "big") for name in names]
    apart = MOST_APART_USD_PER_KG * np.array(draws).reshape(len(zones), len(zones)) / 2.0**32
    return np.where(np.eye(len(zones), dtype=bool), 0.0, apart)
