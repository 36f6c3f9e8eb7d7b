"""The processes that drive a world: swings that fade, and plants that fail and come back."""

from __future__ import annotations

import numpy as np

from agents.rule import rule
from model.calendar import WEEKS_PER_YEAR
from model.streams import RowDraws, RowNoise


class Swings:
    """First-order autoregressive processes in logs, one for each name, each from a stream of its own.

    They begin at 0, where the data stand, and come near their stationary spread within twice their memory.

    Attributes:
        levels: logs, [names].
    """

    def __init__(
        self, seed: int, purpose: str, names: list[str], volatility: np.ndarray, memory_weeks: np.ndarray
    ) -> None:
        """Begin at 0.

        Args:
            seed: of the run.
            purpose: what swings, the first part of the streams' names.
            names: who swings.
            volatility: stationary standard deviation, [names].
            memory_weeks: weeks after which 1/e of a swing is left, [names].
        """
        self._noise = RowNoise(seed, purpose, names)
        self._kept = np.exp(-1.0 / memory_weeks)
        self._step_sd = volatility * np.sqrt(1.0 - self._kept**2)
        self.levels = np.zeros(len(names))

    def week(self) -> np.ndarray:
        """Move on by a week; return the change, [names]."""
        before = self.levels
        self.levels = self._kept * before + self._step_sd * self._noise.week()
        return self.levels - before


class Outages:
    """Plants that fail rarely and come back after a time of exponential length, each from a stream of its own.

    Attributes:
        out: whether a plant has an outage, [plants].
    """

    def __init__(self, seed: int, plants: list[str], per_year: np.ndarray, mean_weeks: np.ndarray) -> None:
        """Begin with all plants running; rates and lengths by plant, [plants]."""
        self._draws = RowDraws(seed, "outage", plants, draws=2)
        self._fails = -np.expm1(-per_year / WEEKS_PER_YEAR)
        self._mended = -np.expm1(-1.0 / mean_weeks)
        self.out = np.zeros(len(plants), dtype=bool)

    def week(self) -> np.ndarray:
        """Move on by a week; return which plants are out, [plants]."""
        self.out = _out(self.out, self._fails, self._mended, self._draws.week())
        return self.out


@rule
def _out(out, fails, mended, draws):
    """Return which plants are out, [plants]: those that fail or are not mended, by two draws for each, [plants, 2]."""
    now = np.empty_like(out)
    for i in range(out.size):
        now[i] = draws[i, 1] >= mended[i] if out[i] else draws[i, 0] < fails[i]
    return now
