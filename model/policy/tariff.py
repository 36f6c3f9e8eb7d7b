"""Tariff: an import duty of the actor, on top of the standing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from model.policy.base import zone_mask
from model.policy.fields import Zone
from model.policy.restriction import GoodsPolicy

if TYPE_CHECKING:
    from model.lanes import Lanes
    from model.trade_model import TradeModel


class Tariff(GoodsPolicy):
    """The actor takes `rate_share` of the value at origin on imports from `origins`."""

    kind: Literal["tariff"]
    rate_share: float = Field(ge=0, le=10)
    origins: list[Zone] = Field(default_factory=list, description="Countries taxed; all when empty")

    def constrain(self, lanes: Lanes, model: TradeModel) -> None:
        """Add the rate to the lane's duty."""
        here = zone_mask(model, [self.actor])
        origins = zone_mask(model, self.origins, but=self.actor)
        lanes.duty[lanes.block(self.covers(model.world), origins, here)] += self.rate_share
