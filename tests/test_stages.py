"""The stages of a week: the right rule for every kind, with the right parameters, prices and places."""

import numpy as np
import pytest

from agents.books import LEAST_NOISE
from model import stages
from model.scrap import Scrap
from model.state.firms import Firms
from model.state.record import Kind
from tests.records import one, parameters_by_good, row, state

HERE, THERE = 0, 1


LAG = 4.0  # weeks from scrap to metal


def produced(firms: Firms, owed: np.ndarray | None = None, closed: np.ndarray | None = None) -> np.ndarray:
    """Let a week be produced at last week's utilisation; return what was tolled, kg and USD, [2, G, Z, Z].

    Captive metal belongs to the users of a recycler's own country, unless `owed` says otherwise, [R, Z].
    """
    places = (firms.goods, firms.zones, firms.zones)
    tolled = np.full((2, *places), np.nan)
    p = parameters_by_good(firms.goods, utilisation_rate=0.0, most_tolled_share=0.8, scrap_lag_weeks=LAG)
    stages.produce(firms.table, firms.spans, p)
    scrap = Scrap(firms, np.zeros(firms.goods, dtype=np.int64), np.zeros(firms.zones, dtype=bool))
    scrap.owed = np.eye(firms.zones)[firms["zone"][firms.of(Kind.RECYCLER)]] if owed is None else owed
    scrap.return_to_owners(p, np.zeros(places, dtype=bool) if closed is None else closed, tolled)
    return tolled


def recycler(firm: str, zone: int, kg: float, usd: float) -> dict:
    """Return a recycler that makes twice `kg` and owes half of it."""
    return one(
        firm, Kind.RECYCLER, zone, capacity_kg=4 * kg, scrap_kg=2 * kg * LAG, captive_share=0.5, cost_usd_per_kg=usd
    )  # fmt: skip


def user(firm: str, zone: int, kg: float, kind: Kind = Kind.BUYER) -> dict:
    return one(firm, kind, zone, trend_use_kg=kg, short_run_response=1.0, long_run_response=1.0)


def test_a_week_opens_with_growth_noise_and_packing_rooms_in_the_controlling_country():
    firms = state(
        one("ours", Kind.PRODUCER, HERE, normal_output_kg=100.0, normal_export_share=0.5, growth=1.02),
        one("home", Kind.TRADER, HERE, turnover_kg=100.0),
        one("pile", Kind.STOCKPILE, HERE, export_limit_kg=0.0),
        one("theirs", Kind.PRODUCER, THERE, normal_output_kg=100.0, export_limit_kg=3.0),
    )
    p, noise = parameters_by_good(1, order_noise=0.01, handling_factor=1.5), np.array([2.0, -1.0, 0.0, 1.0])
    stages.open_week(firms.table, firms.spans, p, noise, np.array([2.0]), HERE)
    assert row(firms, "ours")["normal_output_kg"] == pytest.approx(102)
    assert row(firms, "ours")["export_limit_kg"] == pytest.approx(1.5 * 2 * 0.5 * 102)
    assert row(firms, "home")["export_limit_kg"] == 0
    assert np.isinf([row(firms, name)["export_limit_kg"] for name in ("theirs", "pile")]).all()
    assert firms["price_noise"] == pytest.approx(0.01 * noise)
    stages.open_week(firms.table, firms.spans, parameters_by_good(1, order_noise=0.0), noise, np.array([2.0]), HERE)
    assert firms["price_noise"] == pytest.approx(LEAST_NOISE * noise)


def test_tolled_metal_goes_to_the_users_of_its_country_in_proportion_to_use():
    """10 kg at 90 USD/kg for users of 30 and 10 kg; the other country's 8 kg find 5 kg of use, so 4 kg go back."""
    firms = state(
        recycler("here", HERE, 10.0, 90.0), recycler("there", THERE, 8.0, 50.0), user("big", HERE, 30.0),
        user("small", HERE, 10.0, Kind.REFINER_INPUT), user("far", THERE, 5.0), one("idle", Kind.BUYER, HERE),
    )  # fmt: skip
    kg, usd = produced(firms)
    assert kg == pytest.approx(np.diag([10.0, 4.0])[None])
    assert usd == pytest.approx(np.diag([900.0, 200.0])[None])
    for firm, back in (("big", 7.5), ("small", 2.5), ("far", 4.0), ("idle", 0.0)):
        assert row(firms, firm)["tolling_kg"] == row(firms, firm)["stock_kg"] == pytest.approx(back)
    assert row(firms, "big")["paid_usd"] == pytest.approx(675)
    assert [row(firms, name)["stock_kg"] for name in ("here", "there")] == pytest.approx([10, 12])
    givers, takers = firms.of(Kind.RECYCLER), firms.users
    for name in ("tolling_kg", "tolling_usd"):
        assert firms[name][givers].sum() == pytest.approx(firms[name][takers].sum())


def test_recyclers_share_what_users_can_take():
    """15 kg are owed and 4 can be used: 4 / 15 of 10 and of 5 kg, at 90 and at 60 USD/kg."""
    firms = state(recycler("a", HERE, 10.0, 90.0), recycler("b", HERE, 5.0, 60.0), user("far", THERE, 50.0),
                  user("u", HERE, 5.0))  # fmt: skip
    kg, usd = produced(firms)
    assert kg == pytest.approx(np.diag([4.0, 0.0])[None])
    assert usd == pytest.approx(np.diag([240.0 + 80.0, 0.0])[None])
    assert [row(firms, name)["tolling_kg"] for name in "ab"] == pytest.approx([40 / 15, 20 / 15])
    assert row(firms, "u")["tolling_usd"] == pytest.approx(320)


