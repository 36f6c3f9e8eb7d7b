"""Policies on named goods, and those among them that restrict exports and so frighten buyers."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from model.policy.base import Policy
from model.policy.desk import Desk
from model.policy.fields import Good, MetalOrGood, Zone
from model.world import World


class GoodPolicy(Policy):
    """A policy on one good."""

    good: Good

    def covers(self, world: World) -> np.ndarray:
        """Return a mask over goods, [G]."""
        return np.array([good == self.good for good in world.goods])


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

    def announce(self, desk: Desk) -> None:
        """Tell the buyers: news grows with severity and with the share of supply that comes from the actor."""
        if self.severity:
            desk.spread_news(self.actor, self.severity * self.exposure(desk), self.covers(desk.world))

    def note_dependence(self, desk: Desk) -> None:
        """Keep what each country gets from the actor now as its dependence before the restriction."""
        if self.severity:
            desk.sources.note_restriction(desk.world.zone_index[self.actor])

    def exposure(self, desk: Desk) -> np.ndarray:
        """Return how much the policy aims at each country, [Z], 0 to 1."""
        return np.ones(len(desk.world.zones))


class TargetedRestriction(Restriction):
    """A restriction aimed at named countries."""

    targets: list[Zone] = Field(min_length=1)

    def exposure(self, desk: Desk) -> np.ndarray:
        """Its targets (all countries when empty)."""
        return desk.zone_mask(self.targets).astype(float)
