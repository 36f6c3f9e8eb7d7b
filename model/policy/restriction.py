"""Policies on named goods, and those among them that restrict exports and so frighten buyers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from model.policy.base import Policy
from model.policy.fields import MetalOrGood

if TYPE_CHECKING:
    from model.trade_model import TradeModel
    from model.world import World


class GoodsPolicy(Policy):
    """A policy on some metals or goods."""

    goods: list[MetalOrGood] = Field(default_factory=list, description="Metals or goods; all when empty")

    def covers(self, world: World) -> np.ndarray:
        """Return a mask over goods, [G]."""
        if not self.goods:
            return np.ones(len(world.goods), dtype=bool)
        return np.array([g in self.goods or world.metal_of_good[i] in self.goods for i, g in enumerate(world.goods)])


class Restriction(GoodsPolicy):
    """A policy that keeps the actor's metal from others: its announcement tells buyers that supply is at risk."""

    severity: float = Field(0.0, ge=0, le=2, description="How strongly buyers in targeted countries take the news")

    def announce(self, model: TradeModel) -> None:
        """Tell the buyers: news grows with severity and with the share of supply that comes from the actor."""
        if self.severity:
            model.spread_news(self.actor, self.severity * self.reach(model), self.covers(model.world))

    def note_dependence(self, model: TradeModel) -> None:
        """Keep what each country gets from the actor now as its dependence before the restriction."""
        if self.severity:
            model.sources.note_restriction(model.world.zone_index[self.actor])

    def reach(self, model: TradeModel) -> np.ndarray:
        """Return how much the policy aims at each country, [Z], 0 to 1."""
        return np.ones(len(model.world.zones))
