"""Buyers: use answers to the price quickly and slowly, and bids rise as the weeks of cover run down."""

import numpy as np
import pytest

from agents.books import FREE, LICENSED
from agents.buyer import bid, order_kg, plan_use, scrap_kg, target_cover_weeks, use
from tests.records import fields_that_differ, ladder, parameters, record

P = parameters(
    use_adjustment=0.5, substitution_rate=0.1, substitution_factor=3.0, precaution=2.0, longest_cover_weeks=52.0,
    order_closure=0.1, choke_multiple=6.0, stockout_premium=1.5, minimum_cover_weeks=4.0,
)  # fmt: skip
USER = {
    "trend_use_kg": 10.0, "planned_use_kg": 10.0, "stock_kg": 60.0, "in_transit_kg": 20.0, "calm_cover_weeks": 8.0,
    "perceived_risk": 0.25, "log_normal": 5.0, "log_reference": 5.0, "cover_elasticity": 0.6, "price_noise": 0.01,
}  # fmt: skip


def bids(**fields) -> tuple[np.ndarray, np.ndarray]:
    price, kg = ladder()
    bid(record(**(USER | fields)), P, price, kg)
    return price, kg


def test_use_answers_quickly_and_slowly():
    """At 20 % over the reference (log) use falls to exp(-0.1) quickly, and once more by exp(-0.2) slowly.

    This week a half and a tenth of the way: 0.952419 and 0.981873 of 10 kg.
    """
    buyer = record(
        trend_use_kg=10.0, demand_elasticity=0.5, log_expected=5.2, log_reference=5.0, short_run_response=1.0,
        long_run_response=1.0,
    )  # fmt: skip
    plan_use(buyer, P)
    assert buyer["short_run_response"] == pytest.approx(0.952419, abs=1e-6)
    assert buyer["long_run_response"] == pytest.approx(0.981873, abs=1e-6)
    assert buyer["planned_use_kg"] == pytest.approx(10 * 0.952419 * 0.981873, abs=1e-5)
    for _ in range(300):
        plan_use(buyer, P)
    assert buyer["planned_use_kg"] == pytest.approx(10 * np.exp(-0.3))


def test_use_without_elasticity_or_at_the_reference_price_is_trend_use():
    for fields in ({"log_expected": 6.0}, {"demand_elasticity": 0.5, "log_expected": 5.0}):
        buyer = record(
            trend_use_kg=10.0, log_reference=5.0, short_run_response=1.0, long_run_response=1.0, **fields
        )  # fmt: skip
        plan_use(buyer, P)
        assert buyer["planned_use_kg"] == pytest.approx(10)
    idle = record(demand_elasticity=0.5, log_expected=6.0)
    plan_use(idle, P)
    assert idle["planned_use_kg"] == 0


@pytest.mark.parametrize(
    ("stock_kg", "used", "short", "tracked_left"), [(40.0, 12.0, 0.0, 7.0), (8.0, 8.0, 4.0, 0.0), (0.0, 0.0, 12.0, 0.0)]
)
def test_use_comes_from_stock_and_goes_short_beyond_it(stock_kg, used, short, tracked_left):
    """A quarter of the stock is of tracked origin, and so is a quarter of what is used."""
    buyer = record(stock_kg=stock_kg, tracked_kg=stock_kg / 4, planned_use_kg=12.0)
    before = buyer.copy()
    use(buyer)
    assert buyer["consumed_kg"] == pytest.approx(used)
    assert buyer["short_kg"] == pytest.approx(short)
    assert buyer["stock_kg"] == pytest.approx(stock_kg - used)
    assert buyer["tracked_kg"] == pytest.approx(tracked_left)
    assert fields_that_differ(buyer, before) <= {"consumed_kg", "short_kg", "stock_kg", "tracked_kg"}


@pytest.mark.parametrize(
    ("calm", "risk", "weeks"),
    [(8.0, 0.0, 8.0), (8.0, 0.25, 12.0), (8.0, 1.0, 24.0), (20.0, 1.0, 52.0), (60.0, 1.0, 60.0)],
)
def test_cover_grows_with_perceived_risk_up_to_a_year(calm, risk, weeks):
    assert target_cover_weeks(record(calm_cover_weeks=calm, perceived_risk=risk), P) == pytest.approx(weeks)


