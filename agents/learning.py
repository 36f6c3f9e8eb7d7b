"""What firms take from the week: price expectations, the normal price, perceived risk.

Expectations mix adaptive, trend-following and fundamental (marginal-cost) views, in shares that differ by firm
(heterogeneous expectations: Brock and Hommes 1998).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.columns import Columns

TREND_MEMORY = 0.15


def expect(columns: Columns, seen: np.ndarray, adaptation: float, fundamental_weight: float) -> None:
    """Update every row's expected price (log) with the price it saw this week; the result is for the coming week.

    The trend is that of what surprises and fundamentals teach (`step`), without its own carrying on, so that it cannot
    feed itself.

    Args:
        columns: the state.
        seen: log price seen by each row, [N]: paid or received where it traded, quoted where it did not.
        adaptation: share of the surprise taken in.
        fundamental_weight: weekly pull towards the price at which supply meets trend use.
    """
    c = columns
    step = adaptation * (seen - c.expected) + fundamental_weight * (c.fundamental - c.expected)
    c.trend += TREND_MEMORY * (step - c.trend)
    c.expected += step + c.trend_weight * c.trend


def hold_normal(columns: Columns, buyers: slice, seen: np.ndarray, rate: float) -> None:
    """Let buyers' idea of the normal price follow what they paid, slowly."""
    c = columns
    c.normal[buyers] += rate * (seen[buyers] - c.normal[buyers])


def perceive_risk(columns: Columns, buyers: slice, news_rate: float, decay: float, shortage_risk: float) -> None:
    """Take in a part of the news, forget a part of the risk, and add last week's own shortage.

    Buyers hear of a policy at once but act on it over weeks (budgets, board meetings, contracts), so an announcement
    waits in `news` and becomes `risk` at `news_rate` a week. Risk is at most 1: all supply is believed lost.
    """
    c = columns
    heard = news_rate * c.news[buyers]
    short = np.divide(
        c.short_kg[buyers], c.planned_kg[buyers], out=np.zeros_like(heard), where=c.planned_kg[buyers] > 0
    )
    c.news[buyers] -= heard
    c.risk[buyers] = np.minimum(c.risk[buyers] + heard - decay * c.risk[buyers] + shortage_risk * short, 1.0)
