"""Traders: buy where metal is cheap, sell where it is dear. Re-routing through third countries is theirs to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import Firm

if TYPE_CHECKING:
    from model.columns import Columns


class Trader(Firm):
    """A metal trader with a home zone; it buys there and sells wherever the net-back is best."""


def resale_value(free_price: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Return the best net-back of a kg bought in each zone and sold anywhere, USD/kg, [G, Z].

    Args:
        free_price: delivered prices of free metal, USD/kg, [G, Z].
        cost: freight, duty and the expected loss from being caught, USD/kg, [G, Z, Z] (infinite: closed).
    """
    return (free_price[:, None, :] - cost).max(axis=2)


def buy_orders(
    columns: Columns, rows: slice, value: np.ndarray, local: np.ndarray, margin: float, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return what traders bid: log price and kg, both [rows]; the stock they aim for becomes their norm.

    A trader pays up to the resale value less a margin that grows as its stock fills up (no margin when empty, twice
    the usual one when full), so never more than it could get today: traders do not feed a rise by themselves. The
    stock it aims for grows with the margin on offer.

    Args:
        columns: the state.
        rows: traders.
        value: resale value at each trader's zone and good, USD/kg, [rows].
        local: price of free or licensed metal there, whichever is cheaper, USD/kg, [rows].
        margin: log price wanted on top of all costs by a trader with half its stock.
        scale: growth of turnover with the log margin beyond the one wanted.
    """
    c = columns
    log_value = np.log(np.maximum(value, 1e-9))
    gain = np.maximum(log_value - margin - np.log(np.maximum(local, 1e-9)), 0.0)
    # Precaution reaches traders too: news makes them stock up before the metal is dear.
    target = c.base_stock_kg[rows] * (1.0 + scale * gain) * (1.0 + c.risk[rows])
    c.norm_stock_kg[rows] = target
    held = c.stock_kg[rows] + c.in_transit_kg[rows]
    fullness = np.minimum(held / np.maximum(target, 1e-9), 1.0)
    # Noise takes off from every bid: empty traders who see one outlet would bid the same, and rounding would choose.
    log_bid = log_value - 2.0 * margin * fullness - np.abs(c.noise[rows])
    return log_bid, np.clip(target - held, 0.0, 0.25 * target)
