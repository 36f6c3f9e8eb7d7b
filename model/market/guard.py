"""What the compiled code checks before it touches a book: a bad array is refused, never read past its end.

Within these bounds no sum or product of the auction overflows: whole-number prices have their own scale
(`price_scale`), and kg times USD/kg over any number of orders that fits in memory stays finite.
"""

import numpy as np

from agents.rule import rule

MOST = 1e100  # largest price, cost or amount; a lane limit may be anything from 0 to inf
NAMES = ("ask_zone", "ask_price", "ask_kg", "bid_market", "bid_price", "bid_kg", "lane_cost", "lane_limit")


@rule
def any_outside(values, most):
    """Return whether a flat array holds a number outside 0..`most`, or NaN; without branches, so that it is fast."""
    right = True
    for i in range(values.size):
        right &= (values[i] >= 0.0) & (values[i] <= most)
    return not right


@rule
def any_nowhere(place, n_places):
    """Return whether a place is not one of 0..n_places-1."""
    wrong = False
    for i in range(place.size):
        wrong |= (place[i] < 0) | (place[i] >= n_places)
    return wrong


@rule
def first_fault(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit):
    """Return the place in `NAMES` of the first argument that is wrong in size or content; -1 if none is."""
    n_origins, n_markets = lane_cost.shape
    if any_nowhere(ask_zone, n_origins):
        return 0
    if ask_price.size != ask_zone.size or any_outside(ask_price, MOST):
        return 1
    if ask_kg.size != ask_zone.size or any_outside(ask_kg, MOST):
        return 2
    if any_nowhere(bid_market, n_markets):
        return 3
    if bid_price.size != bid_market.size or any_outside(bid_price, MOST):
        return 4
    if bid_kg.size != bid_market.size or any_outside(bid_kg, MOST):
        return 5
    if any_outside(lane_cost.ravel(), MOST):
        return 6
    if lane_limit.shape != lane_cost.shape or any_outside(lane_limit.ravel(), np.inf):
        return 7
    return -1


@rule
def refuse(fault):
    """Raise the error of a fault that `first_fault` found; compiled code raises constant texts only."""
    if fault == 0:
        raise ValueError("ask_zone: an ask stands at no origin of lane_cost")
    if fault == 1:
        raise ValueError("ask_price: one number from 0 to 1e100 per ask is needed")
    if fault == 2:
        raise ValueError("ask_kg: one number from 0 to 1e100 per ask is needed")
    if fault == 3:
        raise ValueError("bid_market: a bid stands at no market of lane_cost")
    if fault == 4:
        raise ValueError("bid_price: one number from 0 to 1e100 per bid is needed")
    if fault == 5:
        raise ValueError("bid_kg: one number from 0 to 1e100 per bid is needed")
    if fault == 6:
        raise ValueError("lane_cost: every lane needs a number from 0 to 1e100")
    if fault == 7:
        raise ValueError("lane_limit: every lane of lane_cost needs a number from 0 to inf")


@rule
def check_book(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit):
    """Raise a `ValueError` that names the argument if a book is not valid."""
    refuse(first_fault(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit))
