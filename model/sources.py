"""Where each country's metal comes from: the record that perceived risk and licence applications refer to.

What counts is the border: metal that came in from abroad, and at home what its makers sold. When a trader sells it
on within the country it has been counted before, where it came from.
"""

from __future__ import annotations

import numpy as np

from model.exchange import Trades


class Sources:
    """Receipts by origin, blended week by week.

    Attributes:
        received_from: kg a week by good, origin and destination, tolled metal included, [G, Z, Z].
        tracked_received: kg a week of metal of tracked origin, whoever sold it, [G, Z].
    """

    def __init__(self, flow: np.ndarray, tracked_received: np.ndarray, tracked: int, memory: float) -> None:
        """Start from the receipts of the static equilibrium.

        Args:
            flow: receipts by origin, kg a week, [G, Z, Z].
            tracked_received: the part of tracked origin, kg a week, [G, Z].
            tracked: the tracked country.
            memory: the weight of one week.
        """
        self.received_from = flow.copy()
        self.tracked_received = tracked_received.copy()
        self._tracked = tracked
        self._memory = memory
        self._before: dict[int, np.ndarray] = {}

    def remember(self, trades: Trades, tolled_kg: np.ndarray) -> None:
        """Blend this week's receipts into the record."""
        goods, zones = self.tracked_received.shape
        at = good, origin, destination = trades.lanes_used
        at_home = origin % zones == destination % zones
        came_in = trades.flow[at] - at_home * trades.resold[at]
        tracked_in = trades.tracked[at] - at_home * trades.resold_tracked[at]
        place = (good * zones + origin % zones) * zones + destination % zones
        kg = np.bincount(place, came_in, goods * zones * zones).reshape(goods, zones, zones)
        kg[:, range(zones), range(zones)] += tolled_kg
        place = good * zones + destination % zones
        tracked = np.bincount(place, tracked_in, goods * zones).reshape(goods, zones)
        self.received_from += self._memory * (kg - self.received_from)
        self.tracked_received += self._memory * (tracked - self.tracked_received)

    def share_from(self, origin: int) -> np.ndarray:
        """Return the share of each country's metal that comes from `origin`, directly or refined elsewhere, [G, Z]."""
        total = np.maximum(self.received_from.sum(axis=1), 1e-9)
        direct = self.received_from[:, origin, :] / total
        return np.maximum(direct, self.tracked_received / total) if origin == self._tracked else direct

    def share_before(self, origin: int) -> np.ndarray:
        """Return the same share as it was when `origin` first announced a restriction (now, if it never did)."""
        return self._before[origin] if origin in self._before else self.share_from(origin)

    def note_restriction(self, origin: int) -> None:
        """Keep today's shares as those from before the restriction; later ones change nothing."""
        self._before.setdefault(origin, self.share_from(origin))
