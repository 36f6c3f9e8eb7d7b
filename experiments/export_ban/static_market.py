"""A yearly market in equilibrium, without stocks or expectations: what is left when China exports less.

One metal at a time, in kg of contained metal of the standard grade; high-purity users and recyclers keep their
premium. Supply and demand curves run through the recorded quantities of the data folder; trade between countries is
the spatial price equilibrium that `model.market.auction.clear` finds (Samuelson 1952; Takayama and Judge 1971).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from model.market.auction import clear

RUNGS = 500
LOWEST = 0.2  # lower end of the price grid as a multiple of the recorded price


@dataclass(frozen=True)
class Elasticities:
    """How users and plants answer to price within a year.

    Attributes:
        demand: of use outside China, mean over users weighted by kg (a positive number).
        primary: of primary plants, up to their capacity.
        recycling: of recyclers, up to their capacity.
        choke: highest price anybody pays, as a multiple of the recorded one.
    """

    demand: float
    primary: float
    recycling: float
    choke: float


@dataclass(frozen=True)
class Curve:
    """Users or plants, [n]: where, kg a year at the recorded price, premium USD/kg, users' elasticity, most kg."""

    zone: np.ndarray
    kg: np.ndarray
    premium: np.ndarray
    elasticity: np.ndarray
    most_kg: np.ndarray

    def ratio(self, price: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """Return own price over the recorded one, [n, rungs], at the prices of a grid [Z, rungs] over those of [Z]."""
        own = self.premium[:, None]
        return (grid[self.zone] + own) / (price[self.zone][:, None] + own)

    def total(self, kg: np.ndarray, zones: int) -> np.ndarray:
        """Return kg [n, rungs] added up by zone, [Z, rungs]."""
        found = np.zeros((zones, kg.shape[1]))
        np.add.at(found, self.zone, kg)
        return found


@dataclass(frozen=True)
class Result:
    """A yearly equilibrium: delivered prices by zone, USD/kg [Z]; kg used, [Z]; kg by origin and place, [Z+1, Z]."""

    price: np.ndarray
    used_kg: np.ndarray
    flow_kg: np.ndarray


@dataclass(frozen=True)
class StaticMarket:
    """The recorded year of one metal.

    Attributes:
        metal: its name.
        zones: names of the countries.
        price: recorded delivered price of the standard grade by zone, USD/kg, [Z].
        cost: freight, duty and export cost between zones, USD/kg at recorded prices, [Z, Z].
        exporter: index of the country whose net exports are limited.
        net_exports_kg: its recorded net exports, kg a year.
        use, primary, recycling: the three kinds of curves.
    """

    metal: str
    zones: tuple[str, ...]
    price: np.ndarray
    cost: np.ndarray
    exporter: int
    net_exports_kg: float
    use: Curve
    primary: Curve
    recycling: Curve

    def outside(self, curve: Curve, kg: np.ndarray) -> float:
        """Return kg of users or plants outside the exporting country."""
        return float(kg[curve.zone != self.exporter].sum())

    def solve(self, cut: float, elasticities: Elasticities) -> Result:
        """Return the equilibrium in which net exports are a share `cut` below the recorded ones."""
        e, zones = elasticities, len(self.zones)
        grid = self.price[:, None] * np.exp(np.linspace(np.log(LOWEST), np.log(e.choke), RUNGS))
        made = self._supplied(self.primary, e.primary, grid) + self._supplied(self.recycling, e.recycling, grid)
        wanted = self._wanted(e.demand, grid)
        asks = np.diff(made, axis=1, prepend=0.0)
        bids = wanted - np.concatenate([wanted[:, 1:], np.zeros((zones, 1))], axis=1)
        exports = self.net_exports_kg * (1.0 - cut)
        # What the exporter may ship stands at an origin of its own, so that one limit holds over all destinations; at
        # home the same metal is bought whatever the price.
        cost = np.vstack([self.cost, self.cost[self.exporter]])
        limit = np.full(cost.shape, np.inf)
        limit[self.exporter] = limit[:, self.exporter] = 0.0
        limit[self.exporter, self.exporter] = np.inf
        place = np.repeat(np.arange(zones), RUNGS)
        cleared = clear(
            np.append(place, zones), np.append(grid, 0.0), np.append(asks, exports),
            np.append(place, self.exporter), np.append(grid, grid[self.exporter, -1]), np.append(bids, exports),
            cost, limit,
        )  # fmt: skip
        used = cleared.flow_kg.sum(axis=0)
        used[self.exporter] -= exports
        return Result(cleared.delivered_price, used, cleared.flow_kg)

    def _supplied(self, plants: Curve, elasticity: float, grid: np.ndarray) -> np.ndarray:
        """Return kg supplied in each zone at each price of its grid, [Z, rungs]: the plants' rule, up to capacity."""
        kg = plants.kg[:, None] * (1.0 + elasticity * np.log(plants.ratio(self.price, grid)))
        return plants.total(np.clip(kg, 0.0, plants.most_kg[:, None]), len(self.zones))

    def _wanted(self, demand: float, grid: np.ndarray) -> np.ndarray:
        """Return kg wanted in each zone at each price of its grid, [Z, rungs]."""
        use, outside = self.use, self.use.zone != self.exporter
        scale = demand / np.average(use.elasticity[outside], weights=use.kg[outside])
        kg = use.kg[:, None] * use.ratio(self.price, grid) ** -(use.elasticity * scale)[:, None]
        return use.total(kg, len(self.zones))


def demand_for(market: StaticMarket, rise: float, zone: str, base: Elasticities) -> float:
    """Return the demand elasticity at which a total ban raises the price in a zone by `rise`, all else as in `base`."""
    where = market.zones.index(zone)
    low, high = np.log(0.005), np.log(20.0)
    for _ in range(24):
        middle = 0.5 * (low + high)
        found = market.solve(1.0, replace(base, demand=float(np.exp(middle)))).price[where] / market.price[where] - 1.0
        low, high = (middle, high) if found > rise else (low, middle)
    return float(np.exp(0.5 * (low + high)))
