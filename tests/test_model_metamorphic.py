"""Changes that must change nothing, and changes that must: common random numbers, idle firms, policies too late."""

import numpy as np
import pandas as pd
import pytest

from model import TradeModel
from model.calendar import week_of
from model.policy import POLICIES
from model.state.firms import Business
from model.state.record import Kind
from model.world import load_world
from tests.conftest import Played, make_scenario, parquet, play

WORLD = load_world()
DEU, GALLIUM, REFINED = WORLD.zone_index["DEU"], WORLD.good_index["gallium-4N"], WORLD.good_index["gallium-6N"]
WEEKS = 40
LICENCE = {"kind": "export_licence", "actor": "CHN", "processing_weeks": [2, 6]}
IDLE = {
    "producer": [Business("idle", Kind.PRODUCER, DEU, GALLIUM, cost_usd_per_kg=100.0)],
    "recycler": [Business("idle", Kind.RECYCLER, DEU, GALLIUM, cost_usd_per_kg=100.0, captive_share=0.5)],
    "refiner": [
        Business("idle", Kind.REFINER, DEU, REFINED, line_good=GALLIUM, cost_usd_per_kg=40.0, yield_share=0.98),
        Business("idle", Kind.REFINER_INPUT, DEU, GALLIUM, line_good=REFINED, end_use="refining", cover_weeks=4.0),
    ],
    "trader": [Business("idle", Kind.TRADER, DEU, GALLIUM, end_use="trading")],
    "buyer": [Business("idle", Kind.BUYER, DEU, GALLIUM, end_use="semiconductor", cover_weeks=8.0, elasticity=0.2)],
}


