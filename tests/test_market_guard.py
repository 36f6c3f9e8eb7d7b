"""The compiled market defends itself: whatever the arrays, it refuses them by name or ends with a sound result.

These tests call the unchecked entries, `clear_arrays` and `bargain_arrays`, with books that would otherwise be read
or written past their ends.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.market import Clearing, bargain_arrays, clear_arrays
from tests.strategies import order_books

INF = np.inf
NAMES = ("ask_zone", "ask_price", "ask_kg", "bid_market", "bid_price", "bid_kg", "lane_cost", "lane_limit")
BAD_PLACES = (-1, 4, 10**7, 2**62, -(2**62), -(2**63))
BAD_AMOUNTS = (np.nan, INF, -INF, -1.0, -5e-324, 1e101, 1e300)
BAD_LIMITS = (np.nan, -INF, -1.0, -5e-324)
# Numbers a valid book may hold, the least and the largest among them.
EDGES = (0.0, 5e-324, 2e-308, 1e-100, 1e-9, 1.0, 3.0, 1e9, 1e15, 1e100)


def bargain_any(*book) -> Clearing:
    rng = np.random.default_rng(1)
    return bargain_arrays(*book, *(rng.random((20, len(kg))) for kg in (book[2], book[5])))


ENTRIES = pytest.mark.parametrize("mechanism", [clear_arrays, bargain_any])


@st.composite
def spoiled_books(draw: st.DrawFn) -> tuple[str, tuple[np.ndarray, ...]]:
    """Draw a valid book, spoil one number or one size, and return the name of the spoiled argument."""
    book = list(draw(order_books()))
    at = draw(st.sampled_from([i for i in range(8) if book[i].size]))
    values = book[at].copy()
    if draw(st.booleans()):  # wrong size: for a place too, the price is the one that does not fit
        keep = draw(st.integers(0, values.shape[0] + 2).filter(lambda n: n != values.shape[0]))
        book[at] = np.resize(values, (keep, *values.shape[1:]))
        if at == 6:  # fewer lanes leave orders without a place, more of them leave limits missing
            return "", tuple(book)
        return NAMES[at + 1 if at in (0, 3) else at], tuple(book)
    bad = BAD_PLACES if at in (0, 3) else BAD_LIMITS if at == 7 else BAD_AMOUNTS
    values.flat[draw(st.integers(0, values.size - 1))] = draw(st.sampled_from(bad))
    book[at] = values
    return NAMES[at], tuple(book)


@ENTRIES
@given(spoiled_books())
@settings(max_examples=300, deadline=None)
def test_spoiled_arrays_are_refused_by_name(mechanism, spoiled) -> None:
    name, book = spoiled
    before = [x.copy() for x in book]
    with pytest.raises(ValueError, match=rf"^{name}"):
        mechanism(*book)
    assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(book, before, strict=True))


@ENTRIES
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_orders_without_lanes_are_refused(mechanism, shape: tuple[int, int]) -> None:
    orders = np.zeros(1, np.int64), np.ones(1), np.ones(1)
    with pytest.raises(ValueError, match=r"^(ask_zone|bid_market): "):
        mechanism(*orders, *orders, np.zeros(shape), np.zeros(shape))


@st.composite
def extreme_books(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """Draw a valid book of numbers from the edges of what is allowed."""
    n_o, n_d, n_a, n_b = (draw(st.integers(1, most)) for most in (3, 3, 6, 6))

    def edges(*shape: int, extra: tuple[float, ...] = ()) -> np.ndarray:
        n = int(np.prod(shape))
        return np.array(draw(st.lists(st.sampled_from(EDGES + extra), min_size=n, max_size=n))).reshape(shape)

    def places(n: int, n_places: int) -> np.ndarray:
        return np.array(draw(st.lists(st.integers(0, n_places - 1), min_size=n, max_size=n)), np.int64)

    asks, bids = (places(n_a, n_o), edges(n_a), edges(n_a)), (places(n_b, n_d), edges(n_b), edges(n_b))
    return (*asks, *bids, edges(n_o, n_d), edges(n_o, n_d, extra=(1e300, INF)))


@ENTRIES
@given(extreme_books())
@settings(max_examples=300, deadline=None)
def test_the_largest_and_the_least_numbers_end_in_a_sound_clearing(mechanism, book) -> None:
    result = mechanism(*book)
    assert np.isfinite(result.surplus_usd)
    for filled, most in ((result.ask_filled_kg, book[2]), (result.bid_filled_kg, book[5]), (result.flow_kg, book[7])):
        assert (filled >= 0).all()
        assert (filled <= most).all()
    for low, price, high in (
        (result.netback_low, result.netback_price, result.netback_high),
        (result.delivered_low, result.delivered_price, result.delivered_high),
    ):
        known = np.isfinite(price)
        assert (low[known] <= price[known]).all()
        assert (price[known] <= high[known]).all()
        assert not np.isnan(low).any()
        assert not np.isnan(high).any()
