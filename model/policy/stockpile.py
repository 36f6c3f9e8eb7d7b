"""Stockpile: a government buys metal at home, holds it, and releases it to its own users."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from model.calendar import week_of
from model.parameters import Parameters
from model.policy.desk import Desk
from model.policy.fields import MOST_KG, MOST_USD_PER_KG, MOST_WEEKS
from model.policy.goods import GoodPolicy
from model.state.build import STOCKPILING
from model.state.firms import Business
from model.state.record import Kind
from model.streams import stream
from model.world import World

Multiple = Annotated[float, Field(gt=0, le=100)]


class Stockpile(GoodPolicy):
    """Buy up to `target_kg` of a good at a steady pace, hold it, and release it while the home price is high."""

    kind: Literal["stockpile"]
    target_kg: float = Field(gt=0, le=MOST_KG)
    initial_kg: float = Field(0, ge=0, le=MOST_KG)
    buy_weeks: int = Field(26, ge=1, le=MOST_WEEKS, description="Weeks over which the target is bought")
    pay_up_to: float = Field(
        1.5, ge=0.001, le=1000, description="Highest price paid, as a multiple of the price when buying starts"
    )
    release_above_usd_per_kg: float | None = Field(
        None, gt=0, le=MOST_USD_PER_KG, description="Release while the home price is above this"
    )
    release_weeks: int = Field(26, ge=1, le=MOST_WEEKS, description="Weeks over which the whole stock is released")
    release_from: date | None = Field(None, description="First day of releases; before it the stockpile only buys")

    happens: float = Field(1.0, ge=0, le=1, description="With drivers on: chance that the stockpile is real")
    target_share: tuple[Multiple, Multiple] = Field(
        (1.0, 1.0), description="With drivers on: range of its true size, as a share of target_kg"
    )

    _start_usd_per_kg: float = PrivateAttr(0.0)
    _true_kg: float = PrivateAttr(0.0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.target_share[0] > self.target_share[1]:
            raise ValueError(f"target_share {list(self.target_share)}: the low end comes first")
        return self

    @model_validator(mode="after")
    def _releases(self) -> Self:
        if "release_weeks" in self.model_fields_set and self.release_above_usd_per_kg is None:
            raise ValueError(
                f"release_weeks {self.release_weeks}: nothing is released without release_above_usd_per_kg"
            )
        return self

    @property
    def firm(self) -> str:
        """Id of the record that holds the metal."""
        return f"stockpile-{self._twin}-{self.actor}-{self.good}"

    def businesses(self, world: World, p: Parameters) -> list[Business]:
        """Return the record that holds the metal."""
        return [
            Business(
                firm=self.firm, kind=Kind.STOCKPILE, zone=world.zone_index[self.actor],
                good=world.good_index[self.good], end_use=STOCKPILING, stock_kg=self.initial_kg,
            )
        ]  # fmt: skip

    def start(self, desk: Desk) -> None:
        """Note the price at which buying starts, and how large the stockpile truly is (some are but rumours)."""
        self._start_usd_per_kg = desk.free_price(self.good, self.actor)
        self._true_kg = self.target_kg
        if desk.drivers.on:
            real, size = stream(desk.seed, f"stockpile/{self.name or self.firm}").random(2)
            low, high = self.target_share
            self._true_kg *= float((real < self.happens) * (low + (high - low) * size))

    def act(self, desk: Desk) -> None:
        """Set this week's purchase and release."""
        f, row = desk.firms, self._row(desk)
        price = desk.free_price(self.good, self.actor)
        waiting = self.release_from is not None and desk.week < week_of(self.release_from, desk.start)
        bound = self.release_above_usd_per_kg
        release = bound is not None and price > bound and not waiting
        stock_kg = f["stock_kg"][row]
        whole_kg = max(self._true_kg, self.initial_kg)
        f["release_kg"][row] = min(stock_kg, whole_kg / self.release_weeks) if release else 0.0
        gap_kg = 0.0 if release else max(self._true_kg - stock_kg - f["in_transit_kg"][row], 0.0)
        f["purchase_kg"][row] = min(gap_kg, self._true_kg / self.buy_weeks)
        f["log_price_limit"][row] = np.log(self._start_usd_per_kg * self.pay_up_to)
        f["export_limit_kg"][row] = 0.0

    def settle(self, desk: Desk) -> None:
        """Count what was paid for purchases less what releases brought in."""
        row = self._row(desk)
        self._timeline.spent_usd += float(desk.firms["paid_usd"][row] - desk.firms["received_usd"][row])

    def stop(self, desk: Desk) -> None:
        """Stop buying and releasing; hold."""
        row = self._row(desk)
        desk.firms["release_kg"][row] = desk.firms["purchase_kg"][row] = 0.0

    def _row(self, desk: Desk) -> int:
        return desk.firms.row_of(self.firm, desk.firms.of(Kind.STOCKPILE))
