"""How the book of contracts is written, renewed and remembered, compiled; users are counted from the first one, [U]."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents import contracting
from agents.books import GRAM_KG
from agents.rule import rule
from model.market.deliveries import CONTRACT, Delivered, deliverable, settle
from model.state.record import Kind

TRADER, REFINER_INPUT = int(Kind.TRADER), int(Kind.REFINER_INPUT)


class Makers(NamedTuple):
    """Who may be signed with, [S]: the first records."""

    abroad: np.ndarray  # whether it sells abroad
    zone: np.ndarray  # its country
    listed: np.ndarray  # their numbers, good after good
    start: np.ndarray  # where those of a good start in that list, [G + 1]


class Agreed(NamedTuple):
    """What every user has agreed on with whom, user after user; makers may be named who deliver nothing."""

    start: np.ndarray  # where a user's makers start, [U + 1]
    seller: np.ndarray  # their numbers, [n]
    kg: np.ndarray  # a week, [n]


@rule
def normal_week(firms, spans, goods, zones):
    """Return what countries sell, buy and get back from own scrap in a normal week, kg, [G, Z] each."""
    supply, need, tolled = np.zeros((goods, zones)), np.zeros((goods, zones)), np.zeros((goods, zones))
    for i in range(spans[TRADER]):
        supply[firms[i].good, firms[i].zone] += contracting.for_sale_kg(firms[i])
    for i in range(spans[REFINER_INPUT], firms.size):
        need[firms[i].good, firms[i].zone] += contracting.needed_kg(firms[i])
        tolled[firms[i].good, firms[i].zone] += firms[i].tolling_kg
    return supply, need, tolled


@rule
def share_out(firms, first, flow, need, lately_kg):
    """Give every user its country's mix of suppliers, kg a week, [U, Z]."""
    for u in range(lately_kg.shape[0]):
        one = firms[first + u]
        if need[one.good, one.zone] > 0.0:
            part = contracting.needed_kg(one) / need[one.good, one.zone]
            lately_kg[u] = part * flow[one.good, :, one.zone]


@rule
def nothing_agreed(firms, first, makers, zones):
    """Return room for all that users, `first` and those after it, may agree on."""
    goods, users = makers.start.size - 1, firms.size - first
    found, start = np.zeros((2, goods, zones), np.int64), np.zeros(users + 1, np.int64)
    for s in range(makers.zone.size):
        found[0, firms[s].good, makers.zone[s]] += makers.abroad[s]
        found[1, firms[s].good, makers.zone[s]] += 1
    for u in range(users):
        one, start[u + 1] = firms[first + u], start[u]
        for o in range(zones):
            start[u + 1] += min(found[int(o == one.zone), one.good, o], contracting.MOST_MAKERS)
    return Agreed(start, np.zeros(start[users], np.int64), np.zeros(start[users]))


@rule
def renew(firms, first, params, due, closed, makers, picks, lately_kg, agreed, contracts):
    """Return all contracts, those of some users renewed; makers promise no more than they sell in a normal week.

    Args:
        firms: records, [N].
        first: first user.
        params: parameters by good, [G].
        due: whether a user is among them, [U].
        closed: lanes on which nothing may pass, [G, Z, Z]: nobody signs for one.
        makers: `Makers`, [S].
        picks: where each user begins to pick makers (`contracting.share_of`), [U].
        lately_kg: what users bought from countries lately, kg a week, [U, Z].
        agreed: `Agreed`, rewritten for those users.
        contracts: those so far, user by user, [n] of `CONTRACT`.
    """
    n = makers.zone.size
    size, asked, kept, users = np.zeros(n), np.zeros(n), np.zeros(n), np.flatnonzero(due)
    for s in range(n):
        size[s] = contracting.for_sale_kg(firms[s])
    for u in users:
        one, mine = firms[first + u], slice(agreed.start[u], agreed.start[u + 1])
        whole_kg = params[one.good].contract_share * contracting.needed_kg(one)
        seller, kg = agreed.seller[mine], agreed.kg[mine]
        ask(one, whole_kg, closed[one.good, :, one.zone], makers, size, picks[u], lately_kg[u], seller, kg)
        for i in range(kg.size):
            asked[seller[i]] += kg[i]
    for i in range(agreed.kg.size):
        kept[agreed.seller[i]] += agreed.kg[i]
    free_kg = size - kept + asked
    for u in users:
        for i in range(agreed.start[u], agreed.start[u + 1]):
            s = agreed.seller[i]
            if asked[s] > max(free_kg[s], 0.0):
                agreed.kg[i] *= max(free_kg[s], 0.0) / asked[s]
    return sign(firms, first, due, agreed, contracts)


