"""Capacity support: a new plant, or the ramp-up of an existing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from agents.rule import rule
from model.calendar import WEEKS_PER_YEAR
from model.errors import nearest
from model.parameters import Parameters
from model.policy.desk import Desk
from model.policy.fields import MOST_TONNES, MOST_USD, MOST_USD_PER_KG, MOST_WEEKS, FirmId, Good, world_of
from model.policy.goods import GoodPolicy
from model.state.build import REFINING, TONNE
from model.state.firms import Business, Firms
from model.state.record import Kind
from model.world import World

REFINER = int(Kind.REFINER)


@dataclass
class Ramp:
    """How far a project is.

    Attributes:
        row: number of the plant's record.
        done: share of the project, 0 to 1.
        capacity_kg, output_kg: what was added so far, with the growth it has seen, kg a week.
    """

    row: int
    done: float = 0.0
    capacity_kg: float = 0.0
    output_kg: float = 0.0

    def follow_trend(self, firms: Firms) -> None:
        """Let what was added grow like everything else."""
        growth = float(firms["growth"][self.row])
        self.capacity_kg *= growth
        self.output_kg *= growth

    def add(self, firms: Firms, capacity_kg: float, output_kg: float) -> None:
        """Add capacity and output, kg a week, with the stock and the input that go with them."""
        if not (capacity_kg or output_kg):
            return
        self.capacity_kg += capacity_kg
        self.output_kg += output_kg
        _add(firms.table, self.row, capacity_kg, output_kg)


class CapacitySupport(GoodPolicy):
    """Add capacity and the output planned for it, reached over `ramp_weeks`.

    With `firm`, an existing producer grows; without, a new plant opens in the actor's country. What the plant makes
    then follows the same utilisation rule as everybody's.
    """

    kind: Literal["capacity_support"]
    firm: FirmId | None = Field(None, description="Existing producer; a new plant when not given")
    capacity_t_per_year: float = Field(0, ge=0, le=MOST_TONNES, description="Capacity added")
    output_t_per_year: float = Field(ge=0, le=MOST_TONNES, description="Output added at the reference price")
    cost_usd_per_kg: float = Field(0, ge=0, le=MOST_USD_PER_KG, description="Cost of a new plant's metal")
    input_good: Good | None = Field(None, description="For a new refining line: what goes in")
    ramp_weeks: int = Field(26, ge=1, le=MOST_WEEKS)
    public_cost_usd: float = Field(
        0, ge=0, le=MOST_USD, description="Public money for the whole project, spent along the ramp"
    )

    _ramp: Ramp = PrivateAttr()

    @model_validator(mode="after")
    def _plausible(self, info: ValidationInfo) -> Self:
        if self.firm is None and self.output_t_per_year > self.capacity_t_per_year:
            raise ValueError(f"output_t_per_year {self.output_t_per_year:g} is above capacity_t_per_year")
        made, kind = world_of(info).supply, world_of(info).firms.set_index("firm")["kind"]
        if self.firm and kind[self.firm] == "recycler":
            raise ValueError(f"{self.firm} is a recycler: scrap binds it, not capacity; use a recycling_support")
        if self.firm and not ((made["firm"] == self.firm) & (made["good"] == self.good)).any():
            goods, plants = made.loc[made["firm"] == self.firm, "good"], made["firm"].map(kind) != "recycler"
            makers = made.loc[plants & (made["good"] == self.good), "firm"]
            hint = nearest(self.firm, makers) if goods.empty else nearest(self.good, goods)
            raise ValueError(f"{self.firm} does not make {self.good}; {hint}")
        if self.input_good is not None and self.firm is not None:
            raise ValueError("input_good is for new refining lines; leave firm out")
        if self.input_good is not None:
            world = world_of(info)
            metal = dict(zip(world.goods, world.metal_of_good, strict=True))
            if self.input_good == self.good or metal[self.input_good] != metal[self.good]:
                fit = [good for good in world.goods if good != self.good and metal[good] == metal[self.good]]
                raise ValueError(f"input_good {self.input_good} cannot become {self.good}; {nearest(self.good, fit)}")
        if self.cost_usd_per_kg and self.firm is not None:
            raise ValueError(f"cost_usd_per_kg {self.cost_usd_per_kg:g} is for new plants; {self.firm} has its own")
        return self

    @property
    def plant(self) -> str:
        """Id of the firm that grows."""
        return self.firm or f"plant-{self._twin}-{self.actor}-{self.good}"

    def businesses(self, world: World, p: Parameters) -> list[Business]:
        """Return the records of a new plant, idle until it starts."""
        if self.firm is not None:
            return []
        zone, good = world.zone_index[self.actor], world.good_index[self.good]
        source = -1 if self.input_good is None else world.good_index[self.input_good]
        made = Business(
            firm=self.plant, kind=Kind.PRODUCER if self.input_good is None else Kind.REFINER, zone=zone, good=good,
            line_good=source, cost_usd_per_kg=self.cost_usd_per_kg,
            yield_share=1.0 if self.input_good is None else p.new_line_yield, stock_weeks=p.new_plant_stock_weeks,
            exporter=True,
        )  # fmt: skip
        if self.input_good is None:
            return [made]
        taken = Business(
            firm=self.plant, kind=Kind.REFINER_INPUT, zone=zone, good=source, line_good=good, end_use=REFINING,
            cover_weeks=p.new_plant_stock_weeks,
        )  # fmt: skip
        return [made, taken]

    def start(self, desk: Desk) -> None:
        """Begin the ramp."""
        firms, good = desk.firms, desk.world.good_index[self.good]
        self._ramp = Ramp(firms.row_of(self.plant, firms.makers, good))

    def stop(self, desk: Desk) -> None:
        """Take the supported capacity away again, with the growth it has seen."""
        ramp = self._ramp
        ramp.follow_trend(desk.firms)
        ramp.add(desk.firms, -ramp.capacity_kg, -ramp.output_kg)

    def act(self, desk: Desk) -> None:
        """Add this week's part of the ramp; what was added before grows with the trend like everything else."""
        ramp, spent = self._ramp, self._timeline
        ramp.follow_trend(desk.firms)
        part = min(1.0 / self.ramp_weeks, 1.0 - ramp.done)
        if part > 0:
            weekly = TONNE / WEEKS_PER_YEAR * part
            ramp.add(desk.firms, self.capacity_t_per_year * weekly, self.output_t_per_year * weekly)
            ramp.done += part
            # A suspended project is not paid for again.
            spent.spent_usd = max(spent.spent_usd, ramp.done * self.public_cost_usd)


@rule
def _add(firms, row, capacity_kg, output_kg):
    """Add to a plant (see `Ramp.add`)."""
    plant = firms[row]
    # New lines come on running: the ramp itself is the delay.
    running = plant.utilisation * plant.capacity_kg + max(output_kg, 0.0)
    plant.capacity_kg = max(plant.capacity_kg + capacity_kg, 0.0)
    plant.normal_output_kg = max(plant.normal_output_kg + output_kg, 0.0)
    plant.norm_stock_kg = max(plant.norm_stock_kg + plant.norm_stock_weeks * output_kg, 0.0)
    plant.utilisation = min(running / plant.capacity_kg, 1.0) if plant.capacity_kg > 0.0 else 0.0
    if plant.kind == REFINER:
        feed = firms[plant.line]
        feed.trend_use_kg = max(feed.trend_use_kg + output_kg / plant.yield_share, 0.0)
