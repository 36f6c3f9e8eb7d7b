"""Recyclers: the captive part of the output goes back to the owners of the scrap, for a fee, and is never sold."""

import pytest

from agents.recycler import captive_kg, give_back, most_tolled_kg, recycle, take_back, take_in
from tests.records import fields_that_differ, parameters, record

LAG = parameters(scrap_lag_weeks=4.0)
PLANT = {"scrap_kg": 40.0, "capacity_kg": 20.0, "stock_kg": 5.0, "log_expected": 5.0, "log_reference": 5.0}


def test_a_recycler_works_off_its_scrap_over_the_lag():
    """40 kg over 4 weeks: 10 kg, half of what the plant can do."""
    plant, before = record(**PLANT), record(**PLANT)
    recycle(plant, LAG)
    made = ("produced_kg", "utilisation", "scrap_kg", "stock_kg")
    assert [plant[name] for name in made] == pytest.approx([10, 0.5, 30, 15])
    assert fields_that_differ(plant, before) == set(made)


@pytest.mark.parametrize(("fields", "made_kg"), [
    ({"supply_elasticity": 0.5, "log_expected": 5.4}, 10 * 1.221403),  # exp(0.5 * 0.4)
    ({"supply_elasticity": 0.5, "log_guaranteed": 5.4}, 10 * 1.221403),
    ({"log_expected": 9.0}, 10),
    ({"scrap_kg": 400.0}, 20),  # capacity
    ({"supply_elasticity": 5.0, "log_expected": 6.0, "capacity_kg": 90.0}, 40),  # all there is
    ({"scrap_kg": 0.0}, 0),
    ({"capacity_kg": 0.0}, 0),
])  # fmt: skip
def test_a_high_price_clears_scrap_faster_within_what_there_is(fields, made_kg):
    plant = record(**(PLANT | fields))
    recycle(plant, LAG)
    assert plant["produced_kg"] == pytest.approx(made_kg)
    assert plant["scrap_kg"] == pytest.approx((PLANT | fields)["scrap_kg"] - made_kg)


def test_new_scrap_comes_in_beside_other_feed():
    plant = record(scrap_kg=40.0, feed_kg=3.0)
    take_in(plant, 7.0)
    assert plant["scrap_kg"] == 50
    take_in(plant, 0.0)
    assert plant["scrap_kg"] == 53


def test_the_captive_part_is_a_share_of_the_weeks_output():
    assert captive_kg(record(produced_kg=50.0, captive_share=0.3)) == pytest.approx(15)
    assert captive_kg(record(produced_kg=50.0, captive_share=1.0)) == 50
    assert captive_kg(record(produced_kg=50.0)) == 0
    assert captive_kg(record(captive_share=0.3)) == 0


def test_users_take_back_no_more_than_a_share_of_their_use():
    assert most_tolled_kg(40.0, parameters(most_tolled_share=0.8)) == pytest.approx(32)
    assert most_tolled_kg(0.0, parameters(most_tolled_share=0.8)) == 0


def test_giving_back_takes_metal_from_stock_and_brings_the_fee():
    """12 kg at 90 USD/kg: 1,080 USD, on top of what was sold and received before."""
    recycler = record(stock_kg=50.0, sold_kg=3.0, received_usd=700.0, cash_usd=-100.0, cost_usd_per_kg=90.0)
    before = recycler.copy()
    give_back(recycler, 12.0)
    assert recycler["stock_kg"] == pytest.approx(38)
    assert recycler["sold_kg"] == pytest.approx(15)
    assert recycler["received_usd"] == pytest.approx(1_780)
    assert recycler["cash_usd"] == pytest.approx(980)
    assert recycler["tolling_kg"] == pytest.approx(12)
    assert recycler["tolling_usd"] == pytest.approx(1_080)
    changed = {"stock_kg", "sold_kg", "received_usd", "cash_usd", "tolling_kg", "tolling_usd"}
    assert fields_that_differ(recycler, before) == changed


def test_taking_back_brings_metal_into_stock_and_costs_the_fee():
    user = record(stock_kg=5.0, bought_kg=2.0, paid_usd=600.0, cash_usd=-600.0)
    before = user.copy()
    take_back(user, 12.0, 1_080.0)
    assert user["stock_kg"] == pytest.approx(17)
    assert user["bought_kg"] == pytest.approx(14)
    assert user["paid_usd"] == pytest.approx(1_680)
    assert user["cash_usd"] == pytest.approx(-1_680)
    assert (user["tolling_kg"], user["tolling_usd"]) == (12, 1_080)
    changed = {"stock_kg", "bought_kg", "paid_usd", "cash_usd", "tolling_kg", "tolling_usd"}
    assert fields_that_differ(user, before) == changed


def test_nothing_to_give_back_changes_nothing():
    recycler, user = record(stock_kg=50.0, cost_usd_per_kg=90.0), record(stock_kg=5.0)
    untouched = recycler.copy(), user.copy()
    give_back(recycler, 0.0)
    take_back(user, 0.0, 0.0)
    assert not fields_that_differ(recycler, untouched[0])
    assert not fields_that_differ(user, untouched[1])
