"""Export quota: the actor lets out at most so much metal a year."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.calendar import WEEKS_PER_YEAR
from model.policy.desk import Desk
from model.policy.fields import MOST_TONNES
from model.policy.goods import Restriction
from model.state.build import TONNE


class ExportQuota(Restriction):
    """At most `tonnes_per_year` of each good leave the actor, handed out in periods of `period_weeks`.

    Those who can export share what is left of it week by week (`model.market.quotas`).
    """

    kind: Literal["export_quota"]
    severity: float = Field(0.7, ge=0, le=2)
    tonnes_per_year: float = Field(ge=0, le=MOST_TONNES)
    period_weeks: int = Field(13, ge=1, le=53, description="Unused quota lapses at the end of a period")

    _left_kg: np.ndarray = PrivateAttr()
    _period: int = PrivateAttr(-1)

    def act(self, desk: Desk) -> None:
        """Hand out the period's quota and hold exporters to what is left of it."""
        period = self.weeks_in_force(desk.week) // self.period_weeks
        if self._period != period:
            quota_kg = self.tonnes_per_year * TONNE * self.period_weeks / WEEKS_PER_YEAR
            self._left_kg = np.full(len(desk.world.goods), quota_kg)
            self._period = period
        left = np.where(self.covers(desk.world), self._left_kg, np.inf)
        desk.quotas.limit(desk.world.zone_index[self.actor], left)

    def settle(self, desk: Desk) -> None:
        """Count what left."""
        left = desk.exports_kg(desk.world.zone_index[self.actor])
        self._left_kg = np.maximum(self._left_kg - left, 0.0)
