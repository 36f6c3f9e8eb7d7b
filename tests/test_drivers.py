"""What nobody can know: swings and outages have the spread they are declared with, and nobody reshuffles them."""

import numpy as np
import pytest

from model import TradeModel
from model.calendar import WEEKS_PER_YEAR
from model.drivers.processes import Outages, Swings
from model.state.firms import Business
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario, parquet, play
from tests.policy.helpers import OPEN_OFFICE

WORLD = load_world()
WEEKS = 60
OFTEN = {"outages_per_year": 2.0}
DEU, GALLIUM = WORLD.zone_index["DEU"], WORLD.good_index["gallium-4N"]
NEW = [
    Business("another", Kind.BUYER, DEU, GALLIUM, end_use="solar", use_kg_per_year=900.0, cover_weeks=8.0),
    Business("another", Kind.PRODUCER, DEU, GALLIUM, cost_usd_per_kg=100.0, capacity_kg_per_year=900.0),
]


def driven(policies=(), extra=(), seed: int = 1, **keys) -> TradeModel:
    scenario = make_scenario(policies, drivers=True, **{"weeks": WEEKS, "parameters": OFTEN} | keys)
    return TradeModel(scenario, seed=seed, extra=extra)


def told(model: TradeModel) -> list[dict[str, object]]:
    """Return week by week what the drivers of a run say, by name."""
    weeks = []
    for _ in range(WEEKS):
        model.step()
        drivers = model.drivers
        said = dict(zip(drivers.uses, drivers.demand.levels.tolist(), strict=True))
        said |= dict(zip(drivers.plants, drivers.outages.out.tolist(), strict=True))
        weeks.append(said | {"freight": model.lanes.freight_factor})
    return weeks


@pytest.fixture(scope="module")
def plain() -> list[dict[str, object]]:
    return told(driven())


# ---- the processes ------------------------------------------------------------------------------------------------


def test_swings_begin_at_nothing_and_reach_their_stationary_spread():
    names, memory = [str(i) for i in range(400)], 10.0
    swings = Swings(1, "test", names, np.full(400, 0.2), np.full(400, memory))
    assert not swings.levels.any()
    spread = [swings.week() is not None and swings.levels.std() for _ in range(150)]
    kept = np.exp(-1 / memory)
    wanted = 0.2 * np.sqrt(1 - kept ** (2 * np.arange(1, 151)))
    assert spread == pytest.approx(wanted, rel=0.15)
    assert np.mean(spread[50:]) == pytest.approx(0.2, rel=0.05)


def test_swings_forget_at_the_pace_of_their_memory():
    swings = Swings(2, "test", [str(i) for i in range(2000)], np.full(2000, 0.2), np.full(2000, 8.0))
    for _ in range(60):
        swings.week()
    before = swings.levels
    for _ in range(8):
        swings.week()
    assert np.corrcoef(before, swings.levels)[0, 1] == pytest.approx(np.exp(-1), abs=0.05)


def test_a_week_of_swings_returns_what_has_changed():
    swings = Swings(3, "test", ["a", "b"], np.full(2, 0.1), np.full(2, 30.0))
    assert np.sum([swings.week() for _ in range(40)], axis=0) == pytest.approx(swings.levels)


def test_outages_are_as_rare_and_as_long_as_declared():
    plants, rate, weeks = 300, 0.5, 12.0
    outages = Outages(1, [str(i) for i in range(plants)], np.full(plants, rate), np.full(plants, weeks))
    out = np.array([outages.week() for _ in range(1040)])
    began = (out[1:] & ~out[:-1]).sum()
    assert began / (~out[:-1]).sum() * WEEKS_PER_YEAR == pytest.approx(rate, rel=0.06)
    length = out.sum() / began
    assert length == pytest.approx(1 / (1 - np.exp(-1 / weeks)), rel=0.06)


@pytest.mark.parametrize("rate", [0.0, 52.0])
def test_plants_that_never_fail_and_plants_that_fail_at_once(rate):
    outages = Outages(1, ["a", "b"], np.full(2, rate), np.full(2, 5.0))
    out = np.array([outages.week() for _ in range(100)])
    assert out.any() == (rate > 0)


# ---- in a run -------------------------------------------------------------------------------------------------------


