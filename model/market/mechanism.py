"""The rules that turn order books into trades, all goods of a week at once: the auction, or bargaining."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from model.market.auction import Clearing, clear_arrays
from model.market.bargaining import ROUNDS, bargain_arrays
from model.market.lanes import LaneWeek
from model.market.orders import Orders
from model.streams import MeetingDraws


class Cleared(NamedTuple):
    """Trades of all goods: kg filled of each order, [n], and the fields of `Clearing` by good."""

    ask_filled: np.ndarray
    bid_filled: np.ndarray
    flow: np.ndarray
    rent: np.ndarray
    netback: np.ndarray
    delivered: np.ndarray
    netback_low: np.ndarray
    netback_high: np.ndarray
    delivered_low: np.ndarray
    delivered_high: np.ndarray


class Mechanism(Protocol):
    """What the exchange asks of a rule."""

    def clear(self, asks: Orders, bids: Orders, lanes: LaneWeek) -> Cleared:
        """Turn a week's orders into trades."""


class Auction:
    """One call auction per good."""

    def clear(self, asks: Orders, bids: Orders, lanes: LaneWeek) -> Cleared:
        """Clear every good."""
        results = []
        for g in range(len(lanes.cost)):
            a, b = asks.of(g), bids.of(g)
            results.append(
                clear_arrays(asks.node[a], asks.price[a], asks.kg[a], bids.node[b], bids.price[b], bids.kg[b],
                             lanes.cost[g], lanes.limit[g])
            )  # fmt: skip
        return _joined(results)


class Bargaining:
    """Random bilateral meetings, good by good; every order has draws of its own.

    So a firm that stands idle, or an order for another good, moves nobody else's meetings.
    """

    def __init__(self, seed: int, sellers: list[str], buyers: list[str], orders: int) -> None:
        """Prepare the draws of all firms that may post orders, so many each."""
        self._asks = MeetingDraws(seed, "bargaining/ask", sellers, ROUNDS, orders)
        self._bids = MeetingDraws(seed, "bargaining/bid", buyers, ROUNDS, orders)

    def clear(self, asks: Orders, bids: Orders, lanes: LaneWeek) -> Cleared:
        """Let every good's orders meet."""
        ask_draws, bid_draws = self._asks.week(), self._bids.week()
        results = []
        for g in range(len(lanes.cost)):
            a, b = asks.of(g), bids.of(g)
            results.append(
                bargain_arrays(asks.node[a], asks.price[a], asks.kg[a], bids.node[b], bids.price[b], bids.kg[b],
                               lanes.cost[g], lanes.limit[g], ask_draws.take(asks.place[a], axis=1),
                               bid_draws.take(bids.place[b], axis=1))
            )  # fmt: skip
        return _joined(results)


def _joined(results: Sequence[Clearing]) -> Cleared:
    return Cleared(
        np.concatenate([r.ask_filled_kg for r in results]),
        np.concatenate([r.bid_filled_kg for r in results]),
        *(
            np.array([getattr(r, name) for r in results])
            for name in ("flow_kg", "rent_usd_per_kg", "netback_price", "delivered_price", "netback_low",
                         "netback_high", "delivered_low", "delivered_high")
        ),
    )  # fmt: skip
