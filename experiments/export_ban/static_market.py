"""A yearly market in equilibrium, without stocks or expectations: what is left when China exports less.

One metal at a time, in kg of contained metal of the standard grade; high-purity users and recyclers keep their
premium. Supply and demand curves run through the recorded quantities of the data folder; trade between countries is
the spatial price equilibrium that `model.market.auction.clear` finds (Samuelson 1952; Takayama and Judge 1971).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.study.recorded import recorded_equilibrium
from model.market.auction import clear
from model.market.lanes import Lanes
from model.parameters import load_parameters, parameter_table
from model.world import World

# Short-run price elasticity of use outside China: low, central, high. Assumed, confidence low: around the supply gap of
# 2018 (own calculation, -0.14; -0.25 to -0.08). No published estimate was readable. The value was chosen with Chinese
# exports of 2022 to 2025 in view.
DEMAND_ELASTICITY = (0.1, 0.2, 0.4)
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

    demand: float = DEMAND_ELASTICITY[1]
    primary: float = 1.0
    recycling: float = 0.2
    choke: float = 6.0


@dataclass(frozen=True)
class Curve:
    """Users or plants, one element each: where, kg a year at the recorded price, response, most kg, premium USD/kg."""

    zone: np.ndarray
    kg: np.ndarray
    elasticity: np.ndarray
    most_kg: np.ndarray
    premium: np.ndarray


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

    @property
    def use_outside_kg(self) -> float:
        """Use outside the exporting country, kg a year."""
        return float(self.use.kg[self.use.zone != self.exporter].sum())

    @property
    def spare_outside_kg(self) -> float:
        """Idle primary capacity outside the exporting country, kg a year."""
        outside = self.primary.zone != self.exporter
        return float((self.primary.most_kg - self.primary.kg)[outside].sum())

    def solve(self, cut: float, elasticities: Elasticities) -> Result:
        """Return the equilibrium in which net exports are a share `cut` below the recorded ones."""
        e, zones = elasticities, len(self.zones)
        outside = self.use.zone != self.exporter
        scale = e.demand / np.average(self.use.elasticity[outside], weights=self.use.kg[outside])
        use = replace(self.use, elasticity=self.use.elasticity * scale)
        primary = replace(self.primary, elasticity=np.full(len(self.primary.kg), e.primary))
        recycling = replace(self.recycling, elasticity=np.full(len(self.recycling.kg), e.recycling))
        steps = np.exp(np.linspace(np.log(LOWEST), np.log(e.choke), RUNGS))
        grid = self.price[:, None] * steps
        made = self._supplied(primary, grid) + self._supplied(recycling, grid)
        wanted = self._wanted(use, grid)
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

    def _supplied(self, curve: Curve, grid: np.ndarray) -> np.ndarray:
        """Return kg supplied in each zone at each price of its grid, [Z, rungs]: the plants' rule, up to capacity."""
        log_ratio = np.log(self._ratio(curve, grid))
        kg = np.clip(curve.kg[:, None] * (1.0 + curve.elasticity[:, None] * log_ratio), 0.0, curve.most_kg[:, None])
        return self._by_zone(curve, kg)

    def _wanted(self, curve: Curve, grid: np.ndarray) -> np.ndarray:
        """Return kg wanted in each zone at each price of its grid, [Z, rungs]."""
        return self._by_zone(curve, curve.kg[:, None] * self._ratio(curve, grid) ** -curve.elasticity[:, None])

    def _ratio(self, curve: Curve, grid: np.ndarray) -> np.ndarray:
        own, start = curve.premium[:, None], self.price[curve.zone][:, None]
        return (grid[curve.zone] + own) / (start + own)

    def _by_zone(self, curve: Curve, kg: np.ndarray) -> np.ndarray:
        total = np.zeros((len(self.zones), kg.shape[1]))
        np.add.at(total, curve.zone, kg)
        return total


