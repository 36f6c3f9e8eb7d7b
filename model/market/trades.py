"""What moved in a week, on the exchange and under contract, and at which prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.market.deliveries import Delivered
from model.market.lanes import LaneWeek


@dataclass(frozen=True)
class Trades:
    """What moved in a week, for G goods and Z countries; all but `contracted`, `flow` and `tracked` on the exchange.

    Attributes:
        spot_flow, spot_tracked: kg, and kg of tracked origin, on every lane, [G, 2Z, 2Z].
        rent: scarcity rent, USD/kg, on every lane, [G, 2Z, 2Z].
        netback, delivered: prices by selling and by buying node, USD/kg, [G, 2Z]; NaN where the book leaves them open.
        netback_low, netback_high, delivered_low, delivered_high: the ends of their intervals, [G, 2Z].
        resold, resold_tracked: shares of what leaves each selling node that traders and stockpiles sold, and that is of
            tracked origin besides, [G, 2Z]. Metal from one book is all the same: every lane carries the same mix.
        left_kg, came_kg: kg sold from each selling node and bought at each buying node, [G, 2Z].
        bought_kg: bought by each buyer on the free and on the licensed market, [buyers, 2].
        lanes: this week's lanes.
        contracted: what contracts delivered before.
    """

    spot_flow: np.ndarray
    spot_tracked: np.ndarray
    rent: np.ndarray
    netback: np.ndarray
    delivered: np.ndarray
    netback_low: np.ndarray
    netback_high: np.ndarray
    delivered_low: np.ndarray
    delivered_high: np.ndarray
    resold: np.ndarray
    resold_tracked: np.ndarray
    left_kg: np.ndarray
    came_kg: np.ndarray
    bought_kg: np.ndarray
    lanes: LaneWeek
    contracted: Delivered

    @property
    def flow(self) -> np.ndarray:
        """All that moved, kg on every lane, [G, 2Z, 2Z]."""
        flow: np.ndarray = self.spot_flow + self.contracted.flow
        return flow

    @property
    def tracked(self) -> np.ndarray:
        """All of tracked origin that moved, kg on every lane, [G, 2Z, 2Z]."""
        tracked: np.ndarray = self.spot_tracked + self.contracted.tracked
        return tracked

    def exports_kg(self, zone: int) -> np.ndarray:
        """Return what left a country, kg, [G]."""
        flow = self.spot_flow[:, zone] + self.contracted.flow[:, zone]
        zones = flow.shape[1] // 2
        left = flow[:, :zones] + flow[:, zones:]
        abroad: np.ndarray = left.sum(axis=1) - left[:, zone]
        return abroad
