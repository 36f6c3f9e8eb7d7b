"""What one browser window holds, and Mesa's model of it: the clock that its buttons move."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import chain, count
from typing import Any

import mesa
import solara

from experiments.page.case import case_of
from experiments.page.files import job_of, read_raw, scenario_names
from experiments.page.levers import Changes, Raw, Value, apply, settled
from experiments.page.record import SOURCE, Job
from experiments.page.supply import levers_of, to_compare
from experiments.page.view import Results, Setup, View
from experiments.page.world import DASHED
from model.scenario import parse_scenario
from model.world import load_world

MOST_PINS, MOST_UPLOADS = 4, 8
ALL_WEEKS = 10**6  # shown: any number beyond the end
FIRST_PLACES = ("JPN",)  # prices that are drawn at first beside the quoted ones, where the world has them


class Session:
    """Everything one browser window holds. Nothing here is shared with another window."""

    def __init__(self) -> None:
        """Start with the first scenario (the record, where it fits the world), as it is in its file."""
        self.world = load_world()
        self.case, self.levers = case_of(self.world), levers_of(self.world)
        self.uploads: dict[str, Raw] = {}
        self.first_scenario = scenario_names()[0]
        self.setup = solara.Reactive(Setup(self.first_scenario))
        quoted = tuple(sorted(self.world.quoted_zones, key=lambda zone: zone in DASHED))  # drawn in this order
        places = quoted + tuple(zone for zone in FIRST_PLACES if zone in self.world.zones and zone not in quoted)
        self.first_view = View(0, places, f"zone:{self.case.target}")
        self.view = solara.Reactive(self.first_view)
        self.week: solara.Reactive[int] = solara.Reactive(ALL_WEEKS)  # weeks shown
        self.pins: solara.Reactive[dict[str, Setup]] = solara.Reactive({})  # kept runs by name
        self.problem, self.notice = solara.Reactive(""), solara.Reactive("")
        self.found = solara.Reactive(Results(None))
        # Asked for many times: the page compares with every question, and every part reads the scenario.
        self.settled, self._applied = lru_cache(64)(self._settled), lru_cache(8)(self._apply)
        self.clock: solara.Reactive[Clock] = solara.Reactive(Clock(self))

    # ---- scenarios --------------------------------------------------------------------------------------------------

    def filed(self, scenario: str) -> Raw:
        """Return a scenario as its file gives it; what people loaded stands beside what comes with the project."""
        return self.uploads[scenario] if scenario in self.uploads else read_raw(scenario)

    def raw(self, setup: Setup | None = None) -> Raw:
        """Return the scenario that a setup describes, the present one when none is given."""
        setup = setup or self.setup.value
        return self._applied(setup.scenario, setup.changes)

    def _apply(self, scenario: str, changes: tuple[tuple[str, Value], ...]) -> Raw:
        return apply(self.filed(scenario), dict(changes), self.levers)

    def job(self, setup: Setup | None = None) -> Job:
        """Return the run of a setup's path.

        Raises:
            InputError: with one line, if the settings do not go together.
        """
        setup = setup or self.setup.value
        raw = self.raw(setup)
        parse_scenario(raw, SOURCE, self.world)
        return job_of(raw, setup.seed)

    def base_job(self, setup: Setup | None = None) -> Job:
        """Return the run to compare with."""
        setup = setup or self.setup.value
        other = to_compare(self.raw(setup), self.filed(setup.scenario), setup.comparison, self.case)
        return job_of(other, setup.seed)

    # ---- what visitors do -------------------------------------------------------------------------------------------

    def run(self, setup: Setup) -> None:
        """Run something else; what is on the page belongs to it no longer."""
        if setup.scenario not in self.uploads and setup.scenario not in scenario_names():
            self.say(problem=f"{setup.scenario[:60]}: no such scenario here")
            return
        self.say()
        self.setup.value = self.settled(setup)

    def say(self, problem: str = "", notice: str = "") -> None:
        """Tell visitors what is wrong with what they did, or what came of it; what was told before is over."""
        self.problem.value, self.notice.value = problem, notice

    def change(self, changes: Changes) -> None:
        """Move some controls."""
        setup = self.setup.value
        self.run(replace(setup, changes=tuple((dict(setup.changes) | dict(changes)).items())))

    def move(self, key: str, text: str) -> None:
        """Move one control to what somebody entered, or say why that cannot be."""
        try:
            value = self.levers[key].parse(text)
        except ValueError as error:
            self.say(problem=str(error))
            return
        self.change({key: value})

    def put_back(self, key: str) -> None:
        """Move one control back to where the scenario has it."""
        setup = self.setup.value
        self.run(replace(setup, changes=tuple(one for one in setup.changes if one[0] != key)))

    def take_in(self, name: str, raw: Raw, seed: int) -> None:
        """Run a scenario that somebody loaded; it never hides one that comes with the project."""
        names = chain([name], (f"{name} ({i})" for i in count(2)))
        taken = next(one for one in names if one not in scenario_names() and self.uploads.get(one, raw) == raw)
        self.keep(taken, raw)
        self.run(Setup(taken, (("seed", seed),), self.setup.value.comparison))

    def keep(self, name: str, raw: Raw) -> None:
        """Keep a scenario that somebody loaded; the oldest goes when there are too many."""
        others = [one for one in self.uploads.items() if one[0] != name]
        self.uploads = dict([*others, (name, raw)][-MOST_UPLOADS:])
        self.settled.cache_clear()
        self._applied.cache_clear()

    def _settled(self, setup: Setup) -> Setup:
        """Return a setup without the changes that change nothing, the others in order of the controls."""
        moved = settled(self.filed(setup.scenario), dict(setup.changes), self.levers)
        return replace(setup, changes=tuple(moved.items()))

    def look(self, **changes: Any) -> None:
        """Look at something else."""
        self.view.value = replace(self.view.value, **changes)

    def pin(self, name: str) -> None:
        """Keep the present run by name; the oldest goes when there are too many."""
        name = " ".join(name.split())[:40] or self.called()
        self.unpin(name)
        self.pins.value = dict([*self.pins.value.items(), (name, self.setup.value)][-MOST_PINS:])

    def unpin(self, name: str) -> None:
        """Forget a kept run."""
        self.pins.value = {one: setup for one, setup in self.pins.value.items() if one != name}

    def called(self) -> str:
        """Return what the present run is called: the scenario and what was changed, in words."""
        setup = self.setup.value
        told = [f"{self.levers[key].label}: {self.levers[key].shown(value)}" for key, value in setup.changes]
        return ", ".join([self.title_of(setup.scenario), *told])

    def title_of(self, scenario: str) -> str:
        """Return a scenario's title."""
        return str(self.filed(scenario).get("title") or scenario.replace("_", " "))

    @property
    def fresh(self) -> bool:
        """Whether the results at hand belong to the settings."""
        return self.found.value.setup == self.setup.value

    @property
    def weeks(self) -> int:
        """Weeks of what is run."""
        return int(self.levers["weeks"].read(self.raw()))

    @property
    def shown_week(self) -> int:
        """How many weeks are shown, at most all."""
        record = self.found.value.record
        weeks = record.weeks if record else self.weeks
        return max(0, min(self.week.value, weeks))


class Clock(mesa.Model):
    """Mesa's model of the page: a step shows one more week of the finished run; after the last it begins again."""

    def __init__(self, session: Session) -> None:
        """Go back to the start: Mesa's Reset makes a new one."""
        super().__init__(seed=1)
        self.session = session
        if hasattr(session, "clock"):  # not at the very first, which shows the whole path
            session.week.value = 0

    def step(self) -> None:
        """Show one more week."""
        record = self.session.found.peek().record
        if record is not None:
            now = min(self.session.week.peek(), record.weeks)
            self.steps = 0 if now >= record.weeks else now + 1
            self.session.week.value = self.steps
