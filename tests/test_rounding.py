"""The last digit of a double decides nothing: processors round differently, and so do sums in another order.

Ties that the rules make every week (traders who see one outlet, routes whose round freights add up alike, licences used
up to the last kg) must not be settled by rounding. Without the rules that see to it, every perturbation here moves
weekly prices by 30 to 250 % within the run.
"""

import shutil
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest

from agents.firm import GRAM_KG
from agents.trader import buy_orders
from model import TradeModel, load_scenario
from model.build import build_columns, world_rows
from model.columns import Kind
from model.equilibrium import static_equilibrium
from model.lanes import Lanes
from model.parameters import load_parameters
from model.policy.export_licence import ExportLicence
from model.world import DATA_FOLDER, load_world
from tests.conftest import SCENARIOS

SEEDS = (1, 2, 3)
WEEKS = 156  # to the end of 2025: licences, the ban on the US, chased re-exports, its suspension
LAST_DIGIT = 1e-15
# Asked for is 1 % in a week and 0.1 % in a year for markets with trade. Found is below 1e-9 for every quote, so that no
# market needs to be left out as too thin, and a knife-edge shows before it has grown to 1 %.
MOST_MOVE = 1e-5
STATE = ("stock_kg", "expected", "normal", "risk", "intensity")


def shaken(values, rng):
    """Return values that differ in their last digits."""
    return values * (1 + LAST_DIGIT * rng.choice([-1.0, 1.0], np.shape(values)))


def played(model, weeks=WEEKS, each_week=lambda model: None):
    """Run for some weeks; return all weekly quotes, USD/kg [W, 2, G, 2Z], and flows, kg [W, G, 2Z, 2Z]."""
    quotes, flows = [], []
    for _ in range(weeks):
        each_week(model)
        model.step()
        quotes.append([model.delivered_quote, model.netback_quote])
        flows.append(model.trades.flow)
    return np.array(quotes), np.array(flows)


@lru_cache
def record(mechanism="auction", **parameters):
    scenario = load_scenario(SCENARIOS / "history.toml")
    return scenario.model_copy(update={"mechanism": mechanism, "parameters": parameters})


@lru_cache
def unshaken(seed, mechanism="auction", weeks=WEEKS):
    return played(TradeModel(record(mechanism), seed=seed), weeks)


def shaken_world(world, rng):
    """Return the world with other last digits in all it says about lanes and prices, as if computed elsewhere."""
    names = ("freight", "reference_price", "import_duty", "export_cost")
    return replace(world, **{name: shaken(getattr(world, name), rng) for name in names})


def with_another_start(seed, rng, folder):
    model = TradeModel(record(), seed=seed)
    for name in ("stock_kg", "use_kg"):
        getattr(model.columns, name)[:] = shaken(getattr(model.columns, name), rng)
    return played(model)


def with_rows_in_another_order(seed, rng, folder):
    shutil.copytree(DATA_FOLDER, folder, dirs_exist_ok=True)
    header, *rows = (folder / "demand.csv").read_text().splitlines()
    (folder / "demand.csv").write_text("\n".join([header, *rng.permutation(rows)]) + "\n")
    return played(TradeModel(record(), seed=seed, world=load_world(folder)))


def with_figures_from_elsewhere(seed, rng, folder):
    return played(TradeModel(record(), seed=seed, world=shaken_world(load_world(), rng)))


def on_another_processor(seed, rng, folder):
    def round_differently(model):
        for name in STATE:
            getattr(model.columns, name)[:] = shaken(getattr(model.columns, name), rng)

    return played(TradeModel(record(), seed=seed), each_week=round_differently)


WAYS = (with_another_start, with_rows_in_another_order, with_figures_from_elsewhere, on_another_processor)


def move(ours, theirs):
    """Return the largest relative gap; a price that only one side knows counts as a gap."""
    known = ~np.isnan(ours)
    assert (known == ~np.isnan(theirs)).all()
    return np.abs(theirs[known] / ours[known] - 1).max()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_digit_moves_no_price_and_no_shipment(way, seed, tmp_path):
    (ours, shipped), (theirs, shipped_too) = unshaken(seed), way(seed, np.random.default_rng(seed), tmp_path)
    assert move(ours, theirs) < MOST_MOVE
    for start in range(0, WEEKS, 52):
        assert move(ours[start : start + 52].mean(axis=0), theirs[start : start + 52].mean(axis=0)) < MOST_MOVE
    assert np.abs(shipped - shipped_too).max() < GRAM_KG


