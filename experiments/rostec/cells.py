"""Numbers from the cells of the Rostec design, what a claim is, and what makes it supported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from experiments.study.answers import HIGH, LOW, Band
from experiments.study.bands import band_rows, complete
from model.world import World

TODAY, STORY, STRESS = 6, 20, 40  # t a year: mid-2023, what the story says Rostec can make, twice that
FACTORS = ("restriction", "output_t", "exports")
SUPPORTED, REFUTED, OPEN = "supported", "not supported", "cannot say"
# What a verdict rests on: the runs; the record or what is put into the model; the runs, on a claim that is not the
# story's.
RUNS, GIVEN, EXTENSION = "runs", "record or input", "extension"
FEWEST_RUNS = 5  # fewer per cell make no band to judge by


class Cells:
    """The measured numbers of all runs; values come as arrays over seeds, in the order of the seeds.

    Where a cell is not named, it is the one nearest to what happened: licences, open exports, today's output.
    """

    def __init__(self, numbers: xr.Dataset) -> None:
        """Take the numbers by factor, draw and seed; keep the runs that finished in all cells."""
        self._found = complete(numbers, FACTORS)

    @property
    def seeds(self) -> list[int]:
        """Seeds that were run in all cells."""
        return [int(seed) for seed in self._found["seed"]]

    def of(self, key: str, output_t: int = TODAY, restriction: str = "licences", exports: str = "open") -> np.ndarray:
        """Return a quantity in one cell, [seeds]."""
        return self._found[key].sel(restriction=restriction, output_t=output_t, exports=exports).to_numpy()

    def extra(
        self, key: str, output_t: int = STORY, restriction: str = "licences", exports: str = "open"
    ) -> np.ndarray:
        """Return what Rostec's increase from today's output adds to a quantity, [seeds]."""
        return self.of(key, output_t, restriction, exports) - self.of(key, TODAY, restriction, exports)

    def through(self, key: str, output_t: int = TODAY, restriction: str = "licences") -> np.ndarray:
        """Return what China's restriction adds to a quantity, [seeds]."""
        return self.of(key, output_t, restriction) - self.of(key, output_t, "none")

    def through_share(self, key: str, output_t: int = TODAY, restriction: str = "licences") -> np.ndarray:
        """Return the same as a share of the level without restriction, [seeds]."""
        return self.through(key, output_t, restriction) / self.of(key, output_t, "none")

    def taken_back(self, key: str, output_t: int = STORY, restriction: str = "licences") -> np.ndarray:
        """Return the share of the restriction's effect on a quantity that Rostec's increase undoes, [seeds]."""
        return -self.extra(key, output_t, restriction) / self.through(key, TODAY, restriction)

    def mean_over(self, key: str, factor: str, level: str | int) -> np.ndarray:
        """Return a quantity averaged over all cells with one level of one factor, [seeds]."""
        chosen = self._found[key].sel({factor: level})
        return chosen.mean([other for other in FACTORS if other != factor]).to_numpy()

    def effects(self) -> pd.DataFrame:
        """Return the band of every quantity in every cell."""
        return band_rows(self._found, "key")


def above(values: np.ndarray, bound: float) -> str:
    """Return the verdict on `values lie above bound`: the whole band of enough runs must lie on one side of it."""
    if len(values) < FEWEST_RUNS:
        return OPEN
    low, high = np.quantile(values, [LOW, HIGH])
    return SUPPORTED if low > bound else REFUTED if high <= bound else OPEN


def below(values: np.ndarray, bound: float) -> str:
    """Return the verdict on `values lie below bound`."""
    return above(-values, -bound)


def all_of(*verdicts: str) -> str:
    """Return the verdict on a claim whose parts must all hold."""
    return REFUTED if REFUTED in verdicts else OPEN if OPEN in verdicts else SUPPORTED


@dataclass(frozen=True)
class Finding:
    """One row of the table of claims.

    Attributes:
        key: short name.
        story: what the story says.
        record: what was published, with its source.
        model: what the runs say, in words, with bands (10 to 90 % of the runs).
        verdict: supported, not supported or cannot say.
        test: what the verdict hangs on.
        rests_on: RUNS, GIVEN or EXTENSION.
    """

    key: str
    story: str
    record: str
    model: str
    verdict: str
    test: str
    rests_on: str = RUNS


def quote(world: World, series: str, day: str) -> float:
    """Return an observed price, USD/kg."""
    table = world.observed_prices
    return float(table.loc[(table["series"] == series) & (table["date"] == day), "usd_per_kg"].iloc[0])


def says(values: np.ndarray, unit: str) -> str:
    """Write the median and the band of values."""
    return Band.of(values).text(unit)
