"""The main experiment: replay the record of export controls over draws and seeds, next to what was observed.

`python -m experiments.history --help` lists the options.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import model  # noqa: F401  # first: its Mesa looks through all that is loaded, and leaves out what firms do not need

# isort: split
import numpy as np
import pandas as pd
import typer
from rich.console import Console

from experiments import RECORD
from experiments.ensemble.cluster import warm_up
from experiments.ensemble.design import Cell
from experiments.ensemble.output import TABLES, check_folder, scenario_content, scenario_hash
from experiments.ensemble.progress import progress_bar
from experiments.ensemble.results import Results
from experiments.ensemble.worlds import folder_of
from experiments.history import cover
from experiments.history.quantities import first_year, measure, plain_rows, tables
from experiments.history.report import FIGURES, PARTS, report, shortages
from experiments.history.scorecard import headline, say, scorecard, with_errors
from experiments.study.answers import Asked
from experiments.study.cli import run_command
from experiments.study.observations import observations
from experiments.study.observe import observe
from experiments.study.options import command, placed, whole
from experiments.study.record import RECORDED, Row, compared_rows, forecast_rows, held
from experiments.study.report import publish, with_both_rules
from experiments.study.shown import Shown, shown_of
from experiments.study.study import Place, Study
from model import InputError, Scenario, TradeModel, load_scenario
from model.world import World

if TYPE_CHECKING:
    import xarray as xr


@placed("results/history")
def main(
    place: Place,
    scenario: Annotated[Path, typer.Option(help="Scenario file (TOML)", show_default="the record")] = RECORD,
    runs: Annotated[int, whole("--runs", 1, 10_000, "Runs, one per seed", "--seeds")] = 20,
    seed: Annotated[int, whole("--seed", 0, 2**31, "First seed; the runs use this one and the next ones")] = 1,
    weeks: Annotated[
        int | None, whole("--weeks", 1, 2080, "Weeks to simulate; as the scenario says when not given")
    ] = None,
    no_drivers: Annotated[bool, typer.Option("--no-drivers", help="No swings of demand, outages and freight")] = False,
) -> None:
    """Replay the record of export controls over draws and seeds; write tables, figures and a report."""
    world = place.world()
    plan = _scenario(scenario, place.data, world)
    if weeks is not None:
        plan = plan.model_copy(update={"weeks": weeks})
    if no_drivers:
        plan = plan.model_copy(update={"drivers": False})
    place = replace(place, out=check_folder(place.out, place.fresh))
    if runs > 1 and place.workers != 0 and place.cluster is None:
        warm_up()
    _rehearse(plan, scenario, world)
    # Another scenario than the record has no record to be held against.
    scored_plan = scenario == RECORD or place.data is not None
    view, seeds = shown_of(world, plan, scored_plan), range(seed, seed + runs)
    parts = rows(view, plan.weeks)
    seen = observations(world, view) if view.scored else []
    scored = held(seen, world, view.start, plan.weeks)
    about = {"experiment": "history", "scenario": plan.name, "scenario_hash": scenario_hash(plan),
             "scenario_content": scenario_content(plan), "scenarios": {plan.name: plan.given("json")},
             "weeks": plan.weeks}  # fmt: skip
    measured = tables(view, [*chain(*parts.values(), scored)])
    study = Study([Cell(plan.name, plan)], measured, seeds, measure=measure, records=TABLES, about=about,
                  label=f"{plan.name}, {plan.weeks} weeks")  # fmt: skip
    results = study.run(place)
    found = _headline(parts, results)
    say(found)
    card = _scorecard(scored, results, world)
    events = results.table("events")
    draw(results, plan, view, events)
    named = None if scenario == RECORD else folder_of(scenario)
    repeat = command("history", runs=runs, seed=seed, scenario=named, weeks=weeks,
                     no_drivers=no_drivers, data=folder_of(place.data), csv=place.csv)  # fmt: skip
    stocks = cover.beside_price(results, view)
    risk, short = at_risk(results, plan, view), shortages(results, view)
    told = report(plan, view, seeds, found, card, len(seen) - len(scored), events, stocks, risk, short)
    if view.scored:
        told = with_both_rules(told, *_both_rules(study, place, parts, results))
    publish(told, results, _tables_made(card, risk), {}, repeat, place.csv, said=True)


def _headline(parts: Mapping[str, Sequence[Row]], results: Results) -> pd.DataFrame:
    """Return the table of the report, by part."""
    every = [*chain(*parts.values())]
    found = headline(every, results.table("numbers") if every else pd.DataFrame())
    return found.assign(part=found["key"].map({row.key: part for part, rows in parts.items() for row in rows}))


def _scorecard(scored: Sequence[Row], results: Results, world: World) -> pd.DataFrame:
    """Return the scorecard; empty where nothing was observed, or a short run holds none of it."""
    if not scored:
        return pd.DataFrame()
    numbers = results.table("numbers")
    return with_errors(scorecard(scored, numbers), scored, numbers, world)


def at_risk(results: Results, plan: Scenario, view: Shown) -> xr.Dataset | None:
    """Return value at risk in the first year of the controls; none where the run ends before, or no use has a value."""
    from experiments.study.value import metal_use, value_at_risk  # slow to load, see `draw`

    last = view.start + timedelta(weeks=plan.weeks - 1)
    if view.world.value_added.empty or str(last) < first_year(view)[1]:
        return None
    return value_at_risk(metal_use(results).sel(cell=plan.name), view.world)


def _tables_made(card: pd.DataFrame, risk: xr.Dataset | None) -> dict[str, pd.DataFrame]:
    """Return the tables of the report that are there, by name."""
    from experiments.study.value import value_rows  # slow to load, see `draw`

    made = {"scorecard": card, "value_at_risk": pd.DataFrame() if risk is None else value_rows(risk)}
    return {name: table for name, table in made.items() if len(table.columns)}


def _scenario(path: Path, data: Path | None, world: World) -> Scenario:
    try:
        return load_scenario(path, world)
    except InputError as error:
        if data is None or path != RECORD:
            raise
        raise InputError(f"{error}; give a scenario of that world with --scenario") from None


def _rehearse(plan: Scenario, source: Path, world: World) -> None:
    """Build the model and live one week: finds what only the model can know, and compiles before processes start."""
    Console(stderr=True).print("Preparing (the first time on a machine this takes about half a minute) ...")
    try:
        TradeModel(plan.model_copy(update={"spin_up_weeks": 0}), seed=0, world=world).step()
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def rows(view: Shown, weeks: int) -> dict[str, list[Row]]:
    """Return what a run of so many weeks holds of the record, of its forecast, and by year of all other metals."""
    compared = compared_rows(view.world)
    others = [metal for metal in view.standard if not (compared and metal in RECORDED)]
    keep = partial(held, world=view.world, start=view.start, weeks=weeks)
    if not view.scored:
        compared = [replace(row, observed=np.nan, source="", at_least=False) for row in compared]
    found = (keep(compared), keep(forecast_rows() if compared else []), plain_rows(view, weeks, others))
    return dict(zip(PARTS, found, strict=True))


def _both_rules(
    study: Study, place: Place, parts: Mapping[str, Sequence[Row]], results: Results
) -> tuple[Asked, Asked]:
    """Return the rows of the record and of its forecast under both market rules."""
    kept = {row.key: row.quantity for row in (*parts["compared"], *parts["forecast"])}
    if not kept:
        return {}, {}
    only = replace(study, tables={"numbers": kept}, measure=observe)
    one, other = (
        found.table("numbers").groupby("key", observed=True)["value"]
        for found in (results, only.bargained(place, [cell.name for cell in study.cells]))
    )
    ours, theirs = ({q.what: (q.unit, own.get_group(key)) for key, q in kept.items()} for own in (one, other))
    return ours, theirs


def draw(results: Results, plan: Scenario, view: Shown, events: pd.DataFrame) -> None:
    """Draw and save the figures; policies are marked as they came in the first run."""
    from experiments.figures import style  # slow to load, and nobody waits for figures before the numbers
    from experiments.history import figures

    with progress_bar() as bar:
        task = bar.add_task("Figures", total=len(FIGURES))
        marks = figures.marks_of(plan, events[events["run"] == events["run"].min()])
        for name, figure in figures.draw(figures.measured(results), marks, view).items():
            style.save(figure, results.folder.parent / "figures", name)
            bar.advance(task)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.history"))
