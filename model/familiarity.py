"""What it costs a country to buy where it has not bought before: a part of the lane's cost, which experience lowers."""

from __future__ import annotations

import numpy as np

from agents import contracting
from agents.rule import rule


@rule
def charge_strangers(params, received_from, netback, cost):
    """Add the cost of first orders to the lanes between countries, so that the auction weighs it with all the rest.

    Args:
        params: parameters by good, [G].
        received_from: what countries got from each other lately, kg a week, [G, Z, Z].
        netback: last known prices at the sellers, USD/kg, [G, at least Z].
        cost: of the lanes, USD/kg, [G, 2Z, 2Z], added to.
    """
    goods, zones = received_from.shape[:2]
    for g in range(goods):
        if params[g].switching_cost > 0.0:
            total = np.zeros(zones)
            for o in range(zones):
                total += received_from[g, o]
            for o in range(zones):
                for d in range(zones):
                    share = received_from[g, o, d] / total[d] if total[d] > 0.0 else 0.0
                    more = params[g].switching_cost * contracting.unfamiliar(share, params[g]) * netback[g, o]
                    for book in (o, o + zones):
                        cost[g, book, d] += more if o != d else 0.0
                        cost[g, book, d + zones] += more if o != d else 0.0
