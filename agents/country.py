"""Countries: they hold the policy rules, run licence offices and stockpiles, and act when a trigger is met."""

from __future__ import annotations

from typing import Any

import mesa


class Country(mesa.Agent):
    """A country (or the rest of the world) and the policies it acts through."""

    def __init__(self, model: mesa.Model, zone: str, name: str) -> None:
        """Create the country; its policies are those of the scenario that name it as actor."""
        super().__init__(model)
        self.zone = zone
        self.name = name
        self.policies: list[Any] = []

    def decide(self, desk: Any) -> None:
        """Judge the triggers of its policies by last week's state."""
        for policy in self.policies:
            policy.decide(desk)

    def turn(self, desk: Any) -> list[Any]:
        """Announce, start, suspend and end policies that are due.

        Returns:
            The policies in force this week.
        """
        return [policy for policy in self.policies if policy.turn(desk)]

    @property
    def in_force(self) -> list[Any]:
        """Its policies in force this week."""
        return [policy for policy in self.policies if policy.in_force(self.model.week)]
