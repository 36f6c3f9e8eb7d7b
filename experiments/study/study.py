"""A study: cells to compare, what is measured in each run, and the one way in which all of them are run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from experiments.ensemble.design import Cell, Design, draw_parameters, vary
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.results import Results
from experiments.ensemble.worker import Measure
from experiments.ensemble.worlds import open_world
from experiments.study.answers import counted, listed
from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity
from model import InputError, Scenario
from model.posterior import Posterior
from model.world import World

RULE = "bargaining"  # the other market rule, and the folder of its runs inside the study's
MOST_RUNS = 20  # of a cell under it: enough to see whether the two disagree
# Name of a table to its quantities by column; those of one table keep the same labels.
Tables = Mapping[str, Mapping[str, Quantity]]


@dataclass(frozen=True)
class Place:
    """Where a study runs and what it leaves there: the options that all commands share (`study.options`)."""

    out: Path
    data: Path | None = None
    csv: bool = False
    cluster: str | None = None
    workers: int | None = None
    fresh: bool = False
    fixed: bool = False

    def world(self, about: str = "", names: Iterable[str] = ()) -> World:
        """Return the world to run in; one in which an experiment has nothing to look at is refused.

        Args:
            about: what the experiment is about.
            names: metals, goods, zones and firms that it names.

        Raises:
            InputError: names what is missing.
        """
        world = open_world(self.data, self.fixed)
        known = {*world.metals, *world.goods, *world.zones, *world.firms["firm"]}
        missing = [name for name in names if name not in known]
        if missing:
            raise InputError(
                f"--data {self.data}: this experiment is about {about}; the world has no {listed(missing)}"
            )
        return world


@dataclass(frozen=True)
class Study:
    """What is run.

    Attributes:
        cells: scenario variants.
        tables: what is measured in every run.
        seeds: the same in all cells and draws, for common random numbers.
        draws: parameters by draw, each with all seeds. When not given, every seed has a draw of its own from the
            posterior, or the scenarios' own parameters in a world without one.
        regions: groups of countries that labels may count in.
        measure: for what no quantity can say: takes a finished run and the keywords `tables` and `regions`, and returns
            tables, those of `study.observe.observe` among them.
        records: names of tables of the recorder that the measure returns, too; they lie beside the report.
        about: further entries of the manifest.
        label: what the bar says while it runs.
        plan: the runs, where they are no product of cells, draws and seeds.
    """

    cells: Sequence[Cell]
    tables: Tables
    seeds: Sequence[int]
    draws: Sequence[Mapping[str, float]] = ({},)
    regions: Regions | None = None
    measure: Measure = observe
    records: tuple[str, ...] = ()
    about: Mapping[str, Any] | None = None
    label: str = "runs"
    plan: Design | None = None

    def run(self, place: Place) -> Results:
        """Run what has not been run yet, and return the tables of all runs.

        Raises:
            InputError: see `run_ensemble`; every run of a cell failed.
        """
        posterior = place.world().posterior
        results = run_ensemble(
            self.design(posterior),
            partial(self.measure, tables=self.tables, regions=self.regions),
            place.out,
            data=place.data,
            cluster=place.cluster,
            workers=place.workers,
            fresh=place.fresh,
            records=self.records,
            about={**(self.about or {}), **_noted(posterior, place)},
            label=self.label,
        )
        results.check_cells()
        return results

    def bargained(self, place: Place, cells: Collection[str]) -> Results:
        """Run some cells under the other market rule, bargaining, in a folder inside the study's.

        Draws come first: what parameters leave open is more than what chance does.
        """
        draws = self.draws[:MOST_RUNS]
        seeds = self.seeds[: max(MOST_RUNS // len(draws), 1)]
        chosen = [replace(cell, scenario=_bargaining(cell)) for cell in self.cells if cell.name in cells]
        other = replace(self, cells=chosen, draws=draws, seeds=seeds, records=(), label=f"{self.label}, {RULE}")
        return other.run(replace(place, out=place.out / RULE))

    def design(self, posterior: Posterior | None) -> Design:
        """Return the runs; draws of the posterior leave alone what a scenario sets itself."""
        if self.plan is not None:
            return self.plan
        if posterior is None:
            return Design(self.cells, self.seeds, self.draws)
        if tuple(self.draws) != ({},):
            return Design(self.cells, self.seeds, self.draws, yielding=True)
        draws = posterior.draws(min(len(self.seeds), len(posterior)))
        return Design(self.cells, self.seeds, draws, paired=True, yielding=True)


def _bargaining(cell: Cell) -> Scenario | Mapping[str, object]:
    """Return a cell's scenario with bargaining as its rule."""
    if isinstance(cell.scenario, Scenario):
        return cell.scenario.model_copy(update={"mechanism": RULE})
    return vary(cell.scenario, {"mechanism": RULE})


def _noted(posterior: Posterior | None, place: Place) -> dict[str, Any]:
    """Return what a manifest says of the parameters and switches; nothing where there is nothing to say."""
    of_draws = {} if posterior is None else {"posterior": dict(posterior.about)}
    return of_draws | ({"switches": ["--fixed"]} if place.fixed else {})


UNCERTAIN = (
    "supply_elasticity", "supply_elasticity_recycling", "refining_elasticity",
    "utilisation_rate", "use_adjustment", "choke_multiple", "stockout_premium", "minimum_cover_weeks",
)  # fmt: skip


def drawn(world: World, count: int) -> list[dict[str, float]]:
    """Return draws of parameters, each for all seeds."""
    if world.posterior is not None:
        return world.posterior.draws(count)
    return draw_parameters(UNCERTAIN, count, world=world)


def bands_hold(world: World, drivers: bool = True) -> str:
    """Return a sentence on what the bands over runs hold, with the scenario's drivers on or off."""
    luck = "orders, licence decisions" + (", demand, outages, freight" if drivers else "")
    if world.posterior is not None:
        return f"Bands hold chance ({luck}) and what the fit leaves open: every run has its own draw of the parameters."
    return f"Bands show chance from run to run ({luck}), not how uncertain the parameters are."


def sampled(world: World, draws: int, seeds: int) -> str:
    """Return in words what runs differ by, for numbers of draws and of seeds."""
    of = "posterior" if world.posterior is not None else "parameters that could only be assumed"
    return f"{counted(draws, 'draw')} of the {of}, each with {counted(seeds, 'seed')}"
