"""Export licences: every order needs one, for a named end user; the licence office takes weeks and says no to some.

The record (`model/data/policy_events.csv`): applications are accepted from the effective date only; importer, end user
and end use must be declared; about 45 working days.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from model.calendar import week_of
from model.events import Action
from model.policy.answers import Answers, Applicant, Approval
from model.policy.desk import Desk
from model.policy.fields import MOST_KG, Strict, Zone
from model.policy.goods import Restriction
from model.policy.licence_office import Office, Practice
from model.state.record import Kind
from model.streams import TurnDraws

Processing = tuple[Annotated[int, Field(ge=1, le=104)], Annotated[int, Field(ge=1, le=104)]]


class Phase(Strict):
    """A later change of practice, as a whole: a country or use that it does not name has no chance of its own."""

    start: date
    approval: Approval


class ExportLicence(Restriction):
    """Exports of `goods` by `actor` need a licence per order and end user."""

    kind: Literal["export_licence"]
    severity: float = Field(1.0, ge=0, le=2)
    destinations: list[Zone] = Field(default_factory=list, description="Countries it applies to; all when empty")
    approval: Approval = Field(default_factory=Approval)
    phases: list[Phase] = Field(default_factory=list)
    processing_weeks: Processing = Field(
        (9, 17), description="Shortest and longest decision time of a first application"
    )
    repeat_weeks: Processing = Field((6, 12), description="The same for later applications of the same buyer")
    order_weeks: float = Field(13, gt=0, le=104, description="Weeks of dependent use that one application asks for")
    dispatch_weeks: int = Field(3, ge=0, le=52, description="Weeks from the decision until the order can leave")
    validity_weeks: int = Field(26, ge=1, le=260)
    evasion_kg_per_week: float = Field(
        0, ge=0, le=MOST_KG, description="Metal of each good that leaves without a licence, per destination"
    )

    _office: Office | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _weeks_in_order(self) -> Self:
        for name in ("processing_weeks", "repeat_weeks"):
            shortest, longest = getattr(self, name)
            if longest < shortest:
                raise ValueError(f"{name}: longest {longest} is below shortest {shortest}")
        return self

    @property
    def office(self) -> Office | None:
        """The licence office, from the week in which the policy first takes effect."""
        return self._office

    def exposure(self, desk: Desk) -> np.ndarray:
        """Countries it applies to."""
        return desk.zone_mask(self.destinations).astype(float)

    def announce(self, desk: Desk) -> None:
        """Tell the buyers; applications will refer to what came from the actor before this news."""
        self.note_dependence(desk)
        super().announce(desk)

    def note_dependence(self, desk: Desk) -> None:
        """Keep it whatever the severity: applications refer to it."""
        desk.sources.note_restriction(desk.world.zone_index[self.actor])

    def start(self, desk: Desk) -> None:
        """Open the office: everybody abroad who buys the goods may now apply. After a suspension it is the same one."""
        self._office = self._office or self._opened(desk)

    def stop(self, desk: Desk) -> None:
        """Close the office: licences are no longer needed, and what is granted or pending lapses."""
        assert self._office is not None
        self._office.close(desk.week)

    def constrain(self, desk: Desk) -> None:
        """Metal leaves the actor on a licence only, but for what evades."""
        lanes, there = desk.lanes, desk.zone_mask(self.destinations, but=self.actor)
        out = lanes.block(self.covers(desk.world), desk.zone_mask([self.actor]), there)
        # Where another rule needs a licence too, the stricter one holds.
        others = np.where(lanes.licence_needed[out], lanes.evasion_kg[out], np.inf)
        lanes.evasion_kg[out] = np.minimum(others, self.evasion_kg_per_week)
        lanes.licence_needed[out] = True

    def act(self, desk: Desk) -> None:
        """Have the office decide what is due, let licences lapse, take new applications."""
        office = self._office
        assert office is not None
        desk.licences.open_for_work(office)

    def _opened(self, desk: Desk) -> Office:
        f, world = desk.firms, desk.world
        actor = world.zone_index[self.actor]
        may_apply = self.covers(world)[f["good"]] & (self.exposure(desk) > 0)[f["zone"]] & (f["zone"] != actor)
        may_apply &= (f["kind"] == Kind.TRADER) | (f["kind"] >= Kind.REFINER_INPUT)
        rows = np.flatnonzero(may_apply)
        phases = sorted(self.phases, key=lambda phase: phase.start)
        answers = Answers(
            [self.approval, *(phase.approval for phase in phases)],
            [week_of(phase.start, desk.start) for phase in phases],
            [
                Applicant(world.zones[f["zone"][row]], f.businesses[row].end_use, world.metal_of_good[f["good"][row]])
                for row in rows
            ],
            desk.drivers.grants(self.actor),
        )
        practice = Practice(
            order_weeks=float(self.order_weeks),
            times=np.array([self.processing_weeks, self.repeat_weeks]),
            dispatch_weeks=self.dispatch_weeks,
            validity_weeks=self.validity_weeks,
            chances=answers.in_week,
        )
        labels = f.labels()
        draws = TurnDraws(desk.seed, [f"licence/{self.actor}/{labels[row]}" for row in rows], draws_per_turn=2)
        return Office(actor, rows, f, practice, draws, self.event(desk, Action.DECIDED))
