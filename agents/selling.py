"""How sellers offer: an ask ladder around the expected price that rises as stock falls below its norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.columns import Columns

# Rungs of the ladder: shares of a week's normal sales, and their distance from the middle in steps.
RUNG_SHARE = np.array([0.4, 0.4, 0.4, 0.8, 1.5])
RUNG_STEP = np.array([-2.0, -1.0, 0.0, 1.5, 4.0])


def ask_ladder(
    columns: Columns, rows: slice, step: float, pressure: float, floor: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the asks of `rows`: USD/kg and kg, both [rows, rungs].

    ``ask_k = max(floor * cost, p_next * exp(m_k + sigma * (1 - stock / norm)))``. What a firm does not sell now it can
    sell next week, so it asks for what it expects then (a storer's rule; a week's interest is too little to matter):
    ``p_next = p_hat * exp(w * trend)``, where p_hat is what it expected for this week (`agents.learning.expect`). The
    trend does not enter twice: p_hat holds it up to this week, and this is the week after.

    Args:
        columns: the state.
        rows: sellers.
        step: distance between rungs, log price.
        pressure: sigma, log price.
        floor: share of own cost below which nobody sells.
    """
    c = columns
    norm = np.maximum(c.norm_stock_kg[rows], 1e-9)
    fullness = np.minimum(c.stock_kg[rows] / norm, 4.0)
    middle = c.expected[rows] + c.trend_weight[rows] * c.trend[rows] + pressure * (1.0 - fullness) + c.noise[rows]
    price = np.exp(middle[:, None] + step * RUNG_STEP)
    price = np.maximum(price, (floor * c.cost_usd_per_kg[rows])[:, None])
    pace = np.maximum(c.output_kg[rows], 0.1 * c.stock_kg[rows])
    left = c.stock_kg[rows][:, None] - pace[:, None] * (np.cumsum(RUNG_SHARE) - RUNG_SHARE)
    return price, np.clip(pace[:, None] * RUNG_SHARE, 0.0, np.maximum(left, 0.0))


def split_books(kg: np.ndarray, export_cap_kg: np.ndarray) -> np.ndarray:
    """Split ladders into an open book (may go abroad, at most the cap) and a home book.

    Args:
        kg: offers, [rows, rungs].
        export_cap_kg: what each row may offer abroad this week, [rows]; infinite means all of it.

    Returns:
        Offers [rows, 2 books, rungs] that sum to `kg`. The open book takes the cap's share of a week's pace from every
        rung, so that both books see the same prices, until the cap is reached.
    """
    total = kg.sum(axis=1)
    pace = total / RUNG_SHARE.sum()
    share = np.minimum(1.0, np.divide(export_cap_kg, pace, out=np.ones_like(total), where=pace > 0))
    wanted = kg * share[:, None]
    before = np.cumsum(wanted, axis=1) - wanted
    abroad = np.clip(wanted, 0.0, np.maximum(export_cap_kg[:, None] - before, 0.0))
    return np.stack([abroad, kg - abroad], axis=1)
