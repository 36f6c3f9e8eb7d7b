"""A week's order book: the ladders of all firms, and the same orders good by good for the clearing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.books import GRAM_KG
from agents.rule import rule
from model.state.firms import Firms


class Posted(NamedTuple):
    """Orders of all goods in a row, those of good `g` from `start[g]` to `start[g + 1]`.

    Attributes:
        start: first order of each good, then their number, [G + 1].
        node: book or market at which an order stands (`model.market.lanes`), [n].
        price, kg: USD/kg and kg, [n].
        ladder: where the order stands in the ladders [firms, 2, rungs], as a flat index, [n].
    """

    start: np.ndarray
    node: np.ndarray
    price: np.ndarray
    kg: np.ndarray
    ladder: np.ndarray

    def of(self, good: int) -> slice:
        """Return the orders of a good."""
        return slice(int(self.start[good]), int(self.start[good + 1]))


class Ladders:
    """One side of the market: every firm's orders in its two books (asks) or markets (bids), [firms, 2, rungs]."""

    def __init__(self, firms: Firms, rows: slice, rungs: int) -> None:
        """Make room for the ladders of some records."""
        shape = (rows.stop - rows.start, 2, rungs)
        self.rows = rows
        self.price, self.kg = np.zeros(shape), np.zeros(shape)
        self._good, self._zone = firms["good"][rows].copy(), firms["zone"][rows].copy()
        self._goods, self._zones = firms.goods, firms.zones

    def orders(self) -> Posted:
        """Return the orders that ask for or offer anything, a gram or more, good by good."""
        return Posted(*_by_good(self._good, self._zone, self._goods, self._zones, self.price, self.kg))


@rule
def _by_good(good, zone, goods, zones, price, kg):
    """Return the fields of `Posted`."""
    firms, books, rungs = kg.shape
    start = np.zeros(goods + 1, np.int64)
    for i in range(firms):
        for b in range(books):
            for k in range(rungs):
                if kg[i, b, k] > GRAM_KG:
                    start[good[i] + 1] += 1
    for g in range(goods):
        start[g + 1] += start[g]
    slot, n = start[:-1].copy(), start[goods]
    node, place = np.empty(n, np.int64), np.empty(n, np.int64)
    usd, amount = np.empty(n), np.empty(n)
    for i in range(firms):
        for b in range(books):
            for k in range(rungs):
                if kg[i, b, k] > GRAM_KG:
                    j = slot[good[i]]
                    slot[good[i]] += 1
                    node[j], place[j] = zone[i] + b * zones, (i * books + b) * rungs + k
                    usd[j], amount[j] = price[i, b, k], kg[i, b, k]
    return start, node, usd, amount, place


@rule
def sum_rungs(place, filled, shape):
    """Return filled kg by firm and book, [firms, 2]."""
    firms, books, rungs = shape
    total = np.zeros(firms * books)
    for j in range(place.size):
        total[place[j] // rungs] += filled[j]
    return total.reshape(firms, books)
