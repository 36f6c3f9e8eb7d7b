"""The auction against a linear-programming solver, against examples solved by hand, and against itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from model.market import Clearing, clear
from tests.strategies import order_books

INF = np.inf
NAMES = ("ask_zone", "ask_price", "ask_kg", "bid_market", "bid_price", "bid_kg", "lane_cost", "lane_limit")


# --- instances and the reference solution -----------------------------------------------------------------------------


def random_book(seed: int) -> tuple[np.ndarray, ...]:
    """Draw a book; the seed's remainder picks a kind: smooth, tied, degenerate, one-sided, autarkic or lopsided."""
    rng = np.random.default_rng(seed)
    kind = seed % 6
    n_o, n_d = rng.integers(1, 9, 2)
    n_a, n_b = rng.integers(0, 40, 2)
    cost, limit = rng.uniform(0, 60, (n_o, n_d)), rng.uniform(0, 200, (n_o, n_d))
    ask_price, bid_price = rng.uniform(50, 400, n_a), rng.uniform(100, 500, n_b)
    ask_kg, bid_kg = rng.uniform(0, 100, n_a), rng.uniform(0, 100, n_b)
    if kind in (1, 2):  # whole numbers: ties in price
        ask_price, bid_price, cost = np.rint(ask_price / 50), np.rint(bid_price / 50), np.rint(cost / 20)
    if kind == 2:  # amounts in tenths: orders and limits used up exactly, up to rounding
        ask_kg, bid_kg, limit = (np.rint(x / 20) / 10 for x in (ask_kg, bid_kg, limit))
    if kind == 3:
        ask_kg *= rng.random() < 0.5
        bid_kg[rng.random(n_b) < 0.5] = 0.0
    if kind == 4:
        cost[:] = 1e6
        np.fill_diagonal(cost, 0.0)
    if kind == 5:
        ask_kg *= 10.0 ** rng.integers(-4, 5, n_a)
        bid_kg *= 10.0 ** rng.integers(-4, 5, n_b)
    lane_kind = rng.random((n_o, n_d))
    limit[lane_kind < 0.5] = INF
    limit[lane_kind > 0.85] = 0.0
    return rng.integers(0, n_o, n_a), ask_price, ask_kg, rng.integers(0, n_d, n_b), bid_price, bid_kg, cost, limit


