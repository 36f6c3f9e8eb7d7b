"""Sellers: asks around the expected price, dearer from a low stock, split into what may leave and what stays."""

import numpy as np
import pytest

from agents.books import HOME, OPEN
from agents.selling import offer, split_books
from tests.records import ladder, parameters, record

P = parameters(stock_pressure=0.2, cost_floor=0.8, selling_pace=0.1, fullest_stock=4.0)
SHARE = np.array([0.5, 0.5, 2.0])
SELLER = {
    "log_expected": 5.0, "log_trend": 0.02, "trend_weight": 0.5, "stock_kg": 50.0, "norm_stock_kg": 100.0,
    "price_noise": 0.01, "cost_usd_per_kg": 100.0,
}  # fmt: skip


def asks(usual_kg=10.0, **fields) -> tuple[np.ndarray, np.ndarray]:
    price, kg = ladder(3)
    offer(record(**(SELLER | fields)), usual_kg, P, SHARE, price, kg)
    return price, kg


def test_a_ladder_around_what_is_expected_next_week_that_climbs_with_every_kg_sold():
    """5 + 0.5 * 0.02 + 0.01 + 0.2 * (1 - left / 100); rungs of 5, 5 and 20 kg leave 47.5, 42.5 and 30 in the middle."""
    price, kg = asks()
    assert np.log(price[OPEN]) == pytest.approx([5.125, 5.135, 5.16])
    assert (price[HOME] == price[OPEN]).all()
    assert kg[OPEN] == pytest.approx([5, 5, 20])
    assert kg[HOME] == pytest.approx([0, 0, 0])


def test_nobody_asks_for_less_than_a_share_of_cost():
    """0.8 * 215 = 172 USD/kg lies between the rungs at exp(5.135) = 169.9 and exp(5.16) = 174.2."""
    price, _ = asks(cost_usd_per_kg=215.0)
    assert price[OPEN] == pytest.approx([172, 172, np.exp(5.16)])


@pytest.mark.parametrize(
    ("stock_kg", "over"), [(0.0, 0.2), (102.5, 0.0), (205.0, -0.205), (420.0, -0.6), (9_000.0, -0.6)]
)
def test_a_full_warehouse_presses_the_price_down_to_a_point(stock_kg, over):
    """The first rung is half a week's pace, 5 kg or a twentieth of the stock: in the middle half of that is gone."""
    price, _ = asks(stock_kg=stock_kg, cost_usd_per_kg=0.0)
    left = min(max(stock_kg - max(2.5, 0.025 * stock_kg), 0.0) / 100.0, 4.0)
    assert np.log(price[OPEN, 0]) == pytest.approx(5.02 + 0.2 * (1.0 - left))
    assert np.log(price[OPEN, 0]) == pytest.approx(5.02 + over, abs=0.01)


def test_a_week_s_output_sold_from_a_stock_that_was_at_its_norm_fetches_the_expected_price():
    """Stocks come to rest at their norms: what the week added is sold, and the last kg of it at the middle."""
    price, _ = asks(usual_kg=20.0, stock_kg=120.0, cost_usd_per_kg=0.0)
    assert np.log(price[OPEN]) == pytest.approx([5.02 - 0.03, 5.02 - 0.01, 5.02 + 0.04])


def test_a_seller_without_a_norm_counts_as_full():
    price, _ = asks(norm_stock_kg=0.0, cost_usd_per_kg=0.0)
    assert np.log(price[OPEN, 0]) == pytest.approx(5.02 - 0.6)


def test_a_ladder_is_no_longer_than_the_stock():
    """Of rungs of 5, 5 and 20 kg, a stock of 7 fills one and a part of the next; an empty one offers nothing."""
    assert asks(stock_kg=7.0)[1][OPEN] == pytest.approx([5, 2, 0])
    assert (asks(stock_kg=0.0)[1] == 0).all()


def test_a_large_stock_is_sold_at_a_share_of_itself_a_week():
    """A tenth of 500 kg is more than the usual 10: rungs of 25, 25 and 100 kg."""
    assert asks(stock_kg=500.0)[1][OPEN] == pytest.approx([25, 25, 100])
    assert asks(usual_kg=0.0)[1][OPEN] == pytest.approx([2.5, 2.5, 10])


def test_the_open_book_takes_the_limits_share_of_every_rung_until_it_is_reached():
    """A ladder of three weeks at 10 kg with a limit of 6 kg: 0.6 of each rung is 3, 3 and 12, but no more than 6."""
    _, kg = asks(export_limit_kg=6.0)
    assert kg[OPEN] == pytest.approx([3, 3, 0])
    assert kg[HOME] == pytest.approx([2, 2, 20])


@pytest.mark.parametrize(
    ("limit_kg", "opened"),
    [
        (0.0, [0, 0, 0]),
        (8.0, [4, 4, 0]),
        (10.0, [5, 5, 0]),
        (12.0, [5, 5, 2]),
        (30.0, [5, 5, 20]),
        (np.inf, [5, 5, 20]),
    ],
)
def test_splitting_keeps_every_rung_and_the_limit(limit_kg, opened):
    kg = np.array([[0.0, 0, 0], [5, 5, 20]])
    split_books(limit_kg, 3.0, kg)
    assert kg[OPEN] == pytest.approx(opened)
    assert kg.sum(axis=0) == pytest.approx([5, 5, 20])
    assert kg[OPEN].sum() <= limit_kg


@pytest.mark.parametrize("limit_kg", [0.0, 5.0, np.inf])
def test_an_empty_book_is_split_into_nothing(limit_kg):
    kg = np.zeros((2, 3))
    split_books(limit_kg, 3.0, kg)
    assert (kg == 0).all()
