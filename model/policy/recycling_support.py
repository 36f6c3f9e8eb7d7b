"""Recycling support: public money brings more scrap to the actor's recyclers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.columns import Kind
from model.policy.restriction import GoodsPolicy

if TYPE_CHECKING:
    from model.trade_model import TradeModel


class RecyclingSupport(GoodsPolicy):
    """Raise recyclers' capacity and normal output by `increase_share` of today's, reached over `ramp_weeks`.

    The added metal comes from scrap nobody collected before, so it is sold freely, not returned under tolling.
    """

    kind: Literal["recycling_support"]
    increase_share: float = Field(gt=0, le=5, description="1 doubles recycling")
    ramp_weeks: int = Field(104, ge=1)
    public_cost_usd_per_kg: float = Field(0, ge=0, description="Public money per kg of added output")

    _rows: np.ndarray = PrivateAttr()
    _added_kg: np.ndarray = PrivateAttr()
    _target_kg: np.ndarray = PrivateAttr()
    _capacity_kg: np.ndarray = PrivateAttr()

    def start(self, model: TradeModel) -> None:
        """Note today's output and capacity of the actor's recyclers."""
        c, rows = model.columns, np.arange(len(model.columns))[model.columns.of(Kind.RECYCLER)]
        here = self.covers(model.world)[c.good[rows]] & (c.zone[rows] == model.world.zone_index[self.actor])
        self._rows = rows[here]
        self._target_kg = self.increase_share * c.output_kg[self._rows]
        self._capacity_kg = self.increase_share * c.capacity_kg[self._rows]
        self._added_kg = np.zeros(len(self._rows))

    def act(self, model: TradeModel) -> None:
        """Add this week's part of the ramp."""
        self._follow_trend(model)
        done = self._added_kg / np.maximum(self._target_kg, 1e-12)
        self._add(model, np.minimum(1.0 / self.ramp_weeks, 1.0 - done))
        self._spent_usd += float(self._added_kg.sum()) * self.public_cost_usd_per_kg

    def stop(self, model: TradeModel) -> None:
        """Take the added capacity away again."""
        self._follow_trend(model)
        self._add(model, -self._added_kg / np.maximum(self._target_kg, 1e-12))

    def _follow_trend(self, model: TradeModel) -> None:
        """Let what was added, and the targets, grow like everything else."""
        for kg in (self._added_kg, self._target_kg, self._capacity_kg):
            kg *= model.growth[self._rows]

    def _add(self, model: TradeModel, part: np.ndarray) -> None:
        c, rows = model.columns, self._rows
        captive_kg = c.captive_share[rows] * c.output_kg[rows]
        running = c.utilisation[rows] * c.capacity_kg[rows]
        c.output_kg[rows] += part * self._target_kg
        c.capacity_kg[rows] += part * self._capacity_kg
        c.captive_share[rows] = captive_kg / np.maximum(c.output_kg[rows], 1e-9)
        wanted = (running + part * self._target_kg) / np.maximum(c.capacity_kg[rows], 1e-9)
        c.utilisation[rows] = np.clip(wanted, 0.0, 1.0)
        self._added_kg += part * self._target_kg
