"""The weekly exchange: order books in, one call auction per good, settlement of kg and USD out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from agents.firm import GRAM_KG
from model.bargaining import Meetings
from model.columns import Columns, Kind
from model.lanes import Lanes, LaneWeek
from model.market import Clearing, clear_arrays

Mechanism = Callable[..., Clearing]


@dataclass
class Book:
    """One side of a good's order book: which rows, where they stand, and at what price and kg.

    `price` and `kg` are [rows, 2, rungs]: two books (open, home) for asks, two markets (free, licensed) for bids.
    """

    rows: slice
    price: np.ndarray
    kg: np.ndarray


@dataclass(frozen=True)
class Trades:
    """What the exchange did in a week, all goods: flows [G, 2Z, 2Z] kg, prices [G, 2Z] USD/kg (NaN: no bound).

    `tracked` is the part of `flow` that is of tracked origin, `resold` and `resold_tracked` are the parts of both that
    traders and stockpiles sold; `lanes_used` are the places of `flow` that are not 0.
    """

    flow: np.ndarray
    netback: np.ndarray
    delivered: np.ndarray
    netback_low: np.ndarray
    netback_high: np.ndarray
    delivered_low: np.ndarray
    delivered_high: np.ndarray
    rent: np.ndarray
    tracked: np.ndarray
    resold: np.ndarray
    resold_tracked: np.ndarray
    licensed_bought_kg: np.ndarray
    lanes: LaneWeek
    lanes_used: tuple[np.ndarray, ...]

    @property
    def bought(self) -> np.ndarray:
        """Where metal was bought: a mask over markets, [G, 2Z]."""
        return self._used_at(2)

    @property
    def sold(self) -> np.ndarray:
        """Where metal was sold: a mask over origin books, [G, 2Z]."""
        return self._used_at(1)

    def _used_at(self, end: int) -> np.ndarray:
        used = np.zeros(self.netback.shape, dtype=bool)
        used[self.lanes_used[0], self.lanes_used[end]] = True
        return used


class Exchange:
    """Clears and settles. Which orders belong to which good never changes in a run, so it is worked out once."""

    def __init__(
        self, columns: Columns, lanes: Lanes, mechanism: Mechanism = clear_arrays, meetings: Meetings | None = None
    ) -> None:
        """Lay out the books; `meetings` is the luck of the orders, for a mechanism that takes it."""
        self._c = columns
        self._lanes = lanes
        self._mechanism = mechanism
        self._meetings = meetings
        self._asks = _Layout(columns, columns.sellers)
        self._bids = _Layout(columns, columns.buyers)

    def clear(self, asks: Book, bids: Book, lanes: LaneWeek) -> Trades:
        """Clear every good and move metal and money.

        Args:
            asks: the sellers' book.
            bids: the buyers' book.
            lanes: this week's lanes.
        """
        goods, nodes = self._lanes.goods, 2 * self._lanes.zones
        by_node = {name: np.full((goods, nodes), np.nan) for name in _NODE_RESULTS}
        flow, rent = np.zeros((goods, nodes, nodes)), np.zeros((goods, nodes, nodes))
        ask_filled, bid_filled = np.zeros(asks.kg.size), np.zeros(bids.kg.size)
        ask_price, ask_kg = asks.price.reshape(-1), asks.kg.reshape(-1)
        bid_price, bid_kg = bids.price.reshape(-1), bids.kg.reshape(-1)
        ask_layout, bid_layout = self._asks.of(asks.kg.shape), self._bids.of(bids.kg.shape)
        luck = self._meetings.week(asks.kg[0].size, bids.kg[0].size) if self._meetings else ()
        for g in range(goods):
            # Most rows have nothing in one of their two books: leave empty orders out before they are sorted.
            (a, a_node), (b, b_node) = _filled(ask_layout[g], ask_kg), _filled(bid_layout[g], bid_kg)
            orders = (a_node, ask_price[a], ask_kg[a], b_node, bid_price[b], bid_kg[b])
            own_luck = [side.take(places, axis=1) for side, places in zip(luck, (a, b), strict=False)]
            result = self._mechanism(*orders, lanes.cost[g], lanes.limit[g], *own_luck)
            ask_filled[a], bid_filled[b] = result.ask_filled_kg, result.bid_filled_kg
            flow[g], rent[g] = result.flow_kg, result.rent_usd_per_kg
            for name, store in by_node.items():
                store[g] = getattr(result, name)
        sold = ask_filled.reshape(asks.kg.shape).sum(axis=2)
        bought = bid_filled.reshape(bids.kg.shape).sum(axis=2)
        trades = Trades(
            flow=flow,
            rent=rent,
            tracked=np.zeros_like(flow),
            resold=np.zeros_like(flow),
            resold_tracked=np.zeros_like(flow),
            netback=by_node["netback_price"],
            delivered=by_node["delivered_price"],
            netback_low=by_node["netback_low"],
            netback_high=by_node["netback_high"],
            delivered_low=by_node["delivered_low"],
            delivered_high=by_node["delivered_high"],
            licensed_bought_kg=bought[:, 1],
            lanes=lanes,
            lanes_used=np.nonzero(flow),
        )
        self._deliver(asks.rows, sold, trades)
        self._receive(bids.rows, bought, trades)
        return trades

    def _deliver(self, rows: slice, sold: np.ndarray, trades: Trades) -> None:
        """Take sold metal out of stock, pay the sellers, and note whose and of what origin each flow is."""
        c, node, shape = self._c, self._asks.node, trades.netback.shape
        stock, sold_kg = c.stock_kg[rows], sold.sum(axis=1)
        share = np.divide(c.tracked_kg[rows], stock, out=np.zeros_like(stock), where=stock > 0)
        by_node = np.bincount(node.ravel(), sold.ravel(), trades.netback.size).reshape(shape)
        at = trades.lanes_used
        resale = (c.kind[rows] >= Kind.TRADER).astype(float)
        # Metal from one book is all the same: every lane out of it carries the same mix of sellers and origins.
        parts = ((trades.tracked, share), (trades.resold, resale), (trades.resold_tracked, resale * share))
        for part, weight in parts:
            kg = np.bincount(node.ravel(), (sold * weight[:, None]).ravel(), trades.netback.size).reshape(shape)
            node_share = np.divide(kg, by_node, out=np.zeros(shape), where=by_node > 0)
            part[at] = trades.flow[at] * node_share[at[0], at[1]]

        # So a full lane's rent goes to all who sold from its book, by what each sold: each has the same share of every
        # lane. That is the open book, of those who may export; who sells from the home book gets no part of it.
        origin = at[0] * shape[1] + at[1]
        rent_usd = np.bincount(origin, trades.flow[at] * trades.rent[at], trades.netback.size).reshape(shape)
        rent_per_kg = np.divide(rent_usd, by_node, out=np.zeros(shape), where=by_node > 0)
        price = np.where(by_node > 0, trades.netback, 0.0) + rent_per_kg
        receipts = (sold * price.ravel()[node]).sum(axis=1)
        c.received_usd[rows] += receipts
        c.cash_usd[rows] += receipts
        c.sold_kg[rows] += sold_kg
        c.stock_kg[rows] = np.maximum(stock - sold_kg, 0.0)
        c.tracked_kg[rows] -= sold_kg * share

    def _receive(self, rows: slice, bought: np.ndarray, trades: Trades) -> None:
        """Put bought metal on its way, by the mix of lanes that supplied the market, and take payment."""
        c, node, slots = self._c, self._bids.node, self._c.transit_slots
        arrivals = self._by_lag(trades)
        total = arrivals[:, :slots].sum(axis=1, keepdims=True)
        mix = np.divide(arrivals, total, out=np.zeros_like(arrivals), where=total > 0)
        parts = bought[:, 0, None] * mix[node[:, 0]]
        if trades.licensed_bought_kg.any():
            parts += bought[:, 1, None] * mix[node[:, 1]]
        c.transit_kg[rows] += parts[:, :slots]
        c.transit_tracked_kg[rows] += parts[:, slots:]
        price = np.where(total.reshape(trades.delivered.shape) > 0, trades.delivered, 0.0)
        payments = (bought * price.ravel()[node]).sum(axis=1)
        c.bought_kg[rows] += bought.sum(axis=1)
        c.paid_usd[rows] += payments
        c.cash_usd[rows] -= payments

    def _by_lag(self, trades: Trades) -> np.ndarray:
        """Return flows into each market by weeks under way, kg, [G * 2Z, 2 * slots]: all, then the tracked part."""
        good, origin, destination = at = trades.lanes_used
        markets, slots = trades.delivered.size, self._c.transit_slots
        market = good * trades.delivered.shape[1] + destination
        place = market * 2 * slots + self._lanes.weeks_under_way[origin, destination]
        size = markets * 2 * slots
        kg = np.bincount(place, trades.flow[at], size) + np.bincount(place + slots, trades.tracked[at], size)
        return kg.reshape(markets, 2 * slots)


_NODE_RESULTS = ("netback_price", "delivered_price", "netback_low", "netback_high", "delivered_low", "delivered_high")


def _filled(orders: tuple[np.ndarray, np.ndarray], kg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places and nodes of a good's orders that ask for or offer anything: a gram or more."""
    place, node = orders
    some = kg[place] > GRAM_KG
    return place[some], node[some]


