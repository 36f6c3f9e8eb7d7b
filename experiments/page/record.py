"""What the page keeps of a finished run, apart from the model: series, firms week by week, policies and their acts."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np

from experiments.page.series import Light, Series
from model.calendar import WEEKS_PER_YEAR
from model.events import Event
from model.policy import Policy
from model.policy.base import Timeline
from model.policy.export_licence import ExportLicence
from model.policy.licence_office import Decision
from model.scenario import parse_scenario
from model.state.firms import Business
from model.trade_model import TradeModel
from model.world import World, load_world

SOURCE = "these settings"
# What a firm is asked about, week by week; single precision is plenty for words.
ASKED = (
    "stock_kg", "tracked_kg", "in_transit_kg", "produced_kg", "bought_kg", "sold_kg", "consumed_kg", "paid_usd",
    "log_expected", "log_normal", "log_reference", "utilisation", "norm_stock_kg", "trend_use_kg", "planned_use_kg",
    "calm_cover_weeks", "perceived_risk", "licence_balance_kg",
)  # fmt: skip


class Job(NamedTuple):
    """A run to be made: a scenario file's text, the seed, whether firms are wanted week by week, the posterior's draw.

    Without a draw (-1), or in a world without a posterior, parameters are as declared. What the text sets wins over it.
    With `tables` the run leaves nothing but its tables.
    """

    text: str
    seed: int
    full: bool = True
    draw: int = -1
    tables: bool = False


@dataclass(frozen=True)
class Act:
    """A policy of a finished run: its table, its name, and when it was in force."""

    policy: Policy
    time: Timeline
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, eq=False)
class Record:
    """A finished run.

    Attributes:
        job: what was run.
        start: Monday of the first week.
        series: weekly arrays by good and country.
        firms: fields of `ASKED` by name, [W, N].
        businesses: what each record of a firm is, [N].
        acts: the scenario's policies; `events` is what they did.
        closed: weeks from which lanes changed, with what is shut from then on, [G, Z, Z].
        usual_flow: kg a year between countries before the first week, [G, Z, Z].
        parameters: the values that rules used, by key.
    """

    job: Job
    start: date
    series: Series
    firms: dict[str, np.ndarray]
    businesses: Sequence[Business]
    acts: tuple[Act, ...]
    events: tuple[Event, ...]
    closed: tuple[tuple[int, np.ndarray], ...]
    usual_flow: np.ndarray
    parameters: dict[str, float]

    @property
    def weeks(self) -> int:
        """Weeks of the run."""
        return self.series.weeks

    @cached_property
    def world(self) -> World:
        """The world it ran in: the page's only one."""
        return load_world()

    def shut(self, week: int) -> np.ndarray:
        """Return the lanes that are shut after so many weeks, [G, Z, Z]."""
        known = [lanes for since, lanes in self.closed if since < max(week, 1)]
        return known[-1]

    def rows_of(self, firm: str) -> list[int]:
        """Return the numbers of a firm's records."""
        return [row for row, one in enumerate(self.businesses) if one.firm == firm]


def start_model(job: Job) -> TradeModel:
    """Return the model of a job before its first week.

    Raises:
        InputError: with one line, if its settings do not go together.
    """
    world = load_world()
    scenario = parse_scenario(tomllib.loads(job.text), SOURCE, world)
    if job.draw >= 0 and world.posterior is not None:
        held = world.posterior.draw(job.draw) | scenario.parameters
        scenario = scenario.model_copy(update={"parameters": held})
    return TradeModel(scenario, seed=job.seed, world=world)


def run(job: Job) -> Record | Light:
    """Run a job to its end; without firms only the few series that bands need are kept."""
    model = start_model(job)
    weeks = model.scenario.weeks
    firms = {name: np.empty((weeks, len(model.firms)), dtype=np.float32) for name in ASKED if job.full}
    closed: list[tuple[int, np.ndarray]] = []
    usual = model.sources.received_from * WEEKS_PER_YEAR
    for week in range(weeks):
        model.step()
        if not job.full:
            continue
        for name, kept in firms.items():
            kept[week] = model.firms[name]
        if not closed or not np.array_equal(closed[-1][1], model.lanes.closed):
            closed.append((week, model.lanes.closed.copy()))
    series = Series(model)
    if not job.full:
        return series.light()
    acts = tuple(map(_act, model.scenario.fresh_policies(), model.policies))
    return Record(
        job, model.start, series, firms, model.firms.businesses, acts, tuple(model.recorder.events), tuple(closed),
        usual, model.parameters.values,
    )  # fmt: skip


def _act(told: Policy, lived: Policy) -> Act:
    """Return what a policy says and when it was in force; what it held in the run stays with the run."""
    office = lived.office if isinstance(lived, ExportLicence) else None
    return Act(told, lived._timeline, tuple(office.decisions) if office else ())