def recorded_market(world: World, metal: str, exporter: str = "CHN") -> StaticMarket:
    """Return the recorded year of a metal: quantities of the data folder, prices of the model's own equilibrium."""
    origin = world.zone_index[exporter]
    start = recorded_equilibrium(world, exporter)
    zones, goods = len(world.zones), len(world.goods)
    nothing, params = np.zeros((goods, zones)), load_parameters(world=world).by_good
    week = Lanes(world).week(params, start.netback, np.zeros((goods, zones, zones)), nothing)
    standard = world.good_index[world.standard_goods[world.metals.index(metal)]]
    premium = start.delivered - start.delivered[standard]
    zone_of = world.firms.set_index("firm")["zone"].map(dict(world.zone_index))

    supply = world.supply[world.supply["good"].str.startswith(metal)]
    demand = world.demand[world.demand["good"].str.startswith(metal)]
    kind = supply["firm"].map(world.firms.set_index("firm")["kind"])
    refined = supply[supply["input_good"] != ""]
    makes = {name: supply[(supply["input_good"] == "") & (kind == name)] for name in ("producer", "recycler")}

    def curve(table: pd.DataFrame, kg: pd.Series, most: pd.Series, elasticity: npt.ArrayLike) -> Curve:
        zone = table["firm"].map(zone_of).to_numpy(dtype=np.int64)
        good = table["good"].map(dict(world.good_index)).to_numpy(dtype=np.int64)
        return Curve(
            zone, 1000.0 * np.asarray(kg), np.asarray(elasticity), 1000.0 * np.asarray(most), premium[good, zone]
        )

    # What refining loses is used, too.
    use = curve(demand, demand["use_t_per_yr"], np.inf * demand["use_t_per_yr"], demand["elasticity"])
    lost_t = refined["output_t_per_yr"] * (1.0 / refined["yield_share"] - 1.0)
    lost = curve(refined, lost_t, np.inf * lost_t, np.full(len(refined), DEMAND_ELASTICITY[1]))
    plants = {
        name: curve(t, t["output_t_per_yr"], t["capacity_t_per_yr"], np.zeros(len(t))) for name, t in makes.items()
    }
    balance = world.balance()["net_export_t"]
    net = sum(balance[good, exporter] for good, of in zip(world.goods, world.metal_of_good, strict=True) if of == metal)
    return StaticMarket(
        metal=metal,
        zones=world.zones,
        price=start.delivered[standard],
        cost=week.cost[standard, :zones, :zones],
        exporter=origin,
        net_exports_kg=1000.0 * float(net),
        use=Curve(*(np.concatenate([getattr(use, n), getattr(lost, n)]) for n in Curve.__annotations__)),
        primary=plants["producer"],
        recycling=plants["recycler"],
    )


def central(metal: str, world: World | None = None) -> Elasticities:
    """Return the central values: those of the model's parameter table, demand -0.2."""
    table = parameter_table(world)["value"]
    return Elasticities(
        DEMAND_ELASTICITY[1], table[f"supply_elasticity_{metal}"], table["supply_elasticity_recycling"],
        table["choke_multiple"],
    )  # fmt: skip


def draws(metal: str, count: int, seed: int, world: World | None = None) -> list[Elasticities]:
    """Return a Latin hypercube over the ranges: demand and choke price evenly in logs, supply evenly."""
    table = parameter_table(world)
    low, high = (
        table.loc[[f"supply_elasticity_{metal}", "supply_elasticity_recycling", "choke_multiple"], end]
        for end in ("low", "high")
    )
    ends_low = [np.log(DEMAND_ELASTICITY[0]), low.iloc[0], low.iloc[1], np.log(low.iloc[2])]
    ends_high = [np.log(DEMAND_ELASTICITY[2]), high.iloc[0], high.iloc[1], np.log(high.iloc[2])]
    from scipy.stats import qmc  # slow to load, and workers do not draw

    points = qmc.scale(qmc.LatinHypercube(d=4, rng=np.random.default_rng(seed)).random(count), ends_low, ends_high)
    return [Elasticities(np.exp(d), p, r, np.exp(c)) for d, p, r, c in points]


def cut_for(rise: float, cuts: Sequence[float], rises: Sequence[float]) -> float:
    """Return the cut at which a rising price path reaches `rise`, NaN if it never does (linear in between)."""
    return float(np.interp(rise, rises, cuts)) if rises[-1] >= rise else np.nan


def demand_for(market: StaticMarket, rise: float, zone: str, base: Elasticities) -> float:
    """Return the demand elasticity at which a total ban raises the price in a zone by `rise`, all else as in `base`."""
    where = market.zones.index(zone)
    low, high = np.log(0.005), np.log(20.0)
    for _ in range(24):
        middle = 0.5 * (low + high)
        found = market.solve(1.0, replace(base, demand=float(np.exp(middle)))).price[where] / market.price[where] - 1.0
        low, high = (middle, high) if found > rise else (low, middle)
    return float(np.exp(0.5 * (low + high)))
