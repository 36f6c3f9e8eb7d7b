"""From data files and a scenario to columns in equilibrium: the state of the model before its first week."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from model.calendar import WEEKS_PER_YEAR
from model.columns import Columns, Kind, Row
from model.equilibrium import Equilibrium
from model.parameters import Parameters
from model.streams import stream
from model.world import World

TONNE = 1000.0
# Share of the norm at which sellers' stocks come to rest: the lowest asks sell first, so the marginal ask lies above
# the typical one, and stocks settle below the norm until the asks have risen by as much.
RESTING_STOCK = 0.75
MAKER_KIND = {"producer": Kind.PRODUCER, "recycler": Kind.RECYCLER, "refiner": Kind.REFINER}


def world_rows(world: World) -> list[Row]:
    """Return a row for every firm and good in the data files (a refining line has two: output and input)."""
    firms = world.firms.set_index("firm")
    rows: list[Row] = []
    for supply in world.supply.itertuples():
        firm = firms.loc[supply.firm]
        zone = world.zone_index[firm.zone]
        kind = MAKER_KIND["refiner" if supply.input_good else firm.kind]
        rows.append(
            Row(
                firm=supply.firm,
                kind=kind,
                zone=zone,
                good=world.good_index[supply.good],
                capacity_kg_per_year=supply.capacity_t_per_yr * TONNE,
                output_kg_per_year=supply.output_t_per_yr * TONNE,
                cost_usd_per_kg=supply.cost_usd_per_kg,
                yield_share=supply.yield_share,
                captive_share=supply.captive_share,
                stock_weeks=supply.stock_weeks,
                exporter=bool(firm.exporter),
            )
        )
        if supply.input_good:
            rows.append(
                Row(
                    firm=supply.firm,
                    kind=Kind.REFINER_INPUT,
                    zone=zone,
                    good=world.good_index[supply.input_good],
                    end_use="refining",
                    use_kg_per_year=supply.output_t_per_yr * TONNE / supply.yield_share,
                    cover_weeks=max(supply.stock_weeks, 4.0),
                )
            )
    for trading in world.trading.itertuples():
        firm = firms.loc[trading.firm]
        rows.append(
            Row(
                firm=trading.firm,
                kind=Kind.TRADER,
                zone=world.zone_index[firm.zone],
                good=world.good_index[trading.good],
                end_use="trading",
                stock_kg=trading.stock_t * TONNE,
                output_kg_per_year=trading.turnover_t_per_yr * TONNE,
                exporter=bool(firm.exporter),
            )
        )
    for demand in world.demand.itertuples():
        firm = firms.loc[demand.firm]
        rows.append(
            Row(
                firm=demand.firm,
                kind=Kind.BUYER,
                zone=world.zone_index[firm.zone],
                good=world.good_index[demand.good],
                end_use=firm.end_use,
                use_kg_per_year=demand.use_t_per_yr * TONNE,
                cover_weeks=demand.cover_weeks,
                elasticity=demand.elasticity,
            )
        )
    return rows


def build_columns(world: World, rows: Iterable[Row], p: Parameters) -> Columns:
    """Lay out the rows and fill in weekly rates of the reference date and behavioural weights (prices come later)."""
    c = Columns(list(rows), len(world.zones), len(world.goods), int(world.transit_weeks.max(initial=0)))
    weekly = 1.0 / WEEKS_PER_YEAR
    c.capacity_kg[:] = weekly * np.array([row.capacity_kg_per_year for row in c.rows])
    c.output_kg[:] = weekly * np.array([row.output_kg_per_year for row in c.rows])
    c.use_kg[:] = weekly * np.array([row.use_kg_per_year for row in c.rows])
    stock_weeks = np.array([row.stock_weeks for row in c.rows])
    c.norm_stock_kg[:] = np.where(
        c.kind == Kind.TRADER, [row.stock_kg for row in c.rows], np.maximum(stock_weeks, 1.0) * c.output_kg
    )
    c.base_stock_kg[:] = c.norm_stock_kg
    # Whoever makes metal in such a country, also a plant that a policy opens there.
    c.domestic_first[:] = world.zone_table["domestic_first"].to_numpy()[c.zone] & (c.kind <= Kind.REFINER)
    metal = np.array([world.metal_of_good[g] for g in c.good])
    gallium = metal == "gallium"
    c.cover_elasticity[:] = np.where(gallium, p.cover_elasticity_gallium, p.cover_elasticity_germanium)
    makes = c.of(Kind.PRODUCER, Kind.RECYCLER)
    primary = np.where(gallium, p.supply_elasticity_gallium, p.supply_elasticity_germanium)
    c.elasticity[makes] = np.where(c.kind == Kind.PRODUCER, primary, p.supply_elasticity_recycling)[makes]
    return c


def settle_into(c: Columns, equilibrium: Equilibrium, p: Parameters, seed: int, transit_weeks: np.ndarray) -> None:
    """Start every firm in the static equilibrium: prices expected, stocks at norm, goods under way, use as usual.

    Args:
        c: the columns, with the quantities of the day on which the run starts; changed in place.
        equilibrium: prices by good and zone and weekly flows between zones.
        p: behavioural parameters.
        seed: the run's seed; each firm's mix of expectations is drawn from its own stream.
        transit_weeks: weeks between zones, [Z, Z].
    """
    sells = c.of(Kind.PRODUCER, Kind.REFINER)
    price = equilibrium.delivered[c.good, c.zone]
    price[sells] = equilibrium.netback[c.good[sells], c.zone[sells]]
    c.expected[:] = c.normal[:] = c.fundamental[:] = np.log(price)
    c.utilisation[:] = np.divide(c.output_kg, c.capacity_kg, out=np.zeros(len(c)), where=c.capacity_kg > 0)
    c.planned_kg[:] = c.use_kg
    c.stock_kg[:] = RESTING_STOCK * c.norm_stock_kg

    users = c.users
    good, zone = c.good[users], c.zone[users]
    inflow = equilibrium.flow.sum(axis=1)
    lag = np.einsum("god,od->gd", equilibrium.flow, transit_weeks.astype(float))
    mean_lag = np.divide(lag, inflow, out=np.zeros_like(lag), where=inflow > 0)[good, zone]
    under_way = np.minimum(mean_lag, c.cover_weeks[users] / 2)
    c.stock_kg[users] = (c.cover_weeks[users] - under_way) * c.use_kg[users]
    whole = np.floor(under_way).astype(int)
    for slot in range(int(whole.max(initial=0)) + 1):
        c.transit_kg[users, slot] = np.where(whole > slot, c.use_kg[users], 0.0)
        last = whole == slot
        c.transit_kg[users, slot] += np.where(last, (under_way - whole) * c.use_kg[users], 0.0)

    weight = {row.firm: float(stream(seed, f"expectations/{row.firm}").random()) for row in c.rows}
    c.trend_weight[:] = p.trend_following * np.array([weight[name] for name in c.firm])


def serve_growth(c: Columns, growth: np.ndarray) -> None:
    """Raise normal output by what growing stocks take up: with more use go larger stocks, and somebody makes them.

    Without it a growing world is short of metal every week by growth times stocks, and prices drift.
    """
    makers, lines, inputs = c.of(Kind.PRODUCER, Kind.REFINER), c.of(Kind.REFINER), c.of(Kind.REFINER_INPUT)
    stocks = np.where(c.use_kg > 0, c.cover_weeks * c.use_kg, c.norm_stock_kg)
    extra_feed = np.zeros(c.goods)
    refined = np.unique(c.good[lines])
    for good in sorted(range(c.goods), key=lambda g: g not in refined):  # what refining takes up is known first
        here = c.good == good
        made = c.output_kg[makers][here[makers]].sum()
        taken_up = ((growth - 1.0) * stocks)[here].sum() + extra_feed[good]
        more = taken_up / made if made > 0 else 0.0
        c.output_kg[makers] *= 1.0 + more * here[makers]
        feed = more * here[lines] * c.use_kg[inputs]
        c.use_kg[inputs] += feed
        extra_feed += np.bincount(c.good[inputs], feed, c.goods)
