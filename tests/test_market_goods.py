"""All goods in one compiled call: the same as good by good, from compiled code too, and nothing written if refused."""

import numpy as np
import pytest
from numba import njit

from model.market import Cleared, Clearing, Orders, clear, clear_goods, room_for_goods
from tests.test_market import random_book

N_ORIGINS, N_MARKETS = 5, 7


def book_of(seed: int) -> tuple[np.ndarray, ...]:
    """Draw the book of one good between a fixed number of origins and markets; some goods have no orders."""
    rng = np.random.default_rng(seed)
    a_zone, a_price, a_kg, b_market, b_price, b_kg, *_ = random_book(seed)
    cost, limit = rng.integers(0, 60, (N_ORIGINS, N_MARKETS)) / 2, rng.uniform(0, 200, (N_ORIGINS, N_MARKETS))
    limit[rng.random(limit.shape) < 0.5] = np.inf
    limit[rng.random(limit.shape) < 0.2] = 0.0
    return a_zone % N_ORIGINS, a_price, a_kg, b_market % N_MARKETS, b_price, b_kg, cost, limit


def joined(books: list[tuple[np.ndarray, ...]]) -> tuple[Orders, Orders, np.ndarray, np.ndarray]:
    """Put the books of several goods one after the other."""
    sides = []
    for first in (0, 3):
        columns = [np.concatenate([book[first + k] for book in books]) for k in range(3)]
        sides.append(Orders(np.cumsum([0] + [len(book[first]) for book in books]), *columns))
    return *sides, np.stack([book[6] for book in books]), np.stack([book[7] for book in books])


def room_for(asks: Orders, bids: Orders, cost: np.ndarray) -> Cleared:
    out = room_for_goods(asks.kg.size, bids.kg.size, *cost.shape)
    for values in out:
        values[...] = -7.0  # whatever was there before must be gone
    return out


@njit
def clear_from_compiled_code(asks, bids, cost, limit, out):
    clear_goods(asks, bids, cost, limit, out)


@pytest.mark.parametrize("call", [clear_goods, clear_from_compiled_code])
def test_equals_one_clearing_per_good(call) -> None:
    for seed in range(40):
        books = [book_of(6 * seed + good) for good in range(4)]
        asks, bids, cost, limit = joined(books)
        out = room_for(asks, bids, cost)
        call(asks, bids, cost, limit, out)
        for g, book in enumerate(books):
            alone = clear(*book)
            for name in Clearing.__slots__:
                together = getattr(out, name)
                if name == "ask_filled_kg":
                    together = together[asks.start[g] : asks.start[g + 1]]
                elif name == "bid_filled_kg":
                    together = together[bids.start[g] : bids.start[g + 1]]
                else:
                    together = together[g]
                np.testing.assert_array_equal(together, getattr(alone, name), err_msg=name)


def test_no_goods_is_no_fault() -> None:
    none = Orders(np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    lanes = np.zeros((0, N_ORIGINS, N_MARKETS))
    clear_goods(none, none, lanes, lanes, room_for_goods(0, 0, *lanes.shape))


def spoiled(kind: str, asks: Orders, bids: Orders, cost, limit, out: Cleared):
    """Spoil one argument of `clear_goods`; the last good is the spoiled one."""
    start = asks.start.copy()
    if kind == "start too far":
        start[-1] += 1
    elif kind == "start falls":
        start[1] = start[2] + 1
    elif kind == "start huge":
        start[1] = 2**62
    elif kind == "start negative":
        start[0] = -5
    elif kind == "start short":
        start = start[:-1]
    elif kind == "place":
        asks.place[-1] = N_ORIGINS
    elif kind == "NaN":
        bids.price[-1] = np.nan
    elif kind == "lane":
        cost[-1, -1, -1] = -1.0
    elif kind == "lanes short":
        limit = limit[:-1].copy()
    elif kind == "price short":
        asks = asks._replace(price=asks.price[:-1].copy())
    elif kind == "out short":
        out = out._replace(flow_kg=out.flow_kg[:-1].copy())
    elif kind == "out transposed":
        out = out._replace(netback_low=out.delivered_low.copy())
    elif kind == "no room for surplus":
        out = out._replace(surplus_usd=out.surplus_usd[:-1].copy())
    return asks._replace(start=start), bids, cost, limit, out


KINDS = [
    *("start too far", "start falls", "start huge", "start negative", "start short", "place", "NaN", "lane"),
    *("lanes short", "price short", "out short", "out transposed", "no room for surplus"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_spoiled_goods_are_refused_before_anything_is_written(kind: str) -> None:
    asks, bids, cost, limit = joined([book_of(seed) for seed in (6, 12, 18)])
    assert min(np.diff(asks.start).min(), np.diff(bids.start).min()) > 0
    arguments = spoiled(kind, asks, bids, cost, limit, room_for(asks, bids, cost))
    with pytest.raises(ValueError, match=r"^(start|out|ask_|bid_|lane_)"):
        clear_goods(*arguments)
    assert all((values == -7.0).all() for values in arguments[-1])
