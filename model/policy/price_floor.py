"""Price floor or offtake: the state pays its producers the difference to a guaranteed price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from model.calendar import WEEKS_PER_YEAR
from model.columns import Kind
from model.policy.base import Policy
from model.policy.fields import Good

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.trade_model import TradeModel


class PriceFloor(Policy):
    """Makers of `good` in the actor's country get at least `floor_usd_per_kg` (a contract for difference).

    With `offtake_t_per_year`, only for so much metal: what each sells counts towards it in proportion.
    """

    kind: Literal["price_floor"]
    good: Good
    floor_usd_per_kg: float = Field(gt=0)
    offtake_t_per_year: float | None = Field(None, gt=0)

    def settle(self, model: TradeModel, trades: Trades) -> None:
        """Pay the difference on the week's sales; sellers then expect the guaranteed price."""
        c, world = model.columns, model.world
        rows = c.of(Kind.PRODUCER, Kind.REFINER)
        ours = (c.good[rows] == world.good_index[self.good]) & (c.zone[rows] == world.zone_index[self.actor])
        kg = np.where(ours, c.sold_kg[rows] - c.tolled_kg[rows], 0.0)
        price = np.divide(c.received_usd[rows] - c.tolled_usd[rows], kg, out=np.zeros_like(kg), where=kg > 1e-6)
        room = 1.0
        if self.offtake_t_per_year is not None:
            room = min(1.0, self.offtake_t_per_year * 1000.0 / WEEKS_PER_YEAR / max(kg.sum(), 1e-9))
        paid = room * kg * np.maximum(self.floor_usd_per_kg - price, 0.0) * (kg > 1e-6)
        c.support_usd[rows] += paid
        c.cash_usd[rows] += paid
        self._spent_usd += float(paid.sum())
