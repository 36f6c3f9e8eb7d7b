"""How sellers offer: an ask ladder around the expected price that climbs as what is left in stock falls."""

from __future__ import annotations

from math import exp

from agents.books import HOME, OPEN
from agents.rule import rule


@rule
def offer(seller, usual_kg, p, rung_share, price, kg):
    """Post the week's asks, in an open book (may go abroad) and a home book at the same prices.

    ``ask(x) = max(floor * cost, p_next * exp(sigma * (1 - x / norm)))``, with x the stock that is left after the kg in
    question: the mirror of a buyer's ladder (`agents.buyer.bid`), so that stocks of both come to rest at their norms.
    What a firm does not sell now it can sell next week, so it asks for what it expects then (a storer's rule; a week's
    interest is too little to matter):
    ``p_next = p_hat * exp(w * trend)``, where p_hat is what it expected for this week (`agents.learning.expect`). The
    trend does not enter twice: p_hat holds it up to this week, and this is the week after.

    Args:
        seller: its record.
        usual_kg: what it sells in a normal week, kg.
        p: parameters.
        rung_share: size of each rung as a share of a week's pace, [rungs].
        price: USD/kg, [books, rungs], written.
        kg: kg, [books, rungs], written.
    """
    middle = seller.log_expected + seller.trend_weight * seller.log_trend + seller.price_noise
    floor = p.cost_floor * seller.cost_usd_per_kg
    pace_kg = max(usual_kg, p.selling_pace * seller.stock_kg)
    before_kg = 0.0
    for k in range(rung_share.size):
        kg[HOME, k] = min(pace_kg * rung_share[k], max(seller.stock_kg - before_kg, 0.0))
        left_kg = max(seller.stock_kg - before_kg - kg[HOME, k] / 2.0, 0.0)
        fullness = min(left_kg / max(seller.norm_stock_kg, 1e-9), p.fullest_stock)
        price[OPEN, k] = price[HOME, k] = max(exp(middle + p.stock_pressure * (1.0 - fullness)), floor)
        before_kg += pace_kg * rung_share[k]
    split_books(seller.export_limit_kg, rung_share.sum(), kg)


@rule
def split_books(limit_kg, ladder_weeks, kg):
    """Move what may be offered abroad from the home book to the open one.

    The open book takes the limit's share of a week's pace from every rung, so that both books see the same prices,
    until the limit is reached.

    Args:
        limit_kg: most that may be offered abroad, kg; infinite means all of it.
        ladder_weeks: length of the whole ladder in weeks of pace.
        kg: [books, rungs]; all in the home book on entry.
    """
    total = kg[HOME].sum()
    share = min(1.0, limit_kg / (total / ladder_weeks)) if total > 0.0 else 1.0
    abroad = 0.0
    for k in range(kg.shape[1]):
        wanted = kg[HOME, k] * share
        kg[OPEN, k] = min(wanted, max(limit_kg - abroad, 0.0))
        kg[HOME, k] -= kg[OPEN, k]
        abroad += wanted
