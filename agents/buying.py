"""How firms that use metal bid: by weeks of cover, around a slowly moving idea of the normal price.

Theory of storage (Kaldor 1939, Working 1949): the convenience yield of one more kg falls as stock rises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.columns import Columns

RUNGS = 5


def target_cover(columns: Columns, rows: slice, precaution: float) -> np.ndarray:
    """Return the weeks of cover that buyers aim for: ``kappa0 * (1 + phi * risk)``."""
    return columns.cover_weeks[rows] * (1.0 + precaution * columns.risk[rows])


def wanted_kg(columns: Columns, rows: slice, cover: np.ndarray, closure: float) -> np.ndarray:
    """Return the largest order of the week: this week's use and a part of the target cover."""
    return columns.planned_kg[rows] + closure * cover * columns.use_kg[rows]


def bid_ladder(
    columns: Columns, rows: slice, cover: np.ndarray, start_kg: np.ndarray, order_kg: np.ndarray, choke: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bids of `rows`: USD/kg and kg, both [rows, markets, rungs].

    ``bid(x) = min(choke, p_norm * exp(alpha * (1 - x / kappa)))``, with x the weeks of cover after this week's use.

    Args:
        columns: the state.
        rows: firms that use metal.
        cover: target cover kappa, weeks, [rows].
        start_kg: kg counted as held already (stock, transit, orders elsewhere) before the first rung, [rows, markets].
        order_kg: size of the order, kg, [rows, markets].
        choke: highest price as a multiple of the reference.
    """
    c = columns
    reach = (np.arange(RUNGS) + 0.5) / RUNGS
    # The bid is log-linear in the kg held: one intercept and one slope per firm.
    slope = c.cover_elasticity[rows] / (np.maximum(c.use_kg[rows], 1e-9) * cover)
    top = c.normal[rows] + c.cover_elasticity[rows] + slope * c.planned_kg[rows]
    held = start_kg[:, :, None] + order_kg[:, :, None] * reach
    ceiling = (c.fundamental[rows] + np.log(choke))[:, None, None]
    log_price = np.minimum(top[:, None, None] - slope[:, None, None] * held, ceiling)
    price = np.exp(log_price + c.noise[rows][:, None, None])
    return price, np.repeat(order_kg[:, :, None] / RUNGS, RUNGS, axis=2)
