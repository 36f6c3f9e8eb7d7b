"""Where each country's metal comes from: the record that perceived risk and licence applications refer to.

What counts is the border: metal that came in from abroad, and at home what its makers sold. When a trader sells it
on within the country it has been counted before, where it came from.
"""

from __future__ import annotations

import numpy as np

from agents.rule import rule
from model.market.trades import Trades


class Sources:
    """Receipts by origin, blended week by week.

    Attributes:
        received_from: kg a week by good, origin and destination, metal from own scrap included, [G, Z, Z].
        tracked_received: kg a week of metal of tracked origin, whoever sold it, [G, Z].
    """

    def __init__(self, flow: np.ndarray, tracked_received: np.ndarray, tracked: int) -> None:
        """Start from the flows of the static equilibrium, kg a week; `tracked` is the country that is followed."""
        self.received_from, self.tracked_received = flow.copy(), tracked_received.copy()
        self._tracked = tracked
        self._before: dict[int, np.ndarray] = {}

    def restart(self, flow: np.ndarray, tracked_received: np.ndarray) -> None:
        """Start again from other flows: those that contracts are written for."""
        self.received_from[:], self.tracked_received[:] = flow, tracked_received
        self._before = {origin: self.share_from(origin) for origin in self._before}

    def remember(self, params: np.ndarray, trades: Trades, tolled_kg: np.ndarray) -> None:
        """Blend this week's receipts into the record."""
        more = trades.contracted
        _remember(params, trades.spot_flow, trades.spot_tracked, trades.resold, trades.resold_tracked, tolled_kg,
                  more.flow, more.tracked, self.received_from, self.tracked_received)  # fmt: skip

    def share_from(self, origin: int) -> np.ndarray:
        """Return the share of each country's metal that comes from `origin`, directly or refined elsewhere, [G, Z]."""
        total = np.maximum(self.received_from.sum(axis=1), 1e-9)
        direct = self.received_from[:, origin, :] / total
        found: np.ndarray = np.maximum(direct, self.tracked_received / total) if origin == self._tracked else direct
        return found

    def share_before(self, origin: int) -> np.ndarray:
        """Return the same share as it was when `origin` first announced a restriction (now, if it never did)."""
        return self._before[origin] if origin in self._before else self.share_from(origin)

    def note_restriction(self, origin: int) -> None:
        """Keep today's shares as those from before the restriction; later ones change nothing."""
        self._before.setdefault(origin, self.share_from(origin))


@rule
def _remember(
    params, flow, tracked, resold, resold_tracked, tolled_kg, contracted, contracted_tracked, received_from,
    tracked_received,
):  # fmt: skip
    """Blend the week's receipts into the record (see `Sources`)."""
    goods, zones = tracked_received.shape
    kg, tracked_kg = np.zeros((zones, zones)), np.zeros(zones)
    for g in range(goods):
        memory = params[g].dependence_memory
        kg[:], tracked_kg[:] = 0.0, 0.0
        for o in range(2 * zones):
            for d in range(2 * zones):
                if flow[g, o, d] > 0.0:
                    home = o % zones == d % zones
                    kg[o % zones, d % zones] += flow[g, o, d] * (1.0 - resold[g, o] if home else 1.0)
                    tracked_kg[d % zones] += tracked[g, o, d] - (flow[g, o, d] * resold_tracked[g, o] if home else 0.0)
        for d in range(zones):
            kg[d, d] += tolled_kg[g, :, d].sum()  # own scrap, wherever it was worked up
            tracked_received[g, d] += memory * (tracked_kg[d] - tracked_received[g, d])
            for o in range(zones):
                received_from[g, o, d] += memory * (kg[o, d] - received_from[g, o, d])
    _add_contracts(params, contracted, contracted_tracked, received_from, tracked_received)


@rule
def _add_contracts(params, flow, tracked, received_from, tracked_received):
    """Blend what makers delivered under contract into the record: their own metal, whichever book it left."""
    goods, zones = tracked_received.shape
    for g in range(goods):
        for o in range(2 * zones):
            for d in range(2 * zones):
                if flow[g, o, d] > 0.0:
                    received_from[g, o % zones, d % zones] += params[g].dependence_memory * flow[g, o, d]
                    tracked_received[g, d % zones] += params[g].dependence_memory * tracked[g, o, d]
