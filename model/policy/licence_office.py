"""The licence office at work: one application at a time per buyer and good, decided after some weeks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents import licence_applicant
from agents.rule import rule
from model.events import Event
from model.state.firms import Firms
from model.state.record import Kind
from model.streams import TurnDraws

# An applicant's file.
FILE = np.dtype(
    [
        ("row", "i8"),  # number of the applicant's record
        ("trader", "?"),
        ("barred", "?"),  # a ban leaves it no licence
        ("granted_kg", "f8"),  # valid balance
        ("expires", "i8"),  # week in which the balance lapses
        ("cleared_kg", "f8"),  # granted, being packed and cleared
        ("ships", "i8"),  # week in which that can leave
        ("asked_kg", "f8"),  # pending application
        ("decision_week", "i8"),  # of the pending application, or of the last one
        ("filed", "i8"),  # applications so far
        ("draw", "f8"),  # uniform draw that decides the pending application
        ("outcome", "i8"),  # of this week: 1 granted, -1 refused, 0 nothing decided
        ("decided_kg", "f8"),  # what that was about
    ],
    align=True,
)


class Decision(NamedTuple):
    """A decision: when, on whose application (number of the record), and how."""

    week: int
    row: int
    granted: bool
    kg: float


@dataclass(frozen=True)
class Practice:
    """How an office works.

    Attributes:
        order_weeks: weeks of dependent use that one application asks for.
        times: shortest and longest decision time of first and of later applications, weeks, [2, 2].
        dispatch_weeks, validity_weeks: from the decision until the order can leave; how long a licence is valid.
        chances: gives the chance that an application is granted in a week, by applicant, [applicants].
    """

    order_weeks: float
    times: np.ndarray
    dispatch_weeks: int
    validity_weeks: int
    chances: Callable[[int], np.ndarray]


class Office:
    """A country's licence office for one rule.

    It outlives suspensions of its rule: decisions are kept, applicants stay known, and their draws go on.

    Attributes:
        actor: number of the licensing country.
        files: one per applicant, [n] of `FILE`.
    """

    def __init__(
        self, actor: int, rows: np.ndarray, firms: Firms, practice: Practice, draws: TurnDraws, notice: Event
    ) -> None:
        """Open an office that buyers may apply to.

        Args:
            actor: number of the licensing country.
            rows: numbers of the records that may apply.
            firms: the state.
            practice: how it works.
            draws: two uniform numbers for each application: how long it takes, and the decision.
            notice: what a week's decisions are logged as; week and figures are filled in.
        """
        self.actor, self._decided = actor, list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]()
        self.files = np.zeros(len(rows), dtype=FILE)
        self.files["row"], self.files["trader"] = rows, firms["kind"][rows] == Kind.TRADER
        self.files["decision_week"] = np.iinfo(np.int64).min
        self._firms, self._practice, self._draws, self._notice = firms, practice, draws, notice
        self._turn = 0  # the most applications that anybody has filed

    @property
    def rows(self) -> np.ndarray:
        """Numbers of the records that may apply, [n]."""
        return self.files["row"]

    @property
    def decisions(self) -> list[Decision]:
        """Every decision so far."""
        return [
            Decision(week, *one)
            for week, *columns in self._decided
            for one in zip(*(column.tolist() for column in columns), strict=True)
        ]

    def close(self, week: int) -> None:
        """Let everything lapse: nobody needs the licences, and an application asks for trade as it was when filed.

        Whoever still wants a licence when the rule comes back files anew: its next turn, as an applicant already known.
        """
        self.files["granted_kg"] = self.files["cleared_kg"] = 0.0
        self.files["decision_week"] = week - 1
        self._firms["licence_balance_kg"][self.rows] = 0.0

    def work(self, week: int, barred: np.ndarray, dependence: np.ndarray, params: np.ndarray) -> Event | None:
        """Decide what is due, let licences lapse, take new applications.

        Args:
            week: the week it is.
            barred: records that get nothing, a mask, [N].
            dependence: share of each country's metal that came from here before the restriction, [G, Z].
            params: parameters by good, [G].

        Returns:
            What was decided this week, if anything.
        """
        p, files = self._practice, self.files
        chances = p.chances(week)
        draws = self._draws.up_to(self._turn)
        times = (p.order_weeks, p.times, p.dispatch_weeks, p.validity_weeks)
        applications, granted, kg, self._turn = _work(
            self._firms.table, files, params, week, barred, dependence, chances, draws, *times
        )
        if not applications:
            return None
        due = np.flatnonzero(files["outcome"])
        self._decided.append((week, files["row"][due], files["outcome"][due] > 0, files["decided_kg"][due]))
        said = self._notice
        return Event(week, said.policy, said.number, said.actor, said.action, said.goods, kg, granted, applications)


@rule
def _work(
    firms, files, params, week, barred, dependence, chances, draws, order_weeks, times, dispatch_weeks, validity_weeks
):
    """Do a week's work on every file (see `Office.work`).

    Returns:
        Applications decided, how many of them were granted, the kg granted, and the most that anybody filed.
    """
    decided, granted, granted_kg, turn = 0, 0, 0.0, 0
    for i in range(files.size):
        file, one = files[i], firms[files[i].row]
        p = params[one.good]
        file.barred, file.outcome = barred[file.row], 0
        if file.decision_week == week:
            decided += 1
            file.decided_kg = file.asked_kg
            if file.draw < chances[i] and not file.barred:
                file.outcome = 1
                granted, granted_kg = granted + 1, granted_kg + file.asked_kg
                file.cleared_kg += file.asked_kg
                file.ships = week + dispatch_weeks
            else:
                file.outcome = -1
            licence_applicant.hear_decision(one, file.outcome > 0, p)
        if file.cleared_kg > 0.0 and file.ships <= week:
            # What is left of an older licence is carried over into the new one.
            file.granted_kg += file.cleared_kg
            file.expires = week + validity_weeks
            file.cleared_kg = 0.0
        if file.barred or file.expires <= week:
            file.granted_kg = 0.0
        wanted = licence_applicant.wanted_kg(one, file.trader, order_weeks, dependence[one.good, one.zone])
        if licence_applicant.applies(file, wanted, week, p):
            shortest, longest = times[min(file.filed, 1)]
            file.draw = draws[i, file.filed, 1]
            file.decision_week = week + shortest + int(draws[i, file.filed, 0] * (longest + 1 - shortest))
            file.asked_kg = wanted
            file.filed += 1
        turn = max(turn, file.filed)
    return decided, granted, granted_kg, turn
