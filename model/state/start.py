"""The state before the first week: every firm in the static equilibrium of the day on which the run starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import fsum

import numpy as np

from model.market.lanes import Lanes
from model.parameters import Parameters
from model.scrap import Scrap
from model.seeding import generators
from model.state.build import lay_out
from model.state.equilibrium import Equilibrium, static_equilibrium
from model.state.firms import Business, Firms
from model.state.handling import Handling
from model.state.origin import as_own_scrap, mark_start, tolled_at_rest
from model.state.record import Kind
from model.state.sources import Sources
from model.state.trend import Trend
from model.world import World


@dataclass(frozen=True)
class State:
    """Everything that a run remembers from week to week, apart from what policies remember.

    `delivered_quote` and `netback_quote` are the last known prices, USD/kg, [G, 2Z] (`model.market.lanes`).
    """

    firms: Firms
    trend: Trend
    lanes: Lanes
    sources: Sources
    scrap: Scrap
    handling: Handling
    delivered_quote: np.ndarray
    netback_quote: np.ndarray


def start_state(
    world: World, p: Parameters, seed: int, rows: Iterable[Business], controlling_zone: int, day: date
) -> State:
    """Return the state on a day, in the static equilibrium of its quantities.

    Args:
        world: zones, goods, lanes, reference prices.
        p: parameters.
        seed: of the run; each firm's mix of expectations is drawn from its own stream.
        rows: all businesses.
        controlling_zone: the country whose metal is followed.
        day: Monday of the week before the first one (a week begins with its growth).
    """
    firms = lay_out(world, rows, p, controlling_zone)
    closed = np.array(world.domestic_first)  # nor does scrap cross the border of the country that controls exports
    closed[controlling_zone] = True
    scrap = Scrap(firms, world.metal_numbers, closed)
    trend = Trend(firms, world)
    trend.start(day)
    serve_growth(firms)
    lanes = Lanes(world)
    # Reference prices are those of the world's own tracked country, whichever a scenario follows.
    anchor = world.zone_index[world.tracked_zone]
    found = static_equilibrium(firms, lanes, world.reference_price, anchor, p.by_good)
    _settle_into(firms, found, world.transit_weeks)
    scrap.fill(p.by_good)
    received = mark_start(firms, p.by_good, found.flow, scrap.owed, controlling_zone)
    known_flow = as_own_scrap(found.flow, tolled_at_rest(firms, p.by_good, scrap.owed))
    draws = generators(seed, [f"expectations/{name}" for name in firms.names])
    weight = np.array([draw.random() for draw in draws])
    largest = p.by_good["trend_following"][firms["good"]]
    firms["trend_weight"][:] = largest * weight[firms["firm"]]
    return State(
        firms=firms,
        trend=trend,
        lanes=lanes,
        sources=Sources(known_flow, received, controlling_zone),
        scrap=scrap,
        handling=Handling(firms, p.by_good, found.flow, controlling_zone),
        delivered_quote=np.concatenate([found.delivered, np.full_like(found.delivered, np.nan)], axis=1),
        netback_quote=np.concatenate([found.netback, found.netback], axis=1),
    )


def serve_growth(f: Firms) -> None:
    """Raise normal output by what growing stocks take up: with more use go larger stocks, and somebody makes them.

    Without it a growing world is short of metal every week by growth times stocks, and prices drift.
    """
    makers, lines = f.makers, f.of(Kind.REFINER)
    free = f["kind"][makers] != Kind.RECYCLER  # scrap binds recyclers: they cannot make more
    use, output, good = f["trend_use_kg"], f["normal_output_kg"], f["good"]
    stocks = np.where(use > 0, f["calm_cover_weeks"] * use, f["norm_stock_kg"])
    inputs = f["line"][lines]
    extra_feed = np.zeros(f.goods)
    refined = np.unique(good[lines])
    for g in sorted(range(f.goods), key=lambda g: g not in refined):  # what refining takes up is known first
        here = good == g
        # Exact sums: a firm that does nothing must not change a bit of the others' week by how terms are grouped.
        made = fsum(output[makers][here[makers] & free])
        taken_up = fsum(((f["growth"] - 1.0) * stocks)[here]) + extra_feed[g]
        more = taken_up / made if made > 0 else 0.0
        output[makers] *= 1.0 + more * (here[makers] & free)
        feed = more * here[lines] * use[inputs]
        use[inputs] += feed
        extra_feed += np.bincount(good[inputs], feed, f.goods)


def _settle_into(f: Firms, found: Equilibrium, transit_weeks: np.ndarray) -> None:
    """Start every firm in the static equilibrium: prices expected, stocks at norm, goods under way, use as usual.

    Args:
        f: the records, with the quantities of the day on which the run starts; changed in place.
        found: prices by good and zone and weekly flows between zones.
        transit_weeks: weeks between zones, [Z, Z].
    """
    price = found.delivered[f["good"], f["zone"]]
    price[f.makers] = found.netback[f["good"][f.makers], f["zone"][f.makers]]
    for name in ("log_expected", "log_normal", "log_reference"):
        f[name][:] = np.log(price)
    capacity, output = f["capacity_kg"], f["normal_output_kg"]
    share = np.divide(output, capacity, out=np.zeros(len(f)), where=capacity > 0)
    f["utilisation"][:] = np.minimum(share, 1.0)  # stocks that grow fast may take more than can be made
    f["planned_use_kg"][:] = f["trend_use_kg"]
    f["stock_kg"][:] = f["norm_stock_kg"]
    piles = f.of(Kind.STOCKPILE)
    f["stock_kg"][piles] = [row.stock_kg for row in f.businesses[piles]]

    users = f.users
    good, zone, use = f["good"][users], f["zone"][users], f["trend_use_kg"][users]
    inflow = found.flow.sum(axis=1)
    lag = np.einsum("god,od->gd", found.flow, transit_weeks.astype(float))
    mean_lag = np.divide(lag, inflow, out=np.zeros_like(lag), where=inflow > 0)[good, zone]
    under_way = np.minimum(mean_lag, f["calm_cover_weeks"][users] / 2)
    f["stock_kg"][users] = (f["calm_cover_weeks"][users] - under_way) * use
    for slot in range(f.transit_kg.shape[1]):
        f.transit_kg[users, slot] = np.clip(under_way - slot, 0.0, 1.0) * use
    f["in_transit_kg"][:] = f.transit_kg.sum(axis=1)
