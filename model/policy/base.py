"""What all policies share: who acts, when, and on what trigger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from model.calendar import week_of
from model.events import Action, Event
from model.parameters import Parameters
from model.policy.desk import Desk
from model.policy.fields import MOST_USD_PER_KG, MOST_WEEKS, Good, Strict, Zone
from model.state.firms import Business
from model.state.record import Kind
from model.world import World


class Suspension(Strict):
    """A time in which a policy is not applied; `end` is the day on which it applies again."""

    start: date
    end: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"end {self.end} must be after start {self.start}")
        return self


class Trigger(Strict):
    """What announces a policy instead of a date: a price beyond a bound for some weeks, or another country's act.

    Triggers see last week's state: prices as they were quoted, and policies announced by then. So nobody hears of an
    act before it is done, and the order of countries and policies does not matter. A chain of policies that trigger
    each other takes one week per link.
    """

    zone: Zone | None = Field(None, description="Country whose free-market price is watched")
    good: Good | None = None
    price_above: float | None = Field(None, ge=0, le=MOST_USD_PER_KG, description="USD/kg, delivered")
    price_below: float | None = Field(None, ge=0, le=MOST_USD_PER_KG, description="USD/kg, delivered")
    for_weeks: int = Field(1, ge=1, le=MOST_WEEKS)
    policy: str | None = Field(None, description="Name of another policy: react when it is announced")

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        bounds = (self.price_above is not None) + (self.price_below is not None)
        if self.policy is not None:
            if bounds or self.zone or self.good:
                raise ValueError("give either a price condition or the name of another policy, not both")
        elif bounds != 1 or self.zone is None or self.good is None:
            raise ValueError("give zone, good and exactly one of price_above and price_below, or policy")
        return self

    def met(self, desk: Desk) -> bool:
        """Return whether the condition held last week."""
        if self.policy is not None:
            return self.policy in desk.announced
        assert self.zone is not None
        assert self.good is not None
        price = desk.free_price(self.good, self.zone)
        if self.price_above is not None:
            return price > self.price_above
        return self.price_below is not None and price < self.price_below


@dataclass
class Timeline:
    """Where a policy stands in a run: its weeks, and the public money spent on it so far."""

    announced: int | None = None
    effective: int | None = None
    until: int | None = None
    suspended: list[tuple[int, int]] = field(default_factory=list)
    trigger_weeks: int = 0
    was_in_force: bool = False
    spent_usd: float = 0.0

    def resumes(self, week: int) -> bool:
        """Return whether a suspension ends in a week; what is in force since before the first week only goes on."""
        late = self.effective is not None and week > self.effective
        return late and any(first < last == week for first, last in self.suspended)

    def in_force(self, week: int) -> bool:
        """Return whether the policy applies in a week."""
        if self.effective is None or week < self.effective or (self.until is not None and week >= self.until):
            return False
        return not (self.suspended and any(first <= week < last for first, last in self.suspended))


class Policy(Strict):
    """A dated act of one country. Subclasses add their parameters and override `constrain`, `act` or `settle`."""

    kind: str
    actor: Zone = Field(description="Country that acts")
    name: str = Field("", description="Short name for figures and tables; the kind when empty")
    announced: date | None = Field(None, description="When the news is out; with `when`: not before this day")
    effective: date | None = Field(None, description="From when it applies")
    until: date | None = Field(None, description="From when it no longer applies")
    suspensions: list[Suspension] = Field(default_factory=list)
    when: Trigger | None = Field(None, description="Condition that announces the policy instead of a date")
    delay_weeks: int = Field(0, ge=0, le=MOST_WEEKS, description="With `when`: weeks from announcement to effect")

    _number: int = PrivateAttr(0)
    _twin: int = PrivateAttr(1)

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.when is None and (self.announced is None or self.effective is None):
            raise ValueError("give the dates announced and effective, or a price trigger (when)")
        if self.when is not None and self.effective is not None:
            raise ValueError("effective: a policy with a trigger takes effect delay_weeks after it fires")
        if self.when is None and self.delay_weeks:
            raise ValueError(f"delay_weeks {self.delay_weeks} counts from a trigger; give when, or leave it out")
        if self.announced and self.effective and self.effective < self.announced:
            raise ValueError(f"effective {self.effective} is before announced {self.announced}")
        first = self.effective or self.announced
        if self.until and first and self.until <= first:
            raise ValueError(f"until {self.until} is not after {first}")
        return self

    @cached_property
    def _timeline(self) -> Timeline:
        """Where it stands; every policy is asked several times a week, and pydantic's private attributes are slow."""
        return Timeline()

    @property
    def spent_usd(self) -> float:
        """Public money spent on the policy so far in the run, USD."""
        return self._timeline.spent_usd

    @property
    def title(self) -> str:
        """Name shown to people."""
        return self.name or f"{self.actor} {self.kind.replace('_', ' ')}"

    def numbered(self, number: int, twin: int) -> Self:
        """Note the policy's place in its scenario, and which it is of those of its kind, country and good.

        Its firms are named by the latter: another policy before it changes no draw of theirs.
        """
        self._number, self._twin = number, twin
        return self

    def covers(self, world: World) -> np.ndarray:
        """Return a mask over goods, [G]; all by default."""
        return np.ones(len(world.goods), dtype=bool)

    def records(self, desk: Desk, first: Kind, last: Kind | None = None) -> np.ndarray:
        """Return the numbers of the actor's records, from one kind to another, in the goods that it covers."""
        firms, world = desk.firms, desk.world
        return firms.held_in(world.zone_index[self.actor], self.covers(world), firms.of(first, last))

    def businesses(self, world: World, p: Parameters) -> list[Business]:
        """Return records that the policy needs in the world (a stockpile, a new plant); none by default."""
        return []

    def schedule(self, start: date) -> None:
        """Turn dates into weeks, counted from the scenario's first Monday."""
        self._timeline = Timeline(
            announced=None if self.when or not self.announced else week_of(self.announced, start),
            effective=None if self.when or not self.effective else week_of(self.effective, start),
            until=None if self.until is None else week_of(self.until, start),
            suspended=[(week_of(s.start, start), week_of(s.end, start)) for s in self.suspensions],
        )

    def in_force(self, week: int) -> bool:
        """Return whether the policy applies in a week."""
        return self._timeline.in_force(week)

    def announced_by(self, week: int) -> bool:
        """Return whether the news was out in a week."""
        return self._timeline.announced is not None and self._timeline.announced <= week

    def is_old_news(self, week: int) -> bool:
        """Return whether the policy was announced before a week and is not over by then."""
        until = self._timeline.until
        return self.announced_by(week - 1) and (until is None or until > week)

    def weeks_in_force(self, week: int) -> int:
        """Return how many weeks ago the policy first took effect."""
        return week - (self._timeline.effective or 0)

    def decide(self, desk: Desk) -> None:
        """Judge the trigger; every policy does so before any of them turns."""
        if self.when is not None and self._timeline.announced is None and self._fires(self.when, desk):
            self._timeline.announced, self._timeline.effective = desk.week, desk.week + self.delay_weeks

    def turn(self, desk: Desk) -> bool:
        """Announce, start or stop where it is due this week; return whether the policy is in force."""
        week, time = desk.week, self._timeline
        if time.announced == week:
            desk.heard.add(self.title)
            desk.log(self.event(desk, Action.ANNOUNCED))
            self.announce(desk)
        now = time.in_force(week)
        if now != time.was_in_force:
            time.was_in_force = now
            desk.lanes.changed = True
            desk.log(self.event(desk, Action.IN_FORCE if now else Action.NOT_IN_FORCE))
            if now and time.resumes(week):
                self.announce(desk)  # the end of a suspension is news like the first announcement
            self.start(desk) if now else self.stop(desk)
        return now

    def event(self, desk: Desk, action: Action, **figures: Any) -> Event:
        """Return the record of an act of this policy."""
        goods = tuple(good for good, covered in zip(desk.world.goods, self.covers(desk.world), strict=True) if covered)
        return Event(desk.week, self.title, self._number, self.actor, action, goods, **figures)

    def _fires(self, when: Trigger, desk: Desk) -> bool:
        opens = week_of(self.announced, desk.start) if self.announced else 0
        met = desk.week >= opens and when.met(desk)
        self._timeline.trigger_weeks = self._timeline.trigger_weeks + 1 if met else 0
        return self._timeline.trigger_weeks >= when.for_weeks

    def announce(self, desk: Desk) -> None:
        """Tell those whom the news concerns; nobody by default."""

    def note_dependence(self, desk: Desk) -> None:
        """Keep how countries stand to the actor as what it was before the policy; nothing by default."""

    def start(self, desk: Desk) -> None:
        """Act once when the policy takes effect or comes back from a suspension."""

    def stop(self, desk: Desk) -> None:
        """Act once when the policy ends or is suspended."""

    def constrain(self, desk: Desk) -> None:
        """Write into the lane book; called whenever any policy starts or stops while this one is in force."""

    def act(self, desk: Desk) -> None:
        """Act in a week in force, before production and orders."""

    def settle(self, desk: Desk) -> None:
        """React to the week's trades while in force."""
