"""Where metal comes from at the start of a run: the tracked origin, carried through refining and trade at rest."""

from __future__ import annotations

import numpy as np

from agents.recycling import MOST_OF_USE
from model.columns import Columns, Kind


def mark_start(c: Columns, flow: np.ndarray, zone: int) -> np.ndarray:
    """Give all stocks and goods in transit the share of tracked-origin metal that trade at rest gives them.

    Primary metal of the tracked country is of that origin, recycled metal is local, refined metal is what went in, and
    a country's sellers mix. Refining leads from good to good: after as many rounds as there are goods shares are final.

    Args:
        c: columns at rest; `tracked_kg` and `transit_tracked_kg` are set.
        flow: weekly flows at rest, tolled metal included, kg, [G, Z, Z].
        zone: the tracked country, from which exporters alone sell abroad.

    Returns:
        Metal of tracked origin that each country receives, kg a week, [G, Z].
    """
    producers, lines, inputs = c.of(Kind.PRODUCER), c.of(Kind.REFINER), c.of(Kind.REFINER_INPUT)
    holders = slice(c.buyers.start, len(c))
    sold_kg, tolled_kg = _sold_and_tolled(c)
    traded = flow.copy()
    home, abroad = np.arange(c.zones), ~np.eye(c.zones, dtype=bool)
    traded[:, home, home] = np.maximum(flow[:, home, home] - tolled_kg, 0.0)
    may_leave = c.exporter | (c.zone != zone)
    share = np.zeros(len(c))
    share[producers] = c.zone[producers] == zone
    for _ in range(c.goods):
        tracked = traded * _shares_sold(c, share, sold_kg, may_leave, traded)
        received = tracked.sum(axis=1)
        # Traders of a country that gets no metal at rest hold what is traded between countries.
        usual = _ratio((tracked * abroad).sum(axis=(1, 2)), (traded * abroad).sum(axis=(1, 2)))
        of_received = _ratio(received, flow.sum(axis=1), usual[:, None])
        share[lines] = of_received[c.good[inputs], c.zone[inputs]]
    share[holders] = of_received[c.good[holders], c.zone[holders]]
    c.tracked_kg[:] = share * c.stock_kg
    c.transit_tracked_kg[:] = share[:, None] * c.transit_kg
    return received


def _sold_and_tolled(c: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Return what makers sell at rest, kg a week, [N], and the metal that goes back to owners of scrap, [G, Z]."""
    rows = c.of(Kind.RECYCLER)
    captive_kg = c.captive_share[rows] * c.output_kg[rows]
    captive = c.by_place(rows, captive_kg)
    tolled = np.minimum(captive, MOST_OF_USE * c.by_place(c.users, c.use_kg[c.users]))
    sold_kg = c.output_kg * (c.kind <= Kind.REFINER)
    sold_kg[rows] -= captive_kg * _ratio(tolled, captive)[c.good[rows], c.zone[rows]]
    return sold_kg, tolled


def _shares_sold(
    c: Columns, share: np.ndarray, sold_kg: np.ndarray, may_leave: np.ndarray, traded: np.ndarray
) -> np.ndarray:
    """Return the tracked share of each flow, [G, Z, Z]: the exporters' mix abroad, what that leaves at home."""
    rows, open_kg = slice(0, len(c)), sold_kg * may_leave
    made, made_tracked = c.by_place(rows, sold_kg), c.by_place(rows, share * sold_kg)
    abroad = _ratio(c.by_place(rows, share * open_kg), c.by_place(rows, open_kg))
    home = np.arange(c.zones)
    left = traded.sum(axis=2) - traded[:, home, home]
    at_home = np.clip(_ratio(made_tracked - abroad * left, made - left, abroad), 0.0, 1.0)
    shares = np.repeat(abroad[:, :, None], c.zones, axis=2)
    shares[:, home, home] = at_home
    return shares


def _ratio(part: np.ndarray, whole: np.ndarray, otherwise: np.ndarray | float = 0.0) -> np.ndarray:
    """Return part / whole, and `otherwise` where the whole is nothing."""
    return np.divide(part, whole, out=np.broadcast_to(otherwise, part.shape).copy(), where=whole > 1e-9)
