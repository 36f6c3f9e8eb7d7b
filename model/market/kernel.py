"""Compiled part of the call auction: successive shortest paths on a transportation network.

The network has one node per origin (its asks sorted from cheap to dear), one per market (its bids sorted from dear to
cheap) and one arc per lane. Each round finds the cheapest way to bring one more kg to every market, along lanes with
room and, backwards, along lanes that already carry metal, and serves the market that gains most from it
(Ahuja, Magnanti and Orlin 1993, Network Flows, section 9.7). Orders are filled in merit order and never emptied again.

Two choices make it exact. Prices are whole numbers inside (a power of two times USD/kg), so that the sums along a path
carry no rounding, ties are true ties and no cycle can look profitable by 1e-16. And a remainder of kg too small
to be anything but rounding is set to zero at once, so that it leaves no trace in the prices.
"""

import math

import numpy as np
from numba import njit

from model.market.guard import check_book

KG_TOLERANCE = 4e-14  # of the kg that could trade at most; a few hundred roundings of a double
FAR = np.int64(1 << 61)  # label of a node that no path has reached yet


@njit(cache=True, nogil=True)
def ladders(zone, sort_price, kg, tol_kg, n_zones):
    """Sort orders by zone, then price, then index; leave out orders of (almost) zero kg.

    Returns:
        `(start, order)`: the orders of zone `z` are `order[start[z]:start[z + 1]]`, lowest `sort_price` first.
    """
    start = np.zeros(n_zones + 1, np.int64)
    for i in range(zone.size):
        if kg[i] > tol_kg:
            start[zone[i] + 1] += 1
    for z in range(n_zones):
        start[z + 1] += start[z]
    order = np.empty(start[n_zones], np.int64)
    slot = start[:-1].copy()
    for i in np.argsort(sort_price, kind="mergesort"):  # stable, so equal prices keep the order of the book
        if kg[i] > tol_kg:
            order[slot[zone[i]]] = i
            slot[zone[i]] += 1
    return start, order


@njit(cache=True, nogil=True)
def occupied(start):
    """Return the zones that hold at least one order."""
    zones = np.empty(start.size - 1, np.int64)
    n = 0
    for z in range(start.size - 1):
        if start[z + 1] > start[z]:
            zones[n] = z
            n += 1
    return zones[:n]


@njit(cache=True, nogil=True)
def price_scale(top_usd_per_kg, n_nodes):
    """Return the power of two that turns prices up to `top` into whole numbers whose path sums stay below `FAR`."""
    bits = 59
    while n_nodes > 0:
        n_nodes >>= 1
        bits -= 1
    if top_usd_per_kg <= 0.0:
        return 1.0
    return math.ldexp(1.0, min(bits - math.frexp(top_usd_per_kg)[1], 1000))


@njit(cache=True, nogil=True)
def label(dist_o, dist_d, from_d, from_o, dirty, cost, forward, used_o, used_d, n_used):
    """Find the cheapest way to every market, given the labels of the origins (label-correcting, in sweeps).

    `from_o[d]` and `from_d[o]` remember the node before; `from_d` is -1 where the path starts with an ask.
    """
    n_d = dist_d.size
    again = True
    while again:
        for o in range(dist_o.size):
            if not dirty[o]:
                continue
            dirty[o] = False
            base = dist_o[o]
            for d in range(n_d):  # written without branches so that it compiles to vector instructions
                new = base + forward[o, d]
                better = new < dist_d[d]
                dist_d[d] = new if better else dist_d[d]
                from_o[d] = o if better else from_o[d]
        again = False
        for u in range(n_used):
            o, d = used_o[u], used_d[u]
            if dist_d[d] < FAR and dist_d[d] - cost[o, d] < dist_o[o]:
                dist_o[o] = dist_d[d] - cost[o, d]
                from_d[o] = d
                dirty[o] = True
                again = True


@njit(cache=True, nogil=True)
def path_room(market, from_o, from_d, room, flow):
    """Walk back from a market; return the origin whose ask starts the path and the kg that fit through its lanes."""
    kg, d = np.inf, market
    while True:
        o = from_o[d]
        kg = min(kg, room[o, d])
        d = from_d[o]
        if d < 0:
            return o, kg
        kg = min(kg, flow[o, d])


