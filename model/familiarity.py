"""What it costs a country to buy where it has not bought before: a part of the lane's cost, which experience lowers."""

from __future__ import annotations

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
        for d in range(zones if params[g].switching_cost > 0.0 else 0):
            total = received_from[g, :, d].sum()
            for o in range(zones):
                if o != d:
                    share = received_from[g, o, d] / total if total > 0.0 else 0.0
                    more = params[g].switching_cost * contracting.unfamiliar(share, params[g]) * netback[g, o]
                    for book in (0, zones):
                        cost[g, o + book, d] += more
                        cost[g, o + book, d + zones] += more
