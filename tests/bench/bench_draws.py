"""Do 20 draws of the posterior say what 200 do? Medians of history's headline: `python -m tests.bench.bench_draws`.

Prints the differences in 80 % bands of the many, the largest first; exit code 1 if one is a tenth or more.
"""

from __future__ import annotations

import sys
from itertools import chain
from typing import Annotated

import numpy as np

from experiments import RECORD
from experiments.ensemble.design import Cell
from experiments.ensemble.worlds import open_world
from experiments.fit.fitting import few_for_all
from experiments.history.__main__ import rows
from experiments.study.cli import run_command
from experiments.study.options import placed, whole
from experiments.study.shown import shown_of
from experiments.study.study import Place, Study
from model import InputError, load_scenario

CLOSE = 0.1


@placed("results/bench_draws")
def main(
    place: Place,
    few: Annotated[int, whole("--few", 2, 1000, "The first so many draws")] = 20,
    many: Annotated[int, whole("--many", 3, 10_000, "Against so many")] = 200,
    seed: Annotated[int, whole("--seed", 0, 2**31, "First seed")] = 1,
) -> int:
    """Run the record over draws of the posterior, and hold the medians of the first few against those of many."""
    world = open_world(place.data, place.fixed)
    if world.posterior is None:
        raise InputError("this world has no posterior.csv: python -m experiments.calibrate makes one")
    plan = load_scenario(RECORD, world)
    headline = list(chain(*rows(shown_of(world, plan), plan.weeks).values()))
    measured = {"numbers": {row.key: row.quantity for row in headline}}
    results = Study([Cell("record", plan)], measured, range(seed, seed + many), label="record").run(place)
    values = results.table("numbers").pivot(index="seed", columns="key", values="value").dropna(how="any")
    wide = values.loc[:, np.ptp(values.quantile([0.1, 0.9]).to_numpy(), axis=0) > 0]
    apart = few_for_all(wide.to_numpy(), few, len(wide))
    what = {row.key: row.quantity.what for row in headline}
    for share, key in sorted(zip(apart, wide.columns, strict=True), reverse=True):
        print(f"{share:6.3f}  {what[str(key)]}")
    print(f"{np.mean(apart < CLOSE):.0%} of {len(apart)} medians of {few} draws are within {CLOSE} of a band of {many}")
    return int((apart >= CLOSE).any())


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m tests.bench.bench_draws"))