@njit(cache=True, nogil=True)
def push(market, kg, from_o, from_d, cost, forward, room, flow, used_o, used_d, n_used, tol_kg):
    """Move kg along the path that ends in a market.

    Returns:
        `(n_used, closed)`: the number of lanes that carry metal, and whether a lane got full or empty on the way.
    """
    closed, d = False, market
    while True:
        o = from_o[d]
        if flow[o, d] == 0.0:
            used_o[n_used], used_d[n_used] = o, d
            n_used += 1
        flow[o, d] += kg
        room[o, d] -= kg
        if room[o, d] <= tol_kg:
            room[o, d], forward[o, d] = 0.0, FAR
            closed = True
        d = from_d[o]
        if d < 0:
            return n_used, closed
        flow[o, d] -= kg
        room[o, d] += kg
        forward[o, d] = cost[o, d]
        if flow[o, d] <= tol_kg:
            flow[o, d] = 0.0
            closed = True
            u = 0
            while used_o[u] != o or used_d[u] != d:
                u += 1
            n_used -= 1
            used_o[u], used_d[u] = used_o[n_used], used_d[n_used]


@njit(cache=True, nogil=True)
def fill(filled, size, i, kg, tol_kg):
    """Fill an order by kg; return whether it is full now. Counting up keeps small trades of huge orders exact."""
    filled[i] += kg
    if size[i] - filled[i] > tol_kg:
        return False
    filled[i] = size[i]
    return True


@njit(cache=True, nogil=True)
def transport(ask_start, ask_price, ask_kg, bid_start, bid_price, bid_kg, cost, room, tol_kg):
    """Trade until no path gains; `room` is used up in place.

    Args:
        ask_start: First ask of each origin in the packed ladder, [O + 1].
        ask_price: Ask prices as whole numbers, rising within an origin.
        ask_kg: Size of each ask.
        bid_start: First bid of each market, [D + 1].
        bid_price: Bid prices as whole numbers, falling within a market.
        bid_kg: Size of each bid.
        cost: Lane costs as whole numbers, [O, D].
        room: Kg that each lane still takes, [O, D]; `inf` when open, 0 when closed.
        tol_kg: Remainders up to this size are rounding.

    Returns:
        `(ask_filled, bid_filled, flow)`: kg of each ask, of each bid, and on each lane, [O, D].
    """
    n_o, n_d = cost.shape
    ask_filled, bid_filled, flow = np.zeros(ask_kg.size), np.zeros(bid_kg.size), np.zeros(cost.shape)
    ask_at, bid_at = ask_start[:-1].copy(), bid_start[:-1].copy()
    forward = np.where(room > 0.0, cost, FAR)
    used_o, used_d, n_used = np.empty(n_o * n_d, np.int64), np.empty(n_o * n_d, np.int64), 0
    dist_o, from_d, dirty = np.empty(n_o, np.int64), np.empty(n_o, np.int64), np.empty(n_o, np.bool_)
    dist_d, from_o = np.empty(n_d, np.int64), np.empty(n_d, np.int64)
    stale = True
    while True:
        if stale:
            for o in range(n_o):
                dirty[o] = ask_at[o] < ask_start[o + 1]
                dist_o[o] = ask_price[ask_at[o]] if dirty[o] else FAR
                from_d[o] = -1
            dist_d[:] = FAR
            label(dist_o, dist_d, from_d, from_o, dirty, cost, forward, used_o, used_d, n_used)
        best, gain = -1, np.int64(0)
        for d in range(n_d):
            if bid_at[d] < bid_start[d + 1] and bid_price[bid_at[d]] - dist_d[d] > gain:
                best, gain = d, bid_price[bid_at[d]] - dist_d[d]
        if best < 0:
            return ask_filled, bid_filled, flow
        o, kg = path_room(best, from_o, from_d, room, flow)
        ask, bid = ask_at[o], bid_at[best]
        kg = min(kg, ask_kg[ask] - ask_filled[ask], bid_kg[bid] - bid_filled[bid])
        n_used, closed = push(best, kg, from_o, from_d, cost, forward, room, flow, used_o, used_d, n_used, tol_kg)
        if fill(bid_filled, bid_kg, bid, kg, tol_kg):
            bid_at[best] += 1
        # Labels stay valid unless an ask, the room of a lane, or the metal on a lane is used up: arcs that open along
        # a shortest path never shorten another one.
        stale = closed
        if fill(ask_filled, ask_kg, ask, kg, tol_kg):
            ask_at[o] += 1
            stale = True


