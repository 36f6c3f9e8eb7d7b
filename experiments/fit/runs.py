"""Runs of the record for draws of parameters, up to the day that the fit ends: one ensemble a round, each resumable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from experiments.ensemble.cluster import Execute, executor
from experiments.ensemble.design import Cell, Design, Raw, vary
from experiments.ensemble.driver import run_ensemble
from experiments.fit.prior import Prior
from experiments.study.observe import observe
from experiments.study.record import Row
from experiments.study.study import Place
from model.calendar import week_of

TABLE = "observed"


@dataclass(frozen=True)
class Runs:
    """What a sampler needs to run the model.

    Attributes:
        scenario: the record.
        rows: what runs are held against.
        prior: of the parameters.
        place: where results lie and who runs them.
        seed: run i of a round has its own, counted from here.
        execute: who runs the chunks of all rounds.
    """

    scenario: Raw
    rows: Sequence[Row]
    prior: Prior
    place: Place
    seed: int
    execute: Execute

    def __call__(self, number: int, z: np.ndarray) -> np.ndarray:
        """Return the values of the observations, [runs, observations]; NaN for a run that failed."""
        draws = self.prior.draws(z)
        seeds = range(self.seed + 100_000 * number, self.seed + 100_000 * number + len(draws))
        design = Design([Cell("record", self.scenario)], seeds, draws, paired=True)
        results = run_ensemble(
            design,
            partial(observe, tables={TABLE: {row.key: row.quantity for row in self.rows}}),
            self.place.out / "rounds" / f"{number:02d}",
            data=self.place.data,
            fresh=self.place.fresh,
            execute=self.execute,
            label=f"round {number}",
        )
        table = results.table(TABLE).pivot(index="run", columns="key", values="value")
        return table.reindex(index=range(len(draws)), columns=[row.key for row in self.rows]).to_numpy(dtype=float)


@contextmanager
def prepared(scenario: Raw, rows: Sequence[Row], prior: Prior, place: Place, seed: int) -> Iterator[Runs]:
    """Give runs that share their worker processes."""
    with executor(place.cluster, place.workers, 1_000_000) as execute:
        yield Runs(scenario, rows, prior, place, seed, execute)


def cut_off(scenario: Raw, start: date, last: date) -> Raw:
    """Return a scenario that ends with the week of a day, without drivers: their luck is no news of parameters."""
    return vary(scenario, {"name": "calibrate", "weeks": week_of(last, start) + 1, "drivers": False})
