"""All goods of a week cleared in one compiled call, without Python in between; callable from compiled code as well."""

from typing import NamedTuple

import numpy as np

from agents.rule import rule
from model.market.guard import first_fault, refuse
from model.market.kernel import Cleared, clear_into


class Orders(NamedTuple):
    """One side of the books of G goods, good after good, N orders in all."""

    start: np.ndarray  # good g has the orders start[g]..start[g + 1] - 1; int64, [G + 1]
    place: np.ndarray  # origin of an ask (0..O-1) or market of a bid (0..D-1); int64, [N]
    price: np.ndarray  # USD/kg, [N]
    kg: np.ndarray  # size, [N]


@rule
def room_for_goods(n_asks, n_bids, n_goods, n_origins, n_markets):
    """Return arrays for `clear_goods` to write into; they can be used again and again."""
    return Cleared(
        np.empty(n_asks),
        np.empty(n_bids),
        np.empty((n_goods, n_origins, n_markets)),
        np.empty((n_goods, n_origins)),
        np.empty((n_goods, n_markets)),
        np.empty((n_goods, n_origins, n_markets)),
        np.empty((n_goods, n_origins)),
        np.empty((n_goods, n_origins)),
        np.empty((n_goods, n_markets)),
        np.empty((n_goods, n_markets)),
        np.empty(n_goods),
    )


@rule
def clear_goods(asks, bids, lane_cost, lane_limit, out):
    """Clear G goods, each as `clear` does.

    Args:
        asks: `Orders` of the sellers.
        bids: `Orders` of the buyers.
        lane_cost: USD/kg, [G, O, D].
        lane_limit: Kg, [G, O, D]; `inf` when open, 0 when banned.
        out: `Cleared` as `room_for_goods` makes it; every number in it is written.

    Raises:
        ValueError: If an array has the wrong size or content; nothing has been written then.
    """
    check_goods(asks, bids, lane_cost, lane_limit, out)
    for g in range(lane_cost.shape[0]):
        a, a_end, b, b_end = asks.start[g], asks.start[g + 1], bids.start[g], bids.start[g + 1]
        good = Cleared(
            out.ask_filled_kg[a:a_end],
            out.bid_filled_kg[b:b_end],
            out.flow_kg[g],
            out.netback_price[g],
            out.delivered_price[g],
            out.rent_usd_per_kg[g],
            out.netback_low[g],
            out.netback_high[g],
            out.delivered_low[g],
            out.delivered_high[g],
            out.surplus_usd[g : g + 1],
        )
        clear_into(
            good,
            asks.place[a:a_end],
            asks.price[a:a_end],
            asks.kg[a:a_end],
            bids.place[b:b_end],
            bids.price[b:b_end],
            bids.kg[b:b_end],
            lane_cost[g],
            lane_limit[g],
        )


@rule
def check_goods(asks, bids, lane_cost, lane_limit, out):
    """Raise a `ValueError` if the arguments of `clear_goods` are not valid."""
    n_goods, n_origins, n_markets = lane_cost.shape
    if lane_limit.shape != lane_cost.shape:
        refuse(7)
    if not (starts_fit(asks, n_goods) and starts_fit(bids, n_goods)):
        raise ValueError("start: one rising number per good is needed, from 0 to the number of orders")
    for g in range(n_goods):
        a, a_end, b, b_end = asks.start[g], asks.start[g + 1], bids.start[g], bids.start[g + 1]
        refuse(
            first_fault(
                asks.place[a:a_end],
                asks.price[a:a_end],
                asks.kg[a:a_end],
                bids.place[b:b_end],
                bids.price[b:b_end],
                bids.kg[b:b_end],
                lane_cost[g],
                lane_limit[g],
            )
        )
    by_origin, by_market = (n_goods, n_origins), (n_goods, n_markets)
    fits = out.ask_filled_kg.size == asks.kg.size and out.bid_filled_kg.size == bids.kg.size
    fits &= out.flow_kg.shape == lane_cost.shape and out.rent_usd_per_kg.shape == lane_cost.shape
    for by_o in (out.netback_price, out.netback_low, out.netback_high):
        fits &= by_o.shape == by_origin
    for by_d in (out.delivered_price, out.delivered_low, out.delivered_high):
        fits &= by_d.shape == by_market
    if not fits or out.surplus_usd.size != n_goods:
        raise ValueError("out: the arrays do not fit the orders and lanes; room_for_goods makes fitting ones")


@rule
def starts_fit(orders, n_goods):
    """Return whether the starts cut the orders into one stretch per good."""
    start, n = orders.start, orders.place.size
    if start.size != n_goods + 1 or orders.price.size != n or orders.kg.size != n:
        return False
    rises = start[0] == 0 and start[n_goods] == n
    for g in range(n_goods):
        rises &= 0 <= start[g] <= start[g + 1] <= n
    return rises
