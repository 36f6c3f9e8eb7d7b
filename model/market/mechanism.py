"""The rules that turn order books into trades, all goods of a week at once: the auction, or bargaining."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from agents.rule import rule
from model.market.auction import Clearing
from model.market.bargaining import ROUNDS, bargain_arrays
from model.market.goods import Orders, clear_goods, room_for_goods
from model.market.kernel import Cleared
from model.market.lanes import LaneWeek
from model.market.orders import Posted
from model.streams import MeetingDraws


class Mechanism(Protocol):
    """What the exchange asks of a rule."""

    def clear(self, asks: Posted, bids: Posted, lanes: LaneWeek) -> Cleared:
        """Turn a week's orders into trades."""


class Auction:
    """One call auction per good, all in one compiled call."""

    def clear(self, asks: Posted, bids: Posted, lanes: LaneWeek) -> Cleared:
        """Clear every good."""
        out: Cleared = _cleared(_side(asks), _side(bids), lanes.cost, lanes.limit)
        return out


class Bargaining:
    """Random bilateral meetings, good by good; every order has draws of its own.

    So a firm that stands idle, or an order for another good, moves nobody else's meetings.
    """

    def __init__(self, seed: int, sellers: list[str], buyers: list[str], orders: int) -> None:
        """Prepare the draws of all firms that may post orders, so many each."""
        self._asks = MeetingDraws(seed, "bargaining/ask", sellers, ROUNDS, orders)
        self._bids = MeetingDraws(seed, "bargaining/bid", buyers, ROUNDS, orders)

    def clear(self, asks: Posted, bids: Posted, lanes: LaneWeek) -> Cleared:
        """Let every good's orders meet."""
        ask_draws, bid_draws = self._asks.week(), self._bids.week()
        results = []
        for g in range(len(lanes.cost)):
            a, b = asks.of(g), bids.of(g)
            results.append(
                bargain_arrays(asks.node[a], asks.price[a], asks.kg[a], bids.node[b], bids.price[b], bids.kg[b],
                               lanes.cost[g], lanes.limit[g], _own(ask_draws, asks.ladder[a]),
                               _own(bid_draws, bids.ladder[b]))
            )  # fmt: skip
        return _joined(results)


@rule
def _cleared(asks, bids, cost, limit):
    """Return every good of a week cleared."""
    out = room_for_goods(asks.kg.size, bids.kg.size, *cost.shape)
    clear_goods(asks, bids, cost, limit, out)
    return out


def _side(posted: Posted) -> Orders:
    return Orders(posted.start, posted.node, posted.price, posted.kg)


def _own(draws: np.ndarray, ladder: np.ndarray) -> np.ndarray:
    """Return the draws, [rows, rounds, orders], of the orders at some places of the ladders, [rounds, n]."""
    row, order = np.divmod(ladder, draws.shape[2])
    return np.ascontiguousarray(draws[row, :, order].T)


def _joined(results: Sequence[Clearing]) -> Cleared:
    filled = (np.concatenate([getattr(r, name) for r in results]) for name in Cleared._fields[:2])
    by_good = (np.array([getattr(r, name) for r in results]) for name in Cleared._fields[2:])
    return Cleared(*filled, *by_good)