class _Layout:
    """Positions of each good's orders in a flattened book [rows, 2, rungs], and the node each stands at.

    `node` numbers the rows' two nodes over all goods, [rows, 2]: good * 2Z + node.
    """

    def __init__(self, columns: Columns, rows: slice) -> None:
        self._good = columns.good[rows]
        self._zone = columns.zone[rows]
        self._goods, self._zones = columns.goods, columns.zones
        both = np.stack([self._zone, self._zone + columns.zones], axis=1)
        self.node = self._good[:, None] * 2 * columns.zones + both
        self._shape: tuple[int, ...] = ()
        self._by_good: list[tuple[np.ndarray, np.ndarray]] = []

    def of(self, shape: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return, by good, the flat positions and nodes of its orders in a book of this shape."""
        if shape != self._shape:
            self._shape = shape
            node = np.broadcast_to(
                self._zone[:, None, None] + self._zones * np.arange(shape[1])[None, :, None], shape
            ).reshape(-1)
            good = np.broadcast_to(self._good[:, None, None], shape).reshape(-1)
            places = [np.flatnonzero(good == g) for g in range(self._goods)]
            self._by_good = [(place, node[place]) for place in places]
        return self._by_good


def arrive(columns: Columns) -> None:
    """Move what is due this week from transit to stock, and bring the rest one week closer."""
    c = columns
    c.stock_kg += c.transit_kg[:, 0]
    c.tracked_kg += c.transit_tracked_kg[:, 0]
    for transit in (c.transit_kg, c.transit_tracked_kg):
        transit[:, :-1] = transit[:, 1:]
        transit[:, -1] = 0.0