def test_off_is_a_run_without_drivers():
    """The parameters of the drivers, however large, change no byte."""
    loud = {"demand_volatility": 0.4, "outages_per_year": 20.0, "freight_volatility": 1.0, "grant_volatility": 2.0}
    quiet = play([OPEN_OFFICE]).tables
    assert all(
        parquet(table) == parquet(quiet[name])
        for name, table in play([OPEN_OFFICE], parameters=loud, drivers=False).tables.items()
    )
    assert parquet(play([OPEN_OFFICE], drivers=True).tables["prices"]) != parquet(quiet["prices"])


def test_nothing_moves_before_the_first_week():
    on, off = driven(), TradeModel(make_scenario(weeks=WEEKS), seed=1)
    for name in on.firms.table.dtype.names:
        assert np.array_equal(on.firms[name], off.firms[name], equal_nan=True), name


def test_use_follows_its_trend_and_the_swing():
    on, off = driven().run(WEEKS), TradeModel(make_scenario(weeks=WEEKS), seed=1).run(WEEKS)
    buyers = on.firms.of(Kind.BUYER)
    log = dict(zip(on.drivers.uses, on.drivers.demand.levels, strict=True))
    good = on.firms["good"][buyers]
    swing = [
        log[f"{b.end_use}/{WORLD.metal_of_good[g]}"] for b, g in zip(on.firms.businesses[buyers], good, strict=True)
    ]
    assert on.firms["trend_use_kg"][buyers] == pytest.approx(off.firms["trend_use_kg"][buyers] * np.exp(swing))
    assert np.ptp(swing) > 0.05


def test_an_outage_takes_its_share_and_nothing_is_made_below_nothing():
    model = driven(parameters={"outages_per_year": 5.0, "outage_depth": 1.0})
    producers, idle, running = model.firms.of(Kind.PRODUCER), 0, 0
    for _ in range(WEEKS):
        model.step()
        one, out = model.firms.table[producers], model.drivers.outages.out
        assert (one["produced_kg"] >= 0).all()
        assert not one["produced_kg"][out].any()
        assert np.array_equal(one["produced_kg"][~out], (one["utilisation"] * one["capacity_kg"])[~out])
        idle, running = idle + out.sum(), running + (~out).sum()
    assert idle > 50
    assert running > 50


def test_freight_moves_the_cost_of_every_lane_abroad():
    model = driven(parameters={"freight_volatility": 1.0}).run(WEEKS)
    factor = model.lanes.freight_factor
    assert factor == pytest.approx(np.exp(model.drivers.freight.levels[0]))
    chn, usa = WORLD.zone_index["CHN"], WORLD.zone_index["USA"]
    params, shape = model.parameters.by_good, model.lanes.closed.shape
    free = np.zeros(shape[:2])  # metal that is worth nothing: a lane costs its freight
    cost = model.lanes.week(params, free, np.zeros(shape), free).cost
    assert cost[0, chn, usa] == pytest.approx(WORLD.freight[chn, usa] * factor, abs=0.02 * factor)
    assert factor != pytest.approx(1.0, abs=0.01)


def test_another_firm_leaves_the_draws_of_all_others(plain):
    more = told(driven(extra=NEW))
    for before, after in zip(plain, more, strict=True):
        assert before.items() <= after.items()
    assert len(more[0]) > len(plain[0])


def test_another_policy_leaves_all_draws(plain):
    grown = {
        "kind": "capacity_support", "actor": "DEU", "good": "gallium-4N", "capacity_t_per_year": 5,
        "output_t_per_year": 4, "cost_usd_per_kg": 200,
    }  # fmt: skip
    for before, after in zip(plain, told(driven([OPEN_OFFICE, grown])), strict=True):
        assert before.items() <= after.items()


def test_other_seeds_have_other_luck(plain):
    assert told(driven(seed=2))[-1] != plain[-1]


def test_trade_outlives_wild_drivers():
    wild = {"demand_volatility": 0.5, "outages_per_year": 52.0, "freight_volatility": 1.0, "grant_volatility": 5.0}
    prices = driven([OPEN_OFFICE], parameters=wild).run(WEEKS).tables()["prices"]["usd_per_kg"].dropna()
    assert np.isfinite(prices).all()
    assert (prices > 0).all()
