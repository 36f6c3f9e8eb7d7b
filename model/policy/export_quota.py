"""Export quota: the actor lets out at most so much metal a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.calendar import WEEKS_PER_YEAR
from model.policy.base import Policy

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.trade_model import TradeModel


class ExportQuota(Policy):
    """At most `tonnes_per_year` of each good leave the actor, handed out in periods of `period_weeks`."""

    kind: Literal["export_quota"]
    severity: float = Field(0.7, ge=0, le=2)
    tonnes_per_year: float = Field(ge=0)
    period_weeks: int = Field(13, ge=1, le=53, description="Unused quota lapses at the end of a period")

    _left_kg: np.ndarray = PrivateAttr()

    def start(self, model: TradeModel) -> None:
        """Open the first period."""
        self._left_kg = np.zeros(len(model.world.goods))

    def act(self, model: TradeModel) -> None:
        """Hand out the period's quota and hold exporters to what is left of it."""
        if self.weeks_in_force(model.week) % self.period_weeks == 0:
            self._left_kg[:] = self.tonnes_per_year * 1000.0 * self.period_weeks / WEEKS_PER_YEAR
        left = np.where(self.covers(model.world), self._left_kg, np.inf)
        model.export_room.limit(model.world.zone_index[self.actor], left)

    def settle(self, model: TradeModel, trades: Trades) -> None:
        """Count what left."""
        self._left_kg = np.maximum(self._left_kg - model.exports_kg(self.actor, trades), 0.0)
