"""The weekly exchange: asks and bids in, one clearing per good, settlement of kg and USD out.

A node is a country's open or home book on the selling side, its free or licensed market on the buying side
(`model.market.lanes`): country, or country + Z.
"""

from __future__ import annotations

import numpy as np

from agents.rule import rule
from model.market.deliveries import Delivered, nothing_delivered
from model.market.lanes import Lanes, LaneWeek
from model.market.mechanism import Mechanism
from model.market.orders import Ladders, sum_rungs
from model.market.trades import Trades
from model.state.firms import Firms
from model.state.record import Kind


class Exchange:
    """Clears and settles.

    Attributes:
        asks, bids: this week's ladders, for the firms to fill.
    """

    def __init__(self, firms: Firms, lanes: Lanes, rungs: int, mechanism: Mechanism) -> None:
        """Make room for ladders of so many rungs; `mechanism` turns orders into trades."""
        self.asks, self.bids = Ladders(firms, firms.sellers, rungs), Ladders(firms, firms.buyers, rungs)
        self._firms, self._lanes, self._mechanism = firms, lanes, mechanism
        self._nothing = nothing_delivered(firms.goods, firms.zones)

    def clear(self, lanes: LaneWeek, contracted: Delivered | None = None) -> Trades:
        """Clear what is posted in `asks` and `bids`, and move metal and money; contracts, if any, came before."""
        asks, bids = self.asks.orders(), self.bids.orders()
        c, f = self._mechanism.clear(asks, bids, lanes), self._firms
        tracked, left, resold, resold_tracked, came, bought = settle(
            f.table, int(f.spans[Kind.TRADER]), self.bids.rows.start, asks.ladder, bids.ladder, self.asks.kg.shape,
            self.bids.kg.shape, c, lanes.tariff, self._lanes.weeks_under_way, f.transit_kg, f.transit_tracked_kg,
        )  # fmt: skip
        return Trades(
            c.flow_kg, tracked, c.rent_usd_per_kg, c.netback_price, c.delivered_price, c.netback_low, c.netback_high,
            c.delivered_low, c.delivered_high, resold, resold_tracked, left, came, bought, lanes,
            contracted or self._nothing,
        )  # fmt: skip


@rule
def settle(
    firms, resellers, first, ask_ladder, bid_ladder, ask_shape, bid_shape, cleared, tariff, weeks_under_way,
    transit_kg, transit_tracked_kg,
):  # fmt: skip
    """Move what was cleared: metal from sellers to buyers, money the other way (see `deliver` and `receive`).

    Args:
        firms: records, [N].
        resellers: the first trader.
        first: the first buyer.
        ask_ladder: where each ask stands in the ladders (`Posted`).
        bid_ladder: the same of each bid.
        ask_shape: of the ladders of asks, (sellers, books, rungs).
        bid_shape: of those of bids, (buyers, markets, rungs).
        cleared: `Cleared`.
        tariff: import duty on every lane, USD/kg, [G, 2Z, 2Z].
        weeks_under_way: weeks on every lane, [2Z, 2Z].
        transit_kg: metal under way by week of arrival, kg, [N, slots], added to.
        transit_tracked_kg: the part of tracked origin, [N, slots], added to.

    Returns:
        kg of tracked origin on every lane, what `deliver` and `receive` return, and kg bought by each buyer.
    """
    sold = sum_rungs(ask_ladder, cleared.ask_filled_kg, ask_shape)
    bought = sum_rungs(bid_ladder, cleared.bid_filled_kg, bid_shape)
    flow, tracked = cleared.flow_kg, np.zeros(cleared.flow_kg.shape)
    left, resold, resold_tracked = deliver(
        firms, resellers, sold, flow, cleared.rent_usd_per_kg, cleared.netback_price, tracked
    )
    came = receive(
        firms, first, bought, flow, tracked, cleared.delivered_price, tariff, weeks_under_way, transit_kg,
        transit_tracked_kg,
    )  # fmt: skip
    return tracked, left, resold, resold_tracked, came, bought


