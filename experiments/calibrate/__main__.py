"""Fit the parameters to everything observed up to a day: the posterior that the other studies draw from.

`python -m experiments.calibrate --help` lists the options.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from typing import Annotated

import typer

from experiments import RECORD
from experiments.calibrate import report
from experiments.ensemble.design import read_raw
from experiments.ensemble.worlds import folder_of
from experiments.fit.fitting import Settings, fit
from experiments.fit.known import known_world
from experiments.fit.sampler import ROUNDS
from experiments.fit.store import write_posterior
from experiments.study.cli import run_command
from experiments.study.options import command, day_of, placed, whole
from experiments.study.record import RECORDED
from experiments.study.study import Place
from model import InputError

LAST = "2024-06-30"  # what was seen later is kept for a fair forecast


@placed("results/calibrate")
def main(
    place: Place,
    cut: Annotated[str, typer.Option("--cut", metavar="DATE", help="Last day of the observations that count")] = LAST,
    draws: Annotated[int, whole("--draws", 20, 10_000, "Draws of the posterior")] = 300,
    budget: Annotated[int, whole("--budget", 40, 1_000_000, "Runs of the sampler in all")] = 6000,
    seed: Annotated[int, whole("--seed", 0, 2**31, "Of the sampler and of the first run")] = 0,
) -> None:
    """Fit the parameters to the record; write the posterior, its manifest, figures and a report."""
    place = replace(place, fixed=True)
    world = place.world("China's gallium and germanium", RECORDED)
    if budget < (ROUNDS + 1) * draws:
        raise InputError(
            f"--budget {budget}: {ROUNDS + 1} rounds of {draws} draws need at least {(ROUNDS + 1) * draws}"
        )
    source = place.data
    last, raw, named = day_of("--cut", cut), read_raw(RECORD, world), folder_of(place.data)
    if last < date.fromisoformat(LAST):  # what was read off later observations would look ahead
        place = replace(place, data=known_world(place.data, last, place.out / "known"))
        world = place.world()
    found = fit(world, raw, Settings(last, draws, budget, seed), place)
    write_posterior(found, place.out)
    options = {"cut": cut, "draws": draws, "budget": budget, "seed": seed}
    repeat = command("calibrate", data=named, **options)
    report.write(found, place.out, repeat, source)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.calibrate"))
