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
    """Return the bids of `rows`: USD/kg and kg, both [rows, rungs].

    ``bid(x) = min(choke, p_norm * exp(alpha * (1 - x / kappa)))``, with x the weeks of cover after this week's use.

    Args:
        columns: the state.
        rows: firms that use metal.
        cover: target cover kappa, weeks, [rows].
        start_kg: kg counted as held already (stock, transit, earlier rungs) before the first rung, [rows].
        order_kg: size of the order, kg, [rows].
        choke: highest price as a multiple of the reference.
    """
    c = columns
    reach = (np.arange(RUNGS) + 0.5) / RUNGS
    held = start_kg[:, None] + order_kg[:, None] * reach - c.planned_kg[rows][:, None]
    x = held / np.maximum(c.use_kg[rows], 1e-9)[:, None]
    log_price = c.normal[rows][:, None] + c.cover_elasticity[rows][:, None] * (1.0 - x / cover[:, None])
    ceiling = c.fundamental[rows][:, None] + np.log(choke)
    price = np.exp(np.minimum(log_price, ceiling) + c.noise[rows][:, None])
    kg = np.broadcast_to(order_kg[:, None] / RUNGS, price.shape).copy()
    return price, kg