def test_a_ladder_of_bids_runs_down_the_weeks_of_cover():
    """Cover aimed for 8 * (1 + 2 * 0.25) = 12 weeks; order 10 + 0.1 * 12 * 10 = 22 kg in two rungs of 11.

    From 80 kg: cover (80 + 5.5 - 10) / 10 = 7.55 and 8.65 weeks; 0.6 * (1 - x / 12) = 0.2225 and 0.1675 over normal.
    """
    price, kg = bids()
    assert kg[FREE] == pytest.approx([11, 11])
    assert kg[LICENSED] == pytest.approx([0, 0])
    assert np.log(price[FREE]) == pytest.approx([5.2225 + 0.01, 5.1675 + 0.01])


def test_who_is_about_to_stop_a_line_pays_what_it_takes():
    """Cover 1.55 weeks of 4: 0.6 * (1 - 1.55 / 12) + 1.5 * (1 - 1.55 / 4) = 0.5225 + 0.91875."""
    price, _ = bids(stock_kg=20.0, in_transit_kg=0.0)
    assert np.log(price[FREE, 0]) == pytest.approx(5 + 1.44125 + 0.01)


def test_no_bid_is_above_the_choke_price_but_for_noise():
    price, _ = bids(stock_kg=0.0, in_transit_kg=0.0, log_reference=4.0)
    assert np.log(price[FREE, 0]) == pytest.approx(4 + np.log(6) + 0.01)


def test_a_licence_is_used_first_and_the_rest_is_bid_for_from_there_on():
    """9 of 22 kg on the licence, from 80 kg: 7.225 and 7.675 weeks; 13 kg free, from 89 kg: 8.225 and 8.875 weeks."""
    price, kg = bids(licence_balance_kg=9.0)
    assert kg[LICENSED] == pytest.approx([4.5, 4.5])
    assert kg[FREE] == pytest.approx([6.5, 6.5])
    cover = np.array([[8.225, 8.875], [7.225, 7.675]])
    assert np.log(price) == pytest.approx(5 + 0.6 * (1 - cover / 12) + 0.01)


def test_a_large_licence_takes_the_whole_order():
    price, kg = bids(licence_balance_kg=500.0)
    assert kg[LICENSED] == pytest.approx([11, 11])
    assert kg[FREE] == pytest.approx([0, 0])
    assert np.log(price[LICENSED]) == pytest.approx([5.2325, 5.1775])


@pytest.mark.parametrize("set_aside_kg", [15.0, -15.0])
def test_what_is_set_aside_is_no_cover(set_aside_kg):
    """15 kg set aside leave the bids of somebody with 15 kg less; who lives on stock has them the other way about."""
    price, kg = bids(set_aside_kg=set_aside_kg)
    other_price, other_kg = bids(stock_kg=USER["stock_kg"] - set_aside_kg)
    assert price[FREE] == pytest.approx(other_price[FREE])
    assert kg[FREE] == pytest.approx(other_kg[FREE])


def test_who_uses_nothing_asks_for_nothing():
    _, kg = bids(trend_use_kg=0.0, planned_use_kg=0.0, stock_kg=0.0, in_transit_kg=0.0, licence_balance_kg=5.0)
    assert (kg == 0).all()


def test_a_full_warehouse_bids_below_the_normal_price():
    price, kg = bids(stock_kg=1_000.0)
    assert (kg[FREE] > 0).all()
    assert (price[FREE] < np.exp(5.0)).all()
    assert (price[FREE] > 0).all()


def test_an_order_is_a_weeks_use_and_a_part_of_the_cover_aimed_for():
    """10 kg, and a tenth of 8 weeks * (1 + 2 * 0.25) at 10 kg a week: 22 kg."""
    user = record(**(USER | {"log_expected": 5.0}))
    assert order_kg(user, P) == pytest.approx(22)
    assert order_kg(record(**(USER | {"log_expected": 5.0, "perceived_risk": 0.0})), P) == pytest.approx(18)
    assert order_kg(record(), P) == 0


def test_new_scrap_is_a_share_of_what_is_used():
    assert scrap_kg(record(consumed_kg=12.0, scrap_share=0.25)) == 3
    assert scrap_kg(record(consumed_kg=12.0)) == 0
    assert scrap_kg(record(scrap_share=0.25)) == 0
