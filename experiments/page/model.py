"""The model as Mesa's page drives it, what one visitor has chosen, and the baseline that runs beside it."""

from __future__ import annotations

import threading
import tomllib
from functools import lru_cache
from itertools import count
from typing import Any

import numpy as np
import solara

from experiments.page.case import case_of
from experiments.page.choices import UNRESTRICTED, Raw
from experiments.page.files import read_raw, scenario_names, write_toml
from experiments.page.series import Series
from experiments.page.settings import apply_settings, read_settings, to_compare
from experiments.page.widgets import WINDOW_WIDTH
from model.calendar import WEEKS_PER_YEAR
from model.errors import InputError
from model.scenario import Scenario, parse_scenario
from model.trade_model import TradeModel
from model.world import World, load_world

SOURCE = "these settings"
NARROW = 600  # window width, px, below which everything stands in one column
_numbers = count(1)


class Session:
    """Everything one browser window holds. Nothing here is shared with another window."""

    def __init__(self) -> None:
        """Start with the first scenario (the record, where it fits the world), as it is in its file."""
        self.world = load_world()
        self.case = case_of(self.world)
        first = scenario_names()[0]
        self.filed: Raw = read_raw(first)
        self.scenario_name = solara.reactive(first)
        self.settings = solara.reactive(read_settings(self.filed))
        self.problem = solara.reactive("")
        self.good = solara.reactive(0)
        self.asked = solara.reactive(f"zone:{self.case.target}")
        self.comparison = solara.reactive(UNRESTRICTED)
        self.baseline: solara.Reactive[Series | None] = solara.Reactive(None)
        self.stop_running = threading.Event()
        self.working: tuple[Raw, int] = (self.filed, self.settings.value.seed)
        self.model: solara.Reactive[ExploreModel] = solara.Reactive(ExploreModel(self))

    def draft(self) -> tuple[Scenario, Raw]:
        """Return the scenario that the controls describe now.

        Raises:
            InputError: with one line, if they do not go together.
        """
        raw = apply_settings(self.filed, self.settings.value)
        scenario = parse_scenario(raw, SOURCE, self.world)
        return scenario, scenario.given()

    def choose_scenario(self, name: str) -> None:
        """Take a scenario of the list and move all controls to it."""
        self.take_in(name, read_raw(name), self.settings.value.seed)

    def take_in(self, name: str, raw: Raw, seed: int) -> None:
        """Move all controls to a scenario; it runs from the next reset on."""
        self.filed = raw
        self.scenario_name.value = name
        self.problem.value = ""
        self.settings.value = read_settings(raw, seed)

    @property
    def narrow(self) -> bool:
        """Whether the window has room for one column only."""
        return 0 < WINDOW_WIDTH.value < NARROW

    @property
    def pending(self) -> bool:
        """Whether the controls say something other than what is running."""
        model = self.model.value
        return (model.chosen, model.filed) != (self.settings.value, self.filed)


class ExploreModel(TradeModel):
    """The trade model with what the page needs beside it. Mesa's Reset makes a new one from the session's controls."""

    def __init__(self, session: Session) -> None:
        """Build what the controls describe; where that cannot be done, say so and start over with what ran last."""
        try:
            scenario, raw = session.draft()
            seed = session.settings.value.seed
            super().__init__(scenario, seed=seed, world=session.world)
            session.problem.value = ""
        except (InputError, ArithmeticError, ValueError, KeyError, IndexError) as error:
            raw, seed = session.working
            self.__dict__.clear()  # Mesa has wrapped `step` by now; wrapped twice it would call itself for ever
            super().__init__(parse_scenario(raw, SOURCE, session.world), seed=seed, world=session.world)
            known = isinstance(error, InputError)
            why = str(error) if known else f"{SOURCE}: the model cannot start with them ({error})"
            session.problem.value = f"{why}. What ran before was started again."
        session.working = (raw, seed)
        session.stop_running.clear()
        self.raw = raw
        self.number = next(_numbers)  # tells models apart; an id() may come back
        self.chosen, self.filed = session.settings.value, session.filed
        self.lock = threading.RLock()
        self.series = Series(self.scenario.weeks, len(self.world.goods), len(self.world.zones), self.start)
        self.usual_flow = self.sources.received_from * WEEKS_PER_YEAR
        self.marks: tuple[int, list[Any]] = (-1, [])  # events so far, and the dates to mark for them
        self.last_paid = np.full((len(self.firms), 2), np.nan)  # week, USD/kg

    def step(self) -> None:
        """Live one week; at the end of the scenario stay where it is."""
        with self.lock:
            if self.finished:
                self.steps -= 1  # Mesa has counted the step already
            else:
                super().step()
                self.series.add(self)
                bought = self.firms["bought_kg"] > 1e-6
                self.last_paid[bought, 0] = self.week - 1
                self.last_paid[bought, 1] = self.firms["paid_usd"][bought] / self.firms["bought_kg"][bought]
            self.running = not self.finished

    @property
    def finished(self) -> bool:
        """Whether the scenario's last week has been lived."""
        return self.week >= self.scenario.weeks

    def to_compare(self, comparison: str) -> tuple[str, int, World]:
        """Return what identifies the run to compare with: a scenario file's text, the seed, the world."""
        return write_toml(to_compare(self.raw, self.filed, comparison)), self.seed_used, self.world


@lru_cache(maxsize=8)
def run_to_compare(text: str, seed: int, world: World) -> Series:
    """Run a scenario to its end and keep the page's series of it; the same one is run once."""
    scenario = parse_scenario(tomllib.loads(text), "the run to compare with", world)
    model = TradeModel(scenario, seed=seed, world=world)
    series = Series(scenario.weeks, len(world.goods), len(world.zones), model.start)
    for _ in range(scenario.weeks):
        model.step()
        series.add(model)
    return series