def test_scrap_that_was_worked_up_abroad_goes_back_to_its_country():
    """10 kg are owed: 6 here, 4 there, where 2.5 of use take back 2 at most; each pays the fee of 90 USD/kg."""
    firms = state(recycler("a", HERE, 10.0, 90.0), user("near", HERE, 100.0), user("far", THERE, 2.5))
    kg, usd = produced(firms, np.array([[0.6, 0.4]]))
    assert kg == pytest.approx(np.array([[[6.0, 2.0], [0.0, 0.0]]]))
    assert usd == pytest.approx(90.0 * kg)
    assert row(firms, "far")["tolling_kg"] == pytest.approx(2.0)
    assert row(firms, "a")["stock_kg"] == pytest.approx(20.0 - 8.0)


def test_nothing_is_tolled_through_a_closed_lane():
    firms = state(recycler("a", HERE, 10.0, 90.0), user("near", HERE, 100.0), user("far", THERE, 100.0))
    closed = np.zeros((1, 2, 2), dtype=bool)
    closed[0, HERE, THERE] = True
    kg, _ = produced(firms, np.array([[0.6, 0.4]]), closed)
    assert kg == pytest.approx(np.array([[[6.0, 0.0], [0.0, 0.0]]]))
    assert row(firms, "a")["stock_kg"] == pytest.approx(20.0 - 6.0)  # it may sell the rest


def test_without_users_nothing_goes_back_and_last_weeks_flows_are_forgotten():
    firms = state(recycler("a", HERE, 10.0, 90.0) | {"sold_kg": 7.0, "tolling_kg": 3.0})
    kg, usd = produced(firms)
    assert kg.sum() == usd.sum() == 0
    assert (row(firms, "a")["sold_kg"], row(firms, "a")["tolling_kg"], row(firms, "a")["stock_kg"]) == (0, 0, 20)


def test_a_refiner_takes_its_input_from_its_own_line():
    """Two lines of one firm: 50 kg of output from 100 kg of input at a yield of a half, each from its own stock."""
    lines = [
        one("r", Kind.REFINER, good=g, line_good=g + 1, capacity_kg=50.0, utilisation=1.0, yield_share=0.5)
        for g in (0, 2)
    ]
    inputs = [one("r", Kind.REFINER_INPUT, good=g + 1, line_good=g, stock_kg=80.0 + 70 * g) for g in (0, 2)]
    firms = state(*lines, *inputs, goods=4)
    produced(firms)
    assert firms["produced_kg"].tolist() == [40, 50, 0, 0]
    assert firms["stock_kg"].tolist() == [40, 50, 0, 120]


def test_makers_share_the_reserve_for_their_country_by_output():
    """50 kg are planned for use: four weeks are 200 kg, 120 and 80 for who make 60 and 40 of 100 kg."""
    firms = state(
        one("large", Kind.PRODUCER, HERE, normal_output_kg=60.0, stock_kg=150.0, domestic_first=True),
        one("less", Kind.REFINER, HERE, normal_output_kg=40.0, stock_kg=100.0, domestic_first=True),
        one("other", Kind.PRODUCER, THERE, normal_output_kg=500.0, stock_kg=100.0),
        one("u", Kind.BUYER, HERE, planned_use_kg=30.0), one("r", Kind.REFINER_INPUT, HERE, planned_use_kg=20.0),
        one("v", Kind.BUYER, THERE, planned_use_kg=900.0),
    )  # fmt: skip
    stages.keep_for_home(firms.table, firms.spans, parameters_by_good(1, domestic_reserve_weeks=4.0), (1, 2))
    assert row(firms, "large")["export_limit_kg"] == pytest.approx(30)
    assert row(firms, "less")["export_limit_kg"] == pytest.approx(20)
    assert row(firms, "other")["export_limit_kg"] == np.inf


def test_the_tracked_share_is_that_of_what_may_leave():
    """Of 100 kg 20 may leave, half of them tracked; a trader adds 30 kg of other metal: 10 of 50."""
    firms = state(
        one("m", Kind.PRODUCER, HERE, stock_kg=100.0, tracked_kg=50.0, export_limit_kg=20.0),
        one("t", Kind.TRADER, HERE, stock_kg=30.0), one("pile", Kind.STOCKPILE, HERE, stock_kg=70.0, tracked_kg=70.0),
        one("empty", Kind.PRODUCER, THERE), one("u", Kind.BUYER, THERE, stock_kg=9.0, tracked_kg=9.0),
    )  # fmt: skip
    assert stages.tracked_share(firms.table, firms.spans, (1, 2)) == pytest.approx(np.array([[0.2, 0.0]]))


def test_buyers_and_traders_hear_news_and_makers_do_not():
    kinds = [one(kind.name, kind, news=1.0) for kind in Kind]
    firms = state(*kinds)
    stages.perceive_risk(firms.table, firms.spans, parameters_by_good(1, news_rate=0.5))
    heard = [kind.name for kind in Kind if row(firms, kind.name)["perceived_risk"] == 0.5]
    assert heard == ["TRADER", "STOCKPILE", "REFINER_INPUT", "BUYER"]


def test_end_users_use_metal_and_refiners_inputs_wait_for_refining():
    firms = state(*(one(kind.name, kind, stock_kg=9.0, planned_use_kg=4.0) for kind in Kind))
    stages.use(firms.table, firms.spans)
    assert {kind.name: row(firms, kind.name)["stock_kg"] for kind in Kind if row(firms, kind.name)["consumed_kg"]} == {
        "BUYER": 5.0
    }