@njit(cache=True, nogil=True)
def tighten(low_o, high_o, low_d, high_d, lane_cost, flow, full):
    """Tighten the bounds of all prices against each other, in place, until they are the ends of the dual-optimal set.

    Delivered minus net-back is at most the lane's cost where the lane has room, and at least that where it carries
    metal. The largest and the smallest prices that obey such difference constraints are shortest path lengths
    (Bellman and Ford); sweeps end when nothing moves by more than rounding.
    """
    n_o, n_d = lane_cost.shape
    for _ in range(n_o + n_d + 1):
        moved = False
        for o in range(n_o):
            for d in range(n_d):
                c = lane_cost[o, d]
                if not full[o, d]:
                    if high_o[o] + c < high_d[d]:
                        moved |= high_d[d] - (high_o[o] + c) > 1e-15 * high_o[o]
                        high_d[d] = high_o[o] + c
                    if low_d[d] - c > low_o[o]:
                        moved |= (low_d[d] - c) - low_o[o] > 1e-15 * low_d[d]
                        low_o[o] = low_d[d] - c
                if flow[o, d] > 0.0:
                    if high_d[d] - c < high_o[o]:
                        moved |= high_o[o] - (high_d[d] - c) > 1e-15 * high_d[d]
                        high_o[o] = high_d[d] - c
                    if low_o[o] + c > low_d[d]:
                        moved |= (low_o[o] + c) - low_d[d] > 1e-15 * abs(low_o[o])
                        low_d[d] = low_o[o] + c
        if not moved:
            return


@njit(cache=True, nogil=True)
def middle(low, high):
    """Return the middle of each interval, NaN where an end is infinite; ends that cross by rounding are joined."""
    mid = np.full(low.size, np.nan)
    for i in range(low.size):
        if math.isfinite(low[i]) and math.isfinite(high[i]):
            mid[i] = 0.5 * (low[i] + high[i])
            if low[i] > high[i]:
                low[i] = high[i] = mid[i]
    return mid


@njit(cache=True, nogil=True)
def ladder_ends(start, order, price, kg, filled, without_trade, without_rest):
    """Return per zone the price of the last order that traded at all, and of the first one with kg left."""
    last_in, first_out = np.full(start.size - 1, without_trade), np.full(start.size - 1, without_rest)
    for z in range(start.size - 1):
        for k in range(start[z], start[z + 1]):
            i = order[k]
            if filled[i] > 0.0:
                last_in[z] = price[i]
            if filled[i] < kg[i]:
                first_out[z] = price[i]
                break
    return last_in, first_out


@njit(cache=True, nogil=True)
def whole_numbers(ask_price, bid_price, lane_cost, lane_limit, tol_kg, n_nodes):
    """Return asks, bids, lane costs as whole numbers, and the room of each lane (0 where it cannot trade at all)."""
    # No ask or lane dearer than the best bid can trade: it needs no exact whole number, so that one sets the scale.
    top = bid_price.max() if bid_price.size > 0 else 0.0
    scale = price_scale(top, n_nodes)
    asks, bids = np.empty(ask_price.size, np.int64), np.empty(bid_price.size, np.int64)
    for k in range(asks.size):
        asks[k] = round(min(ask_price[k], 2.0 * top) * scale)
    for k in range(bids.size):
        bids[k] = round(bid_price[k] * scale)
    cost, room = np.zeros(lane_cost.shape, np.int64), np.zeros(lane_cost.shape)
    for o in range(lane_cost.shape[0]):
        for d in range(lane_cost.shape[1]):
            if lane_limit[o, d] > tol_kg and lane_cost[o, d] <= top:
                room[o, d] = lane_limit[o, d]
                cost[o, d] = round(lane_cost[o, d] * scale)
    return asks, bids, cost, room


