"""How the book of contracts is written, renewed and remembered, compiled; users are counted from the first one, [U]."""

from __future__ import annotations

import numpy as np

from agents import contracting
from agents.books import GRAM_KG
from agents.rule import rule
from model.market.deliveries import Delivered, deliverable, settle
from model.state.record import Kind

TRADER, REFINER_INPUT = int(Kind.TRADER), int(Kind.REFINER_INPUT)


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
def renew(firms, first, params, due, closed, abroad, lately_kg, agreed_kg):
    """Renew the contracts of some users, [U, S]; makers promise no more than they sell in a normal week.

    Args:
        firms: records, [N].
        first: first user.
        params: parameters by good, [G].
        due: whether a user is among them, [U].
        closed: lanes on which nothing may pass, [G, Z, Z]: nobody signs for one.
        abroad: makers who sell abroad, [S].
        lately_kg: what users bought from countries lately, [U, Z].
        agreed_kg: kg a week, [U, S], rewritten for those users.
    """
    makers, zones = abroad.size, lately_kg.shape[1]
    size, asked, kept = np.zeros(makers), np.zeros(makers), np.zeros(makers)
    for s in range(makers):
        size[s] = contracting.for_sale_kg(firms[s])
    for u in np.flatnonzero(due):
        agreed_kg[u] = 0.0
        one = firms[first + u]
        by_country, bought = np.zeros(zones), 0.0
        for s in range(makers):
            if firms[s].good == one.good and (abroad[s] or firms[s].zone == one.zone):
                by_country[firms[s].zone] += size[s]
        for o in range(zones):
            if by_country[o] > 0.0 and not closed[one.good, o, one.zone]:
                bought += lately_kg[u, o]
        whole_kg = params[one.good].contract_share * contracting.needed_kg(one)
        for s in range(makers):
            o = firms[s].zone
            mine = firms[s].good == one.good and (abroad[s] or o == one.zone) and not closed[one.good, o, one.zone]
            if mine and size[s] > 0.0 and bought > 0.0:
                agreed_kg[u, s] = whole_kg * (lately_kg[u, o] / bought) * (size[s] / by_country[o])
                asked[s] += agreed_kg[u, s]
    for by_maker in agreed_kg:
        kept += by_maker
    free_kg = size - kept + asked
    for s in range(makers):
        if asked[s] > max(free_kg[s], 0.0):
            for u in np.flatnonzero(due):
                agreed_kg[u, s] *= max(free_kg[s], 0.0) / asked[s]


@rule
def sign(firms, first, due, agreed_kg, before, contracts):
    """Write all contracts, user by user: those `before`, and anew those of the users due, [U]; return how many."""
    users, makers = agreed_kg.shape
    n, k = 0, 0
    for u in range(users):
        while k < before.size and before[k].user == first + u:
            contracts[n] = before[k]
            n, k = n + (not due[u]), k + 1
        for s in range(makers if due[u] else 0):
            if agreed_kg[u, s] > GRAM_KG:
                one = contracts[n]
                one.seller, one.user, one.good = s, first + u, firms[s].good
                one.origin, one.destination = firms[s].zone, firms[first + u].zone
                one.agreed_kg, one.kg = agreed_kg[u, s], 0.0
                n += 1
    return n


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
