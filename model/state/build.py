"""From data files to records: who takes part, and the weekly rates of the reference date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from model.calendar import WEEKS_PER_YEAR
from model.parameters import Parameters
from model.state.firms import Business, Firms
from model.state.record import Kind
from model.world import World

TONNE = 1000.0
REFINING, TRADING, STOCKPILING = "refining", "trading", "stockpile"
_MAKERS = {"producer": Kind.PRODUCER, "recycler": Kind.RECYCLER, "refiner": Kind.REFINER}


def businesses(world: World, p: Parameters) -> list[Business]:
    """Return every firm's business in every good of the data files (a refining line has two: output and input)."""
    least = p.refining_cover_weeks
    return [
        replace(row, cover_weeks=max(row.cover_weeks, least)) if row.kind == Kind.REFINER_INPUT else row
        for row in _businesses(world)
    ]


@lru_cache(maxsize=8)
def _businesses(world: World) -> tuple[Business, ...]:
    """Return all businesses: the same for every run in a world, and reading tables takes longer than all the rest."""
    firms = {firm.firm: firm for firm in world.firms.itertuples()}
    made = [(firms[row.firm], row) for row in world.supply.itertuples()]
    return (
        *(_maker(world, firm, row) for firm, row in made),
        *(_refiner_input(world, firm, row) for firm, row in made if row.input_good),
        *(_trader(world, firms[row.firm], row) for row in world.trading.itertuples()),
        *(_buyer(world, firms[row.firm], row) for row in world.demand.itertuples()),
    )


def _maker(world: World, firm: Any, supply: Any) -> Business:
    refines = bool(supply.input_good)
    return Business(
        firm=firm.firm, kind=_MAKERS["refiner" if refines else firm.kind], zone=world.zone_index[firm.zone],
        good=world.good_index[supply.good], line_good=world.good_index[supply.input_good] if refines else -1,
        capacity_kg_per_year=supply.capacity_t_per_yr * TONNE, output_kg_per_year=supply.output_t_per_yr * TONNE,
        cost_usd_per_kg=supply.cost_usd_per_kg, yield_share=supply.yield_share, captive_share=supply.captive_share,
        stock_weeks=supply.stock_weeks, exporter=bool(firm.exporter),
        feed_kg_per_year=supply.other_feed_t_per_yr * TONNE,
    )  # fmt: skip


def _refiner_input(world: World, firm: Any, supply: Any) -> Business:
    return Business(
        firm=firm.firm, kind=Kind.REFINER_INPUT, zone=world.zone_index[firm.zone],
        good=world.good_index[supply.input_good], line_good=world.good_index[supply.good], end_use=REFINING,
        use_kg_per_year=supply.output_t_per_yr * TONNE / supply.yield_share,
        cover_weeks=supply.stock_weeks,
    )  # fmt: skip


def _trader(world: World, firm: Any, trading: Any) -> Business:
    return Business(
        firm=firm.firm, kind=Kind.TRADER, zone=world.zone_index[firm.zone], good=world.good_index[trading.good],
        end_use=TRADING, stock_kg=trading.stock_t * TONNE, turnover_kg_per_year=trading.turnover_t_per_yr * TONNE,
        exporter=bool(firm.exporter),
    )  # fmt: skip


def _buyer(world: World, firm: Any, demand: Any) -> Business:
    return Business(
        firm=firm.firm, kind=Kind.BUYER, zone=world.zone_index[firm.zone], good=world.good_index[demand.good],
        end_use=firm.end_use, use_kg_per_year=demand.use_t_per_yr * TONNE, cover_weeks=demand.cover_weeks,
        elasticity=demand.elasticity,
    )  # fmt: skip


def lay_out(world: World, rows: Iterable[Business], p: Parameters, controlling_zone: int) -> Firms:
    """Return the records with weekly rates of the reference date and behavioural weights (prices come later).

    Args:
        world: zones, goods, lanes.
        rows: all businesses.
        p: parameters.
        controlling_zone: the country whose primary metal is followed through trade.
    """
    f = Firms(rows, len(world.zones), len(world.goods), int(world.transit_weeks.max(initial=0)) + 1)
    params, good, kind = p.by_good, f["good"], f["kind"]

    def column(name: str) -> np.ndarray:
        return np.array([getattr(row, name) for row in f.businesses], dtype=float)

    f["capacity_kg"][:] = column("capacity_kg_per_year") / WEEKS_PER_YEAR
    f["normal_output_kg"][:] = column("output_kg_per_year") / WEEKS_PER_YEAR
    f["turnover_kg"][:] = column("turnover_kg_per_year") / WEEKS_PER_YEAR
    f["trend_use_kg"][:] = column("use_kg_per_year") / WEEKS_PER_YEAR
    f["norm_stock_weeks"][:] = np.maximum(p.seller_stock_factor * column("stock_weeks"), 1.0)
    f["calm_stock_kg"][:] = p.seller_stock_factor * np.where(kind == Kind.TRADER, column("stock_kg"), 0.0)
    f["norm_stock_kg"][:] = f["calm_stock_kg"] + f["norm_stock_weeks"] * f["normal_output_kg"]
    f["calm_cover_weeks"][:] = p.cover_factor * column("cover_weeks")
    f["cover_elasticity"][:] = params["cover_elasticity"][good]
    f["demand_elasticity"][:] = p.elasticity_factor * column("elasticity")
    f["feed_kg"][:] = column("feed_kg_per_year") / WEEKS_PER_YEAR
    f["scrap_share"][f.of(Kind.BUYER)] = [
        min(p.scrap_factor * world.scrap_share.get((row.end_use, world.metal_of_good[row.good]), 0.0), 1.0)
        for row in f.businesses[f.of(Kind.BUYER)]
    ]
    f["supply_elasticity"][:] = np.where(
        kind == Kind.PRODUCER,
        params["supply_elasticity"][good],
        np.where(kind == Kind.RECYCLER, params["supply_elasticity_recycling"][good], 0.0),
    )
    f["growth"][:] = np.where(kind == Kind.STOCKPILE, 1.0, (1.0 + params["growth"][good]) ** (1.0 / WEEKS_PER_YEAR))
    f["of_tracked_origin"][:] = (kind == Kind.PRODUCER) & (f["zone"] == controlling_zone)
    # Whoever makes metal in such a country, also a plant that a policy opens there.
    f["domestic_first"][:] = np.array(world.domestic_first)[f["zone"]] & (kind <= Kind.REFINER)
    f["short_run_response"][:] = f["long_run_response"][:] = 1.0
    f["log_guaranteed"][:], f["export_limit_kg"][:] = -np.inf, np.inf
    return f
