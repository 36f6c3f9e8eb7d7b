"""What moved between countries in a week, compiled for the recorder."""

from __future__ import annotations

import numpy as np

from agents.rule import rule


@rule
def moved(flow, tracked, rent, delivered, netback, cost, tariff, tolled):
    """Return what moved in a week: places [n, 4] and amounts [n, 7] (`model.recorder.Week`), in order of the places.

    The open and the home book of a country are one origin to everybody else. Metal returned to the owners of scrap is a
    market of its own.
    """
    goods, zones = tolled.shape[1:3]
    most = np.count_nonzero(flow) + np.count_nonzero(tolled[0])  # few lanes carry metal: room for all takes longer
    lanes, amounts = np.empty((most, 4), np.int64), np.zeros((most, 7))
    n = 0
    for g in range(goods):
        for o in range(zones):
            for d in range(zones):
                for market in range(3):
                    found = False
                    if market == 2 and tolled[0, g, o, d] > 0.0:
                        found = True
                        amounts[n, 0] = tolled[0, g, o, d]
                        amounts[n, 1] = amounts[n, 5] = tolled[1, g, o, d]
                    if market < 2:
                        to = d + market * zones
                        for book in range(2):
                            origin = o + book * zones
                            kg = flow[g, origin, to]
                            if kg > 0.0:
                                found = True
                                levy = kg * tariff[g, origin, to]
                                amounts[n, 0] += kg
                                amounts[n, 1] += kg * delivered[g, to]
                                amounts[n, 2] += kg * cost[g, origin, to] - levy
                                amounts[n, 3] += levy
                                amounts[n, 4] += kg * rent[g, origin, to]
                                amounts[n, 5] += kg * netback[g, origin]
                                amounts[n, 6] += tracked[g, origin, to]
                    if found:
                        lanes[n, 0], lanes[n, 1], lanes[n, 2], lanes[n, 3] = g, o, d, market
                        n += 1
    return lanes[:n].copy(), amounts[:n].copy()


@rule
def exports(lanes, amounts, goods, zones):
    """Return what left each country, kg, [G, Z]; own scrap that goes back to its owners is no export."""
    left = np.zeros((goods, zones))
    for i in range(len(lanes)):
        if lanes[i, 1] != lanes[i, 2] and lanes[i, 3] != 2:
            left[lanes[i, 0], lanes[i, 1]] += amounts[i, 0]
    return left
