"""Compiled part of the call auction, for one good.

The network has one node per origin (its asks sorted from cheap to dear), one per market (its bids sorted from dear to
cheap) and one arc per lane; only places with orders take part. Two choices make the clearing exact. Prices are whole
numbers inside (`model.market.whole`), so that no cycle can look profitable by 1e-16. And a remainder of kg too small
to be anything but rounding is set to zero at once, so that it leaves no trace in the prices.
"""

from typing import NamedTuple

import numpy as np

from agents.rule import rule
from model.market.guard import check_book
from model.market.ladders import ladders
from model.market.network import hand_back, lay_out
from model.market.prices import put_prices
from model.market.transport import transport
from model.market.whole import FAR, price_scale, whole

KG_TOLERANCE = 4e-14  # of the kg that could trade at most; a few hundred roundings of a double


class Cleared(NamedTuple):
    """Arrays a clearing writes into, for A asks, B bids, O origins, D markets; fields as in `Clearing`.

    For G goods at once (`model.market.goods`) A and B count the orders of all goods, and the others are [G, ...].
    """

    ask_filled_kg: np.ndarray  # [A]
    bid_filled_kg: np.ndarray  # [B]
    flow_kg: np.ndarray  # [O, D]
    netback_price: np.ndarray  # [O]
    delivered_price: np.ndarray  # [D]
    rent_usd_per_kg: np.ndarray  # [O, D]
    netback_low: np.ndarray  # [O]
    netback_high: np.ndarray  # [O]
    delivered_low: np.ndarray  # [D]
    delivered_high: np.ndarray  # [D]
    surplus_usd: np.ndarray  # [1], or [G]


@rule
def clear_kernel(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit):
    """Clear a book; arguments as in `clear_arrays`."""
    check_book(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    n_o, n_d = lane_cost.shape
    out = Cleared(
        np.empty(ask_kg.size),
        np.empty(bid_kg.size),
        np.empty((n_o, n_d)),
        np.empty(n_o),
        np.empty(n_d),
        np.empty((n_o, n_d)),
        np.empty(n_o),
        np.empty(n_o),
        np.empty(n_d),
        np.empty(n_d),
        np.empty(1),
    )
    clear_into(out, ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    return out


@rule
def clear_into(out, ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit):
    """Clear a valid book into arrays."""
    n_origins, n_markets = lane_cost.shape
    tol_kg = KG_TOLERANCE * min(ask_kg.sum(), bid_kg.sum())
    asks = ladders(ask_zone, ask_price, 1.0, ask_kg, out.ask_filled_kg, tol_kg, n_origins)
    bids = ladders(bid_market, bid_price, -1.0, bid_kg, out.bid_filled_kg, tol_kg, n_markets)
    top = 0.0
    for z in range(bids.place.size):
        top = max(top, bid_price[bids.order[bids.start[z]]])
    ranks = asks.place.size + bids.place.size + 1
    scale = price_scale(top, ranks * (min(asks.place.size, bids.place.size) + 2))
    lanes = open_lanes(asks.place, bids.place, lane_cost, lane_limit, ranks, top, scale, tol_kg)
    cost, gate, back, room, flow = lanes
    nodes, rungs = lay_out(asks, bids, ranks, top, scale)
    transport(nodes, rungs, cost, gate, back, room, flow, tol_kg)
    hand_back(asks, nodes[: asks.place.size], rungs, 0)
    hand_back(bids, nodes[asks.place.size :], rungs, asks.order.size)
    put_flows(asks.place, bids.place, flow, room, lane_cost, lane_limit, worth(bids) - worth(asks), out)
    put_prices(asks, bids, flow, room, lane_cost, lane_limit, tol_kg, out)


@rule
def open_lanes(origins, markets, lane_cost, lane_limit, ranks, top, scale, tol_kg):
    """Return the empty lanes between some origins and some markets; those that cannot trade have no room.

    One more row and column are the root's, where only orders set a limit (`model.market.network`).
    """
    n_o, n_d = origins.size, markets.size
    shape = (n_o + 1, n_d + 1)
    cost, gate, back = np.full(shape, FAR), np.full(shape, FAR), np.full(shape, -FAR)
    room, flow = np.full(shape, np.inf), np.full(shape, np.inf)
    for i in range(n_o):
        for j in range(n_d):
            usd, limit = lane_cost[origins[i], markets[j]], lane_limit[origins[i], markets[j]]
            trades = limit > tol_kg and usd <= top
            cost[i, j] = ranks * whole(usd, top, scale)
            gate[i, j] = cost[i, j] if trades else FAR
            room[i, j], flow[i, j] = limit if trades else 0.0, 0.0
    return cost, gate, back, room, flow


@rule
def worth(side):
    """Return what the kg traded are worth at the orders' own prices, USD."""
    usd = 0.0
    for z in range(side.place.size):
        for k in range(side.start[z], min(side.at[z] + 1, side.start[z + 1])):
            usd += side.price[side.order[k]] * side.filled[side.order[k]]
    return usd


@rule
def put_flows(origins, markets, flow, room, lane_cost, lane_limit, gross_usd, out):
    """Write the kg on each lane, and the surplus: the gain before lane costs less what the lanes cost."""
    out.flow_kg[:] = 0.0
    out.surplus_usd[0] = gross_usd
    for i in range(origins.size):
        for j in range(markets.size):
            if flow[i, j] > 0.0:
                o, d = origins[i], markets[j]
                out.flow_kg[o, d] = lane_limit[o, d] if room[i, j] == 0.0 else flow[i, j]
                out.surplus_usd[0] -= lane_cost[o, d] * out.flow_kg[o, d]
