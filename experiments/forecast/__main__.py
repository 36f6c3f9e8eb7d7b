"""Fit up to a day, forecast on, and score the forecast on what was observed after it, against simple rivals.

`python -m experiments.forecast --help` lists the options.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from experiments import RECORD
from experiments.ensemble.design import Raw, checked, read_raw, vary
from experiments.ensemble.output import write_text
from experiments.ensemble.worlds import folder_of, open_world
from experiments.fit.fitting import Settings, fit
from experiments.fit.known import known_scenario, known_world
from experiments.fit.store import write_posterior
from experiments.forecast import contest, points, report
from experiments.forecast.contest import Known
from experiments.forecast.runs import cells_of, jobs
from experiments.forecast.runs import run as run_all
from experiments.study.cli import run_command
from experiments.study.observations import observations
from experiments.study.options import command, day_of, placed, whole
from experiments.study.record import RECORDED
from experiments.study.shown import shown_of
from experiments.study.study import Place
from model import InputError
from model.calendar import week_of
from model.posterior import ABOUT, FILE, Posterior, read_posterior
from model.world import World

Fitted = Annotated[
    Path | None,
    typer.Option(
        "--posterior", metavar="FOLDER", help="What experiments.calibrate found up to the cut; fitted if none"
    ),
]
Points = Annotated[
    Path | None,
    typer.Option("--points", metavar="FILE", help="Outcomes in the form of observed_prices.csv, not those of the data"),
]


@placed("results/forecast")
def main(
    place: Place,
    cut: Annotated[str, typer.Option("--cut", metavar="DATE", help="Last day that the forecast knows")] = "2023-12-31",
    runs: Annotated[int, whole("--runs", 2, 10_000, "Runs, one per draw and seed", "--seeds")] = 200,
    draws: Annotated[int, whole("--draws", 20, 10_000, "Draws of the posterior that is fitted")] = 300,
    budget: Annotated[int, whole("--budget", 40, 1_000_000, "Runs of the fit in all")] = 6000,
    seed: Annotated[int, whole("--seed", 0, 2**31, "Of the fit, and the first of the runs")] = 1,
    posterior: Fitted = None,
    points_file: Points = None,
    no_parameters: Annotated[bool, typer.Option("--no-parameters", help="Only the central draw")] = False,
    no_drivers: Annotated[bool, typer.Option("--no-drivers", help="Nothing drawn but parameters and orders")] = False,
    later_policies: Annotated[bool, typer.Option("--later-policies", help="Keep what was announced later")] = False,
) -> None:
    """Fit up to a day, forecast on with parameters and drivers drawn, and score it on what followed."""
    full = replace(place, fixed=True).world("China's gallium and germanium", RECORDED)
    last = day_of("--cut", cut)
    folder = known_world(place.data, last, place.out / "known")
    world = open_world(folder)
    raw = _scenario(read_raw(RECORD, full), last, later_policies)
    later = full if points_file is None else points.with_points(folder, points_file, place.out / "points")
    plan = checked(raw, "forecast", world)
    view = shown_of(world, plan)
    rows = points.after_cut(later, view, last, 2080)
    if not rows:
        raise InputError(f"--cut {cut}: nothing that began after it was observed; nearest 2024-05-31")
    raw = vary(raw, {"weeks": week_of(max(map(points.ended, rows)), plan.start) + 1})
    seen = points.Seen(world, observations(world, view), rows, later, plan.start, raw["weeks"])
    markets = points.markets(seen, view)
    fitted = (
        None if place.fixed else _posterior(posterior, world, folder, raw, Settings(last, draws, budget, seed), place)
    )
    cells = cells_of(not (no_parameters or place.fixed), not no_drivers)
    needed = [row for market in markets for row in (*market.starts, *market.targets)]
    flows = points.exports(rows, later)
    found = run_all(jobs(cells, raw, fitted, runs, seed, world), cells, [*needed, *flows], world,
                    folder, place)  # fmt: skip
    known = Known(world, last, _announced(plan.policies, last))
    options = {"cut": cut, "runs": runs, "draws": draws, "budget": budget, "seed": seed,
               "points": None if points_file is None else points_file.name,
               "posterior": None if posterior is None else posterior.name,
               "no_parameters": no_parameters, "no_drivers": no_drivers, "later_policies": later_policies,
               "fixed": place.fixed, "data": folder_of(place.data)}  # fmt: skip
    outcome = report.Outcome(
        found, markets, contest.prices(found, markets, known), contest.exports(found, flows, known),
        contest.shares(found, flows, known), known, view, fitted, runs,
    )  # fmt: skip
    repeat = command("forecast", **options)
    report.write(outcome, place.out, repeat, place.data)


def _scenario(raw: Raw, cut: date, later_policies: bool) -> Raw:
    kept = raw if later_policies else known_scenario(raw, cut)
    return vary(kept, {"name": "forecast"})


def _posterior(given: Path | None, world: World, folder: Path, raw: Raw, settings: Settings, place: Place) -> Posterior:
    """Return a posterior of what was known at the cut, fitted unless it is given.

    Raises:
        InputError: the one that is given knows more, or does not say what it knows.
    """
    where = place.out / "fit" if given is None else given.expanduser()
    if given is None:
        there = Place(where, folder, cluster=place.cluster, workers=place.workers, fresh=place.fresh)
        write_posterior(fit(world, raw, settings, there), where)
    found = read_posterior(where, world.parameter_table)
    if found is None:
        raise InputError(f"--posterior {given}: holds no posterior.csv")
    knows = str(found.about.get("cut", ""))
    if not knows:
        raise InputError(f"--posterior {given}: posterior.json does not say up to which day it was fitted")
    if date.fromisoformat(knows) > settings.cut:
        raise InputError(f"--posterior {given}: was fitted up to {knows}, after the cut {settings.cut}")
    if given is not None:
        _keep(where, place.out / "posterior")
    return found


def _keep(posterior: Path, out: Path) -> None:
    """Copy a posterior of the user's to the results: whoever repeats the forecast needs it."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (FILE, ABOUT):
        write_text(out / name, (posterior / name).read_text(encoding="utf-8"))


def _announced(policies: list, cut: date) -> date:
    """Return the day on which the first controls were announced; the cut where there were none."""
    days = [policy.announced for policy in policies if policy.kind.startswith("export_") and policy.announced]
    return min(days, default=cut)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.forecast"))