def same_bits(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Return whether two tables hold the same values, bit by bit (categories may be listed in another order)."""
    return one.shape == other.shape and all(
        np.array_equal(one[name].to_numpy(), other[name].to_numpy(), equal_nan=one[name].dtype == float)
        if one[name].dtype.name != "category"
        else (one[name].astype(str).to_numpy() == other[name].astype(str).to_numpy()).all()
        for name in one
    )


@pytest.mark.parametrize("policies", [[], [LICENCE]], ids=["free", "licence"])
@pytest.mark.parametrize("kind", IDLE)
def test_an_idle_firm_leaves_everybody_else_as_they_were(kind, policies):
    base, more = (play(policies, weeks=WEEKS, extra_rows=rows) for rows in ([], IDLE[kind]))
    firms = more.tables["firms"]
    idle = firms[firms["firm"] == "idle"]
    assert len(idle) == WEEKS * len(IDLE[kind])
    assert idle[["produced_kg", "bought_kg", "sold_kg", "consumed_kg", "stock_kg"]].to_numpy().max() == 0
    assert same_bits(firms[firms["firm"] != "idle"], base.tables["firms"])
    for name in ("prices", "trade", "shares"):
        assert same_bits(more.tables[name], base.tables[name]), name


def test_a_firm_that_is_not_idle_changes_others():
    busy = Business(
        "busy", Kind.BUYER, DEU, GALLIUM, end_use="led", use_kg_per_year=5000, cover_weeks=8, elasticity=0.2
    )
    base, more = (play(weeks=WEEKS, extra_rows=rows) for rows in ([], [busy]))
    assert more.firm("busy", "consumed_kg").sum() > 0
    assert not same_bits(more.tables["prices"], base.tables["prices"])


LATE = {
    "export_licence": {"actor": "CHN"},
    "export_ban": {"actor": "CHN"},
    "reexport_ban": {"actor": "CHN", "targets": ["USA"]},
    "export_quota": {"actor": "CHN", "tonnes_per_year": 1},
    "tariff": {"actor": "USA", "rate_share": 1.0},
    "sanction": {"actor": "DEU", "targets": ["CHN"]},
    "stockpile": {"actor": "DEU", "good": "gallium-4N", "target_kg": 1000},
    "capacity_support": {"actor": "DEU", "good": "gallium-4N", "capacity_t_per_year": 9, "output_t_per_year": 9},
    "price_floor": {"actor": "CAN", "good": "germanium-5N", "floor_usd_per_kg": 2500},
    "recycling_support": {"actor": "JPN", "increase_share": 1.0},
}


@pytest.mark.parametrize("kind", LATE)
def test_a_policy_after_the_last_week_changes_nothing(kind):
    late = {"kind": kind, "announced": "2024-01-01", "effective": "2024-01-01", **LATE[kind]}
    base, more = play(weeks=WEEKS), play([late], weeks=WEEKS)
    own = more.tables["firms"]["firm"].astype(str).str.match("stockpile-|plant-").to_numpy()
    assert same_bits(more.tables["firms"][~own], base.tables["firms"])
    for name in ("prices", "trade", "shares", "events"):
        assert same_bits(more.tables[name], base.tables[name]), name


def test_every_kind_of_policy_is_tried_too_late():
    assert set(LATE) == set(POLICIES)


@pytest.mark.parametrize("kind", LATE)
def test_the_same_policy_in_time_does_change_something(kind):
    extra = {"target_kg": 1000, "pay_up_to": 3.0} if kind == "stockpile" else {}
    extra = {"enforcement": 1.0, "targets": ["JPN"]} if kind == "reexport_ban" else extra
    in_time = play([{"kind": kind, **LATE[kind], **extra}], weeks=WEEKS)
    assert not same_bits(in_time.tables["prices"], play(weeks=WEEKS).tables["prices"])


def test_the_record_and_free_trade_share_every_week_before_the_first_announcement(history, free_trade):
    """Common random numbers: without the sanctions of 2022 both runs are one until the news of 3 July 2023."""
    first = min(p.announced for p in history.policies if p.kind != "sanction")
    week = week_of(first, history.start)
    policies = [policy for policy in history.policies if policy.kind != "sanction"]
    later = history.model_copy(update={"policies": policies, "weeks": week + 4})
    shorter = free_trade.model_copy(update={"weeks": week + 4})
    record, free = (Played(TradeModel(scenario, seed=3).run()) for scenario in (later, shorter))
    day = np.datetime64(first) - np.timedelta64(first.weekday(), "D")
    for name in ("prices", "trade", "shares", "firms"):
        a, b = record.tables[name], free.tables[name]
        a, b = a[a["week"] < day], b[b["week"] < day]
        if name == "firms":
            a = a[~a["firm"].astype(str).str.match("stockpile-|plant-")]
        assert len(a) > 0
        assert same_bits(a, b), name
    assert np.array_equal(record.price("gallium-4N", "DEU")[:week], free.price("gallium-4N", "DEU")[:week])
    assert record.price("gallium-4N", "DEU")[week] > free.price("gallium-4N", "DEU")[week]


def test_two_halves_of_a_run_are_the_run():
    halves = TradeModel(make_scenario([LICENCE], weeks=WEEKS), seed=1).run(15).run(WEEKS - 15)
    whole = play([LICENCE], weeks=WEEKS)
    assert all(parquet(table) == parquet(whole.tables[name]) for name, table in halves.tables().items())


def test_a_longer_run_begins_with_the_shorter_one():
    longer, shorter = play(weeks=52).tables["prices"], play(weeks=WEEKS).tables["prices"]
    assert same_bits(longer.iloc[: len(shorter)], shorter)


def test_run_stops_at_the_scenarios_end_and_tables_know_their_run():
    model = TradeModel(make_scenario(weeks=3), seed=1).run()
    assert model.week == 3
    assert model.run().week == 3
    assert model.run(2).week == 5
    assert (model.tables(run=7)["prices"]["run"] == 7).all()


def test_tables_of_a_model_that_has_not_stepped_are_refused():
    with pytest.raises(RuntimeError, match="no week has been recorded"):
        TradeModel(make_scenario(weeks=3), seed=1).tables()
