"""Successive shortest paths on the network of origins and markets, until no path gains.

Each round serves the market that gains most from one more kg, along the cheapest way there (Ahuja, Magnanti and Orlin
1993, Network Flows, section 9.7). Orders are filled in merit order and never emptied again.
"""

import numpy as np

from agents.rule import rule
from model.market.search import find_path, label
from model.market.whole import FAR, whole

ROUNDS = 1000  # per order and lane; no book known needs more than two


@rule
def transport(asks, bids, cost, gate, room, flow, used_o, used_d, top, scale, tol_kg):
    """Trade until no path gains; fills orders and lanes in place.

    Args:
        asks: The asks, best first by origin, N origins.
        bids: The bids, best first by market, M markets.
        cost: Lane costs as whole numbers, [N, M].
        gate: The same where the lane has room, `FAR` where not, [N, M].
        room: Kg that each lane still takes, [N, M].
        flow: Kg on each lane, [N, M].
        used_o: Takes the origins of the lanes that carry metal, [N * M]. Unsigned places need no look at their sign.
        used_d: Takes their markets, [N * M].
        top: Best bid, USD/kg.
        scale: Whole numbers per USD/kg.
        tol_kg: Remainders up to this size are rounding.

    Raises:
        RuntimeError: If there is no end to it, which no valid book can bring about.
    """
    n_o, n_d = cost.shape
    _, ask_start, ask_order, ask_at, ask_price, ask_kg, ask_filled = asks
    _, bid_start, bid_order, bid_at, bid_price, bid_kg, bid_filled = bids
    ask_now, bid_now = np.empty(n_o, np.int64), np.empty(n_d, np.int64)
    for o in range(n_o):
        ask_now[o] = price_now(o, ask_start, ask_order, ask_at, ask_price, top, scale, FAR)
    for d in range(n_d):
        bid_now[d] = price_now(d, bid_start, bid_order, bid_at, bid_price, top, scale, -FAR)
    dist_o, turns_o, from_d = np.zeros(n_o, np.int64), np.empty(n_o, np.int64), np.empty(n_o, np.int64)
    dist_d, from_o = np.zeros(n_d, np.int64), np.empty(n_d, np.int64)
    moved, used_cost, n_used = np.empty(used_o.size + n_o, np.uint64), np.empty(used_o.size, np.int64), 0
    rise = FAR  # by how much labels may have risen since they were found; -1 when they are still valid
    for _ in range(ROUNDS * (ask_order.size + bid_order.size + cost.size + 1)):
        if rise >= 0 and not label(
            dist_o, dist_d, turns_o, from_d, moved, gate, used_o, used_d, used_cost, n_used, ask_now, rise
        ):
            break
        best, gain = -1, np.int64(0)
        for d in range(n_d):
            more = bid_now[d] - dist_d[d]
            best, gain = d if more > gain else best, max(more, gain)
        if best < 0:
            return
        root, kg = find_path(best, from_o, dist_o, dist_d, turns_o, from_d, gate, room, flow)
        ask, bid = ask_order[ask_at[root]], bid_order[bid_at[best]]
        kg = min(kg, ask_kg[ask] - ask_filled[ask], bid_kg[bid] - bid_filled[bid])
        if not kg > 0.0:
            break
        n_used, closed = push(
            best, kg, from_o, from_d, cost, gate, room, flow, used_o, used_d, used_cost, n_used, tol_kg
        )
        # Labels stay valid unless an ask, the room of a lane, or the metal on a lane is used up: arcs that open along
        # a shortest path never shorten another one.
        rise = FAR if closed else np.int64(-1)
        if fill(bid_filled, bid_kg, bid, kg, tol_kg):
            bid_at[best] += 1
            bid_now[best] = price_now(best, bid_start, bid_order, bid_at, bid_price, top, scale, -FAR)
        if fill(ask_filled, ask_kg, ask, kg, tol_kg):
            ask_at[root] += 1
            before = ask_now[root]
            ask_now[root] = price_now(root, ask_start, ask_order, ask_at, ask_price, top, scale, FAR)
            rise = max(rise, ask_now[root] - before)
    raise RuntimeError("the auction found no end")


@rule
def price_now(place, start, order, at, price, top, scale, nothing):
    """Return the whole price of the next order that has kg left at a place."""
    return whole(price[order[at[place]]], top, scale) if at[place] < start[place + 1] else nothing


@rule
def push(market, kg, from_o, from_d, cost, gate, room, flow, used_o, used_d, used_cost, n_used, tol_kg):
    """Move kg along the path that ends in a market.

    Returns:
        `(n_used, closed)`: the number of lanes that carry metal, and whether a lane got full or empty on the way.
    """
    closed, d = False, market
    while True:
        o = from_o[d]
        if flow[o, d] == 0.0:
            used_o[n_used], used_d[n_used], used_cost[n_used] = np.uint64(o), np.uint64(d), cost[o, d]
            n_used += 1
        flow[o, d] += kg
        room[o, d] -= kg
        if room[o, d] <= tol_kg:
            room[o, d], gate[o, d] = 0.0, FAR
            closed = True
        d = from_d[o]
        if d < 0:
            return n_used, closed
        flow[o, d] -= kg
        room[o, d] += kg
        gate[o, d] = cost[o, d]
        if flow[o, d] <= tol_kg:
            flow[o, d] = 0.0
            closed = True
            n_used = drop(o, d, used_o, used_d, used_cost, n_used)


@rule
def drop(o, d, used_o, used_d, used_cost, n_used):
    """Take a lane off the list of those that carry metal; return how many are left."""
    for u in range(n_used):
        if np.int64(used_o[u]) == o and np.int64(used_d[u]) == d:
            used_o[u], used_d[u], used_cost[u] = used_o[n_used - 1], used_d[n_used - 1], used_cost[n_used - 1]
            return n_used - 1
    return n_used


@rule
def fill(filled, size, i, kg, tol_kg):
    """Fill an order by kg; return whether it is full now. Counting up keeps small trades of huge orders exact."""
    filled[i] += kg
    if size[i] - filled[i] > tol_kg:
        return False
    filled[i] = size[i]
    return True
