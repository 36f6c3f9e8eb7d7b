"""Export ban: the actor's metal may not go to the targets, or not to named end uses there.

China's announcement 46 of 2024 (ban on the US, military users everywhere), suspended by announcement 72 of 2025; and
announcement 1 of 2026 (Japanese military users).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.policy.base import zone_mask
from model.policy.fields import EndUse, Zone
from model.policy.restriction import Restriction

if TYPE_CHECKING:
    from model.lanes import Lanes
    from model.trade_model import TradeModel


class ExportBan(Restriction):
    """No direct flow from the actor to the targets while in force."""

    kind: Literal["export_ban"]
    severity: float = Field(1.0, ge=0, le=2)
    targets: list[Zone] = Field(default_factory=list, description="Countries banned; all others when empty")
    end_uses: list[EndUse] = Field(
        default_factory=list,
        description="Only these end uses; works through an export_licence of the same actor, which refuses them",
    )

    _barred: np.ndarray = PrivateAttr()

    def reach(self, model: TradeModel) -> np.ndarray:
        """Its targets; a ban on some end uses frightens a country by those uses' share of its use."""
        mask = zone_mask(model, self.targets).astype(float)
        if not self.end_uses:
            return mask
        c = model.columns
        named = np.isin([row.end_use for row in c.rows], self.end_uses)
        total = np.bincount(c.zone, c.use_kg, len(mask))
        return mask * np.divide(np.bincount(c.zone, c.use_kg * named, len(mask)), np.maximum(total, 1e-9))

    def constrain(self, lanes: Lanes, model: TradeModel) -> None:
        """Close the lanes, or have the licence office bar the named end uses."""
        if not self.end_uses:
            here, there = zone_mask(model, [self.actor]), zone_mask(model, self.targets, but=self.actor)
            lanes.closed[lanes.block(self.covers(model.world), here, there)] = True

    def start(self, model: TradeModel) -> None:
        """Note whose licences are void."""
        c = model.columns
        barred = self.covers(model.world)[c.good] & zone_mask(model, self.targets)[c.zone]
        if self.end_uses:
            barred &= np.isin([row.end_use for row in c.rows], self.end_uses)
        self._barred = barred

    @property
    def barred(self) -> np.ndarray:
        """Rows that get no licence of the actor while the ban is in force, a mask over all rows."""
        return self._barred
