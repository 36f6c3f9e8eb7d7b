"""The trend: what the quantities of the data have grown to on a day, and the capacity published for its year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from agents.firm import GROWING
from agents.rule import rule
from model.calendar import WEEKS_PER_YEAR
from model.state.build import TONNE
from model.state.firms import Firms
from model.state.record import Kind
from model.world import World


class Trend:
    """Growth by the date alone, so that a day has the same use, output and capacity whenever a run starts.

    A week's growth is a rule of every firm (`agents.firm.grow`); here is where it starts, and what is published.
    """

    def __init__(self, firms: Firms, world: World) -> None:
        """Note capacity on the reference date; `firms` hold the quantities of the data."""
        self._firms, self._reference_date = firms, world.reference_date
        self._growth, self._capacity_kg = firms["growth"].copy(), firms["capacity_kg"].copy()
        self._unused_kg = np.zeros(len(firms))
        metal = np.array([world.metal_of_good[g] for g in firms["good"]])
        self._published: list[tuple[np.ndarray, Mapping[int, float]]] = []
        self._year, self._nameplates_kg = 0, list[float]()
        for (name, zone), by_year in world.capacity_by_year.items():
            here = (firms["kind"] == Kind.PRODUCER) & (metal == name) & (firms["zone"] == world.zone_index[zone])
            rows = np.flatnonzero(here)
            if self._capacity_kg[rows].sum() > 0:
                self._published.append((rows, by_year))

    def start(self, day: date) -> None:
        """Bring the quantities of the data to a day, before or after the reference date."""
        for name in GROWING:
            self._firms[name][:] *= self._growth ** self._weeks_to(day)
        self._publish(day)

    def week(self, day: date) -> None:
        """Note that a week of growth has passed, up to `day`."""
        if self._published:
            self._unused_kg *= self._growth
            self._publish(day)

    def _weeks_to(self, day: date) -> float:
        return (day - self._reference_date) / timedelta(weeks=1)

    def _publish(self, day: date) -> None:
        """Bring primary capacity to what is published for the latest year not after the day, if the trend is below.

        New lines stand idle until prices call for them: output follows the utilisation rule, not the nameplate. What
        policies add comes on top.
        """
        weeks = self._weeks_to(day)
        if day.year != self._year:
            self._year = day.year
            self._nameplates_kg = [_nameplate_kg(by_year, day.year) for _, by_year in self._published]
        for (rows, _), nameplate_kg in zip(self._published, self._nameplates_kg, strict=True):
            _raise(self._firms.table, rows, self._capacity_kg, self._growth, weeks, nameplate_kg, self._unused_kg)


def _nameplate_kg(by_year: Mapping[int, float], year: int) -> float:
    """Return the capacity published for the latest year not after one, kg a week."""
    return (
        max(((known, t) for known, t in by_year.items() if known <= year), default=(0, 0.0))[1] * TONNE / WEEKS_PER_YEAR
    )


@rule
def _raise(firms, rows, reference_kg, growth, weeks, nameplate_kg, unused_kg):
    """Let capacity stand at the nameplate where the trend of the reference capacity is below it.

    Args:
        firms: records, [N].
        rows: the records that share the nameplate.
        reference_kg: capacity on the reference date, kg a week, [N].
        growth: weekly growth factor, [N].
        weeks: weeks since the reference date.
        nameplate_kg: capacity published for the rows, kg a week.
        unused_kg: capacity above the trend, kg a week, [N], updated.
    """
    grown, total = np.empty(rows.size), 0.0
    for k, i in enumerate(rows):
        grown[k] = growth[i] ** weeks
        total += reference_kg[i] * grown[k]
    above = max(nameplate_kg / total - 1.0, 0.0)
    for k, i in enumerate(rows):
        more = above * reference_kg[i] * grown[k]
        if more != 0.0 or unused_kg[i] != 0.0:
            running = firms[i].utilisation * firms[i].capacity_kg
            firms[i].capacity_kg += more - unused_kg[i]
            unused_kg[i] = more
            firms[i].utilisation = min(running / max(firms[i].capacity_kg, 1e-9), 1.0)
