"""Sanction: the actor's firms may not trade with the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from model.policy.base import zone_mask
from model.policy.fields import Zone
from model.policy.restriction import Restriction

if TYPE_CHECKING:
    from model.lanes import Lanes
    from model.trade_model import TradeModel


class Sanction(Restriction):
    """No trade between the actor (and its partners) and the targets, in the named directions."""

    kind: Literal["sanction"]
    partners: list[Zone] = Field(default_factory=list, description="Countries that join the actor")
    targets: list[Zone] = Field(min_length=1)
    direction: Literal["imports", "exports", "both"] = Field("both", description="Seen from the actor")

    @model_validator(mode="after")
    def _withholds(self) -> Self:
        if self.severity and self.direction == "imports":
            raise ValueError(f"severity {self.severity:g}: a ban on imports alone withholds no metal of the actor's")
        return self

    def reach(self, model: TradeModel) -> np.ndarray:
        """Its targets."""
        return zone_mask(model, self.targets).astype(float)

    def constrain(self, lanes: Lanes, model: TradeModel) -> None:
        """Close the lanes between the two sides."""
        goods = self.covers(model.world)
        ours = zone_mask(model, [self.actor, *self.partners])
        theirs = zone_mask(model, self.targets) & ~ours
        if self.direction in ("imports", "both"):
            lanes.closed[lanes.block(goods, theirs, ours)] = True
        if self.direction in ("exports", "both"):
            lanes.closed[lanes.block(goods, ours, theirs)] = True
