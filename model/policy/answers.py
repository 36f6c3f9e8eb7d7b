"""How a licence office answers: the chance that an application is granted, by applicant and week."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from agents.rule import rule
from model.drivers.grants import Grants, log_odds, share_of
from model.policy.fields import EndUse, Metal, Strict, Zone

Share = Annotated[float, Field(ge=0, le=1)]


class Approval(Strict):
    """Chance that an application is granted: default, or the destination's own, times that of the end use.

    The default may differ by metal (`granted`), and follow the record by metal and date (`by_record`). The odds of a
    destination with a chance of its own then keep their ratio to those of the default.
    """

    default: Share = 0.6
    granted: dict[Metal, Share] = Field(default_factory=dict, description="In place of the default, by metal")
    by_record: bool = Field(False, description="In place of the default what grants.csv reads off the record by date")
    destinations: dict[Zone, Share] = Field(default_factory=dict)
    end_uses: dict[EndUse, Share] = Field(default_factory=dict)

    def ordinary(self, metal: str, week: int, grants: Grants) -> float:
        """Return the share that applicants without a chance of their own are granted in a week."""
        recorded = grants.recorded(metal, week) if self.by_record else None
        share = self.granted.get(metal, self.default if recorded is None else recorded)
        return grants.wandered(metal, week, share)


class Applicant(NamedTuple):
    """What an office looks at: where the metal is to go, what for, and which metal."""

    zone: str
    end_use: str
    metal: str


class Answers:
    """The chances of all applicants of one office, by week."""

    def __init__(
        self, practices: Sequence[Approval], phases: Sequence[int], who: Sequence[Applicant], grants: Grants
    ) -> None:
        """Lay practices out by applicant.

        Args:
            practices: the first one, then one for each phase.
            phases: weeks from which the later ones hold, in order.
            who: the applicants.
            grants: what the record and the world's luck say of the country's offices.
        """
        self._practices, self._phases, self._grants = practices, phases, grants
        self._there = np.array([[p.destinations.get(one.zone, p.default) for one in who] for p in practices])
        self._end_use = np.array([[p.end_uses.get(one.end_use, 1.0) for one in who] for p in practices])
        names, self._metal = np.unique([one.metal for one in who], return_inverse=True)
        self._metals: list[str] = names.tolist()
        self._known, self._found = (-1, list[float]()), np.empty(0)

    def in_week(self, week: int) -> np.ndarray:
        """Return the chance of each applicant, [n]."""
        phase = bisect_right(self._phases, week)
        practice = self._practices[phase]
        shares = [practice.ordinary(metal, week, self._grants) for metal in self._metals]
        if (phase, shares) != self._known:  # most weeks are as the week before
            self._known = phase, shares
            self._found = _chances(
                self._there[phase], practice.default, np.array(shares), self._metal, self._end_use[phase]
            )
        return self._found


@rule
def _chances(there, default, share, metal, end_use):
    """Return chances by applicant: of its destination, where the default is what is granted of its metal, and use."""
    chances = np.empty(there.size)
    for i in range(there.size):
        chances[i] = beside(there[i], default, share[metal[i]]) * end_use[i]
    return chances


@rule
def beside(chance, default, share):
    """Return a chance after the default has become `share`: odds keep their ratio; a certain yes or no stays."""
    if chance == default:
        return share
    if chance <= 0.0 or chance >= 1.0 or default <= 0.0 or default >= 1.0 or share == default:
        return chance
    return share_of(log_odds(chance) + log_odds(share) - log_odds(default))