def highs_surplus(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit) -> float:
    """Solve the same linear program with HiGHS and return its optimum, USD."""
    n_o, n_d = lane_cost.shape
    n_a, n_b, n_l = len(ask_zone), len(bid_market), n_o * n_d
    scale = min(np.sum(ask_kg), np.sum(bid_kg))
    if scale == 0.0:
        return 0.0
    lane = np.arange(n_l)
    rows = np.concatenate([ask_zone, lane // n_d, n_o + lane % n_d, n_o + np.asarray(bid_market)])
    cols = np.concatenate([np.arange(n_a), n_a + lane, n_a + lane, n_a + n_l + np.arange(n_b)])
    signs = np.concatenate([np.ones(n_a), -np.ones(n_l), np.ones(n_l), -np.ones(n_b)])
    balance = csr_array((signs, (rows, cols)), shape=(n_o + n_d, n_a + n_l + n_b))
    most = np.concatenate([ask_kg, lane_limit.ravel(), bid_kg])
    # In units of the kg that could trade at most, which bounds every variable: HiGHS has absolute tolerances.
    result = linprog(
        np.concatenate([ask_price, lane_cost.ravel(), -np.asarray(bid_price)]),
        A_eq=balance,
        b_eq=np.zeros(n_o + n_d),
        bounds=np.column_stack([np.zeros_like(most), np.minimum(most, scale) / scale]),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    assert result.status == 0, result.message
    return float(-result.fun * scale)


def price_constraints(book, result: Clearing) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return `(A, b, bounds)` of the set of prices x = (net-backs, delivered) that support the trades: A x <= b."""
    ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, cost, limit = book
    n_o, n_d = cost.shape
    bounds = np.tile([-INF, INF], (n_o + n_d, 1))
    tol = 1e-13 * min(ask_kg.sum(), bid_kg.sum())  # smaller orders are nothing but rounding
    for zone, price, kg, filled in zip(ask_zone, ask_price, ask_kg, result.ask_filled_kg, strict=True):
        if kg > tol:
            if filled > 0:
                bounds[zone, 0] = max(bounds[zone, 0], price)
            if filled < kg:
                bounds[zone, 1] = min(bounds[zone, 1], price)
    for market, price, kg, filled in zip(bid_market, bid_price, bid_kg, result.bid_filled_kg, strict=True):
        if kg > tol:
            if filled > 0:
                bounds[n_o + market, 1] = min(bounds[n_o + market, 1], price)
            if filled < kg:
                bounds[n_o + market, 0] = max(bounds[n_o + market, 0], price)
    left, right = [], []
    for o in range(n_o):
        for d in range(n_d):
            row = np.zeros(n_o + n_d)
            row[o], row[n_o + d] = -1.0, 1.0
            if result.flow_kg[o, d] < limit[o, d] and limit[o, d] > tol:
                left.append(row)
                right.append(cost[o, d])
            if result.flow_kg[o, d] > 0:
                left.append(-row)
                right.append(-cost[o, d])
    return np.array(left).reshape(-1, n_o + n_d), np.array(right), bounds


def assert_feasible(book, result: Clearing) -> None:
    """Check order sizes, lane limits and that no kg appears or vanishes."""
    ask_zone, _, ask_kg, bid_market, _, bid_kg, cost, limit = book
    n_o, n_d = cost.shape
    atol = 1e-12 * (1.0 + min(ask_kg.sum(), bid_kg.sum()))
    for filled, kg in ((result.ask_filled_kg, ask_kg), (result.bid_filled_kg, bid_kg), (result.flow_kg, limit)):
        assert (filled >= 0).all()
        assert (filled <= kg).all()
    sold = np.bincount(ask_zone, result.ask_filled_kg, n_o)
    bought = np.bincount(bid_market, result.bid_filled_kg, n_d)
    np.testing.assert_allclose(result.flow_kg.sum(axis=1), sold, rtol=0, atol=atol)
    np.testing.assert_allclose(result.flow_kg.sum(axis=0), bought, rtol=0, atol=atol)


def assert_supported(book, result: Clearing) -> None:
    """Check complementary slackness of the returned prices (where the book bounds them)."""
    cost, limit = book[6:]
    left, right, bounds = price_constraints(book, result)
    prices = np.concatenate([result.netback_price, result.delivered_price])
    known = np.isfinite(prices)
    atol = 1e-9
    assert (prices[known] >= bounds[known, 0] - atol).all()
    assert (prices[known] <= bounds[known, 1] + atol).all()
    both = ~left[:, ~known].any(axis=1)
    assert (left[both][:, known] @ prices[known] <= right[both] + atol).all()
    gap = result.delivered_price - result.netback_price[:, None] - cost
    used = result.flow_kg > 0
    np.testing.assert_allclose(gap[used], result.rent_usd_per_kg[used], atol=atol)
    assert (result.rent_usd_per_kg[np.isinf(limit)] == 0).all()
    rounding_kg = 1e-13 * min(book[2].sum(), book[5].sum())  # a smaller limit counts as a ban
    assert (result.rent_usd_per_kg[(result.flow_kg < limit) & (limit > rounding_kg)] == 0).all()


def assert_intervals(book, result: Clearing) -> None:
    """Check both ends of every price interval with one linear program each."""
    n_o = book[6].shape[0]
    left, right, bounds = price_constraints(book, result)
    low = np.concatenate([result.netback_low, result.delivered_low])
    high = np.concatenate([result.netback_high, result.delivered_high])
    mid = np.concatenate([result.netback_price, result.delivered_price])
    for i in range(len(bounds)):
        for sign, end in ((1.0, low[i]), (-1.0, high[i])):
            target = np.zeros(len(bounds))
            target[i] = sign
            found = linprog(target, left if len(left) else None, right if len(left) else None, bounds=bounds)
            if np.isinf(end):
                assert found.status == 3, (i, n_o, end, found.message)
                assert np.isnan(mid[i])
            else:
                assert found.status == 0, (i, n_o, end, found.message)
                np.testing.assert_allclose(found.x[i], end, rtol=1e-9, atol=1e-9)
    finite = np.isfinite(low) & np.isfinite(high)
    np.testing.assert_allclose(mid[finite], (low[finite] + high[finite]) / 2, rtol=1e-12)


@pytest.mark.parametrize("block", range(10))
def test_equals_highs_on_500_random_books(block: int) -> None:
    for seed in range(50 * block, 50 * block + 50):
        book = random_book(seed)
        result = clear(*book)
        assert_feasible(book, result)
        assert_supported(book, result)
        expected = highs_surplus(*book)
        assert result.surplus_usd == pytest.approx(expected, rel=1e-9, abs=1e-9), f"seed {seed}"


@pytest.mark.parametrize("size", [(75, 75, 36, 36), (600, 500, 18, 30)])
def test_equals_highs_on_larger_books(size: tuple[int, int, int, int]) -> None:
    n_a, n_b, n_o, n_d = size
    rng = np.random.default_rng(7)
    limit = np.where(rng.random((n_o, n_d)) < 0.3, rng.uniform(0, 200, (n_o, n_d)), INF)
    asks = rng.integers(0, n_o, n_a), rng.uniform(100, 400, n_a), rng.uniform(0, 100, n_a)
    bids = rng.integers(0, n_d, n_b), rng.uniform(150, 500, n_b), rng.uniform(0, 100, n_b)
    book = (*asks, *bids, rng.uniform(0, 60, (n_o, n_d)), limit)
    result = clear(*book)
    assert_feasible(book, result)
    assert_supported(book, result)
    assert result.surplus_usd == pytest.approx(highs_surplus(*book), rel=1e-9)


@given(order_books())
@settings(max_examples=150, deadline=None)
def test_any_valid_book_clears_to_the_optimum(book) -> None:
    result = clear(*book)
    assert_feasible(book, result)
    assert_supported(book, result)
    # HiGHS lets a variable miss its bound by 1e-10 of the kg that could trade, at any price or cost in the book. Where
    # almost nothing is gained, the prices checked above are the sharper proof that the trades are optimal.
    top = max(x.max(initial=0.0) for x in (book[1], book[4], book[6]))
    reference_error = 1e-9 * top * min(book[2].sum(), book[5].sum())
    assert result.surplus_usd == pytest.approx(highs_surplus(*book), rel=1e-9, abs=reference_error)


@pytest.mark.parametrize("block", range(4))
def test_interval_ends_are_those_of_the_dual_optimal_face(block: int) -> None:
    for seed in range(1000 + 10 * block, 1010 + 10 * block):
        book = random_book(seed)
        keep_asks, keep_bids = slice(0, 8), slice(0, 8)
        small = (
            *(x[keep_asks] for x in book[:3]),
            *(x[keep_bids] for x in book[3:6]),
            *book[6:],
        )
        assert_intervals(small, clear(*small))


# --- examples solved by hand ------------------------------------------------------------------------------------------


def test_single_market_fills_in_merit_order_at_the_price_between_the_margins() -> None:
    # Supply 10, 20, 30 USD and demand 40, 25, 5 USD, one kg each: two kg trade, the price lies between 20 and 25.
    result = clear([0, 0, 0], [30.0, 10.0, 20.0], [1.0] * 3, [0, 0, 0], [25.0, 5.0, 40.0], [1.0] * 3, [[0.0]], [[INF]])
    assert result.ask_filled_kg.tolist() == [0.0, 1.0, 1.0]
    assert result.bid_filled_kg.tolist() == [1.0, 0.0, 1.0]
    assert result.delivered_low[0] == 20.0
    assert result.delivered_high[0] == 25.0
    assert result.delivered_price[0] == result.netback_price[0] == 22.5
    assert result.surplus_usd == 40 + 25 - 10 - 20


def test_partly_filled_order_sets_the_price() -> None:
    result = clear([0], [10.0], [5.0], [0], [40.0], [3.0], [[0.0]], [[INF]])
    assert result.delivered_price[0] == result.netback_price[0] == 10.0
    result = clear([0], [10.0], [3.0], [0], [40.0], [5.0], [[0.0]], [[INF]])
    assert result.delivered_price[0] == result.netback_price[0] == 40.0


def test_two_zones_differ_by_the_lane_cost() -> None:
    # Zone 0 sells 10 kg at 100 and wants 4 kg; zone 1 has its own metal at 150; shipping costs 20. The seller in zone 0
    # still has metal, so 100 rules at home and 120 abroad, and the dear metal stays unsold.
    result = clear(
        [0, 1],
        [100.0, 150.0],
        [10.0, 10.0],
        [0, 1],
        [300.0, 300.0],
        [4.0, 5.0],
        [[0, 20], [20, 0]],
        np.full((2, 2), INF),
    )
    assert result.flow_kg.tolist() == [[4.0, 5.0], [0.0, 0.0]]
    assert result.netback_price.tolist() == [100.0, 135.0]  # zone 1: between 120 - 0 and the 150 that is not sold
    assert result.delivered_price.tolist() == [100.0, 120.0]


def test_full_lane_earns_the_rent() -> None:
    # The same zones, but the lane takes 2 kg only: zone 1 needs its own metal at 150, and the lane is worth 30 a kg.
    result = clear(
        [0, 1],
        [100.0, 150.0],
        [10.0, 10.0],
        [0, 1],
        [300.0, 300.0],
        [4.0, 5.0],
        [[0, 20], [20, 0]],
        [[INF, 2], [INF, INF]],
    )
    assert result.flow_kg.tolist() == [[4.0, 2.0], [0.0, 3.0]]
    assert result.netback_price.tolist() == [100.0, 150.0]
    assert result.delivered_price.tolist() == [100.0, 150.0]
    assert result.rent_usd_per_kg.tolist() == [[0.0, 30.0], [0.0, 0.0]]


def test_licensed_market_pays_less_than_its_zone_earns() -> None:
    # Origins: China, Europe. Markets: Europe free, Europe licensed. China's metal reaches licence holders only, who
    # are served at 210; Europe's own metal goes for 400 to those without a licence.
    result = clear(
        [0, 1],
        [200.0, 250.0],
        [100.0, 5.0],
        [0, 1],
        [400.0, 600.0],
        [20.0, 30.0],
        [[10, 10], [0, 0]],
        [[0, INF], [INF, INF]],
    )
    assert result.flow_kg.tolist() == [[0.0, 30.0], [5.0, 0.0]]
    assert result.netback_price.tolist() == [200.0, 400.0]
    assert result.delivered_price.tolist() == [400.0, 210.0]
    assert result.rent_usd_per_kg[0, 0] == 190.0  # the ban's shadow price
    assert result.delivered_price[1] < result.netback_price[1]


def test_rerouting_undoes_an_earlier_choice() -> None:
    # Greedy by price would send origin 0 to market 0 (cost 0) and strand origin 1, which reaches market 0 only.
    limit = [[INF, INF], [INF, 0]]
    result = clear([0, 1], [1.0, 2.0], [1.0, 1.0], [0, 1], [10.0, 9.0], [1.0, 1.0], [[0, 0], [0, 0]], limit)
    assert result.flow_kg.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert result.surplus_usd == 16.0


def test_book_without_trade_still_quotes_a_price_between_bid_and_ask() -> None:
    result = clear([0], [10.0], [1.0], [0], [6.0], [1.0], [[0.0]], [[INF]])
    assert result.surplus_usd == 0.0
    assert result.flow_kg[0, 0] == 0.0
    assert result.delivered_price[0] == result.netback_price[0] == 8.0


def test_one_sided_and_empty_books_have_no_price() -> None:
    only_asks = clear([0], [10.0], [1.0], [], [], [], [[3.0]], [[INF]])
    assert np.isnan(only_asks.netback_price[0])
    assert np.isnan(only_asks.delivered_price[0])
    assert (only_asks.netback_low[0], only_asks.netback_high[0]) == (-INF, 10.0)
    assert (only_asks.delivered_low[0], only_asks.delivered_high[0]) == (-INF, 13.0)
    empty = clear([], [], [], [], [], [], np.zeros((2, 3)), np.full((2, 3), INF))
    assert np.isnan(empty.netback_price).all()
    assert np.isnan(empty.delivered_price).all()
    assert empty.flow_kg.shape == empty.rent_usd_per_kg.shape == (2, 3)
    assert not empty.rent_usd_per_kg.any()
    assert clear([], [], [], [], [], [], np.zeros((0, 0)), np.zeros((0, 0))).surplus_usd == 0.0


def test_zero_kg_orders_change_nothing() -> None:
    plain = clear([0], [10.0], [2.0], [0], [40.0], [3.0], [[0.0]], [[INF]])
    padded = clear([0, 0], [1.0, 10.0], [0.0, 2.0], [0, 0], [90.0, 40.0], [0.0, 3.0], [[0.0]], [[INF]])
    assert padded.delivered_price[0] == plain.delivered_price[0] == 40.0
    assert padded.ask_filled_kg.tolist() == [0.0, 2.0]
    assert padded.bid_filled_kg.tolist() == [0.0, 2.0]


def test_rounding_leaves_no_trace_in_prices() -> None:
    # 0.1 + 0.2 is not 0.3 in binary: all three orders are filled, so the price is free between 10 and 40.
    for ask_kg, bid_kg in (([0.3], [0.1, 0.2]), ([0.1, 0.2], [0.3]), ([0.7, 0.1], [0.8]), ([1.1, 2.2], [3.3])):
        n_a, n_b = len(ask_kg), len(bid_kg)
        result = clear([0] * n_a, [10.0] * n_a, ask_kg, [0] * n_b, [40.0] * n_b, bid_kg, [[0.0]], [[INF]])
        assert result.ask_filled_kg.tolist() == ask_kg
        assert result.bid_filled_kg.tolist() == bid_kg
        assert result.delivered_price[0] == 25.0


def test_small_trades_of_huge_orders_are_not_lost() -> None:
    result = clear([0], [10.0], [1e15], [0, 0], [40.0, 30.0], [0.1, 1e-3], [[0.0]], [[1e15]])
    assert result.bid_filled_kg.tolist() == [0.1, 1e-3]
    assert result.ask_filled_kg[0] == result.flow_kg[0, 0] == pytest.approx(0.101, rel=1e-14)
    assert result.delivered_price[0] == 10.0


def test_equal_prices_are_filled_in_the_order_given() -> None:
    result = clear([0, 0], [10.0, 10.0], [2.0, 2.0], [0, 0], [40.0, 40.0], [1.0, 2.0], [[0.0]], [[INF]])
    assert result.ask_filled_kg.tolist() == [2.0, 1.0]
    again = clear([0, 0], [10.0, 10.0], [2.0, 2.0], [0, 0], [40.0, 40.0], [1.0, 2.0], [[0.0]], [[INF]])
    assert all(np.array_equal(getattr(result, f), getattr(again, f)) for f in Clearing.__slots__)


def test_absurd_lane_costs_do_not_blur_the_others() -> None:
    cost = np.array([[0.0, 1e15], [1e15, 0.0]])
    result = clear([0, 1], [0.1, 0.3], [5.0, 5.0], [0, 1], [7.7, 9.9], [3.0, 8.0], cost, np.full((2, 2), INF))
    np.testing.assert_allclose(result.delivered_price, [0.1, 9.9], rtol=1e-15)


# --- metamorphic relations --------------------------------------------------------------------------------------------


def prices_of(result: Clearing) -> np.ndarray:
    """Join net-back and delivered prices."""
    return np.concatenate([result.netback_price, result.delivered_price])


@given(order_books(), st.data())
@settings(max_examples=100, deadline=None)
def test_more_supply_never_raises_a_price(book, data) -> None:
    zone = data.draw(st.integers(0, book[6].shape[0] - 1))
    price, kg = data.draw(st.integers(0, 12)), data.draw(st.integers(1, 8))
    more = (np.append(book[0], zone), np.append(book[1], price), np.append(book[2], kg), *book[3:])
    before, after = clear(*book), clear(*more)
    tol_kg = 1e-9  # an order that is all rounding in one book and not in the other proves nothing
    if all(((x == 0) | (x > tol_kg)).all() for x in (book[2], book[5], book[7])):
        for end in ("netback_low", "netback_high", "delivered_low", "delivered_high"):
            assert (getattr(after, end) <= getattr(before, end) + 1e-9).all(), end


@given(order_books())
@settings(max_examples=60, deadline=None)
def test_banned_lanes_carry_exactly_nothing(book) -> None:
    assert (clear(*book).flow_kg[book[7] == 0.0] == 0.0).all()


@given(order_books(), st.sampled_from([0.25, 2.0, 1024.0]))
@settings(max_examples=60, deadline=None)
def test_scaling_kg_scales_flows(book, factor: float) -> None:
    plain = clear(*book)
    scaled = clear(*book[:2], factor * book[2], *book[3:5], factor * book[5], book[6], factor * book[7])
    np.testing.assert_array_equal(scaled.flow_kg, factor * plain.flow_kg)
    np.testing.assert_array_equal(prices_of(scaled), prices_of(plain))


@given(order_books(), st.sampled_from([0.25, 2.0, 1024.0]))
@settings(max_examples=60, deadline=None)
def test_scaling_prices_scales_prices(book, factor: float) -> None:
    plain = clear(*book)
    scaled = clear(book[0], factor * book[1], *book[2:4], factor * book[4], book[5], factor * book[6], book[7])
    np.testing.assert_array_equal(scaled.flow_kg, plain.flow_kg)
    np.testing.assert_allclose(prices_of(scaled), factor * prices_of(plain), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("seed", range(60))
def test_permuting_orders_does_not_change_prices(seed: int) -> None:
    book, rng = random_book(seed), np.random.default_rng(seed)
    asks, bids = rng.permutation(len(book[0])), rng.permutation(len(book[3]))
    shuffled = clear(*(x[asks] for x in book[:3]), *(x[bids] for x in book[3:6]), *book[6:])
    np.testing.assert_allclose(prices_of(shuffled), prices_of(clear(*book)), rtol=1e-12)


# --- invalid input ----------------------------------------------------------------------------------------------------


def valid_book() -> dict[str, object]:
    """Return a small valid book by argument name."""
    values = (
        [0, 1],
        [10.0, 12.0],
        [1.0, 2.0],
        [0, 2],
        [40.0, 30.0],
        [3.0, 1.0],
        np.zeros((2, 3)),
        np.full((2, 3), INF),
    )
    return dict(zip(NAMES, values, strict=True))


INVALID = [
    *((name, [bad, 1.0]) for name in ("ask_price", "ask_kg", "bid_price", "bid_kg") for bad in (np.nan, -1.0, INF)),
    *((name, [1.0]) for name in ("ask_price", "ask_kg", "bid_price", "bid_kg")),
    *((name, [[1.0], [1.0]]) for name in ("ask_price", "ask_kg", "bid_price", "bid_kg")),
    *((name, ["a", "b"]) for name in ("ask_price", "lane_cost")),
    *((name, bad) for name in ("ask_zone", "bid_market") for bad in ([0, -1], [0, 3], [0.0, 1.0], [[0], [1]])),
    *(("lane_cost", np.full((2, 3), bad)) for bad in (np.nan, -0.5, INF)),
    *(("lane_limit", np.full((2, 3), bad)) for bad in (np.nan, -0.5)),
    *(("lane_limit", np.full(shape, 1.0)) for shape in ((3, 2), (6,))),
    ("lane_cost", np.zeros(6)),
    ("lane_cost", [[1.0], [1.0, 2.0]]),
]


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_invalid_input_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^{name}: "):
        clear(**(valid_book() | {name: value}))


def test_valid_book_is_accepted() -> None:
    result = clear(**valid_book())
    assert result.bid_filled_kg.tolist() == [3.0, 0.0]
    assert result.surplus_usd == 1 * 30.0 + 2 * 28.0
