"""What firms take from the week: price expectations, the normal price, perceived risk.

Expectations mix adaptive, trend-following and fundamental (marginal-cost) views, in shares that differ by firm
(heterogeneous expectations: Brock and Hommes 1998).
"""

from __future__ import annotations

from agents.rule import rule


@rule
def expect(firm, log_seen, p):
    """Update the expected price with the one seen this week: paid or received where it traded, else quoted.

    The result is for the coming week. The trend is that of what surprises and fundamentals teach (`step`), without its
    own carrying on, so that it cannot feed itself.
    """
    step = p.adaptation * (log_seen - firm.log_expected) + p.fundamental_weight * (
        firm.log_reference - firm.log_expected
    )
    firm.log_trend += p.trend_memory * (step - firm.log_trend)
    firm.log_expected += step + firm.trend_weight * firm.log_trend


@rule
def hold_normal(buyer, log_seen, p):
    """Let the buyer's idea of the normal price follow what it paid, slowly, anchored at marginal cost.

    Without the anchor a price that was high for long would be normal, and nothing would hold the next one down.
    """
    buyer.log_normal += p.normal_price_rate * (log_seen - buyer.log_normal)
    buyer.log_normal += p.normal_price_anchor * (buyer.log_reference - buyer.log_normal)


@rule
def perceive_risk(buyer, p):
    """Take in a part of the news, forget a part of the risk, and add last week's own shortage.

    Buyers hear of a policy at once but act on it over weeks (budgets, board meetings, contracts), so an announcement
    waits in `news` and becomes risk at `news_rate` a week. Risk is at most 1: all supply is believed lost.
    """
    heard = p.news_rate * buyer.news
    short = buyer.short_kg / buyer.planned_use_kg if buyer.planned_use_kg > 0.0 else 0.0
    buyer.news -= heard
    risk = buyer.perceived_risk + heard - p.risk_decay * buyer.perceived_risk + p.shortage_risk * short
    buyer.perceived_risk = min(risk, 1.0)
