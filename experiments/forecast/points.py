"""What a forecast is scored on: markets with their quotes before and after the cut, and exports after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.ensemble.worlds import open_world
from experiments.fit.distance import target_of
from experiments.study.observations import observations
from experiments.study.record import Row, held
from experiments.study.shown import Shown
from model import InputError
from model.world import World

ONE_SIDED = ("_high", "_low")  # ends of series that are the upper or the lower side of a range
LONGEST_QUOTE = timedelta(days=62)
LATEST = timedelta(days=31)  # quotes of so long before the last one are where a forecast starts
EXPORTS = ("month", "total", "destination")


@dataclass(frozen=True)
class Market:
    """A market whose quotes are forecast.

    Attributes:
        good, zone, name: which one.
        history: mean log quote of each month with one, up to the cut.
        starts: the last quotes before the cut, where forecasts start.
        targets: quotes after it.
    """

    good: str
    zone: str
    name: str
    history: pd.Series
    starts: tuple[Row, ...]
    targets: tuple[Row, ...]

    @property
    def start(self) -> float:
        """Log of the last quotes."""
        return float(np.mean(np.log([row.observed for row in self.starts])))

    @property
    def last(self) -> date:
        """The day of the last quote."""
        return max(map(middle, self.starts))

    def observed(self) -> np.ndarray:
        """Return the log of the quotes after the cut."""
        return np.log([row.observed for row in self.targets])


def middle(row: Row) -> date:
    """Return the day in the middle of what a row is about."""
    assert row.quantity.span is not None
    first, last = map(date.fromisoformat, row.quantity.span)
    # A day's quote stands for the week that ends with it (`study.observations`).
    return last if (last - first).days == 6 else first + (last - first) / 2


def ended(row: Row) -> date:
    """Return the last day of what a row is about."""
    assert row.quantity.span is not None
    return date.fromisoformat(row.quantity.span[1])


@dataclass(frozen=True)
class Seen:
    """Observations: `before` the cut of the world `known`, `after` it of the world `later`; start and weeks of runs."""

    known: World
    before: Sequence[Row]
    after: Sequence[Row]
    later: World
    start: date
    weeks: int


def markets(seen: Seen, view: Shown) -> list[Market]:
    """Return the markets that have comparable quotes both in the runs before the cut and after it."""
    old, new = _prices(seen.before, seen.known), _prices(seen.after, seen.later)
    found = []
    for good, zone in dict.fromkeys((row.quantity.where["good"], row.quantity.where["zone"]) for row, _ in new):
        own = [row for row, series in old if _of(row, good, zone) and not series.endswith(ONE_SIDED) and _short(row)]
        in_runs = held(own, seen.known, seen.start, seen.weeks)
        if in_runs:
            last = max(map(middle, in_runs))
            starts = tuple(row for row in in_runs if middle(row) >= last - LATEST)
            targets = tuple(row for row, _ in new if _of(row, good, zone))
            name = f"{view.metal_of[good].capitalize()}, {view.places[zone]}"
            found.append(Market(good, zone, name, _monthly(own), starts, targets))
    return found


def _prices(rows: Sequence[Row], world: World) -> list[tuple[Row, str]]:
    """Return rows of market prices with their series; export values and the like are no market prices."""
    series = world.observed_prices["series"].astype(str).tolist()
    kinds = target_of(rows, world).kinds if rows else ()
    return [(row, series[int(row.key.rsplit("/", 1)[1])]) for row, kind in zip(rows, kinds, strict=True)
            if kind == "price"]  # fmt: skip


def _of(row: Row, good: str, zone: str) -> bool:
    return bool(row.quantity.where["good"] == good and row.quantity.where["zone"] == zone)


def _short(row: Row) -> bool:
    first, last = map(date.fromisoformat, row.quantity.span or ())
    return last - first <= LONGEST_QUOTE


def _monthly(rows: Sequence[Row]) -> pd.Series:
    months = pd.PeriodIndex([pd.Timestamp(middle(row)) for row in rows], freq="M")
    return pd.Series(np.log([row.observed for row in rows]), months).groupby(level=0).mean().sort_index()


def exports(rows: Sequence[Row], world: World) -> list[Row]:
    """Return the rows that are about amounts exported."""
    kinds = target_of(rows, world).kinds if rows else ()
    return [row for row, kind in zip(rows, kinds, strict=True) if kind in EXPORTS]


def after_cut(world: World, view: Shown, cut: date, weeks: int) -> list[Row]:
    """Return the observations that begin after the cut and end within so many weeks."""
    rows = held(observations(world, view), world, view.start, weeks)
    return [row for row in rows if _begins(row) > cut]


def _begins(row: Row) -> date:
    assert row.quantity.span is not None
    first, last = map(date.fromisoformat, row.quantity.span)
    return last if (last - first).days == 6 else first


def with_points(known: Path, points: Path, out: Path) -> World:
    """Return a world whose observations are the quotes of a file in the form of `observed_prices.csv`.

    Raises:
        InputError: names file, row and column that cannot be used.
    """
    out.mkdir(parents=True, exist_ok=True)
    for path in known.glob("*.csv"):
        text = path.read_bytes()
        if path.stem in ("observed_exports", "observed_export_totals"):
            text = text.split(b"\n", 1)[0] + b"\n"
        (out / path.name).write_bytes(text)
    try:
        (out / "observed_prices.csv").write_bytes(points.expanduser().read_bytes())
    except OSError as error:
        raise InputError(f"--points {points}: cannot be read: {error.strerror}") from None
    try:
        return open_world(out)
    except InputError as error:
        raise InputError(f"--points {points}: {str(error).removeprefix(f'--data {out}: ')}") from None
