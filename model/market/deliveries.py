"""Contracts settle before the auction: what each seller delivers to each user, and the kg and USD that change hands.

Everything that binds the auction binds a delivery: closed lanes, licence balances, export limits, quotas and stock.
Where it is not enough for all, everybody gets the same part of what is due.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agents.books import GRAM_KG
from agents.rule import rule


@dataclass(frozen=True)
class Delivered:
    """What contracts moved in a week, for G goods and Z countries.

    Attributes:
        kg: delivered under each contract, [n].
        flow, tracked: kg and kg of tracked origin on every lane, [G, 2Z, 2Z]; abroad from the open book, at home from
            the home one.
        price: what sellers got, USD/kg, [G, Z].
        cost, tariff: of the week's lanes, USD/kg, [G, 2Z, 2Z].
    """

    kg: np.ndarray
    flow: np.ndarray
    tracked: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    tariff: np.ndarray

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what moved as the recorder keeps it: places [n, 4] and amounts [n, 7]."""
        found: tuple[np.ndarray, np.ndarray] = rows_moved(self.flow, self.tracked, self.price, self.cost, self.tariff)
        return found


@rule
def cut_to(kg, group, most):
    """Cut deliveries down, in equal parts, where a group's sum is above what it may be.

    Args:
        kg: deliveries, [n], changed.
        group: number of each delivery's group, -1 for none, [n].
        most: kg that each group may have, [groups].
    """
    total = np.zeros(most.size)
    for i in range(kg.size):
        if group[i] >= 0:
            total[group[i]] += kg[i]
    for i in range(kg.size):
        if group[i] >= 0 and total[group[i]] > most[group[i]]:
            kg[i] *= most[group[i]] / total[group[i]]


@rule
def deliverable(firms, makers, seller, user, due, takes, closed, licence_needed, balance, quota_kg):
    """Return what is delivered of what is due this week, kg, [n].

    Args:
        firms: records, [N].
        makers: number of makers, who come first.
        seller: record of each contract's seller, [n].
        user: record of its user, [n].
        due: kg agreed, [n].
        takes: the most each record takes under contract, kg, [N].
        closed: lanes that nothing may pass, [G, Z, Z].
        licence_needed: lanes that metal passes under a licence, [G, Z, Z].
        balance: licences by licensing country and record, kg, [Z, N].
        quota_kg: the most that may leave a country this week, [G, Z]; infinite without quota.
    """
    zones = quota_kg.shape[1]
    kg, licence, exporter, quota = due.copy(), np.full(due.size, -1), np.full(due.size, -1), np.full(due.size, -1)
    for i in range(due.size):
        good, o, d = firms[seller[i]].good, firms[seller[i]].zone, firms[user[i]].zone
        if closed[good, o, d]:
            kg[i] = 0.0
        if licence_needed[good, o, d]:
            licence[i] = o * firms.size + user[i]
        if o != d:
            exporter[i] = seller[i]
            quota[i] = good * zones + o
    limit, stock = np.empty(makers), np.empty(makers)
    for s in range(makers):
        limit[s], stock[s] = firms[s].export_limit_kg, firms[s].stock_kg
    cut_to(kg, user, takes)
    cut_to(kg, licence, balance.ravel())
    cut_to(kg, exporter, limit)
    cut_to(kg, quota, quota_kg.ravel())
    cut_to(kg, seller, stock)
    for i in range(kg.size):
        if kg[i] < GRAM_KG:
            kg[i] = 0.0
    return kg