@rule
def deliver(firms, resellers, sold, flow, rent, netback, tracked):
    """Take sold metal out of stock, pay the sellers, and note whose and of what origin each flow is.

    A full lane's rent goes to all who sold from its book, by what each sold: each has the same share of every lane.
    That is the open book, of those who may export; who sells from the home book gets no part of it.

    Args:
        firms: records, [N]; the sellers come first.
        resellers: the first trader; it and those after it sell what they bought.
        sold: kg sold by each seller from its two books, [sellers, 2].
        flow: kg on every lane, [G, 2Z, 2Z].
        rent: scarcity rent of every lane, USD/kg, [G, 2Z, 2Z].
        netback: price at each book, USD/kg, [G, 2Z].
        tracked: kg of tracked origin on every lane, [G, 2Z, 2Z], written.

    Returns:
        kg sold from each book, and the shares of resold metal in it (see `Trades`), [G, 2Z] each.
    """
    goods, nodes = netback.shape
    kg, tracked_kg, rent_usd = np.zeros((goods, nodes)), np.zeros((goods, nodes)), np.zeros((goods, nodes))
    resold, resold_tracked = np.zeros((goods, nodes)), np.zeros((goods, nodes))
    for i in range(sold.shape[0]):
        one = firms[i]
        share = one.tracked_kg / one.stock_kg if one.stock_kg > 0.0 else 0.0
        for book in range(2):
            node = one.zone + book * (nodes // 2)
            kg[one.good, node] += sold[i, book]
            tracked_kg[one.good, node] += sold[i, book] * share
            if i >= resellers:
                resold[one.good, node] += sold[i, book]
                resold_tracked[one.good, node] += sold[i, book] * share
    for g in range(goods):
        for o in range(nodes):
            if kg[g, o] > 0.0:
                resold[g, o] /= kg[g, o]
                resold_tracked[g, o] /= kg[g, o]
                for d in range(nodes):
                    tracked[g, o, d] = flow[g, o, d] * (tracked_kg[g, o] / kg[g, o])
                    rent_usd[g, o] += flow[g, o, d] * rent[g, o, d]
    for i in range(sold.shape[0]):
        one, sold_kg, receipts, rents = firms[i], sold[i, 0] + sold[i, 1], 0.0, 0.0
        if sold_kg > 0.0:
            for book in range(2):
                node = one.zone + book * (nodes // 2)
                if sold[i, book] > 0.0:
                    rents += sold[i, book] * rent_usd[one.good, node] / kg[one.good, node]
                    receipts += sold[i, book] * netback[one.good, node]
            one.rent_usd += rents
            one.received_usd += receipts + rents
            one.cash_usd += receipts + rents
            one.tracked_kg -= sold_kg * one.tracked_kg / one.stock_kg
            one.stock_kg = max(one.stock_kg - sold_kg, 0.0)
            one.sold_kg += sold_kg
    return kg, resold, resold_tracked


@rule
def receive(firms, first, bought, flow, tracked, delivered, tariff, weeks_under_way, transit_kg, transit_tracked_kg):
    """Put bought metal on its way, by the mix of lanes that supplied the market, and take payment.

    Args:
        firms: records, [N].
        first: first buyer.
        bought: kg bought by each buyer on its two markets, [buyers, 2].
        flow: kg on every lane, [G, 2Z, 2Z].
        tracked: kg of tracked origin on every lane, [G, 2Z, 2Z].
        tariff: import duty on every lane, USD/kg, [G, 2Z, 2Z].
        delivered: price at each market, USD/kg, [G, 2Z].
        weeks_under_way: weeks on every lane, [2Z, 2Z].
        transit_kg: metal under way by week of arrival, kg, [N, slots], added to.
        transit_tracked_kg: the part of tracked origin, [N, slots], added to.

    Returns:
        kg bought at each market, [G, 2Z].
    """
    goods, nodes = delivered.shape
    slots = transit_kg.shape[1]
    total, duty = np.zeros((goods, nodes)), np.zeros((goods, nodes))
    kg, tracked_kg = np.zeros((goods, nodes, slots)), np.zeros((goods, nodes, slots))
    for g in range(goods):
        for o in range(nodes):
            for d in range(nodes):
                if flow[g, o, d] > 0.0:
                    week = weeks_under_way[o, d]
                    kg[g, d, week] += flow[g, o, d]
                    tracked_kg[g, d, week] += tracked[g, o, d]
                    duty[g, d] += flow[g, o, d] * tariff[g, o, d]
                    total[g, d] += flow[g, o, d]
    for i in range(bought.shape[0]):
        one, row = firms[first + i], first + i
        for market in range(2):
            node = one.zone + market * (nodes // 2)
            if bought[i, market] > 0.0:
                share = bought[i, market] / total[one.good, node]
                for week in range(slots):
                    transit_kg[row, week] += share * kg[one.good, node, week]
                    transit_tracked_kg[row, week] += share * tracked_kg[one.good, node, week]
                usd = bought[i, market] * delivered[one.good, node]
                one.bought_kg += bought[i, market]
                one.in_transit_kg += bought[i, market]
                one.paid_usd += usd
                one.cash_usd -= usd
                one.duty_usd += share * duty[one.good, node]
    return total


@rule
def arrive(firms, first, transit_kg, transit_tracked_kg):
    """Move what is due this week from transit to stock, and bring the rest one week closer.

    Args:
        firms: records, [N].
        first: first buyer; nobody before it has metal under way.
        transit_kg: metal under way by week of arrival, kg, [N, slots].
        transit_tracked_kg: the part of tracked origin, [N, slots].
    """
    slots = transit_kg.shape[1]
    for i in range(first, firms.size):
        one, under_way = firms[i], 0.0
        one.stock_kg += transit_kg[i, 0]
        one.tracked_kg += transit_tracked_kg[i, 0]
        for week in range(slots - 1):
            transit_kg[i, week] = transit_kg[i, week + 1]
            transit_tracked_kg[i, week] = transit_tracked_kg[i, week + 1]
            under_way += transit_kg[i, week]
        transit_kg[i, slots - 1] = transit_tracked_kg[i, slots - 1] = 0.0
        one.in_transit_kg = under_way


@rule
def quote(last, traded_kg, deal, low, high, selling):
    """Set the price a reporter would publish for each node, USD/kg, in place.

    Where metal changed hands it is the price of the deals. Where none did, a buyer looks at what the next kg would cost
    (the upper end of the price interval) and a seller at what it would fetch (the lower end). Where that end is open,
    it is the point of the interval nearest to the last quote. No quote falls to nothing.

    Args:
        last: last known prices, [G, 2Z]; written.
        traded_kg: kg sold or bought at each node, [G, 2Z].
        deal: this week's prices, [G, 2Z].
        low: lower ends of their intervals, [G, 2Z].
        high: upper ends, [G, 2Z].
        selling: whether the nodes are of sellers.
    """
    goods, nodes = last.shape
    for g in range(goods):
        for n in range(nodes):
            idle, other = (low[g, n], high[g, n]) if selling else (high[g, n], low[g, n])
            if traded_kg[g, n] > 0.0 and np.isfinite(deal[g, n]):
                last[g, n] = deal[g, n]
            elif idle > 0.0 and np.isfinite(idle):  # where the way costs more than all it fetches, nobody quotes that
                last[g, n] = idle
            elif other > 0.0 and np.isfinite(other):
                below, above = min(low[g, n], high[g, n]), max(low[g, n], high[g, n])
                last[g, n] = other if np.isnan(last[g, n]) else min(max(last[g, n], below), above)
