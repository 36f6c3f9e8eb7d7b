"""Recycling support: public money brings more scrap to the actor's recyclers."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, PrivateAttr

from model.policy.desk import Desk
from model.policy.fields import MOST_USD_PER_KG, MOST_WEEKS
from model.policy.goods import GoodsPolicy
from model.state.record import Kind


class RecyclingSupport(GoodsPolicy):
    """Collect more scrap for the actor's recyclers, by `increase_share` of today's over `ramp_weeks`, if there is any.

    The added metal comes from new scrap that nobody collected before, so it is sold freely, not returned under tolling.
    Where all scrap is collected, no money brings more.
    """

    kind: Literal["recycling_support"]
    increase_share: float = Field(gt=0, le=5, description="1 doubles recycling")
    ramp_weeks: int = Field(104, ge=1, le=MOST_WEEKS)
    public_cost_usd_per_kg: float = Field(
        0, ge=0, le=MOST_USD_PER_KG, description="Public money per kg of added output"
    )

    _rows: np.ndarray = PrivateAttr()
    _added_kg: np.ndarray = PrivateAttr()
    _added_route: np.ndarray = PrivateAttr()
    _target_kg: np.ndarray = PrivateAttr()
    _capacity_kg: np.ndarray = PrivateAttr()

    def start(self, desk: Desk) -> None:
        """Note today's output and capacity of the actor's recyclers."""
        f = desk.firms
        self._rows = self.records(desk, Kind.RECYCLER)
        self._target_kg = self.increase_share * f["normal_output_kg"][self._rows]
        self._capacity_kg = self.increase_share * f["capacity_kg"][self._rows]
        self._added_kg = np.zeros(len(self._rows))
        self._added_route = np.zeros((len(self._rows), f.zones))

    def act(self, desk: Desk) -> None:
        """Add this week's part of the ramp."""
        self._follow_trend(desk)
        done = self._added_kg / np.maximum(self._target_kg, 1e-12)
        wanted, gained = self._target_kg * np.minimum(1.0 / self.ramp_weeks, 1.0 - done), np.zeros(len(self._rows))
        for i, row in enumerate(self._rows):
            route, gained[i] = desk.scrap.widen(int(row), wanted[i])
            self._added_route[i] += route
        self._add(desk, gained)
        self._timeline.spent_usd += float(self._added_kg.sum()) * self.public_cost_usd_per_kg

    def stop(self, desk: Desk) -> None:
        """Take the added capacity away again, and leave the added scrap uncollected, as it was before."""
        self._follow_trend(desk)
        for row, route in zip(self._rows, self._added_route, strict=True):
            desk.scrap.narrow(int(row), route)
        self._add(desk, -self._added_kg)

    def _follow_trend(self, desk: Desk) -> None:
        """Let what was added, and the targets, grow like everything else."""
        for kg in (self._added_kg, self._target_kg, self._capacity_kg):
            kg *= desk.firms["growth"][self._rows]

    def _add(self, desk: Desk, gained: np.ndarray) -> None:
        """Let recyclers have so much more output, kg a week, and the capacity for it; others own as much as before."""
        firms = desk.firms.table[self._rows]
        captive_kg = firms["captive_share"] * firms["normal_output_kg"]
        firms["normal_output_kg"] += gained
        firms["capacity_kg"] += gained / np.maximum(self._target_kg, 1e-12) * self._capacity_kg
        firms["captive_share"] = captive_kg / np.maximum(firms["normal_output_kg"], 1e-9)
        desk.firms.table[self._rows] = firms
        self._added_kg += gained