@rule
def settle(
    firms, seller, user, kg, price, cost, tariff, licence_needed, weeks_under_way, transit_kg, transit_tracked_kg,
    flow, tracked, licensed_kg,
):  # fmt: skip
    """Move deliveries and money: the seller gets the contract's price, the user pays it and the lane.

    Args:
        firms: records, [N].
        seller: record of each delivery's seller, [n].
        user: record of its user, [n].
        kg: its amount, [n].
        price: contract price at the seller, USD/kg, [G, Z].
        cost: of the week's lanes, USD/kg, [G, 2Z, 2Z].
        tariff: import duty in it, USD/kg, [G, 2Z, 2Z].
        licence_needed: lanes that metal passes under a licence, [G, Z, Z].
        weeks_under_way: weeks on every lane, [2Z, 2Z].
        transit_kg: metal under way by week of arrival, kg, [N, slots], added to.
        transit_tracked_kg: the part of tracked origin, [N, slots], added to.
        flow: kg on every lane, [G, 2Z, 2Z], added to.
        tracked: kg of tracked origin on every lane, [G, 2Z, 2Z], added to.
        licensed_kg: shipped under licences, by licensing country and record, [Z, N], added to.
    """
    zones = price.shape[1]
    share = np.zeros(firms.size)
    for s in range(firms.size):  # of what is in stock before anything leaves
        share[s] = firms[s].tracked_kg / firms[s].stock_kg if firms[s].stock_kg > 0.0 else 0.0
    for i in range(kg.size):
        if kg[i] > 0.0:
            one, to, amount, part = firms[seller[i]], firms[user[i]], kg[i], kg[i] * share[seller[i]]
            needed, abroad = licence_needed[one.good, one.zone, to.zone], one.zone != to.zone
            o, d = one.zone if abroad else one.zone + zones, to.zone + zones if needed else to.zone
            flow[one.good, o, d] += amount
            tracked[one.good, o, d] += part
            transit_kg[user[i], weeks_under_way[o, d]] += amount
            transit_tracked_kg[user[i], weeks_under_way[o, d]] += part
            if needed:
                licensed_kg[one.zone, user[i]] += amount
            if abroad:
                one.export_limit_kg = max(one.export_limit_kg - amount, 0.0)
            _hand_over(one, amount, part, amount * price[one.good, one.zone])
            _take_over(to, amount, amount * (price[one.good, one.zone] + cost[one.good, o, d]))
            to.duty_usd += amount * tariff[one.good, o, d]


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


@rule
def rows_moved(flow, tracked, price, cost, tariff):
    """Return what contracts moved as `model.noting.moved` does: places [n, 4] and amounts [n, 7]."""
    goods, nodes = flow.shape[0], flow.shape[1]
    zones = nodes // 2
    most = np.count_nonzero(flow)
    places, amounts = np.empty((most, 4), np.int64), np.zeros((most, 7))
    n = 0
    for g in range(goods):
        for o in range(nodes):
            for d in range(nodes):
                kg = flow[g, o, d]
                if kg > 0.0:
                    levy = kg * tariff[g, o, d]
                    places[n, 0], places[n, 1], places[n, 2], places[n, 3] = g, o % zones, d % zones, d // zones
                    amounts[n, 0] = kg
                    amounts[n, 1] = kg * (price[g, o % zones] + cost[g, o, d])
                    amounts[n, 2] = kg * cost[g, o, d] - levy
                    amounts[n, 3] = levy
                    amounts[n, 5] = kg * price[g, o % zones]
                    amounts[n, 6] = tracked[g, o, d]
                    n += 1
    return places, amounts


@rule
def merged(places, amounts, more_places, more_amounts):
    """Return two lists of what moved as one, in order of the places, each place once."""
    n = len(places) + len(more_places)
    shape = np.ones(places.shape[1], np.int64)
    for part in (places, more_places):
        for i in range(len(part)):
            shape = np.maximum(shape, part[i] + 1)
    row = np.full(shape.prod(), -1)  # few places there are: counting is quicker than sorting
    sums, every, found = np.zeros((n, amounts.shape[1])), np.empty((n, places.shape[1]), np.int64), 0
    for part, kg in ((places, amounts), (more_places, more_amounts)):
        for i in range(len(part)):
            key = 0
            for k in range(shape.size):
                key = key * shape[k] + part[i, k]
            if row[key] < 0:
                row[key] = found
                every[found] = part[i]
                found += 1
            sums[row[key]] += kg[i]
    order = row[row >= 0]
    return every[order], sums[order]
