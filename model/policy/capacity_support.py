"""Capacity support: a new plant, or the ramp-up of an existing one (Rostec's, for example)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from model.calendar import WEEKS_PER_YEAR
from model.columns import Kind, Row
from model.errors import nearest
from model.policy.base import Policy
from model.policy.fields import FirmId, Good
from model.world import load_world

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
    _added_capacity_kg: float = PrivateAttr(0.0)
    _added_output_kg: float = PrivateAttr(0.0)

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.firm is None and self.output_t_per_year > self.capacity_t_per_year:
            raise ValueError(f"output_t_per_year {self.output_t_per_year:g} is above capacity_t_per_year")
        made = load_world().supply
        if self.firm and not ((made["firm"] == self.firm) & (made["good"] == self.good)).any():
            goods = made.loc[made["firm"] == self.firm, "good"]
            raise ValueError(f"{self.firm} does not make {self.good}; {nearest(self.good, goods)}")
        if self.input_good is not None and self.firm is not None:
            raise ValueError("input_good is for new refining lines; leave firm out")
        if self.cost_usd_per_kg and self.firm is not None:
            raise ValueError(f"cost_usd_per_kg {self.cost_usd_per_kg:g} is for new plants; {self.firm} has its own")
        return self

    @property
    def plant(self) -> str:
        """Id of the row that grows."""
        return self.firm or f"plant-{self._number}-{self.actor}-{self.good}"

    def rows(self, world: World) -> list[Row]:
        """Return the rows of a new plant, idle until it starts."""
        if self.firm is not None:
            return []
        zone, good = world.zone_index[self.actor], world.good_index[self.good]
        made = Row(
            firm=self.plant, kind=Kind.REFINER if self.input_good else Kind.PRODUCER, zone=zone, good=good,
            cost_usd_per_kg=self.cost_usd_per_kg, yield_share=0.98 if self.input_good else 1.0, stock_weeks=4.0,
            exporter=True,
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
        self._done = self._added_capacity_kg = self._added_output_kg = 0.0

    def stop(self, model: TradeModel) -> None:
        """Take the supported capacity away again, with the growth it has seen."""
        self._follow_trend(model)
        self._grow(model, -self._added_capacity_kg, -self._added_output_kg)

    def act(self, model: TradeModel) -> None:
        """Add this week's part of the ramp; what was added before grows with the trend like everything else."""
        self._follow_trend(model)
        part = min(1.0 / self.ramp_weeks, 1.0 - self._done)
        if part > 0:
            weekly = 1000.0 / WEEKS_PER_YEAR * part
            self._grow(model, self.capacity_t_per_year * weekly, self.output_t_per_year * weekly)
            self._done += part
            self._pay()

    def _pay(self) -> None:
        """Spend public money on what is done for the first time: a suspended project is not paid for again."""
        self._spent_usd = max(self._spent_usd, self._done * self.public_cost_usd)

    def _follow_trend(self, model: TradeModel) -> None:
        trend = float(model.growth[self._row(model)])
        self._added_capacity_kg *= trend
        self._added_output_kg *= trend

    def _row(self, model: TradeModel) -> int:
        return model.row_of(self.plant, Kind.PRODUCER, Kind.REFINER, self.good)

    def _grow(self, model: TradeModel, capacity_kg: float, output_kg: float) -> None:
        """Add capacity and output, kg a week, with the stock and the input that go with them."""
        if not (capacity_kg or output_kg):
            return
        c, row = model.columns, self._row(model)
        self._added_capacity_kg += capacity_kg
        self._added_output_kg += output_kg
        # New lines come on running: the ramp itself is the delay.
        running = c.utilisation[row] * c.capacity_kg[row] + max(output_kg, 0.0)
        _add(c.capacity_kg, row, capacity_kg)
        _add(c.output_kg, row, output_kg)
        _add(c.norm_stock_kg, row, max(c.rows[row].stock_weeks, 1.0) * output_kg)
        c.utilisation[row] = min(running / c.capacity_kg[row], 1.0) if c.capacity_kg[row] > 0 else 0.0
        if c.kind[row] == Kind.REFINER:  # the input row of a line stands where its output row does
            source = c.of(Kind.REFINER_INPUT).start + row - c.of(Kind.REFINER).start
            _add(c.use_kg, source, output_kg / c.yield_share[row])


def _add(column: np.ndarray, row: int, kg: float) -> None:
    column[row] = max(column[row] + kg, 0.0)
