"""Contracts settle before the auction: what each seller delivers to each user, and the kg and USD that change hands.

Everything that binds the auction binds a delivery: closed lanes, licence balances, export limits, quotas and stock.
Where it is not enough for all, everybody gets the same part of what is due.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.books import GRAM_KG
from agents.rule import rule

CONTRACT = np.dtype(
    [
        ("seller", "i4"),  # number of the seller's record
        ("user", "i4"),  # of the user's
        ("good", "i2"),
        ("origin", "i2"),  # number of the seller's country
        ("destination", "i2"),  # of the user's
        ("agreed_kg", "f8"),  # a week
        ("kg", "f8"),  # delivered this week
    ],
    align=True,
)


class Delivered(NamedTuple):
    """What contracts moved in a week, for G goods and Z countries.

    Attributes:
        flow, tracked: kg and kg of tracked origin on every lane, [G, 2Z, 2Z]; abroad from the open book, at home from
            the home one.
        price: what sellers got, USD/kg, [G, Z].
        cost, tariff: of the week's lanes, USD/kg, [G, 2Z, 2Z].
    """

    flow: np.ndarray
    tracked: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    tariff: np.ndarray


def nothing_delivered(goods: int, zones: int) -> Delivered:
    """Return what moves in a week without contracts."""
    on_lanes = np.zeros((goods, 2 * zones, 2 * zones))
    return Delivered(on_lanes, on_lanes, np.zeros((goods, zones)), on_lanes, on_lanes)


@rule
def cut_to(kg, group, most):
    """Cut deliveries down, in equal parts, where a group's sum is above what it may be.

    Args:
        kg: deliveries, [n], changed.
        group: number of each delivery's group, -1 for none, [n].
        most: kg that each group may have, [groups].
    """
    if not np.isfinite(most).any():
        return
    total, fit = np.zeros(most.size), True
    for i in range(kg.size):
        if group[i] >= 0:
            total[group[i]] += kg[i]
    for g in range(most.size):
        fit &= not total[g] > most[g]
    if fit:
        return
    for i in range(kg.size):
        if group[i] >= 0 and total[group[i]] > most[group[i]]:
            kg[i] *= most[group[i]] / total[group[i]]


@rule
def deliverable(firms, makers, contracts, takes, closed, licence_needed, balance, quota_kg):
    """Write what is delivered of what is due this week.

    Args:
        firms: records, [N].
        makers: number of makers, who come first.
        contracts: [n] of `CONTRACT`, `kg` is written.
        takes: the most each record takes under contract, kg, [N].
        closed: lanes that nothing may pass, [G, Z, Z].
        licence_needed: lanes that metal passes under a licence, [G, Z, Z].
        balance: licences by licensing country and record, kg, [Z, N].
        quota_kg: the most that may leave a country this week, [G, Z]; infinite without quota.
    """
    n, zones = contracts.size, quota_kg.shape[1]
    kg, seller, user = np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32)
    licence, exporter, quota = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    office, licensed_kg = offices(licence_needed, balance)
    for i in range(n):
        one = contracts[i]
        abroad = one.origin != one.destination
        needed = licence_needed[one.good, one.origin, one.destination]
        seller[i], user[i] = one.seller, one.user
        kg[i] = 0.0 if closed[one.good, one.origin, one.destination] else one.agreed_kg
        licence[i] = office[one.origin] * firms.size + one.user if needed else -1
        exporter[i] = one.seller if abroad else -1
        quota[i] = one.good * zones + one.origin if abroad else -1
    limit, stock = np.empty(makers), np.empty(makers)
    for s in range(makers):
        limit[s], stock[s] = firms[s].export_limit_kg, firms[s].stock_kg
    cut_to(kg, user, takes)
    cut_to(kg, licence, licensed_kg.ravel())
    cut_to(kg, exporter, limit)
    cut_to(kg, quota, quota_kg.ravel())
    cut_to(kg, seller, stock)
    for i in range(n):
        contracts[i].kg = kg[i] if kg[i] >= GRAM_KG else 0.0


@rule
def offices(licence_needed, balance):
    """Return for each country its place among those that license anything, [Z], and their rows of `balance`."""
    goods, zones = licence_needed.shape[:2]
    place, rows, n = np.full(zones, -1), np.empty(balance.shape), 0
    for g in range(goods):
        for o in range(zones):
            if place[o] < 0 and licence_needed[g, o].any():
                place[o], rows[n] = n, balance[o]
                n += 1
    return place, rows[:n]


@rule
def settle(
    firms, makers, contracts, price, cost, tariff, licence_needed, weeks_under_way, transit_kg, transit_tracked_kg,
):  # fmt: skip
    """Move deliveries and money: the seller gets the contract's price, the user pays it and the lane.

    Args:
        firms: records, [N].
        makers: number of makers, who come first.
        contracts: [n] of `CONTRACT`.
        price: contract price at the seller, USD/kg, [G, Z].
        cost: of the week's lanes, USD/kg, [G, 2Z, 2Z].
        tariff: import duty in it, USD/kg, [G, 2Z, 2Z].
        licence_needed: lanes that metal passes under a licence, [G, Z, Z].
        weeks_under_way: weeks on every lane, [2Z, 2Z].
        transit_kg: metal under way by week of arrival, kg, [N, slots], added to.
        transit_tracked_kg: the part of tracked origin, [N, slots], added to.

    Returns:
        kg and kg of tracked origin on every lane, [G, 2Z, 2Z], and kg shipped under licences by licensing country and
        record, [Z, N].
    """
    zones = price.shape[1]
    flow, tracked, licensed_kg = np.zeros(cost.shape), np.zeros(cost.shape), np.zeros((zones, firms.size))
    share = np.zeros(makers)
    for s in range(makers):  # of what is in stock before anything leaves
        share[s] = firms[s].tracked_kg / firms[s].stock_kg if firms[s].stock_kg > 0.0 else 0.0
    for i in range(contracts.size):
        one = contracts[i]
        if one.kg > 0.0:
            seller, user, part = firms[one.seller], firms[one.user], one.kg * share[one.seller]
            needed = licence_needed[one.good, one.origin, one.destination]
            abroad = one.origin != one.destination
            o = one.origin if abroad else one.origin + zones
            d = one.destination + zones if needed else one.destination
            flow[one.good, o, d] += one.kg
            tracked[one.good, o, d] += part
            transit_kg[one.user, weeks_under_way[o, d]] += one.kg
            transit_tracked_kg[one.user, weeks_under_way[o, d]] += part
            if needed:
                licensed_kg[one.origin, one.user] += one.kg
            if abroad:
                seller.export_limit_kg = max(seller.export_limit_kg - one.kg, 0.0)
            usd_per_kg = price[one.good, one.origin]
            _hand_over(seller, one.kg, part, one.kg * usd_per_kg)
            _take_over(user, one.kg, one.kg * (usd_per_kg + cost[one.good, o, d]))
            user.duty_usd += one.kg * tariff[one.good, o, d]
    return flow, tracked, licensed_kg


@rule
def _hand_over(seller, kg, tracked_kg, usd):
    seller.stock_kg = max(seller.stock_kg - kg, 0.0)
    seller.tracked_kg = max(seller.tracked_kg - tracked_kg, 0.0)
    seller.sold_kg += kg
    seller.contract_sold_kg += kg
    seller.received_usd += usd
    seller.contract_received_usd += usd
    seller.cash_usd += usd


@rule
def _take_over(user, kg, usd):
    user.in_transit_kg += kg
    user.bought_kg += kg
    user.contract_bought_kg += kg
    user.paid_usd += usd
    user.contract_paid_usd += usd
    user.cash_usd -= usd
