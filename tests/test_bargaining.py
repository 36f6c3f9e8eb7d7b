"""Bilateral bargaining: feasible trades, gains split in half, money that adds up, no more surplus than the auction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.market import Clearing, clear
from model.market.bargaining import _line_up, bargain, bargain_arrays
from tests.strategies import order_books

INF = np.inf


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_pair_splits_the_gain_net_of_the_lane_cost() -> None:
    # Gain 100 - 40 - 20 = 40: the seller gets 40 + 20, the buyer pays 60 + 20.
    result = bargain([0], [40.0], [3.0], [0], [100.0], [2.0], [[20.0]], [[INF]], rng())
    assert result.netback_price[0] == result.netback_low[0] == result.netback_high[0] == 60.0
    assert result.delivered_price[0] == result.delivered_low[0] == result.delivered_high[0] == 80.0
    assert result.flow_kg[0, 0] == result.ask_filled_kg[0] == result.bid_filled_kg[0] == 2.0
    assert result.surplus_usd == 80.0


def test_price_is_the_mean_weighted_by_kg() -> None:
    # One seller at 0 meets buyers at 20 (1 kg) and 40 (3 kg): prices 10 and 20, whoever comes first.
    result = bargain([0], [0.0], [9.0], [0, 0], [20.0, 40.0], [1.0, 3.0], [[0.0]], [[INF]], rng())
    assert result.delivered_price[0] == result.netback_price[0] == (10 * 1 + 20 * 3) / 4
    assert (result.delivered_low[0], result.delivered_high[0]) == (10.0, 20.0)


def test_pairs_without_gain_do_not_trade() -> None:
    result = bargain([0], [40.0], [3.0], [0], [50.0], [2.0], [[10.0]], [[INF]], rng())
    assert result.surplus_usd == 0.0
    assert np.isnan(result.netback_price[0])
    assert (result.delivered_low[0], result.delivered_high[0]) == (-INF, INF)


def test_lane_limit_is_used_up_exactly() -> None:
    result = bargain([0, 0], [1.0, 1.0], [5.0, 5.0], [0, 1], [9.0, 9.0], [5.0, 5.0], [[0, 0]], [[0.3, 0]], rng())
    assert result.flow_kg.tolist() == [[0.3, 0.0]]


@given(order_books(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_any_valid_book_gives_feasible_trades_and_balanced_money(book, seed: int) -> None:
    ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, cost, limit = book
    result = bargain(*book, rng(seed))
    atol = 1e-12 * (1.0 + min(ask_kg.sum(), bid_kg.sum()))
    for filled, most in ((result.ask_filled_kg, ask_kg), (result.bid_filled_kg, bid_kg), (result.flow_kg, limit)):
        assert (filled >= 0).all()
        assert (filled <= most).all()
    n_o, n_d = cost.shape
    np.testing.assert_allclose(result.flow_kg.sum(axis=1), np.bincount(ask_zone, result.ask_filled_kg, n_o), atol=atol)
    np.testing.assert_allclose(
        result.flow_kg.sum(axis=0), np.bincount(bid_market, result.bid_filled_kg, n_d), atol=atol
    )
    assert (result.flow_kg[limit == 0] == 0).all()
    paid = np.nansum(result.delivered_price * result.flow_kg.sum(axis=0))
    received = np.nansum(result.netback_price * result.flow_kg.sum(axis=1))
    assert paid == pytest.approx(received + (cost * result.flow_kg).sum(), rel=1e-9, abs=1e-6)
    assert not result.rent_usd_per_kg.any()
    worth = (bid_price * result.bid_filled_kg).sum() - (ask_price * result.ask_filled_kg).sum()
    assert result.surplus_usd == pytest.approx(worth - (cost * result.flow_kg).sum(), rel=1e-9, abs=1e-6)
    best = clear(*book).surplus_usd
    assert result.surplus_usd <= best + 1e-9 * best + 1e-6


def test_same_stream_gives_the_same_trades_and_another_one_others() -> None:
    draw = rng(3)
    asks = draw.integers(0, 4, 30), draw.uniform(100, 400, 30), draw.uniform(0, 100, 30)
    bids = draw.integers(0, 5, 30), draw.uniform(150, 500, 30), draw.uniform(0, 100, 30)
    book = (*asks, *bids, draw.uniform(0, 60, (4, 5)), np.full((4, 5), INF))
    first, again, other = bargain(*book, rng(1)), bargain(*book, rng(1)), bargain(*book, rng(2))
    assert all(np.array_equal(getattr(first, f), getattr(again, f), equal_nan=True) for f in Clearing.__slots__)
    assert not np.array_equal(first.flow_kg, other.flow_kg)
    # Enough meetings find most of the gains: no pair that could still gain is likely to be left.
    assert 0.5 < bargain(*book, rng(1), rounds=200).surplus_usd / clear(*book).surplus_usd < 1.0


def test_luck_belongs_to_an_order_wherever_it_stands_in_the_book() -> None:
    draw = rng(3)
    asks = draw.integers(0, 4, 30), draw.uniform(100, 400, 30), draw.uniform(0, 100, 30)
    bids = draw.integers(0, 5, 25), draw.uniform(150, 500, 25), draw.uniform(0, 100, 25)
    cost, limit = draw.uniform(0, 60, (4, 5)), np.full((4, 5), INF)
    luck = draw.random((40, 30)), draw.random((40, 25))
    order = draw.permutation(30)
    first = bargain_arrays(*asks, *bids, cost, limit, *luck)
    shuffled = bargain_arrays(*(x[order] for x in asks), *bids, cost, limit, luck[0][:, order], luck[1])
    assert np.array_equal(first.ask_filled_kg[order], shuffled.ask_filled_kg)
    assert np.array_equal(first.bid_filled_kg, shuffled.bid_filled_kg)
    assert np.array_equal(first.flow_kg, shuffled.flow_kg)


def test_one_sided_and_empty_books_do_not_trade() -> None:
    for book in (
        ([], [], [], [], [], [], [[0.0]], [[INF]]),
        ([0], [1.0], [1.0], [], [], [], [[0.0]], [[INF]]),
        ([], [], [], [0], [9.0], [1.0], [[0.0]], [[INF]]),
    ):
        result = bargain(*book, rng())
        assert result.surplus_usd == 0.0
        assert np.isnan(result.delivered_price).all()


def test_invalid_input_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^ask_kg: "):
        bargain([0], [1.0], [-1.0], [0], [1.0], [1.0], [[0.0]], [[INF]], rng())
    with pytest.raises(ValueError, match=r"^rounds: "):
        bargain([0], [1.0], [1.0], [0], [1.0], [1.0], [[0.0]], [[INF]], rng(), rounds=-1)


@pytest.mark.parametrize("count", [0, 1, 7, 300])
def test_orders_line_up_by_their_draws_and_equal_ones_as_they_stood(count):
    rng = np.random.default_rng(1)
    draws = np.round(rng.random(400), 2)  # many are equal, and some are 1
    items = rng.permutation(400)[:count]
    assert _line_up(items, draws).tolist() == items[np.argsort(draws[items], kind="stable")].tolist()
