"""The prices that support the trades: the ends of the dual-optimal set, their middle, and the rents of full lanes."""

import math

import numpy as np

from agents.rule import rule


@rule
def put_prices(asks, bids, flow, room, lane_cost, lane_limit, tol_kg, out):
    """Write the prices of all places and the rents of all lanes of a cleared book.

    Args:
        asks: The asks after trade, N origins.
        bids: The bids after trade, M markets.
        flow: Kg on each lane between those, [N, M].
        room: Kg that each of those lanes still takes, [N, M].
        lane_cost: USD/kg, [O, D].
        lane_limit: Kg, [O, D].
        tol_kg: Limits up to this size are bans.
        out: The `Cleared` to write into.
    """
    put_ladder_ends(asks, out.netback_low, out.netback_high, -np.inf, np.inf)
    put_ladder_ends(bids, out.delivered_high, out.delivered_low, np.inf, -np.inf)
    gate, back = np.empty(lane_cost.shape), np.full(lane_cost.shape, -np.inf)
    for o in range(gate.shape[0]):
        for d in range(gate.shape[1]):
            gate[o, d] = lane_cost[o, d] if lane_limit[o, d] > tol_kg else np.inf
    for i in range(asks.place.size):
        for j in range(bids.place.size):
            if flow[i, j] > 0.0:
                o, d = asks.place[i], bids.place[j]
                back[o, d] = lane_cost[o, d]
                if room[i, j] == 0.0:
                    gate[o, d] = np.inf
    tighten(out.netback_low, out.netback_high, out.delivered_low, out.delivered_high, gate, back)
    put_middle(out.netback_low, out.netback_high, out.netback_price)
    put_middle(out.delivered_low, out.delivered_high, out.delivered_price)
    put_rents(asks.place, bids.place, out.netback_price, out.delivered_price, gate, lane_cost, out.rent_usd_per_kg)


@rule
def put_ladder_ends(side, last_in, first_out, without_trade, without_rest):
    """Write for each place the price of the last order that traded at all, and of the first one with kg left."""
    last_in[:], first_out[:] = without_trade, without_rest
    for n in range(side.place.size):
        z, at = side.place[n], side.at[n]
        if at > side.start[n]:
            last_in[z] = side.price[side.order[at - 1]]
        if at < side.start[n + 1]:
            first_out[z] = side.price[side.order[at]]
            if side.filled[side.order[at]] > 0.0:
                last_in[z] = first_out[z]


@rule
def tighten(low_o, high_o, low_d, high_d, gate, back):
    """Tighten the bounds of all prices against each other, in place, until they are the ends of the dual-optimal set.

    Delivered minus net-back is at most the lane's cost where the lane has room, and at least that where it carries
    metal. The largest and the smallest prices that obey such difference constraints are shortest path lengths
    (Bellman and Ford); sweeps end when nothing moves by more than rounding.

    Args:
        low_o: Lower bounds of net-backs, USD/kg, [O].
        high_o: Upper bounds of net-backs, USD/kg, [O].
        low_d: Lower bounds of delivered prices, USD/kg, [D].
        high_d: Upper bounds of delivered prices, USD/kg, [D].
        gate: Lane costs where the lane has room, USD/kg, `inf` elsewhere, [O, D].
        back: Lane costs where the lane carries metal, USD/kg, `-inf` elsewhere, [O, D].
    """
    n_o, n_d = gate.shape
    for _ in range(n_o + n_d + 1):
        moved = False
        for o in range(n_o):
            if not is_tight(low_o[o], high_o[o], low_d, high_d, gate[o], back[o]):
                moved |= tighten_row(o, low_o, high_o, low_d, high_d, gate, back)
        if not moved:
            return


@rule
def is_tight(low, high, low_d, high_d, gate, back):
    """Return whether no lane of an origin has anything to tighten, as most have not; whole vectors of lanes tell it."""
    loose = 0
    for d in range(low_d.size):
        loose |= (high + gate[d] < high_d[d]) | (low_d[d] - gate[d] > low)
        loose |= (high_d[d] - back[d] < high) | (low + back[d] > low_d[d])
    return loose == 0


@rule
def tighten_row(o, low_o, high_o, low_d, high_d, gate, back):
    """Tighten the bounds at both ends of each lane of an origin; return whether one moved by more than rounding."""
    moved = False
    for d in range(low_d.size):
        out, home = gate[o, d], back[o, d]
        if high_o[o] + out < high_d[d]:
            moved |= high_d[d] - (high_o[o] + out) > 1e-15 * high_o[o]
            high_d[d] = high_o[o] + out
        if low_d[d] - out > low_o[o]:
            moved |= (low_d[d] - out) - low_o[o] > 1e-15 * low_d[d]
            low_o[o] = low_d[d] - out
        if high_d[d] - home < high_o[o]:
            moved |= high_o[o] - (high_d[d] - home) > 1e-15 * high_d[d]
            high_o[o] = high_d[d] - home
        if low_o[o] + home > low_d[d]:
            moved |= (low_o[o] + home) - low_d[d] > 1e-15 * abs(low_o[o])
            low_d[d] = low_o[o] + home
    return moved


@rule
def put_middle(low, high, mid):
    """Write the middle of each interval, NaN where an end is infinite; ends that cross by rounding are joined."""
    for i in range(low.size):
        mid[i] = np.nan
        if math.isfinite(low[i]) and math.isfinite(high[i]):
            mid[i] = 0.5 * (low[i] + high[i])
            if low[i] > high[i]:
                low[i] = high[i] = mid[i]


@rule
def put_rents(origins, markets, netback, delivered, gate, lane_cost, rent):
    """Write what one more kg of room is worth on each lane, USD/kg; 0 where a price is NaN, as without orders."""
    rent[:] = 0.0
    for o in origins:
        for d in markets:
            gap = delivered[d] - netback[o] - lane_cost[o, d]
            if gate[o, d] == np.inf and gap > 0.0:
                rent[o, d] = gap
