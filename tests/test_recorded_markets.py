"""Markets as the record found them: stocks at the start, what was bought ahead, demand at home."""

from datetime import date

import numpy as np
import pytest

from model import TradeModel
from model.drivers.recorded import RecordedMarkets
from model.state.firms import Firms
from model.state.record import Kind
from tests.conftest import make_scenario
from tests.records import one, parameters_by_good, state

HOME, ABROAD = 0, 1
START, REFERENCE = date(2023, 1, 2), date(2023, 7, 3)  # half a year, 26 weeks
P = parameters_by_good(1, starting_stock_weeks=3.0, stock_building_weeks=2.0, home_demand_shift=0.21)


def users() -> Firms:
    held = {"trend_use_kg": 10.0, "stock_kg": 80.0, "tracked_kg": 20.0}
    return state(*(one(f"user-{zone}", Kind.BUYER, zone=zone, **held) for zone in (HOME, ABROAD)))


def recorded(firms: Firms, params=P, start: date = START) -> RecordedMarkets:
    return RecordedMarkets(firms, params, np.array([0]), HOME, start, REFERENCE)


def test_users_abroad_start_with_the_stocks_of_the_record():
    """Three weeks of 10 kg on top of 80 kg; a quarter of it was and stays of tracked origin."""
    firms = users()
    recorded(firms)
    assert firms["stock_kg"].tolist() == [80, 110]
    assert firms["tracked_kg"].tolist() == [20, 27.5]


@pytest.mark.parametrize(("weeks", "left"), [(-2.0, 60.0), (-50.0, 20.0), (0.0, 80.0)])
def test_stocks_below_what_is_aimed_for_leave_a_quarter(weeks, left):
    firms = users()
    recorded(firms, parameters_by_good(1, starting_stock_weeks=weeks, stock_building_weeks=0.0))
    assert firms["stock_kg"][ABROAD] == pytest.approx(left)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_what_is_bought_ahead_is_set_aside_and_counted_again(sign):
    """Two weeks of 10 kg by the reference date, half of it a quarter of a year before and after; at home nothing."""
    firms = users()
    days = [START, date(2023, 4, 3), REFERENCE, date(2023, 10, 2), date(2024, 1, 1), date(2026, 1, 5)]
    market = recorded(firms, parameters_by_good(1, stock_building_weeks=2.0 * sign, home_demand_shift=0.0))
    found = []
    for day in days:
        market.week(day)
        assert firms["set_aside_kg"][HOME] == 0
        found.append(firms["set_aside_kg"][ABROAD])
    assert found == pytest.approx([0, 10 * sign, 20 * sign, 10 * sign, 0, 0])


@pytest.mark.parametrize(
    ("weeks", "made"), [(2.6, [0.75, 0.25, 0.0]), (26.0, [3.0, 1.0, 0.0]), (-2.6, [0.0, 0.0, 0.0])]
)
def test_what_is_bought_ahead_is_made_at_home_by_idle_capacity(weeks, made):
    """2.6 weeks of 10 kg are 1 kg a week over half a year, 3 to 1 by idle capacity, which is the most; never less."""
    plants = [
        one(f"plant-{i}", Kind.PRODUCER, zone=zone, normal_output_kg=5.0, capacity_kg=5.0 + idle)
        for i, (zone, idle) in enumerate([(HOME, 3.0), (HOME, 1.0), (ABROAD, 9.0)])
    ]
    firms = state(*plants, one("user", Kind.BUYER, zone=ABROAD, trend_use_kg=10.0, stock_kg=80.0))
    market = recorded(firms, parameters_by_good(1, stock_building_weeks=weeks))
    for day, there in ((START, True), (date(2023, 6, 26), True), (REFERENCE, False), (date(2024, 1, 1), False)):
        market.week(day)
        assert firms["made_ahead_kg"][:3] == pytest.approx(made if there else [0, 0, 0])


def test_what_is_bought_ahead_of_any_grade_is_made_as_the_metal():
    """Of the second good nobody is a producer; 1 kg a week of it is made as the first, the third is another metal."""
    plants = [one(f"plant-{good}", Kind.PRODUCER, good=good, normal_output_kg=5.0, capacity_kg=9.0) for good in (0, 2)]
    firms = state(*plants, one("user", Kind.BUYER, zone=ABROAD, good=1, trend_use_kg=10.0, stock_kg=80.0))
    params = parameters_by_good(3, stock_building_weeks=2.6)
    RecordedMarkets(firms, params, np.array([0, 0, 1]), HOME, START, REFERENCE).week(START)
    assert firms["made_ahead_kg"][:2] == pytest.approx([1.0, 0.0])


def test_a_start_after_the_reference_date_finds_nothing_set_aside():
    firms = users()
    market = recorded(firms, start=REFERENCE)
    market.week(REFERENCE)
    assert not firms["set_aside_kg"].any()


def test_demand_at_home_rises_over_the_year_from_the_reference_date():
    firms = users()
    market = recorded(firms)
    for week in range(-26, 156):
        market.week(date.fromordinal(REFERENCE.toordinal() + 7 * week))
    assert firms["trend_use_kg"] == pytest.approx([10 * 1.21, 10], rel=1e-3)  # 52 whole weeks


def test_buying_ahead_raises_exports_in_the_first_half_year_and_living_on_stock_puts_them_off():
    def exports(weeks: float) -> tuple[float, float]:
        keys = {"start": START, "weeks": 52, "recorded_markets": True}
        shift = {"stock_building_weeks_germanium": weeks}
        model = TradeModel(make_scenario(**keys, parameters=shift), seed=1).run()
        trade = model.tables()["trade"]
        left = trade["good"].astype(str).str.startswith("germanium") & (trade["origin"] == "CHN")
        left &= trade["destination"] != "CHN"
        month = trade["week"].dt.month
        return trade["kg"][left & (month <= 6)].sum(), trade["kg"][left & (month > 9)].sum()

    plain, built, lived_on = exports(0.0), exports(4.0), exports(-4.0)
    assert lived_on[0] < plain[0] < built[0]
    assert plain[1] < lived_on[1]
