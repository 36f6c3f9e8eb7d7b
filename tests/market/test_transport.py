"""The network simplex where it could go round in circles, or choose between equal trades: books full of ties."""

import numpy as np
import pytest

from model.market import clear
from tests.test_market import INF, assert_feasible, assert_supported, highs_surplus


def tied_book(seed: int) -> tuple[np.ndarray, ...]:
    """Draw a book in which a few whole prices, costs and amounts come again and again."""
    rng = np.random.default_rng(seed)
    n_o, n_d, n_a, n_b = (*rng.integers(2, 25, 2), *rng.integers(20, 200, 2))
    most_kg, unit_kg = int(rng.choice([1, 2, 5])), rng.choice([1.0, 0.1, 1 / 3])
    limit = unit_kg * rng.integers(0, 3 * most_kg + 1, (n_o, n_d))
    limit[rng.random((n_o, n_d)) < rng.choice([0.1, 0.5, 0.9])] = INF
    asks = rng.integers(0, n_o, n_a), rng.integers(0, 6, n_a).astype(float), unit_kg * rng.integers(0, most_kg + 1, n_a)
    bids = rng.integers(0, n_d, n_b), rng.integers(0, 6, n_b).astype(float), unit_kg * rng.integers(0, most_kg + 1, n_b)
    return *asks, *bids, rng.integers(0, 3, (n_o, n_d)).astype(float), limit


@pytest.mark.parametrize("block", range(4))
def test_books_full_of_ties_clear_to_the_optimum(block: int) -> None:
    for seed in range(25 * block, 25 * block + 25):
        book = tied_book(seed)
        result = clear(*book)
        assert_feasible(book, result)
        assert_supported(book, result)
        assert result.surplus_usd == pytest.approx(highs_surplus(*book), rel=1e-9, abs=1e-9), f"seed {seed}"


def test_a_trade_without_gain_is_left_out_even_where_others_gain() -> None:
    # Zone 1 bids what zone 0's second kg and the way cost; the first kg is worth more at home.
    cost, limit = [[0.0, 3.0], [3.0, 0.0]], np.full((2, 2), INF)
    result = clear([0, 0], [5.0, 7.0], [1.0, 1.0], [0, 1], [9.0, 10.0], [1.0, 1.0], cost, limit)
    assert result.flow_kg.tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert result.surplus_usd == 4.0


def test_an_early_trade_is_undone_when_it_gains_nothing_in_the_end() -> None:
    # The ask of 4 first serves the bid of 9; the ask of 2 can serve nobody else, and then no bid is left above 4.
    cost, limit = [[0.0, 1.0], [2.0, 9.0]], [[INF, INF], [INF, 0]]
    result = clear([0, 1], [4.0, 2.0], [1.0, 1.0], [0, 1], [9.0, 5.0], [1.0, 1.0], cost, limit)
    assert result.surplus_usd == 5.0
    assert result.flow_kg.sum() == 1.0


@pytest.mark.parametrize("swap", [False, True])
def test_of_equal_places_the_first_trades(swap: bool) -> None:
    # Two origins and two markets that differ in nothing, and metal for one deal.
    places = [1, 0] if swap else [0, 1]
    free, limit = np.zeros((2, 2)), np.full((2, 2), INF)
    few_bids = clear(places, [3.0, 3.0], [1.0, 1.0], [0], [8.0], [1.0], free, limit)
    assert few_bids.flow_kg.tolist() == [[1.0, 0.0], [0.0, 0.0]]
    few_asks = clear([0], [3.0], [1.0], places, [8.0, 8.0], [1.0, 1.0], free, limit)
    assert few_asks.flow_kg.tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_metal_of_the_first_origin_is_used_up_first_among_equal_ones() -> None:
    # What quotas shut out of the open book stands in the home book at the same price: the open book sells first.
    result = clear([0, 1], [3.0, 3.0], [2.0, 5.0], [0], [8.0], [4.0], np.zeros((2, 1)), np.full((2, 1), INF))
    assert result.ask_filled_kg.tolist() == [2.0, 2.0]
