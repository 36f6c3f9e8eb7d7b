"""The trend: what the quantities of the data have grown to on a day, and the capacity published for its year."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from model.build import TONNE
from model.calendar import WEEKS_PER_YEAR
from model.columns import Columns, Kind
from model.parameters import Parameters
from model.world import World


class Trend:
    """Growth by the date alone, so that a day has the same use, output and capacity whenever a run starts.

    Attributes:
        growth: weekly growth factor of each row, [N]; government stockpiles follow their policy alone.
    """

    def __init__(self, c: Columns, world: World, p: Parameters) -> None:
        """Note capacity on the reference date; `c` holds the quantities of the data."""
        yearly = np.array([p.for_metal("growth", world.metal_of_good[g]) for g in c.good])
        self.growth = np.where(c.kind == Kind.STOCKPILE, 1.0, (1.0 + yearly) ** (1.0 / WEEKS_PER_YEAR))
        self._reference_date = world.reference_date
        self._capacity_kg = c.capacity_kg.copy()
        self._unused_kg = np.zeros(len(c))
        metal = np.array([world.metal_of_good[g] for g in c.good])
        self._published = []
        for (name, zone), by_year in world.capacity_by_year.items():
            rows = np.flatnonzero((c.kind == Kind.PRODUCER) & (metal == name) & (c.zone == world.zone_index[zone]))
            if self._capacity_kg[rows].sum() > 0:
                self._published.append((rows, by_year))

    def start(self, c: Columns, day: date) -> None:
        """Bring columns that hold the quantities of the data to a day, before or after the reference date."""
        c.scale(self.growth ** self._weeks_to(day))
        self._publish(c, day)

    def week(self, c: Columns, day: date) -> None:
        """Let a week of growth pass, up to `day`."""
        c.scale(self.growth)
        self._unused_kg *= self.growth
        self._publish(c, day)

    def _weeks_to(self, day: date) -> float:
        return (day - self._reference_date) / timedelta(weeks=1)

    def _publish(self, c: Columns, day: date) -> None:
        """Bring primary capacity to what is published for the latest year not after the day, if the trend is below.

        New lines stand idle until prices call for them: output follows the utilisation rule, not the nameplate. What
        policies add comes on top.
        """
        for rows, by_year in self._published:
            trend = self._capacity_kg[rows] * self.growth[rows] ** self._weeks_to(day)
            nameplate = max(((year, t) for year, t in by_year.items() if year <= day.year), default=(0, 0.0))[1]
            above = max(nameplate * TONNE / WEEKS_PER_YEAR / trend.sum() - 1.0, 0.0)
            if above == 0.0 and not self._unused_kg[rows].any():
                continue
            running = c.utilisation[rows] * c.capacity_kg[rows]
            c.capacity_kg[rows] += above * trend - self._unused_kg[rows]
            self._unused_kg[rows] = above * trend
            c.utilisation[rows] = np.minimum(running / np.maximum(c.capacity_kg[rows], 1e-9), 1.0)
