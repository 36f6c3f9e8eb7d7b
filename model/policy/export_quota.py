"""Export quota: the actor lets out at most so much metal a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.calendar import WEEKS_PER_YEAR
from model.policy.restriction import Restriction

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.trade_model import TradeModel


class ExportQuota(Restriction):
    """At most `tonnes_per_year` of each good leave the actor, handed out in periods of `period_weeks`.

    Those who can export share what is left of it week by week (`ExportRoom.share_quotas`).
    """

    kind: Literal["export_quota"]
    severity: float = Field(0.7, ge=0, le=2)
    tonnes_per_year: float = Field(ge=0)
    period_weeks: int = Field(13, ge=1, le=53, description="Unused quota lapses at the end of a period")

    _left_kg: np.ndarray = PrivateAttr()
    _period: int = PrivateAttr(-1)

    def _period_of(self, week: int) -> int:
        return self.weeks_in_force(week) // self.period_weeks

    def _open(self, model: TradeModel) -> None:
        quota_kg = self.tonnes_per_year * 1000.0 * self.period_weeks / WEEKS_PER_YEAR
        self._left_kg = np.full(len(model.world.goods), quota_kg)
        self._period = self._period_of(model.week)

    def act(self, model: TradeModel) -> None:
        """Hand out the period's quota and hold exporters to what is left of it."""
        if self._period != self._period_of(model.week):
            self._open(model)
        left = np.where(self.covers(model.world), self._left_kg, np.inf)
        model.export_room.limit(model.world.zone_index[self.actor], left)

    def settle(self, model: TradeModel, trades: Trades) -> None:
        """Count what left."""
        self._left_kg = np.maximum(self._left_kg - model.exports_kg(self.actor, trades), 0.0)
