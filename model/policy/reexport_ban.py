"""Re-export ban: the actor reaches beyond its border; whoever passes its metal on to the targets may be caught."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from model.calendar import week_of
from model.policy.base import Strict, zone_mask
from model.policy.fields import Zone
from model.policy.restriction import Restriction

if TYPE_CHECKING:
    from model.lanes import Lanes
    from model.trade_model import TradeModel


class Campaign(Strict):
    """A later change of enforcement."""

    start: date
    enforcement: float = Field(ge=0, le=1)


class ReexportBan(Restriction):
    """Third countries must not pass the actor's metal on to the targets."""

    kind: Literal["reexport_ban"]
    targets: list[Zone] = Field(min_length=1, description="Countries that must not get the metal")
    enforcement: float = Field(0.1, ge=0, le=1, description="Chance that a shipment is caught")
    campaigns: list[Campaign] = Field(default_factory=list, description="Later changes of enforcement")

    def reach(self, model: TradeModel) -> np.ndarray:
        """Its targets."""
        return zone_mask(model, self.targets).astype(float)

    def constrain(self, lanes: Lanes, model: TradeModel) -> None:
        """Make shipments of the actor's metal to the targets risky (the lane book prices the risk)."""
        others, targets = ~zone_mask(model, [self.actor]), zone_mask(model, self.targets)
        at = lanes.block(self.covers(model.world), others, targets)
        lanes.reexport_risk[at] = np.maximum(lanes.reexport_risk[at], self._strength(model))

    def act(self, model: TradeModel) -> None:
        """Ask for new lanes when a campaign begins."""
        if any(week_of(campaign.start, model.start) == model.week for campaign in self.campaigns):
            model.lanes_changed = True
            model.log(f"{self.title}: enforcement now {self._strength(model):.0%} of shipments")

    def _strength(self, model: TradeModel) -> float:
        strength = self.enforcement
        for campaign in sorted(self.campaigns, key=lambda c: c.start):
            if model.week >= week_of(campaign.start, model.start):
                strength = campaign.enforcement
        return strength
