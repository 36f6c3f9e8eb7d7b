"""How much licence offices grant: read off the record of exports, then a random walk in log-odds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from agents.rule import rule
from model.calendar import week_of
from model.streams import stream
from model.world import World

NEVER_SURE = 1e-12  # log-odds of 0 and 1 are not finite
BAND_SDS = 2 * 1.2816  # a range of the data is read as 10 to 90 % of a normal law in log-odds


@rule
def log_odds(share):
    """Return log-odds of a share, or of an array of them."""
    inside = np.minimum(np.maximum(share, NEVER_SURE), 1.0 - NEVER_SURE)
    return np.log(inside) - np.log1p(-inside)


@rule
def share_of(odds):
    """Return the share that has these log-odds, or an array of them."""
    return 1.0 / (1.0 + np.exp(-odds))


class Walk:
    """A random walk from its first week on, drawn as far as it is asked for; 0 before."""

    def __init__(self, draws: np.random.Generator, first: int, weekly_sd: float) -> None:
        """Stand at 0 until the week before the first."""
        self._draws, self._first, self._sd = draws, first, weekly_sd
        self._places = [0.0]

    def at(self, week: int) -> float:
        """Return where it stands in a week."""
        steps = max(week - self._first + 1, 0)
        while len(self._places) <= steps:
            self._places.append(self._places[-1] + self._sd * float(self._draws.standard_normal()))
        return self._places[steps]


class Record(NamedTuple):
    """The rows of `grants.csv` of one office and metal: from when a share holds, the share and its range, the end."""

    starts: list[date]
    granted: np.ndarray
    low: np.ndarray
    high: np.ndarray
    end: date


@lru_cache(maxsize=8)
def _record(world: World, actor: str) -> dict[str, Record]:
    """Return the record of a country's offices by metal, the same for every run in a world."""
    rows = world.grants[world.grants["actor"] == actor].sort_values("start")
    return {
        str(metal): Record(
            [day.date() for day in part["start"]],
            part["granted"].to_numpy(),
            part["low"].to_numpy(),
            part["high"].to_numpy(),
            part["end"].max().date(),
        )
        for metal, part in rows.groupby("metal", sort=False)
    }


class Reading(NamedTuple):
    """What the record says of one metal: weeks from which shares hold, the shares, and the last week it speaks of."""

    weeks: list[int]
    shares: list[float]
    last: int


class Grants:
    """The grant state of one country's offices, by metal.

    With the drivers off it is the central reading, flat after the record ends. With them on a run draws how the record
    is to be read, within its range, and the state walks on from the record's end (from the scenario's first week where
    the record says nothing). The walk starts there because before it exports tell.
    """

    def __init__(
        self, world: World, actor: str, start: date, seed: int, on: bool, by_metal: Callable[[str, str], float]
    ) -> None:
        """Read the record.

        Args:
            world: whose record.
            actor: the licensing country.
            start: the Monday of week 0.
            seed: of the run.
            on: whether the drivers are.
            by_metal: value of a parameter for a metal.
        """
        self._on, self._actor, self._seed, self._by_metal = on, actor, seed, by_metal
        self._readings = {metal: self._read(record, metal, start) for metal, record in _record(world, actor).items()}
        self._walks: dict[str, Walk] = {}

    def _read(self, record: Record, metal: str, start: date) -> Reading:
        """Return what the record says of a metal; with the drivers on, drawn from what it may mean."""
        shares, low, high = record.granted, log_odds(record.low), log_odds(record.high)
        draws = stream(self._seed, f"grant-reading/{self._actor}/{metal}").standard_normal(len(shares)) * self._on
        shift = self._by_metal("grant_shift", metal) + draws * (high - low) / BAND_SDS
        # Where nothing shifts them, shares are what the data say to the last digit.
        read = np.where(shift == 0.0, shares, share_of(log_odds(shares) + shift))
        return Reading([week_of(day, start) for day in record.starts], read.tolist(), week_of(record.end, start))

    def recorded(self, metal: str, week: int) -> float | None:
        """Return the share granted on record, its last word after its end; None where it says nothing."""
        reading = self._readings.get(metal)
        step = bisect_right(reading.weeks, week) - 1 if reading else -1
        return reading.shares[step] if reading and step >= 0 else None

    def wandered(self, metal: str, week: int, share: float) -> float:
        """Return a share moved by the walk; what is never or always granted stays so."""
        if not self._on or not 0.0 < share < 1.0:
            return share
        if metal not in self._walks:
            reading = self._readings.get(metal)
            first = reading.last + 1 if reading else 0
            draws = stream(self._seed, f"grants/{self._actor}/{metal}")
            self._walks[metal] = Walk(draws, first, self._by_metal("grant_volatility", metal))
        place = self._walks[metal].at(week)
        return share if place == 0.0 else share_of(log_odds(share) + place)
