"""Export ban: the actor's metal may not go to the targets, or not to named end uses there."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.policy.desk import Desk
from model.policy.fields import EndUse, Zone
from model.policy.goods import TargetedRestriction


class ExportBan(TargetedRestriction):
    """No direct flow from the actor to the targets while in force."""

    kind: Literal["export_ban"]
    severity: float = Field(1.0, ge=0, le=2)
    targets: list[Zone] = Field(default_factory=list, description="Countries banned; all others when empty")
    end_uses: list[EndUse] = Field(
        default_factory=list,
        description="Only these end uses; works through an export_licence of the same actor, which refuses them",
    )

    _barred: np.ndarray = PrivateAttr()

    def exposure(self, desk: Desk) -> np.ndarray:
        """Its targets; a ban on some end uses frightens a country by those uses' share of its use of the goods."""
        mask, f = super().exposure(desk), desk.firms
        if not self.end_uses:
            return mask
        named, use = np.isin(f.end_uses(), self.end_uses), f["trend_use_kg"] * self.covers(desk.world)[f["good"]]
        total = np.bincount(f["zone"], use, len(mask))
        return mask * np.bincount(f["zone"], use * named, len(mask)) / np.maximum(total, 1e-9)

    def constrain(self, desk: Desk) -> None:
        """Close the lanes; a ban on end uses leaves them to the licence office."""
        if not self.end_uses:
            here, there = desk.zone_mask([self.actor]), desk.zone_mask(self.targets, but=self.actor)
            desk.lanes.closed[desk.lanes.block(self.covers(desk.world), here, there)] = True

    def start(self, desk: Desk) -> None:
        """Note who gets no licence."""
        f = desk.firms
        self._barred = self.covers(desk.world)[f["good"]] & desk.zone_mask(self.targets)[f["zone"]]
        if self.end_uses:
            self._barred &= np.isin(f.end_uses(), self.end_uses)

    def act(self, desk: Desk) -> None:
        """Keep licences of the actor out of barred hands."""
        desk.licences.bar(desk.world.zone_index[self.actor], self._barred)
