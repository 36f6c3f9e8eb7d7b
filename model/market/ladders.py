"""Orders in merit order: one ladder per place, sorted by price, ties in the order of the book."""

from typing import NamedTuple

import numpy as np

from agents.rule import rule

SHORT = 16  # stretches up to this length are sorted by insertion


class Ladders(NamedTuple):
    """One side of a book, for the N places that hold an order."""

    place: np.ndarray  # the places, rising, [N]
    start: np.ndarray  # the n-th of them has the orders `order[start[n]:start[n + 1]]`, best first, [N + 1]
    order: np.ndarray  # index of each order in the book
    at: np.ndarray  # place in `order` of the first that is not full, [N]
    price: np.ndarray  # USD/kg, in the order of the book
    kg: np.ndarray  # size, in the order of the book
    filled: np.ndarray  # kg traded, in the order of the book


@rule
def ladders(place, price, sign, kg, filled, tol_kg, n_places):
    """Sort orders by place, then price, then index; leave out orders of (almost) zero kg.

    Args:
        place: Place of each order, 0..n_places-1.
        price: Price of each order, USD/kg.
        sign: 1.0 for asks (cheapest first), -1.0 for bids (dearest first).
        kg: Size of each order.
        filled: Kg traded of each order; set to 0 here.
        tol_kg: Orders up to this size are left out.
        n_places: Number of places.
    """
    filled[:] = 0.0
    slot = np.zeros(n_places, np.int64)
    for i in range(place.size):
        slot[place[i]] += kg[i] > tol_kg
    places, start = np.empty(n_places, np.int64), np.empty(n_places + 1, np.int64)
    n, total = 0, 0
    for z in range(n_places):
        if slot[z] > 0:
            places[n], start[n] = z, total
            n += 1
        total, slot[z] = total + slot[z], total
    start[n] = total
    order, key = np.empty(total, np.int64), np.empty(total)
    for i in range(place.size):
        if kg[i] > tol_kg:
            k = slot[place[i]]
            order[k], key[k] = i, sign * price[i]
            slot[place[i]] = k + 1
    sort_ladders(key, order, start[: n + 1])
    return Ladders(places[:n], start[: n + 1], order, start[:n].copy(), price, kg, filled)


@rule
def sort_ladders(key, order, start):
    """Sort each stretch `start[n]:start[n + 1]` by key, in place; stable, and quick where it is sorted already."""
    spare_key, spare_order = np.empty(key.size), np.empty(key.size, np.int64)
    for n in range(start.size - 1):
        first, end = start[n], start[n + 1]
        for left in range(first, end, SHORT):
            insert(key, order, left, min(left + SHORT, end))
        width = SHORT
        while width < end - first:
            for left in range(first, end - width, 2 * width):
                merge(key, order, left, left + width, min(left + 2 * width, end), spare_key, spare_order)
            width *= 2


@rule
def insert(key, order, first, end):
    """Sort a short stretch by insertion."""
    for k in range(first + 1, end):
        x, i, at = key[k], order[k], k
        while at > first and key[at - 1] > x:
            key[at], order[at] = key[at - 1], order[at - 1]
            at -= 1
        key[at], order[at] = x, i


@rule
def merge(key, order, first, middle, end, spare_key, spare_order):
    """Merge two sorted stretches that lie side by side; equal keys of the left one come first."""
    if key[middle - 1] <= key[middle]:
        return
    n_left = middle - first
    for k in range(n_left):
        spare_key[k], spare_order[k] = key[first + k], order[first + k]
    left, right, at = 0, middle, first
    while left < n_left and right < end:  # no branch inside: which side comes next cannot be foreseen
        later = key[right] < spare_key[left]
        key[at], order[at] = (key[right], order[right]) if later else (spare_key[left], spare_order[left])
        left, right, at = left + (not later), right + later, at + 1
    for k in range(left, n_left):
        key[at], order[at] = spare_key[k], spare_order[k]
        at += 1
