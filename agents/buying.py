"""How firms that use metal bid: by weeks of cover, around a slowly moving idea of the normal price.

Theory of storage (Kaldor 1939, Working 1949): the convenience yield of one more kg falls as stock rises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.columns import Columns

RUNGS = 5


def target_cover(columns: Columns, rows: slice, precaution: float, longest: float) -> np.ndarray:
    """Return the weeks of cover that buyers aim for: ``kappa0 * (1 + phi * risk)``, at most `longest` weeks.

    Nobody stores metal for ever: gallium keeps for about a year, and no buyer is on record with more than a year's
    germanium. Who holds more in calm times keeps to that.
    """
    calm = columns.cover_weeks[rows]
    return np.minimum(calm * (1.0 + precaution * columns.risk[rows]), np.maximum(calm, longest))


def wanted_kg(columns: Columns, rows: slice, cover: np.ndarray, closure: float) -> np.ndarray:
    """Return the largest order of the week: this week's use and a part of the target cover."""
    return columns.planned_kg[rows] + closure * cover * columns.use_kg[rows]


def bid_ladder(
    columns: Columns,
    rows: slice,
    cover: np.ndarray,
    start_kg: np.ndarray,
    order_kg: np.ndarray,
    choke: float,
    minimum_weeks: float,
    stockout_premium: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bids of `rows`: USD/kg and kg, both [rows, markets, rungs].

    ``bid(x) = min(choke, p_norm * exp(alpha * (1 - x / kappa) + s * max(0, 1 - x / x_min)))``, with x the weeks of
    cover after this week's use. The second term makes the convenience yield convex (Brennan 1958): a buyer about to
    stop a line pays what it takes.

    Args:
        columns: the state.
        rows: firms that use metal.
        cover: target cover kappa, weeks, [rows].
        start_kg: kg counted as held already (stock, transit, orders elsewhere) before the first rung, [rows, markets].
        order_kg: size of the order, kg, [rows, markets].
        choke: highest price as a multiple of the reference.
        minimum_weeks: x_min, the cover below which lines are at risk, weeks.
        stockout_premium: s, log price.
    """
    c = columns
    reach = (np.arange(RUNGS) + 0.5) / RUNGS
    held = start_kg[:, :, None] + order_kg[:, :, None] * reach - c.planned_kg[rows][:, None, None]
    x = held / np.maximum(c.use_kg[rows], 1e-9)[:, None, None]
    alpha = c.cover_elasticity[rows][:, None, None]
    log_price = c.normal[rows][:, None, None] + alpha * (1.0 - x / cover[:, None, None])
    log_price += stockout_premium * np.maximum(1.0 - x / minimum_weeks, 0.0)
    log_price = np.minimum(log_price, (c.fundamental[rows] + np.log(choke))[:, None, None])
    price = np.exp(log_price + c.noise[rows][:, None, None])
    return price, np.repeat(order_kg[:, :, None] / RUNGS, RUNGS, axis=2)
