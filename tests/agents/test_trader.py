"""Traders: they pay what the best outlet leaves them, stock up on margin and news, and never sell below own bids."""

import numpy as np
import pytest

from agents.books import FREE, LICENSED
from agents.trader import bid, part_from_own_bids, resale_value
from tests.records import fields_that_differ, ladder, parameters, record

P = parameters(
    trader_margin=0.08,
    trader_scale=15.0,
    trader_full_margin=2.0,
    trader_pace=0.25,
)
TRADER = {
    "calm_stock_kg": 100.0, "stock_kg": 40.0, "in_transit_kg": 10.0, "perceived_risk": 0.5, "price_noise": 0.01,
}  # fmt: skip


def bids(resale=300.0, free=250.0, licensed=np.nan, **fields) -> tuple[np.void, np.ndarray, np.ndarray]:
    trader, (price, kg) = record(**(TRADER | fields)), ladder()
    bid(trader, P, resale, free, licensed, price, kg)
    return trader, price, kg


def test_the_best_outlet_is_the_highest_price_less_the_lane_where_a_lane_is_open():
    price, cost, everywhere = np.array([300.0, 320, 500]), np.array([5.0, 40, 10, 99]), np.ones(3, dtype=np.int64)
    assert resale_value(price, cost, np.array([np.inf, 7, 0, 0]), everywhere) == 295
    assert resale_value(price, cost, np.array([0.0, 7, 0, 0]), everywhere) == 280
    assert resale_value(price, cost, np.array([np.inf, np.inf, 1e-9, 0]), everywhere) == 490
    assert resale_value(price, cost, np.zeros(4), everywhere) == -np.inf


def test_a_country_in_which_nobody_buys_is_no_outlet():
    price, cost, open_ = np.array([300.0, 320, 500]), np.array([5.0, 40, 10]), np.full(3, np.inf)
    assert resale_value(price, cost, open_, np.array([1, 1, 0])) == 295
    assert resale_value(price, cost, open_, np.zeros(3, dtype=np.int64)) == -np.inf


def test_a_margin_draws_a_larger_stock_and_the_bid_leaves_a_margin():
    """Gain log(300 / 250) - 0.08 = 0.1023216: stock aimed for 100 * (1 + 15 * 0.1023216) * 1.5 = 380.2235 kg.

    It holds 50 of them and bids for a quarter of the aim, 95.056 kg, in two rungs: with half a rung more it would hold
    73.764, with one and a half 121.292. The bids are 0.01 and 0.16 * 73.764 / 380.2235 (121.292) below the log of 300.
    """
    trader, price, kg = bids()
    assert trader["norm_stock_kg"] == pytest.approx(380.2235, abs=1e-3)
    rungs = np.log(300) - 0.01 - 0.16 * np.array([73.76397, 121.2919]) / 380.2235
    assert np.log(price) == pytest.approx(np.array([rungs] * 2), abs=1e-6)
    assert kg[FREE] == pytest.approx([47.52794, 47.52794])
    assert (kg[LICENSED] == 0).all()
    assert fields_that_differ(trader, record(**TRADER)) == {"norm_stock_kg"}


@pytest.mark.parametrize("noise", [0.03, -0.03])
def test_noise_takes_off_from_every_bid(noise):
    """The first of two rungs ends at an eighth of the aim: 0.16 / 16 less in its middle."""
    _, price, _ = bids(stock_kg=0.0, in_transit_kg=0.0, price_noise=noise)
    assert np.log(price[FREE, 0]) == pytest.approx(np.log(300) - 0.03 - 0.01)


def test_a_full_warehouse_buys_nothing():
    """Without a margin the aim is the calm stock."""
    trader, price, kg = bids(resale=250.0, stock_kg=130.0, perceived_risk=0.0, price_noise=0.0)
    assert trader["norm_stock_kg"] == 100
    assert (kg == 0).all()
    assert np.log(price[FREE, 0]) == pytest.approx(np.log(250) - 0.16)


def test_at_risk_one_the_stock_aimed_for_doubles():
    calm, _, _ = bids(resale=250.0, perceived_risk=0.0)
    afraid, _, kg = bids(resale=250.0, perceived_risk=1.0)
    assert (calm["norm_stock_kg"], afraid["norm_stock_kg"]) == (100, 200)
    assert kg.sum() == pytest.approx(50)  # a quarter of 200 kg, of which 150 are lacking


def test_what_is_lacking_is_the_most_that_is_bought():
    _, _, kg = bids(resale=250.0, perceived_risk=0.0, stock_kg=85.0)
    assert kg.sum() == pytest.approx(100 - 95)


def test_a_licence_is_used_first():
    _, _, kg = bids(licence_balance_kg=30.0)
    assert kg[LICENSED] == pytest.approx([15, 15])
    assert kg[FREE] == pytest.approx([47.52794 - 15] * 2)
    _, _, kg = bids(licence_balance_kg=5_000.0)
    assert kg[LICENSED] == pytest.approx([47.52794] * 2)
    assert kg[FREE] == pytest.approx([0, 0])


@pytest.mark.parametrize(
    ("balance_kg", "licensed", "cheapest"),
    [(30.0, 200.0, 200.0), (0.0, 200.0, 250.0), (30.0, np.nan, 250.0), (30.0, 280.0, 250.0)],
)
def test_cheap_licensed_metal_counts_for_holders_of_a_licence_if_its_price_is_known(balance_kg, licensed, cheapest):
    trader, _, _ = bids(licensed=licensed, licence_balance_kg=balance_kg)
    gain = np.log(300 / cheapest) - 0.08
    assert trader["norm_stock_kg"] == pytest.approx(100 * (1 + 15 * gain) * 1.5)


def test_without_an_outlet_it_bids_next_to_nothing():
    _, price, kg = bids(resale=-np.inf)
    assert np.isfinite(price).all()
    assert (price <= 1e-9).all()
    assert np.isfinite(kg).all()


def test_a_trader_without_stock_in_calm_times_does_nothing():
    trader, price, kg = bids(calm_stock_kg=0.0, stock_kg=0.0, in_transit_kg=0.0)
    assert trader["norm_stock_kg"] == 0
    assert (kg == 0).all()
    assert np.isfinite(price).all()


def test_asks_are_raised_to_the_highest_own_bid_for_free_metal():
    ask = np.array([[90.0, 120], [80, 101]])
    bid_price, bid_kg = np.array([[95.0, 100], [500, 500]]), np.array([[1.0, 2], [3, 3]])
    part_from_own_bids(ask, bid_price, bid_kg)
    assert ask.tolist() == [[100, 120], [100, 101]]


def test_a_bid_of_no_size_raises_no_ask():
    ask = np.array([[90.0, 120], [80, 101]])
    part_from_own_bids(ask, np.array([[95.0, 100], [500, 500]]), np.array([[1.0, 0], [3, 3]]))
    assert ask.tolist() == [[95, 120], [95, 101]]
    untouched = np.array([[90.0, 120], [80, 101]])
    part_from_own_bids(untouched, np.array([[np.nan, np.nan], [500, 500]]), np.zeros((2, 2)))
    assert untouched.tolist() == [[90, 120], [80, 101]]
