"""A yearly market in equilibrium, without stocks or expectations: what is left when China exports less.

One metal at a time, in kg of contained metal of the standard grade; high-purity users and recyclers keep their
premium. Supply and demand curves run through the recorded quantities of the data folder; trade between countries is
the spatial price equilibrium that `model.market.auction.clear` finds (Samuelson 1952; Takayama and Judge 1971).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from experiments.study.recorded import recorded_equilibrium
from model.market.auction import clear
from model.market.lanes import Lanes
from model.parameters import load_parameters, parameter_table
from model.world import World

RUNGS = 500
LOWEST = 0.2  # lower end of the price grid as a multiple of the recorded price
# Short-run price elasticity of use outside China: low, central, high. Assumed, confidence low: around the supply gap of
# 2018 (own calculation, -0.14; -0.25 to -0.08). No published estimate was readable. The value was chosen with Chinese
# exports of 2022 to 2025 in view.
DEMAND_ELASTICITY = (0.1, 0.2, 0.4)


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


def recorded_market(world: World, metal: str) -> StaticMarket:
    """Return the recorded year of a metal: quantities of the data folder, prices of the model's own equilibrium."""
    own = [good for good, of in zip(world.goods, world.metal_of_good, strict=True) if of == metal]
    standard = world.good_index[world.standard_goods[world.metals.index(metal)]]
    start, exporter = recorded_equilibrium(world), world.tracked_zone
    free, params = np.zeros_like(start.flow), load_parameters(world=world).by_good
    lanes = Lanes(world).week(params, start.netback, free, np.zeros_like(start.netback))
    zones = len(world.zones)
    return StaticMarket(
        metal=metal,
        zones=world.zones,
        price=start.delivered[standard],
        cost=lanes.cost[standard, :zones, :zones],
        exporter=world.zone_index[exporter],
        net_exports_kg=1000.0 * float(world.balance()["net_export_t"].loc[own, exporter].sum()),
        **_curves(world, own, start.delivered - start.delivered[standard]),
    )


def _curves(world: World, goods: Sequence[str], premium: np.ndarray) -> dict[str, Curve]:
    """Return users, primary plants and recyclers of some goods, given premiums by good and zone, USD/kg [G, Z]."""
    firms = world.firms.set_index("firm")
    supply, demand = (table[table["good"].isin(goods)] for table in (world.supply, world.demand))
    refined, made = supply[supply["input_good"] != ""], supply[supply["input_good"] == ""]
    lost_t = refined["output_t_per_yr"] * (1.0 / refined["yield_share"] - 1.0)  # by refining: it is used, too
    use = pd.concat([
        demand.assign(t=demand["use_t_per_yr"], most_t=np.inf),
        refined.assign(t=lost_t, most_t=np.inf, elasticity=DEMAND_ELASTICITY[1]),
    ])  # fmt: skip
    plants = made.assign(t=made["output_t_per_yr"], most_t=made["capacity_t_per_yr"], elasticity=0.0)
    kind = plants["firm"].map(firms["kind"])

    def curve(table: pd.DataFrame) -> Curve:
        zone = table["firm"].map(firms["zone"]).map(dict(world.zone_index)).to_numpy(dtype=np.int64)
        good = table["good"].map(dict(world.good_index)).to_numpy(dtype=np.int64)
        kg, most_kg = (1000.0 * table[column].to_numpy() for column in ("t", "most_t"))
        return Curve(zone, kg, premium[good, zone], table["elasticity"].to_numpy(), most_kg)

    by_kind = {"primary": plants[kind == "producer"], "recycling": plants[kind == "recycler"]}
    return {name: curve(table) for name, table in ({"use": use} | by_kind).items()}


def central(world: World | None = None) -> Elasticities:
    """Return the central values: those of the model's parameter table, demand -0.2."""
    return Elasticities(DEMAND_ELASTICITY[1], *_declared(world)["value"])


def draws(count: int, seed: int, world: World | None = None) -> list[Elasticities]:
    """Return a Latin hypercube over the ranges: demand and choke price evenly in logs, supply evenly."""
    from scipy.stats import qmc  # slow to load, and workers do not draw

    declared, in_logs = _declared(world), [0, 3]
    ends = np.array([[DEMAND_ELASTICITY[0], *declared["low"]], [DEMAND_ELASTICITY[2], *declared["high"]]])
    ends[:, in_logs] = np.log(ends[:, in_logs])
    points = qmc.scale(qmc.LatinHypercube(d=4, rng=np.random.default_rng(seed)).random(count), *ends)
    points[:, in_logs] = np.exp(points[:, in_logs])
    return [Elasticities(*point) for point in points.tolist()]


def _declared(world: World | None) -> pd.DataFrame:
    """Return the model's parameters for the response of primary plants and recyclers, and for the highest price."""
    names = ["supply_elasticity", "supply_elasticity_recycling", "choke_multiple"]
    return parameter_table(world).loc[names]
