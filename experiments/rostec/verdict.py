"""What a claim is, and what makes it supported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from experiments.study.answers import HIGH, LOW
from experiments.study.bands import band
from model.world import World

SUPPORTED, REFUTED, OPEN = "supported", "not supported", "cannot say"
# What a verdict rests on: the runs; the record or what is put into the model; the runs, on a claim that is not the
# story's.
RUNS, GIVEN, EXTENSION = "runs", "record or input", "extension"
FEWEST_RUNS = 5  # fewer per cell make no band to judge by


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


def above(values: xr.DataArray, bound: float) -> str:
    """Return the verdict on `values lie above bound`: the whole band of enough runs must lie on one side of it."""
    if len(values) < FEWEST_RUNS:
        return OPEN
    low, high = np.quantile(values, [LOW, HIGH])
    return SUPPORTED if low > bound else REFUTED if high <= bound else OPEN


def below(values: xr.DataArray, bound: float) -> str:
    """Return the verdict on `values lie below bound`."""
    return above(-values, -bound)


def all_of(*verdicts: str) -> str:
    """Return the verdict on a claim whose parts must all hold."""
    return REFUTED if REFUTED in verdicts else OPEN if OPEN in verdicts else SUPPORTED


def quote(world: World, series: str, day: str) -> float:
    """Return an observed price, USD/kg."""
    table = world.observed_prices
    return float(table.loc[(table["series"] == series) & (table["date"] == day), "usd_per_kg"].iloc[0])


def says(values: xr.DataArray, unit: str) -> str:
    """Write the median and the band of values."""
    return band(values).text(unit)
