"""The recorded year of a metal as a static market, and the elasticities that it is solved with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.export_ban.static_market import Curve, Elasticities, StaticMarket
from experiments.study.recorded import recorded_equilibrium
from model.market.lanes import Lanes
from model.parameters import load_parameters, parameter_table
from model.world import World

# Short-run price elasticity of use outside China: low, central, high. Assumed, confidence low: around the supply gap of
# 2018 (own calculation, -0.14; -0.25 to -0.08). No published estimate was readable. The value was chosen with Chinese
# exports of 2022 to 2025 in view.
DEMAND_ELASTICITY = (0.1, 0.2, 0.4)


def recorded_market(world: World, metal: str, exporter: str = "CHN") -> StaticMarket:
    """Return the recorded year of a metal: quantities of the data folder, prices of the model's own equilibrium."""
    own = [good for good, of in zip(world.goods, world.metal_of_good, strict=True) if of == metal]
    standard = world.good_index[world.standard_goods[world.metals.index(metal)]]
    start = recorded_equilibrium(world, exporter)
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
