"""Bands and ranges over many runs, each against the run to compare with that has the same random numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from experiments.page.record import Job
from experiments.page.series import Light
from experiments.study.answers import HIGH, LOW, Band
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
    """A median with 10 and 90 % of the runs, and the share of the runs above zero; numbers, or arrays of them."""

    low: Any
    median: Any
    high: Any
    above: Any

    def at(self, *index: int) -> Range:
        """Return the range at a place of arrays."""
        return Range(*(float(values[index]) for values in self))

    def from_zero(self) -> Range:
        """Return it without what is below zero: where more is used than calm prices would have it, none is given up."""
        return Range(*(max(value, 0.0) for value in self))

    def words(self, unit: str) -> str:
        """Return it without its unit: 740 (540 to 1,100)."""
        return Band(self.median, self.low, self.high, int(np.isfinite(self.median))).plain(unit)


def range_of(values: np.ndarray) -> Range:
    """Return the ranges of values by run, [runs, ...]; those that are not finite do not count, NaN where none are."""
    known = np.isfinite(values)
    ordered, last = np.sort(np.where(known, values, np.nan), axis=0), np.maximum(known.sum(axis=0) - 1, 0)

    def cut(share: float) -> np.ndarray:
        at = share * last
        below = np.floor(at).astype(int)
        low, high = (np.take_along_axis(ordered, i[None], 0)[0] for i in (below, np.minimum(below + 1, last)))
        return np.asarray(low + (at - below) * (high - low))

    return Range(cut(LOW), cut(0.5), cut(HIGH), (known & (values > 0)).sum(axis=0) / (last + 1))


@dataclass(frozen=True, eq=False)
class Bands:
    """Runs of the setup and runs to compare with, one by one with the same draws and seeds.

    Ranges are those of a good by week and country; of what comes together, after so many weeks, [W + 1, Z].
    """

    runs: tuple[Light, ...]
    base: tuple[Light, ...]
    _known: dict[tuple[str, int, bool], Range] = field(default_factory=dict, init=False)

    def of(self, what: str, good: int, base: bool = False) -> Range:
        """Return the range of an array of the runs (`free`, `paid`, `gone`, `missed`), or of those compared with."""
        return self._range(what, good, base, lambda run, other: getattr(other if base else run, what)[:, good])

    def dearer(self, good: int) -> Range:
        """Return by what share buyers pay more than in the run compared with."""
        return self._range("dearer", good, True, lambda run, other: run.paid[:, good] / other.paid[:, good] - 1)

    def more_gone(self, good: int) -> Range:
        """Return how much more use is given up than in the run compared with, kg."""
        return self._range("more", good, True, lambda run, other: run.gone[:, good] - other.gone[:, good])

    def _range(self, what: str, good: int, base: bool, read: Callable[[Light, Light], np.ndarray]) -> Range:
        if (what, good, base) not in self._known:
            pairs = zip(self.runs, self.base, strict=True)
            self._known[what, good, base] = range_of(np.array([read(*pair) for pair in pairs]))
        return self._known[what, good, base]
