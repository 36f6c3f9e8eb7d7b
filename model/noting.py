"""What moved between countries in a week, compiled for the recorder."""

from __future__ import annotations

import numpy as np
from numba import literal_unroll

from agents.rule import rule

FIRM_COLUMNS = (
    "stock_kg", "in_transit_kg", "produced_kg", "bought_kg", "sold_kg", "consumed_kg", "short_kg", "planned_use_kg",
    "trend_use_kg", "long_run_response", "perceived_risk", "licence_balance_kg", "paid_usd", "duty_usd",
    "received_usd", "rent_usd", "support_usd",
)  # fmt: skip


@rule
def moved(flow, tracked, rent, delivered, netback, cost, tariff, contracted, tolled):
    """Return what moved in a week: places [n, 4] and amounts [n, 7] (`model.recorder.Week`), in order of the places.

    The open and the home book of a country are one origin to everybody else. What contracts delivered
    (`model.market.deliveries.Delivered`) comes on top. Metal returned to the owners of scrap is a market of its own.
    """
    goods, zones = tolled.shape[1:3]
    busy = np.zeros((goods, zones), np.int64)
    for kg in (flow, contracted.flow, tolled[0]):
        count_lanes(kg, busy)
    most = busy.sum()
    places, amounts, n = np.empty((most, 4), np.int64), np.zeros((most + 1, 7)), 0
    for g in range(goods):
        for o in range(zones):
            for d in range(zones if busy[g, o] > 0 else 0):
                for to in (d, d + zones):
                    for book in (o, o + zones):
                        if flow[g, book, to] > 0.0:
                            note(
                                amounts[n], flow[g, book, to], delivered[g, to], cost[g, book, to],
                                tariff[g, book, to], rent[g, book, to], netback[g, book], tracked[g, book, to],
                            )  # fmt: skip
                    for book in (o, o + zones):
                        if contracted.flow[g, book, to] > 0.0:
                            usd, way = contracted.price[g, o], contracted.cost[g, book, to]
                            note(
                                amounts[n], contracted.flow[g, book, to], usd + way, way,
                                contracted.tariff[g, book, to], 0.0, usd, contracted.tracked[g, book, to],
                            )  # fmt: skip
                    if amounts[n, 0] > 0.0:
                        places[n, 0], places[n, 1], places[n, 2], places[n, 3] = g, o, d, to // zones
                        n += 1
                if tolled[0, g, o, d] > 0.0:
                    amounts[n, 0] = tolled[0, g, o, d]
                    amounts[n, 1] = amounts[n, 5] = tolled[1, g, o, d]
                    places[n, 0], places[n, 1], places[n, 2], places[n, 3] = g, o, d, 2
                    n += 1
    return places[:n].copy(), amounts[:n].copy()


@rule
def count_lanes(kg, busy):
    """Count the lanes in use by country of origin, [G, Z]; a country may have two books, [G, Z or 2Z, markets]."""
    for g in range(kg.shape[0]):
        for o in range(kg.shape[1]):
            n = 0
            for d in range(kg.shape[2]):
                n += kg[g, o, d] > 0.0
            busy[g, o % busy.shape[1]] += n


@rule
def note(amounts, kg, delivered, cost, tariff, rent, netback, tracked_kg):
    """Add metal moved at these prices, USD/kg, to the amounts of its lane."""
    levy = kg * tariff
    amounts[0] += kg
    amounts[1] += kg * delivered
    amounts[2] += kg * cost - levy
    amounts[3] += levy
    amounts[4] += kg * rent
    amounts[5] += kg * netback
    amounts[6] += tracked_kg


@rule
def columns(firms):
    """Return `FIRM_COLUMNS` of every record, [columns, N]."""
    kept = np.empty((len(FIRM_COLUMNS), firms.size))
    for i in range(firms.size):
        k = 0
        for name in literal_unroll(FIRM_COLUMNS):
            kept[k, i] = firms[i][name]
            k += 1  # noqa: SIM113 - the compiler cannot count along with names
    return kept


@rule
def exports(lanes, amounts, goods, zones):
    """Return what left each country, kg, [G, Z]; own scrap that goes back to its owners is no export."""
    left = np.zeros((goods, zones))
    for i in range(len(lanes)):
        if lanes[i, 1] != lanes[i, 2] and lanes[i, 3] != 2:
            left[lanes[i, 0], lanes[i, 1]] += amounts[i, 0]
    return left
