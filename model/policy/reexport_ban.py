"""Re-export ban: the actor reaches beyond its border; whoever passes its metal on to the targets may be caught."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
from pydantic import Field

from model.calendar import week_of
from model.events import Action
from model.policy.desk import Desk
from model.policy.fields import Strict, Zone
from model.policy.goods import TargetedRestriction


class Campaign(Strict):
    """A later change of enforcement."""

    start: date
    enforcement: float = Field(ge=0, le=1)


class ReexportBan(TargetedRestriction):
    """Third countries must not pass the actor's metal on to the targets."""

    kind: Literal["reexport_ban"]
    targets: list[Zone] = Field(min_length=1, description="Countries that must not get the metal")
    enforcement: float = Field(0.1, ge=0, le=1, description="Chance that a shipment is caught")
    campaigns: list[Campaign] = Field(default_factory=list, description="Later changes of enforcement")

    def constrain(self, desk: Desk) -> None:
        """Make shipments of the actor's metal to the targets risky (the lane book prices the risk)."""
        others, targets = ~desk.zone_mask([self.actor]), desk.zone_mask(self.targets)
        lanes = desk.lanes
        at = lanes.block(self.covers(desk.world), others, targets)
        lanes.reexport_risk[at] = np.maximum(lanes.reexport_risk[at], self._strength(desk))

    def act(self, desk: Desk) -> None:
        """Ask for new lanes when a campaign begins."""
        if any(week_of(campaign.start, desk.start) == desk.week for campaign in self.campaigns):
            desk.lanes.changed = True
            desk.log(self.event(desk, Action.ENFORCEMENT, share=self._strength(desk)))

    def _strength(self, desk: Desk) -> float:
        strength = self.enforcement
        for campaign in sorted(self.campaigns, key=lambda c: c.start):
            if desk.week >= week_of(campaign.start, desk.start):
                strength = campaign.enforcement
        return strength
