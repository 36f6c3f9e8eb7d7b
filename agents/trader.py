"""Traders: buy where metal is cheap, sell where it is dear. Re-routing through third countries is theirs to find."""

from __future__ import annotations

from math import exp, log

import numpy as np

from agents.books import FREE, LICENSED
from agents.firm import Firm
from agents.rule import rule


class Trader(Firm):
    """A metal trader with a home country; it buys there and sells wherever the net-back is best."""


@rule
def resale_value(free_price, lane_cost, lane_limit, buyers):
    """Return the best net-back of a kg bought in one country and sold wherever somebody buys free metal, USD/kg.

    Args:
        free_price: delivered prices of free metal, USD/kg, [Z].
        lane_cost: freight, duty and the expected loss from being caught, USD/kg, [at least Z].
        lane_limit: kg that a lane takes; 0 where closed, [at least Z].
        buyers: how many there are in each country, [Z]; a quote that nobody pays is no outlet.
    """
    best = -np.inf
    for destination in range(free_price.size):
        if lane_limit[destination] > 0.0 and buyers[destination] > 0:
            best = max(best, free_price[destination] - lane_cost[destination])
    return best


@rule
def bid(trader, p, resale, free_price, licensed_price, price, kg):
    """Post the week's bids; the stock it aims for becomes its norm.

    A trader pays up to the resale value less a margin that grows as its stock fills up (none when empty,
    `trader_full_margin` times the usual one when full), so never more than it could get today: traders do not feed a
    rise by themselves. The stock it aims for grows with the margin on offer, and with news: precaution reaches traders
    too, they stock up before the metal is dear.

    Args:
        trader: its record.
        p: parameters.
        resale: best net-back of a kg bought at home, USD/kg.
        free_price: delivered price of free metal at home, USD/kg.
        licensed_price: the same of licensed metal; NaN where unknown.
        price: USD/kg, [markets, rungs], written.
        kg: kg, [markets, rungs], written.
    """
    cheapest = free_price
    if trader.licence_balance_kg > 0.0 and licensed_price < free_price:
        cheapest = licensed_price
    log_value = log(max(resale, 1e-9))
    gain = max(log_value - p.trader_margin - log(max(cheapest, 1e-9)), 0.0)
    target = trader.calm_stock_kg * (1.0 + p.trader_scale * gain) * (1.0 + trader.perceived_risk)
    trader.norm_stock_kg = target
    held = trader.stock_kg + trader.in_transit_kg
    # Noise takes off from every bid: empty traders who see one outlet would bid the same, and rounding would choose.
    log_bid = log_value - abs(trader.price_noise)
    wanted = min(max(target - held, 0.0), p.trader_pace * target)
    licensed = min(trader.licence_balance_kg, wanted)
    rungs = price.shape[1]
    for k in range(rungs):
        fullness = min((held + wanted * (k + 0.5) / rungs) / max(target, 1e-9), 1.0)
        price[FREE, k] = price[LICENSED, k] = exp(log_bid - p.trader_full_margin * p.trader_margin * fullness)
        kg[LICENSED, k] = licensed / rungs
        kg[FREE, k] = (wanted - licensed) / rungs


@rule
def part_from_own_bids(ask_price, bid_price, bid_kg):
    """Raise the asks to the highest own bid for free metal: nobody sells for less than it pays for the same.

    Otherwise a trader keen on metal to sell abroad would buy its own at home, and trade would be counted that nobody
    made. At its own bid, an ask has nothing to gain from that bid and stands below what the metal is worth abroad.

    Args:
        ask_price: USD/kg, [books, rungs], written.
        bid_price: USD/kg, [markets, rungs].
        bid_kg: kg, [markets, rungs].
    """
    own = 0.0
    for k in range(bid_price.shape[1]):
        if bid_kg[FREE, k] > 0.0:
            own = max(own, bid_price[FREE, k])
    for book in range(ask_price.shape[0]):
        for k in range(ask_price.shape[1]):
            ask_price[book, k] = max(ask_price[book, k], own)
