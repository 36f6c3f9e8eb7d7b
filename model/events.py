"""What happens in a run, as records: who acted, how, on which goods, how much."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What a policy did."""

    ANNOUNCED = "announced"
    IN_FORCE = "in force"
    NOT_IN_FORCE = "not in force"
    ENFORCEMENT = "enforcement"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Event:
    """One act of a policy.

    Attributes:
        week: when, counted from the scenario's first week.
        policy: its title; `number` tells policies of the same title apart (place in the scenario, from 1).
        actor: the country that acts.
        action: what it did.
        goods: on which goods.
        kg: metal granted by the decisions of a week.
        granted, applications: how many of how many applications were granted.
        share: chance that a shipment is caught.
    """

    week: int
    policy: str
    number: int
    actor: str
    action: Action
    goods: tuple[str, ...] = ()
    kg: float = 0.0
    granted: int = 0
    applications: int = 0
    share: float = 0.0

    @property
    def did(self) -> str:
        """What happened, in words, without the policy's name."""
        if self.action is Action.DECIDED:
            return f"{self.granted} of {self.applications} applications granted, {self.kg:,.0f} kg"
        if self.action is Action.ENFORCEMENT:
            return f"enforcement now {self.share:.0%} of shipments"
        return str(self.action)

    @property
    def what(self) -> str:
        """What happened, in words."""
        return f"{self.policy}: {self.did}"