@njit(cache=True, nogil=True)
def part(lanes, rows, columns):
    """Return the lanes between some origins and some markets."""
    out = np.empty((rows.size, columns.size))
    for i in range(rows.size):
        for j in range(columns.size):
            out[i, j] = lanes[rows[i], columns[j]]
    return out


@njit(cache=True, nogil=True)
def unpacked(order, filled, price):
    """Return the kg filled of each order, in the order given, and what they are worth at their own prices, USD."""
    out, usd = np.zeros(price.size), 0.0
    for k in range(order.size):
        out[order[k]] = filled[k]
        usd += price[order[k]] * filled[k]
    return out, usd


@njit(cache=True, nogil=True)
def rents(netback, delivered, lane_cost, full):
    """Return what one more kg of room is worth on each lane, USD/kg; 0 where a price is NaN."""
    rent = np.zeros(lane_cost.shape)
    for o in range(lane_cost.shape[0]):
        for d in range(lane_cost.shape[1]):
            gap = delivered[d] - netback[o] - lane_cost[o, d]
            if full[o, d] and gap > 0.0:
                rent[o, d] = gap
    return rent


@njit(cache=True, nogil=True)
def clear_kernel(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit):
    """Clear a valid book; arguments as in `clear_arrays`, returns the fields of `Clearing` in order."""
    check_book(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    n_origins, n_markets = lane_cost.shape
    tol_kg = KG_TOLERANCE * min(ask_kg.sum(), bid_kg.sum())
    ask_start, asks = ladders(ask_zone, ask_price, ask_kg, tol_kg, n_origins)
    bid_start, bids = ladders(bid_market, -bid_price, bid_kg, tol_kg, n_markets)

    # Only origins with asks and markets with bids take part in the search.
    origins, markets = occupied(ask_start), occupied(bid_start)
    ask_ends, bid_ends = np.zeros(origins.size + 1, np.int64), np.zeros(markets.size + 1, np.int64)
    ask_ends[1:], bid_ends[1:] = ask_start[origins + 1], bid_start[markets + 1]
    cost_part, limit_part = part(lane_cost, origins, markets), part(lane_limit, origins, markets)
    n_nodes = 2 * min(origins.size, markets.size) + 3
    whole_asks, whole_bids, cost, room = whole_numbers(
        ask_price[asks], bid_price[bids], cost_part, limit_part, tol_kg, n_nodes
    )
    sold, bought, flow = transport(
        ask_ends, whole_asks, ask_kg[asks], bid_ends, whole_bids, bid_kg[bids], cost, room, tol_kg
    )

    ask_filled, ask_usd = unpacked(asks, sold, ask_price)
    bid_filled, bid_usd = unpacked(bids, bought, bid_price)
    surplus = bid_usd - ask_usd
    flow_kg, full = np.zeros((n_origins, n_markets)), lane_limit <= tol_kg
    for i in range(origins.size):
        for j in range(markets.size):
            if flow[i, j] > 0.0:
                o, d = origins[i], markets[j]
                full[o, d] = room[i, j] == 0.0
                flow_kg[o, d] = lane_limit[o, d] if full[o, d] else flow[i, j]
                surplus -= lane_cost[o, d] * flow_kg[o, d]

    low_o, high_o = ladder_ends(ask_start, asks, ask_price, ask_kg, ask_filled, -np.inf, np.inf)
    high_d, low_d = ladder_ends(bid_start, bids, bid_price, bid_kg, bid_filled, np.inf, -np.inf)
    tighten(low_o, high_o, low_d, high_d, lane_cost, flow_kg, full)
    netback, delivered = middle(low_o, high_o), middle(low_d, high_d)
    rent = rents(netback, delivered, lane_cost, full)
    return (ask_filled, bid_filled, flow_kg, netback, delivered, rent, low_o, high_o, low_d, high_d, surplus)
