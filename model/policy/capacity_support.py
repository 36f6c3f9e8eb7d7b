"""Capacity support: a new plant, or the ramp-up of an existing one (Rostec's, for example)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from model.calendar import WEEKS_PER_YEAR
from model.columns import Kind, Row
from model.policy.base import Policy
from model.policy.fields import FirmId, Good

if TYPE_CHECKING:
    from model.trade_model import TradeModel
    from model.world import World


class CapacitySupport(Policy):
    """Add capacity and the output planned for it, reached over `ramp_weeks`.

    With `firm`, an existing producer grows; without, a new plant opens in the actor's country. What the plant makes
    then follows the same utilisation rule as everybody's.
    """

    kind: Literal["capacity_support"]
    good: Good
    firm: FirmId | None = Field(None, description="Existing producer; a new plant when not given")
    capacity_t_per_year: float = Field(0, ge=0, description="Capacity added")
    output_t_per_year: float = Field(ge=0, description="Output added at the reference price")
    cost_usd_per_kg: float = Field(0, ge=0, description="Cost of a new plant's metal")
    input_good: Good | None = Field(None, description="For a new refining line: what goes in")
    ramp_weeks: int = Field(26, ge=1)
    public_cost_usd: float = Field(0, ge=0, description="Public money for the whole project, spent along the ramp")

    _done: float = PrivateAttr(0.0)

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.firm is None and self.output_t_per_year > self.capacity_t_per_year:
            raise ValueError(f"output_t_per_year {self.output_t_per_year:g} is above capacity_t_per_year")
        if self.input_good is not None and self.firm is not None:
            raise ValueError("input_good is for new refining lines; leave firm out")
        return self

    @property
    def plant(self) -> str:
        """Id of the row that grows."""
        return self.firm or f"plant-{self.actor}-{self.good}-{self.title.lower().replace(' ', '-')}"

    def rows(self, world: World) -> list[Row]:
        """Return the rows of a new plant, idle until it starts."""
        if self.firm is not None:
            return []
        zone, good = world.zone_index[self.actor], world.good_index[self.good]
        made = Row(
            firm=self.plant, kind=Kind.REFINER if self.input_good else Kind.PRODUCER, zone=zone, good=good,
            cost_usd_per_kg=self.cost_usd_per_kg, yield_share=0.98 if self.input_good else 1.0, stock_weeks=4.0,
        )  # fmt: skip
        if self.input_good is None:
            return [made]
        taken = Row(
            firm=self.plant, kind=Kind.REFINER_INPUT, zone=zone, good=world.good_index[self.input_good],
            end_use="refining", cover_weeks=4.0,
        )  # fmt: skip
        return [made, taken]

    def start(self, model: TradeModel) -> None:
        """Begin the ramp."""
        self._done = 0.0

    def stop(self, model: TradeModel) -> None:
        """Take the supported capacity away again."""
        self._grow(model, -self._done)
        self._done = 0.0

    def act(self, model: TradeModel) -> None:
        """Add this week's part of the ramp."""
        part = min(1.0 / self.ramp_weeks, 1.0 - self._done)
        if part > 0:
            self._grow(model, part)
            self._done += part
            self._spent_usd += part * self.public_cost_usd

    def _grow(self, model: TradeModel, part: float) -> None:
        c = model.columns
        row = model.row_of(self.plant, Kind.PRODUCER, Kind.REFINER, self.good)
        kg = 1000.0 / WEEKS_PER_YEAR * part
        before = c.utilisation[row] * c.capacity_kg[row]
        c.capacity_kg[row] = max(c.capacity_kg[row] + self.capacity_t_per_year * kg, 0.0)
        c.output_kg[row] = max(c.output_kg[row] + self.output_t_per_year * kg, 0.0)
        c.norm_stock_kg[row] = 4.0 * c.output_kg[row]
        # New lines come on running: the ramp itself is the delay.
        running = before + max(self.output_t_per_year * kg, 0.0)
        c.utilisation[row] = min(running / c.capacity_kg[row], 1.0) if c.capacity_kg[row] > 0 else 0.0
        if self.input_good is not None:
            source = model.row_of(self.plant, Kind.REFINER_INPUT, Kind.REFINER_INPUT, self.input_good)
            c.use_kg[source] = c.output_kg[row] / c.yield_share[row]
        c.export_cap_kg[row] = np.inf if self.firm is None else c.export_cap_kg[row]
