"""Stockpile: a government buys metal at home, holds it, and releases it to its own users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from model.columns import Kind, Row
from model.policy.base import Policy
from model.policy.fields import Good

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.trade_model import TradeModel
    from model.world import World


class Stockpile(Policy):
    """Buy up to `target_kg` of a good at a steady pace, hold it, and release it while the home price is high."""

    kind: Literal["stockpile"]
    good: Good
    target_kg: float = Field(gt=0)
    initial_kg: float = Field(0, ge=0)
    buy_weeks: int = Field(26, ge=1, description="Weeks over which the target is bought")
    pay_up_to: float = Field(1.5, gt=0, description="Highest price paid, as a multiple of the price when buying starts")
    release_above_usd_per_kg: float | None = Field(None, gt=0, description="Release while the home price is above this")
    release_weeks: int = Field(26, ge=1, description="Weeks over which the whole stock is released")

    _start_usd_per_kg: float = PrivateAttr(0.0)

    @model_validator(mode="after")
    def _releases(self) -> Self:
        if "release_weeks" in self.model_fields_set and self.release_above_usd_per_kg is None:
            raise ValueError(
                f"release_weeks {self.release_weeks}: nothing is released without release_above_usd_per_kg"
            )
        return self

    @property
    def firm(self) -> str:
        """Id of the row that holds the metal."""
        return f"stockpile-{self._number}-{self.actor}-{self.good}"

    def rows(self, world: World) -> list[Row]:
        """Return the row that holds the metal."""
        return [
            Row(
                firm=self.firm, kind=Kind.STOCKPILE, zone=world.zone_index[self.actor],
                good=world.good_index[self.good], end_use="stockpile", stock_kg=self.initial_kg,
            )
        ]  # fmt: skip

    def start(self, model: TradeModel) -> None:
        """Note the price at which buying starts."""
        self._start_usd_per_kg = model.free_price(self.good, self.actor)

    def act(self, model: TradeModel) -> None:
        """Set this week's purchase and release."""
        c, row = model.columns, model.row_of(self.firm)
        price = model.free_price(self.good, self.actor)
        release = self.release_above_usd_per_kg is not None and price > self.release_above_usd_per_kg
        held = c.stock_kg[row] + c.in_transit_kg[row]
        c.output_kg[row] = min(c.stock_kg[row], self.target_kg / self.release_weeks) if release else 0.0
        gap = 0.0 if release else max(self.target_kg - held, 0.0)
        c.use_kg[row] = min(gap, self.target_kg / self.buy_weeks)
        c.expected[row] = np.log(self._start_usd_per_kg * self.pay_up_to)
        c.export_cap_kg[row] = 0.0

    def settle(self, model: TradeModel, trades: Trades) -> None:
        """Count what was paid for purchases less what releases brought in."""
        row = model.row_of(self.firm)
        self._spent_usd += float(model.columns.paid_usd[row] - model.columns.received_usd[row])

    def stop(self, model: TradeModel) -> None:
        """Stop buying and releasing; hold."""
        row = model.row_of(self.firm)
        model.columns.output_kg[row] = model.columns.use_kg[row] = 0.0
