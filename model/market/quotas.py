"""Export quotas at the market: what they let out stays in the open book, the rest of the offers is for home."""

from __future__ import annotations

import numpy as np

from agents.books import HOME, OPEN
from model.market.orders import Ladders
from model.state.firms import Firms


class Quotas:
    """This week's quotas by country."""

    def __init__(self, firms: Firms) -> None:
        """Begin without a quota."""
        self._firms = firms
        self._left: list[tuple[int, np.ndarray]] = []

    def limit(self, zone: int, left_kg: np.ndarray) -> None:
        """Hold a country's sellers to `left_kg` of exports this week, [G] (infinite where there is no quota)."""
        self._left.append((zone, left_kg))

    def room(self) -> np.ndarray:
        """Return what quotas let out this week, kg, [G, Z] (infinite where there is no quota)."""
        room = np.full((self._firms.goods, self._firms.zones), np.inf)
        for zone, left_kg in self._left:
            room[:, zone] = np.minimum(room[:, zone], left_kg)
        return room

    def use(self, flow: np.ndarray) -> None:
        """Take off what contracts let out before the market opens: kg from each country's open book, [G, Z, 2Z]."""
        self._left = [(z, np.maximum(left_kg - flow[:, z].sum(axis=1), 0.0)) for z, left_kg in self._left]

    def share_out(self, asks: Ladders) -> None:
        """Leave what quotas let out in the open book and move the rest of it to the home book; forget the quotas.

        The lowest offers go first: among those who can export, the permits are with whoever gains most by them, as if
        they were traded. So a quota is filled as long as anybody abroad buys at all.
        """
        if not self._left:
            return
        good, at = self._firms["good"][asks.rows], self._firms["zone"][asks.rows]
        for zone, left_kg in self._left:
            for g in np.flatnonzero(np.isfinite(left_kg)):
                here = (at == zone) & (good == g)
                offers = asks.kg[here, OPEN]
                shut_kg = offers - _lowest(asks.price[here, OPEN], offers, left_kg[g])
                asks.kg[here, OPEN] -= shut_kg
                asks.kg[here, HOME] += shut_kg
        self._left.clear()


def _lowest(price: np.ndarray, kg: np.ndarray, most_kg: float) -> np.ndarray:
    """Return how much of each offer is among the lowest `most_kg`; all arrays [rows, rungs]."""
    order = np.argsort(price, axis=None, kind="stable")
    offered = kg.ravel()[order]
    taken = np.zeros(kg.size)
    taken[order] = np.clip(most_kg - (np.cumsum(offered) - offered), 0.0, offered)
    return taken.reshape(kg.shape)
