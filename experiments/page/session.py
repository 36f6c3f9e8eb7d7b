"""What one browser window holds, and Mesa's model of it: the clock that its buttons move."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import chain, count
from typing import Any

import mesa
import solara

from experiments.page.case import case_of
from experiments.page.files import job_of, read_raw, scenario_names
from experiments.page.levers import Changes, Raw, Value, apply, settled
from experiments.page.record import SOURCE, Job
from experiments.page.supply import levers_of, to_compare
from experiments.page.view import Pin, Results, Setup, View
from experiments.page.world import price_zones
from model.scenario import parse_scenario
from model.world import load_world

MOST_PINS, MOST_UPLOADS, KEPT_TABLES = 4, 8, 8
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
        quoted = tuple(price_zones(self.world))
        places = quoted + tuple(zone for zone in FIRST_PLACES if zone in self.world.zones and zone not in quoted)
        self.first_view = View(0, places, f"zone:{self.case.target}")
        self.view = solara.Reactive(self.first_view)
        self.week: solara.Reactive[int] = solara.Reactive(10**6)  # weeks shown; beyond the end: all of them
        self.pins: solara.Reactive[tuple[Pin, ...]] = solara.Reactive(())
        self.problem, self.notice = solara.Reactive(""), solara.Reactive("")
        self.found, self.telling = solara.Reactive(Results(None)), threading.Lock()
        self._kept: dict[Any, tuple[Raw, Raw]] = {}
        self._changes: dict[Any, dict[str, Value]] = {}
        self.clock: solara.Reactive[Clock] = solara.Reactive(Clock(self))

    # ---- scenarios --------------------------------------------------------------------------------------------------

    def filed(self, scenario: str) -> Raw:
        """Return a scenario as its file gives it; what people loaded stands beside what comes with the project."""
        return self.uploads[scenario] if scenario in self.uploads else read_raw(scenario)

    def raw(self, setup: Setup | None = None) -> Raw:
        """Return the scenario that a setup describes, the present one when none is given."""
        setup = setup or self.setup.value
        return self._applied(setup.scenario, setup.changes)

    def _applied(self, scenario: str, changes: tuple[tuple[str, Value], ...]) -> Raw:
        """Return a scenario with changes; the last few are kept, as each is asked for many times."""
        filed = self.filed(scenario)
        if (scenario, changes) not in self._kept or self._kept[scenario, changes][0] is not filed:
            while len(self._kept) >= KEPT_TABLES:
                del self._kept[next(iter(self._kept))]
            self._kept[scenario, changes] = filed, apply(filed, dict(changes), self.levers)
        return self._kept[scenario, changes][1]

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
            self.problem.value = f"{setup.scenario[:60]}: no such scenario here"
            return
        setup = replace(setup, changes=tuple(self._settled(setup).items()))
        self.problem.value = ""
        if setup != self.setup.value:
            self.setup.value = setup

    def change(self, changes: Changes) -> None:
        """Move some controls."""
        setup = self.setup.value
        self.run(replace(setup, changes=tuple((dict(setup.changes) | dict(changes)).items())))

    def move(self, key: str, text: str) -> None:
        """Move one control to what somebody entered, or say why that cannot be."""
        try:
            value = self.levers[key].parse(text)
        except ValueError as error:
            self.problem.value = str(error)
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
        self._kept.clear()
        self._changes.clear()

    def same(self, one: Setup, other: Setup) -> bool:
        """Return whether two setups run the same, whatever they are compared with."""
        return one.scenario == other.scenario and self._settled(one) == self._settled(other)

    def _settled(self, setup: Setup) -> dict[str, Value]:
        """Return the changes of a setup that change something; kept, as the page compares with every question."""
        key = setup.scenario, setup.changes
        if key not in self._changes:
            self._changes[key] = settled(self.filed(setup.scenario), dict(setup.changes), self.levers)
        return self._changes[key]

    def look(self, **changes: Any) -> None:
        """Look at something else."""
        self.view.value = replace(self.view.value, **changes)

    def pin(self, name: str) -> None:
        """Keep the present run by name; the oldest goes when there are too many."""
        name = " ".join(name.split())[:40] or self.called()
        kept = [pin for pin in self.pins.value if pin.name != name]
        self.pins.value = (*kept, Pin(name, self.setup.value))[-MOST_PINS:]

    def unpin(self, name: str) -> None:
        """Forget a kept run."""
        self.pins.value = tuple(pin for pin in self.pins.value if pin.name != name)

    def go_back(self, name: str) -> None:
        """Run again what was kept under a name."""
        for pin in self.pins.value:
            if pin.name == name:
                self.run(pin.setup)

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
