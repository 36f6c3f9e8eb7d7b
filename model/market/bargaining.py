"""Bilateral bargaining: a second market mechanism behind the auction's arguments.

Sellers and buyers meet at random, round after round, and split what they gain down the middle, net of the lane's
cost. There is no common price and no guarantee that the best trades happen (Chamberlin 1948, Journal of Political
Economy 56(2), found such markets to trade too much at dispersed prices). A finding that holds under both mechanisms
does not hang on the auction.
"""

import numpy as np
import numpy.typing as npt

from agents.rule import rule
from model.market.auction import Clearing
from model.market.book import FloatArray, IntArray, checked_book
from model.market.guard import check_book
from model.market.kernel import KG_TOLERANCE
from model.market.ladders import insert
from model.market.transport import fill

ROUNDS = 20


def bargain(
    ask_zone: npt.ArrayLike,
    ask_price: npt.ArrayLike,
    ask_kg: npt.ArrayLike,
    bid_market: npt.ArrayLike,
    bid_price: npt.ArrayLike,
    bid_kg: npt.ArrayLike,
    lane_cost: npt.ArrayLike,
    lane_limit: npt.ArrayLike,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
) -> Clearing:
    """Let asks and bids meet at random; each pair that gains trades all it can and splits the gain in half.

    A pair gains when `gain = bid - ask - lane cost > 0` and the lane has room. The seller receives `ask + gain / 2` and
    the buyer pays that plus the lane's cost, which is `bid - gain / 2`.

    In the result, `netback_price` and `delivered_price` are means over the bilateral prices in that origin or market,
    weighted by kg, NaN without trade; the `low` and `high` fields are the lowest and highest of them (`-inf` and
    `inf` without trade). Rents are 0, since a lane's scarcity stays with the pairs that got through. Money adds up over
    the whole book, not lane by lane: `sum(delivered * flow) = sum(netback * flow) + sum(lane cost * flow)`. A
    buyer may have bid less than the mean of its market, and a seller asked more than the mean of its origin.

    Args:
        ask_zone: Origin of each ask, 0..O-1, [A].
        ask_price: Lowest price each seller takes, USD/kg, [A].
        ask_kg: Most each seller sells, kg, [A].
        bid_market: Market of each bid, 0..D-1, [B].
        bid_price: Highest price each buyer pays, USD/kg, [B].
        bid_kg: Most each buyer buys, kg, [B].
        lane_cost: Cost from each origin to each market, USD/kg, [O, D].
        lane_limit: Most each lane carries, kg, [O, D]; `inf` when open, 0 when banned.
        rng: Source of the meetings; each call draws once per order and round, whatever the order's fate.
        rounds: Meetings that each order on the longer side has; more rounds leave fewer gains unused.

    Raises:
        ValueError: As in `model.market.clear`, or if `rounds` is negative.
    """
    book = checked_book(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    if rounds < 0:
        raise ValueError(f"rounds: must not be negative, is {rounds}")
    return bargain_arrays(*book, rng.random((rounds, book[2].size)), rng.random((rounds, book[5].size)))


def bargain_arrays(
    ask_zone: IntArray,
    ask_price: FloatArray,
    ask_kg: FloatArray,
    bid_market: IntArray,
    bid_price: FloatArray,
    bid_kg: FloatArray,
    lane_cost: FloatArray,
    lane_limit: FloatArray,
    ask_draws: FloatArray,
    bid_draws: FloatArray,
) -> Clearing:
    """Do what `bargain` does for C-contiguous arrays of float64 and int64; the compiled part checks their contents.

    `ask_draws` [rounds, A] and `bid_draws` [rounds, B] are uniform numbers: each round, both sides line up in the order
    of theirs and meet in pairs. An order brings its own numbers, wherever it stands in the book.
    """
    book = (ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    return Clearing(*_bargain_kernel(*book, ask_draws, bid_draws))


@rule
def _line_up(items, draws):
    """Return the items in the order of their draws: even ones, from 0 to 1, so that each is near its place at once."""
    n = items.size
    slot, key, order = np.zeros(n + 1, np.int64), np.empty(n), np.empty(n, np.int64)
    for i in items:
        slot[_slot(draws[i], n) + 1] += 1
    for k in range(n):
        slot[k + 1] += slot[k]
    for i in items:
        k = _slot(draws[i], n)
        key[slot[k]], order[slot[k]] = draws[i], i
        slot[k] += 1
    insert(key, order, 0, n)
    return order


@rule
def _slot(draw, n):
    """Return the place, 0..n-1, near which a draw belongs among n."""
    return min(max(int(draw * n), 0), n - 1)


@rule
def _still_open(items, filled, size):
    """Return the items that are not full, in their order."""
    n = 0
    for i in items:
        if filled[i] < size[i]:
            items[n] = i
            n += 1
    return items[:n]


@rule
def _no_prices(n_places):
    """Start a record of bilateral prices: kg, USD, lowest and highest price of each place, [4, places]."""
    record = np.zeros((4, n_places))
    record[2] = np.inf
    return record


@rule
def _note(record, place, usd_per_kg, kg):
    """Add one trade to the record of its place."""
    record[0, place] += kg
    record[1, place] += usd_per_kg * kg
    record[2, place] = min(record[2, place], usd_per_kg)
    record[3, place] = max(record[3, place], usd_per_kg)


@rule
def _summary(record):
    """Return mean, lowest and highest price of each place; NaN, `-inf` and `inf` without trade."""
    n = record.shape[1]
    mean, low, high = np.full(n, np.nan), np.full(n, -np.inf), np.full(n, np.inf)
    for i in range(n):
        if record[0, i] > 0.0:
            low[i], high[i] = record[2, i], record[3, i]
            mean[i] = min(max(record[1, i] / record[0, i], low[i]), high[i])  # rounding must not leave the range
    return mean, low, high


@rule
def _bargain_kernel(
    ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit, ask_draws, bid_draws
):
    """Run the rounds; returns the fields of `Clearing`."""
    n_origins, n_markets = lane_cost.shape
    check_book(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    tol_kg = KG_TOLERANCE * min(ask_kg.sum(), bid_kg.sum())
    ask_filled, bid_filled = np.zeros(ask_kg.size), np.zeros(bid_kg.size)
    flow = np.zeros((n_origins, n_markets))
    sold, bought = _no_prices(n_origins), _no_prices(n_markets)
    asks, bids = np.arange(ask_kg.size), np.arange(bid_kg.size)
    surplus = 0.0
    for r in range(ask_draws.shape[0]):
        asks, bids = _still_open(asks, ask_filled, ask_kg), _still_open(bids, bid_filled, bid_kg)
        if asks.size == 0 or bids.size == 0:
            break
        asks, bids = _line_up(asks, ask_draws[r]), _line_up(bids, bid_draws[r])
        # The shorter side goes round again, so that every order of the longer one meets somebody each round.
        for meeting in range(max(asks.size, bids.size)):
            a, b = asks[meeting % asks.size], bids[meeting % bids.size]
            o, d = ask_zone[a], bid_market[b]
            gain = bid_price[b] - ask_price[a] - lane_cost[o, d]
            kg = min(ask_kg[a] - ask_filled[a], bid_kg[b] - bid_filled[b], lane_limit[o, d] - flow[o, d])
            if gain <= 0.0 or kg <= tol_kg:
                continue
            fill(ask_filled, ask_kg, a, kg, tol_kg)
            fill(bid_filled, bid_kg, b, kg, tol_kg)
            fill(flow[o], lane_limit[o], d, kg, tol_kg)
            surplus += gain * kg
            netback = ask_price[a] + 0.5 * gain
            _note(sold, o, netback, kg)
            _note(bought, d, netback + lane_cost[o, d], kg)
    netback, netback_low, netback_high = _summary(sold)
    delivered, delivered_low, delivered_high = _summary(bought)
    ends = (netback_low, netback_high, delivered_low, delivered_high)
    rent = np.zeros((n_origins, n_markets))
    return (ask_filled, bid_filled, flow, netback, delivered, rent, *ends, surplus)
