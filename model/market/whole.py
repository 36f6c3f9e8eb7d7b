"""Prices as whole numbers: sums along a path carry no rounding, so that ties are true ties.

A whole price is USD/kg times a power of two, chosen so that no path through the network adds up to `FAR`.
"""

import math

import numpy as np

from agents.rule import rule

FAR = np.int64(1 << 61)  # price of what cannot be had; twice that still fits into 64 bits


@rule
def price_scale(top_usd_per_kg, n_nodes):
    """Return the power of two that turns prices up to `top` into whole numbers whose path sums stay below `FAR`."""
    bits = 59
    while n_nodes > 0:
        n_nodes >>= 1
        bits -= 1
    if top_usd_per_kg <= 0.0:
        return 1.0
    return math.ldexp(1.0, min(bits - math.frexp(top_usd_per_kg)[1], 1000))


@rule
def whole(usd_per_kg, top_usd_per_kg, scale):
    """Return a price as a whole number.

    No ask or lane dearer than the best bid can trade: it needs no exact whole number, so the best bid sets the scale.
    """
    return np.int64(round(min(usd_per_kg, 2.0 * top_usd_per_kg) * scale))