@rule
def ask(user, whole_kg, closed, makers, size, pick, lately_kg, seller, kg):
    """Write what a user asks of whom: of countries as it bought lately, of their makers by what they sell.

    Args:
        user: its record.
        whole_kg: all it asks, a week.
        closed: countries from which nothing may pass to it, [Z].
        makers: `Makers`, [S].
        size: what they sell in a normal week, kg, [S].
        pick: where it begins to pick makers.
        lately_kg: what it bought lately, kg a week, [Z].
        seller: whom it asks, written.
        kg: for how much, written.
    """
    zones = closed.size
    found, sold, before, bought = np.zeros(zones, np.int64), np.zeros(zones), np.zeros(zones), 0.0
    of_good = makers.listed[makers.start[user.good] : makers.start[user.good + 1]]
    for s in of_good:
        o = makers.zone[s]
        if size[s] > 0.0 and (makers.abroad[s] or o == user.zone):
            found[o] += 1
            sold[o] += size[s]
    for o in range(zones):
        if sold[o] > 0.0 and not closed[o]:
            bought += lately_kg[o]
    n = 0
    for s in of_good:
        o = makers.zone[s]
        if bought > 0.0 and size[s] > 0.0 and (makers.abroad[s] or o == user.zone) and not closed[o]:
            share = contracting.share_of(size[s], before[o], sold[o], found[o], pick)
            before[o] += size[s]
            if share > 0.0:
                seller[n], kg[n] = s, whole_kg * (lately_kg[o] / bought) * share
                n += 1
    kg[n:] = 0.0


@rule
def sign(firms, first, due, agreed, before):
    """Return all contracts, user by user: those `before`, and anew those of the users due, [U]."""
    contracts = np.empty(before.size + agreed.kg.size, CONTRACT)
    n, k = 0, 0
    for u in range(due.size):
        while k < before.size and before[k].user == first + u:
            contracts[n] = before[k]
            n, k = n + (not due[u]), k + 1
        for i in range(agreed.start[u], agreed.start[u + 1] if due[u] else agreed.start[u]):
            if agreed.kg[i] > GRAM_KG:
                one, s = contracts[n], agreed.seller[i]
                one.seller, one.user, one.good = s, first + u, firms[s].good
                one.origin, one.destination = firms[s].zone, firms[first + u].zone
                one.agreed_kg, one.kg = agreed.kg[i], 0.0
                n += 1
    return contracts[:n]


@rule
def formula_price(params, netback):
    """Return the mean net-back that contracts go by, USD/kg, [G, Z]; `netback` has the last weeks, [W, G, Z]."""
    weeks, goods, zones = netback.shape
    price = np.zeros((goods, zones))
    for g in range(goods):
        end, n = weeks - int(params[g].contract_price_lag_weeks), int(params[g].contract_price_weeks)
        for w in range(end - n, end):
            price[g] += netback[w, g]
        price[g] /= n
    return price


@rule
def takes(firms, params, contracts):
    """Return the most that each record takes under contract this week, kg, [N]."""
    takes = np.zeros(firms.size)
    for i in range(contracts.size):
        takes[contracts[i].user] += contracts[i].agreed_kg
    for i in range(firms.size):
        if takes[i] > 0.0:
            takes[i] = contracting.takes_kg(firms[i], takes[i], params[firms[i].good])
    return takes


@rule
def remember(firms, first, params, flow, bought_kg, contracts, lately_kg):
    """Blend what users bought this week, on contract and spot, into their memory by country, [U, Z]."""
    users, zones = lately_kg.shape
    kg = np.zeros((users, zones))
    for i in range(contracts.size):
        kg[contracts[i].user - first, contracts[i].origin] += contracts[i].kg
    share = shares_of_origins(flow)
    for u in range(users):
        one = firms[first + u]
        for market in range(2):
            if bought_kg[u, market] > 0.0:
                mix = share[one.good, one.zone + market * zones]
                for books in (mix[:zones], mix[zones:]):
                    for o in range(zones):
                        kg[u, o] += bought_kg[u, market] * books[o]
        for o in range(zones):
            lately_kg[u, o] = contracting.remember(lately_kg[u, o], kg[u, o], params[one.good])


@rule
def shares_of_origins(flow):
    """Return the share of each selling node in what came to each buying node, [G, 2Z buying, 2Z selling]."""
    goods, nodes = flow.shape[:2]
    share, total = np.zeros((goods, nodes, nodes)), np.zeros((goods, nodes))
    for g in range(goods):
        for o in range(nodes):
            total[g] += flow[g, o]
        for o in range(nodes):
            for d in range(nodes):
                if flow[g, o, d] > 0.0:
                    share[g, d, o] = flow[g, o, d] / total[g, d]
    return share


@rule
def deliver(
    firms, makers, params, contracts, prices, netback, cost, tariff, closed, licence_needed, balance, quota_kg,
    weeks_under_way, transit_kg, transit_tracked_kg,
):  # fmt: skip
    """Deliver what is due this week at the formula's price (arguments: see `deliverable` and `settle`).

    `prices` are the net-backs of the last weeks, USD/kg, [W, G, Z]: the last known ones, `netback`, take the place of
    the oldest. The week's lanes cost more after this (`model.familiarity`): contracts keep what they paid.

    Returns:
        What was delivered, and kg shipped under licences by licensing country and record, [Z, N].
    """
    prices[:-1] = prices[1:]
    prices[-1] = netback[:, : prices.shape[2]]
    price = formula_price(params, prices)
    due = takes(firms, params, contracts)
    deliverable(firms, makers, contracts, due, closed, licence_needed, balance, quota_kg)
    flow, tracked, licensed_kg = settle(firms, makers, contracts, price, cost, tariff, licence_needed,
                                        weeks_under_way, transit_kg, transit_tracked_kg)  # fmt: skip
    return Delivered(flow, tracked, price, cost.copy(), tariff), licensed_kg
