"""Which parameters matter for which answer, and what the record can tell of them: Morris, Sobol, one at a time.

`python -m experiments.sensitivity --help` lists the options.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import numpy as np

from experiments import RECORD
from experiments.ensemble.design import Cell, checked, read_raw, vary
from experiments.ensemble.worlds import folder_of
from experiments.sensitivity import analysis, figures, quantities, report
from experiments.sensitivity.plan import plan_of
from experiments.study.cli import run_command
from experiments.study.options import Seeds, command, placed, whole
from experiments.study.report import publish
from experiments.study.study import Place, Study

WEEKS = 157  # up to the end of 2025, the year that outcomes are read from


@placed("results/sensitivity")
def main(
    place: Place,
    seeds: Seeds = 2,
    trajectories: Annotated[int, whole("--trajectories", 2, 1000, "Morris trajectories")] = 8,
    sobol: Annotated[int, whole("--sobol", 8, 4096, "Base sample of the Sobol indices, a power of 2")] = 64,
    leading: Annotated[int, whole("--leading", 1, 20, "Parameters of each outcome that get Sobol indices")] = 2,
) -> None:
    """Move every parameter through its range; write tables, figures and a report on what hangs on it."""
    world = place.world("China's gallium and germanium", quantities.NEEDED)
    plan, outcomes = plan_of(world), quantities.outcomes(world.zones)
    alone, sample = plan.alone(), plan.trajectories(trajectories)
    raw = vary(read_raw(RECORD, world), {"name": "sensitivity", "weeks": WEEKS})
    seen = quantities.observed(world, checked(raw, "sensitivity", world))
    read = {"outcomes": outcomes, "observed": {key: row.quantity for key, row in seen.items()}}
    cells = [Cell("record", raw)]
    study = Study(cells, read, range(seeds), plan.draws(np.vstack([alone, sample])))
    results = study.run(place)
    found, gaps = analysis.by_draw(results.dataset("outcomes"))
    record, _ = analysis.by_draw(results.dataset("observed"))
    rest = slice(len(alone), None)
    effects = analysis.morris(plan, sample, found.isel(draw=rest))

    few = plan.only(analysis.leaders(effects, leading))
    base = 1 << (sobol.bit_length() - 1)
    second = Study(cells, {"outcomes": outcomes}, range(seeds), few.draws(few.saltelli(base)))
    indices_of = second.run(replace(place, out=place.out / "sobol"))
    varied, more = analysis.by_draw(indices_of.dataset("outcomes"))
    made = {
        "swings": analysis.swings(plan, found.isel(draw=slice(0, len(alone)))),
        "effects": effects,
        "indices": analysis.sobol(few, varied),
        "told": analysis.constraints(plan, sample, record.isel(draw=rest), list(seen.values()), world),
    }
    runs = len(results.runs) + len(indices_of.runs)
    told = report.report(report.Found(outcomes, **made, seeds=seeds, runs=runs, gaps=gaps + more))
    drawn = {
        "sensitivity_tornado": figures.tornado(made["swings"], outcomes),
        "sensitivity_record": figures.record(made["told"]),
    }
    options = {"seeds": seeds, "trajectories": trajectories, "sobol": sobol, "leading": leading}
    publish(told, results, made, drawn, command("sensitivity", data=folder_of(place.data), **options), place.csv)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.sensitivity"))
