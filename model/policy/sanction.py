"""Sanction: the actor's firms may not trade with the targets."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from model.policy.desk import Desk
from model.policy.fields import Zone
from model.policy.goods import TargetedRestriction


class Sanction(TargetedRestriction):
    """No trade between the actor (and its partners) and the targets, in the named directions."""

    kind: Literal["sanction"]
    partners: list[Zone] = Field(default_factory=list, description="Countries that join the actor")
    direction: Literal["imports", "exports", "both"] = Field("both", description="Seen from the actor")

    @model_validator(mode="after")
    def _withholds(self) -> Self:
        if self.severity and self.direction == "imports":
            raise ValueError(f"severity {self.severity:g}: a ban on imports alone withholds no metal of the actor's")
        return self

    def constrain(self, desk: Desk) -> None:
        """Close the lanes between the two sides."""
        lanes, goods = desk.lanes, self.covers(desk.world)
        ours = desk.zone_mask([self.actor, *self.partners])
        theirs = desk.zone_mask(self.targets) & ~ours
        if self.direction in ("imports", "both"):
            lanes.closed[lanes.block(goods, theirs, ours)] = True
        if self.direction in ("exports", "both"):
            lanes.closed[lanes.block(goods, ours, theirs)] = True
