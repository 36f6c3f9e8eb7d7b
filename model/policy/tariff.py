"""Tariff: an import duty of the actor, on top of the standing one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from model.policy.desk import Desk
from model.policy.fields import Zone
from model.policy.goods import GoodsPolicy


class Tariff(GoodsPolicy):
    """The actor takes `rate_share` of the value at origin on imports from `origins`."""

    kind: Literal["tariff"]
    rate_share: float = Field(ge=0, le=10)
    origins: list[Zone] = Field(default_factory=list, description="Countries taxed; all when empty")

    def constrain(self, desk: Desk) -> None:
        """Add the rate to the lane's duty."""
        here, origins = desk.zone_mask([self.actor]), desk.zone_mask(self.origins, but=self.actor)
        desk.lanes.duty[desk.lanes.block(self.covers(desk.world), origins, here)] += self.rate_share
