"""The prices that support the trades: the ends of the dual-optimal set, their middle, and the rents of full lanes."""

import math

import numpy as np

from agents.rule import rule


@rule
def ladder_ends(side, without_trade, without_rest):
    """Return per place with orders the price of the last one that traded at all, and of the first with kg left."""
    n = side.place.size
    last_in, first_out = np.empty(n), np.empty(n)
    for z in range(n):
        last_in[z], first_out[z], at = without_trade, without_rest, side.at[z]
        if at > side.start[z]:
            last_in[z] = side.price[side.order[at - 1]]
        if at < side.start[z + 1]:
            first_out[z] = side.price[side.order[at]]
            if side.filled[side.order[at]] > 0.0:
                last_in[z] = first_out[z]
    return last_in, first_out


@rule
def tighten(source, target, gate, used_source, used_target, used_cost):
    """Lower the upper bounds of all prices against each other, in place, until no lane allows more.

    Delivered minus net-back is at most the lane's cost where the lane has room, and at least that where it carries
    metal. The largest prices that obey such difference constraints are shortest path lengths (Bellman and Ford); sweeps
    end when nothing moves by more than rounding. The smallest prices are the largest of the same problem with signs and
    ends exchanged.

    Args:
        source: Bounds at the near ends of the lanes, USD/kg, [S].
        target: Bounds at the far ends, USD/kg, [T].
        gate: Lane costs, USD/kg, `inf` where there is no room, [S, T].
        used_source: Near end of each lane that carries metal, [U].
        used_target: Far end of each lane that carries metal, [U].
        used_cost: Cost of each lane that carries metal, USD/kg, [U].
    """
    n_s, n_t = gate.shape
    moved = np.ones(n_s, np.bool_)
    for _ in range(n_s + n_t + 1):
        for s in range(n_s):
            if moved[s]:
                moved[s], base = False, source[s]
                for t in range(n_t):  # written without branches so that it compiles to vector instructions
                    bound = base + gate[s, t]
                    target[t] = bound if bound < target[t] else target[t]
        again = False
        for u in range(used_cost.size):
            s, t = used_source[u], used_target[u]
            bound = target[t] - used_cost[u]
            if bound < source[s]:
                moved[s] |= source[s] - bound > 1e-15 * abs(target[t])
                again |= moved[s]
                source[s] = bound
        if not again:
            return


@rule
def put_middle(place, low, high, out_low, out_high, out_mid):
    """Write each place's interval and its middle; ends that cross by rounding are joined."""
    for i in range(place.size):
        z, mid = place[i], np.nan
        if math.isfinite(low[i]) and math.isfinite(high[i]):
            mid = 0.5 * (low[i] + high[i])
            if low[i] > high[i]:
                low[i] = high[i] = mid
        out_low[z], out_high[z], out_mid[z] = low[i], high[i], mid


@rule
def put_prices(asks, bids, flow, room, used, lane_cost, lane_limit, tol_kg, out):
    """Write the prices of all places and the rents of all lanes of a cleared book."""
    origins, markets = asks.place, bids.place
    n_o, n_d = origins.size, markets.size
    low_o, high_o = ladder_ends(asks, -np.inf, np.inf)
    high_d, low_d = ladder_ends(bids, np.inf, -np.inf)
    gate, gate_back = np.empty((n_o, n_d)), np.empty((n_d, n_o))
    for i in range(n_o):
        for j in range(n_d):
            usd, limit = lane_cost[origins[i], markets[j]], lane_limit[origins[i], markets[j]]
            full = limit <= tol_kg or (flow[i, j] > 0.0 and room[i, j] == 0.0)
            gate[i, j] = gate_back[j, i] = np.inf if full else usd
    used_o, used_d, used_cost = used[0], used[1], np.empty(used.shape[1])
    for u in range(used_cost.size):
        used_cost[u] = lane_cost[origins[used_o[u]], markets[used_d[u]]]
    tighten(high_o, high_d, gate, used_o, used_d, used_cost)
    low_d, low_o = -low_d, -low_o
    tighten(low_d, low_o, gate_back, used_d, used_o, used_cost)
    low_d, low_o = -low_d, -low_o
    put_bounds_without_orders(asks, bids, high_o, low_d, lane_cost, lane_limit, tol_kg, out)
    put_middle(origins, low_o, high_o, out.netback_low, out.netback_high, out.netback_price)
    put_middle(markets, low_d, high_d, out.delivered_low, out.delivered_high, out.delivered_price)
    put_rents(origins, markets, gate, lane_cost, out)


@rule
def put_bounds_without_orders(asks, bids, high_o, low_d, lane_cost, lane_limit, tol_kg, out):
    """Write the one bound that a place without orders has: the best outlet of its metal, or its import parity."""
    low, high = out.netback_low, out.delivered_high
    low[:], high[:] = -np.inf, np.inf
    out.netback_high[:], out.netback_price[:] = np.inf, np.nan
    out.delivered_low[:], out.delivered_price[:] = -np.inf, np.nan
    for o in range(low.size):
        for j in range(low_d.size):
            d = bids.place[j]
            if lane_limit[o, d] > tol_kg:
                low[o] = max(low[o], low_d[j] - lane_cost[o, d])
    for i in range(high_o.size):
        o = asks.place[i]
        for d in range(high.size):
            if lane_limit[o, d] > tol_kg:
                high[d] = min(high[d], high_o[i] + lane_cost[o, d])


@rule
def put_rents(origins, markets, gate, lane_cost, out):
    """Write what one more kg of room is worth on each lane, USD/kg; 0 where a price is NaN."""
    out.rent_usd_per_kg[:] = 0.0
    for i in range(origins.size):
        o = origins[i]
        for j in range(markets.size):
            d = markets[j]
            gap = out.delivered_price[d] - out.netback_price[o] - lane_cost[o, d]
            if gate[i, j] == np.inf and gap > 0.0:
                out.rent_usd_per_kg[o, d] = gap