def test_the_last_digit_moves_no_price_under_bargaining():
    """Who meets whom is drawn by place in the list, so what rounding leaves of an order must not stand there."""
    weeks, rng = 52, np.random.default_rng(1)
    for seed in SEEDS:
        model = TradeModel(record("bargaining"), seed=seed)
        model.columns.stock_kg[:] = shaken(model.columns.stock_kg, rng)
        assert move(unshaken(seed, "bargaining", weeks)[0], played(model, weeks)[0]) < MOST_MOVE


def test_the_last_digit_moves_no_price_without_order_noise():
    """Noise tells firms alike apart; the smallest noise that the parameter allows must still do."""
    silent = record(order_noise=0.0)
    ours = played(TradeModel(silent, seed=1))[0]
    theirs = played(TradeModel(silent, seed=1, world=shaken_world(load_world(), np.random.default_rng(1))))[0]
    assert move(ours, theirs) < MOST_MOVE


def test_the_last_digit_does_not_choose_flows_in_equilibrium():
    """At recorded prices bids equal asks: who trades must not hang on rounding."""
    world, p = load_world(), load_parameters({})

    def flow(world):
        lanes = Lanes(world, p.licence_cost_share, p.catch_penalty)
        columns = build_columns(world, world_rows(world), p)
        return static_equilibrium(world, columns, lanes, world.zone_index["CHN"]).flow

    for seed in SEEDS:
        assert np.abs(flow(shaken_world(world, np.random.default_rng(seed))) - flow(world)).max() < 1e-9


def test_no_two_ways_round_cost_the_same():
    """A and B serve C and D: which serves which must be a matter of cost, by more than rounding."""
    world, p = load_world(), load_parameters({})
    lanes = Lanes(world, p.licence_cost_share, p.catch_penalty)
    zones, goods = len(world.zones), len(world.goods)
    price = np.repeat(world.reference_price[:, None], zones, axis=1)
    cost = lanes.week(price, np.zeros((goods, zones, zones)), np.zeros((goods, zones))).cost
    for a, b in combinations(range(zones), 2):
        saved = cost[:, a, :zones] - cost[:, b, :zones]
        assert np.diff(np.sort(saved, axis=1)).min() > 1e-9, (world.zones[a], world.zones[b])


def test_traders_who_see_the_same_price_bid_differently_and_never_above_it():
    model = TradeModel(seed=1)
    c, rows = model.columns, model.columns.of(Kind.TRADER)
    c.stock_kg[rows] = 0.0
    c.transit_kg[rows] = 0.0
    price = np.full(rows.stop - rows.start, 500.0)
    log_bid, _ = buy_orders(c, rows, price, price, margin=0.08, scale=15.0)
    assert (log_bid <= np.log(500.0)).all()
    assert np.diff(np.sort(log_bid)).min() > 1e-9


def test_a_stock_sold_out_has_no_origin():
    """What rounding leaves of a stock has any share of any origin; it must not make a lane risky."""
    model = TradeModel(seed=1)
    c, good, zone = model.columns, 0, model.world.zone_index["DEU"]
    rows = np.arange(len(c))[c.sellers]
    here = rows[(c.good[rows] == good) & (c.zone[rows] == zone)]
    c.stock_kg[here], c.tracked_kg[here] = 1e-13, 0.8e-13
    assert c.tracked_share()[good, zone] == 0


def test_a_licence_used_up_is_gone():
    """What rounding leaves of a balance must not count as a licence."""
    model = TradeModel(record(), seed=1)
    balances = []
    for _ in range(80):
        model.step()
        balances += [rule.office.granted_kg.copy() for rule in model.active if isinstance(rule, ExportLicence)]
    balance = np.array(balances)
    assert ((balance[:-1] > 0) & (balance[1:] == 0)).any()
    assert balance[balance > 0].min() >= GRAM_KG
