"""Bands and ranges over many runs, each against the run to compare with that has the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from experiments.page.record import Job
from experiments.page.series import Light
from experiments.study.answers import HIGH, LOW
from model.world import World

RUNS, FIRST_RUNS = 20, 8  # runs of a band; so many make a first one


def drawn(job: Job, runs: int = RUNS) -> list[Job]:
    """Return the runs of a band, those of `experiments.history`. Only here the page chooses draws and seeds.

    Every run has a seed and a draw of the posterior of its own. The path is none of them: its parameters are the
    declared ones, as the settings show them.
    """
    return [Job(job.text, job.seed + i, full=False, draw=i) for i in range(runs)]


def differ_by(world: World) -> str:
    """Return what the runs of a band differ by, in words."""
    return "parameters that agree with the record, and luck" if world.posterior else "luck alone"


class Range(NamedTuple):
    """A median with 10 and 90 % of the runs, and the share of the runs above zero."""

    low: float
    median: float
    high: float
    above: float


def range_of(values: np.ndarray) -> Range | None:
    """Return the range of the finite values; None where there are none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, median, high = np.quantile(known, [LOW, 0.5, HIGH])
    return Range(float(low), float(median), float(high), float((known > 0).mean()))


@dataclass(frozen=True, eq=False)
class Bands:
    """Runs of the setup and runs to compare with, one by one with the same draws and seeds."""

    runs: tuple[Light, ...]
    base: tuple[Light, ...]

    def price(self, good: int, zone: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the band of the free price, low and high, [W]."""
        values = np.array([run.free[:, good, zone] for run in self.runs])
        low, high = np.quantile(values, [LOW, HIGH], axis=0)
        return low, high

    def dearer(self, good: int, zone: int, week: int) -> Range | None:
        """Return by what share buyers pay more than in the run compared with."""
        pairs = zip(self.runs, self.base, strict=True)
        ratios = [a.price_paid(good, zone, week) / b.price_paid(good, zone, week) - 1 for a, b in pairs]
        return range_of(np.array(ratios))

    def lost_kg(self, good: int, zone: int, week: int) -> Range | None:
        """Return how much more use is given up than in the run compared with, kg."""
        pairs = zip(self.runs, self.base, strict=True)
        more = [a.lost_kg(good, zone, week) - b.lost_kg(good, zone, week) for a, b in pairs]
        return range_of(np.array(more))
