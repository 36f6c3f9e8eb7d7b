"""Price floor or offtake: the state pays its producers the difference to a guaranteed price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from agents.firm import GRAM_KG
from model.calendar import WEEKS_PER_YEAR
from model.columns import Kind
from model.policy.base import Policy
from model.policy.fields import Good

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.trade_model import TradeModel


class PriceFloor(Policy):
    """Producers and recyclers in the actor's country get at least the floor (a contract for difference).

    With `offtake_t_per_year`, only for so much metal: what each sells counts towards it in proportion.
    """

    kind: Literal["price_floor"]
    good: Good
    floor_usd_per_kg: float = Field(gt=0)
    offtake_t_per_year: float | None = Field(None, gt=0)

    def settle(self, model: TradeModel, trades: Trades) -> None:
        """Pay the difference on the week's sales; makers then plan output for the price they expect and its top-up."""
        c, rows = model.columns, self._rows(model)
        kg = c.sold_kg[rows] - c.tolled_kg[rows]
        sold = kg > GRAM_KG
        expected = np.exp(c.expected[rows])
        price = np.divide(c.received_usd[rows] - c.tolled_usd[rows], kg, out=expected.copy(), where=sold)
        room = 1.0
        if self.offtake_t_per_year is not None:
            room = min(1.0, self.offtake_t_per_year * 1000.0 / WEEKS_PER_YEAR / max(kg.sum(), 1e-9))
        paid = np.where(sold, kg * room * np.maximum(self.floor_usd_per_kg - price, 0.0), 0.0)
        # What a maker can count on is the price it expects and what that lacks, not a good week's price.
        lacks = room * np.maximum(self.floor_usd_per_kg - expected, 0.0)
        c.guaranteed[rows] = np.where(lacks > 0, np.log(expected + lacks), -np.inf)
        c.support_usd[rows] += paid
        c.cash_usd[rows] += paid
        self._spent_usd += float(paid.sum())

    def stop(self, model: TradeModel) -> None:
        """Guarantee nothing any more."""
        model.columns.guaranteed[self._rows(model)] = -np.inf

    def _rows(self, model: TradeModel) -> np.ndarray:
        c, world = model.columns, model.world
        makers = c.of(Kind.PRODUCER, Kind.RECYCLER)
        ours = (c.good[makers] == world.good_index[self.good]) & (c.zone[makers] == world.zone_index[self.actor])
        return np.flatnonzero(ours)
