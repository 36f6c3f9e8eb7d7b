"""Captive recycling: scrap is tolled for the firm that owns it, and the metal never reaches the spot market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from model.columns import Columns

# Largest share of a zone's use that tolled metal covers.
MOST_OF_USE = 0.8


def return_scrap_metal(columns: Columns, recyclers: slice, users: slice) -> tuple[np.ndarray, np.ndarray]:
    """Move the captive part of recyclers' output to the users of their zone, for a fee at recycling cost.

    Args:
        columns: the state.
        recyclers: rows that recycle.
        users: rows that use metal; each gets a share in proportion to its use.

    Returns:
        kg and USD returned by good and zone, [G, Z].
    """
    c = columns
    to_good, to_zone = c.good[users], c.zone[users]
    use = c.by_place(users, c.use_kg[users])
    good, zone = c.good[recyclers], c.zone[recyclers]
    kg = c.captive_share[recyclers] * c.produced_kg[recyclers]
    captive = c.by_place(recyclers, kg)
    # Nobody has more scrap tolled than it can use itself; what goes beyond is sold.
    fits = np.minimum(1.0, MOST_OF_USE * use / np.maximum(captive, 1e-12))
    kg *= fits[good, zone]
    usd = kg * c.cost_usd_per_kg[recyclers]
    returned, fees = c.by_place(recyclers, kg), c.by_place(recyclers, usd)
    c.stock_kg[recyclers] -= kg
    c.sold_kg[recyclers] += kg
    c.received_usd[recyclers] += usd
    c.cash_usd[recyclers] += usd
    c.tolled_kg[recyclers], c.tolled_usd[recyclers] = kg, usd

    share = np.divide(c.use_kg[users], use[to_good, to_zone], out=np.zeros(len(to_good)), where=c.use_kg[users] > 0)
    kg, usd = share * returned[to_good, to_zone], share * fees[to_good, to_zone]
    c.stock_kg[users] += kg
    c.bought_kg[users] += kg
    c.paid_usd[users] += usd
    c.cash_usd[users] -= usd
    c.tolled_kg[users], c.tolled_usd[users] = kg, usd
    return returned, fees
