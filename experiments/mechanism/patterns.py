"""The observed patterns that the mechanism experiment takes apart, each read from the series of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.study.answers import listed
from experiments.study.record import DECEMBER, GALLIUM, GERMANIUM, compared_rows, exports, into_us, price
from experiments.study.series import Series
from model import InputError
from model.world import World

GOODS = {"gallium": GALLIUM, "germanium": GERMANIUM}
# Rows of the headline table that patterns are read from.
NEEDED = ("jump", "ge_rise", "ratio", "gallium_july", "germanium_july", f"{GALLIUM}_DEU_{DECEMBER[0]}")
# Smallest difference that counts, by unit.
NOTICEABLE = {"%": 0.02, "x": 0.05, "t": 0.2}
JUNE = ("2023-06-01", "2023-06-30")
# The weeks of July before licences are needed: that of 31 July is already under them.
FREE_JULY = ("2023-07-03", "2023-07-30")


@dataclass(frozen=True)
class Pattern:
    """Something the record shows (or, for the ban on the US, the forecast), as one number per run.

    Attributes:
        key, name: short and readable name.
        what: the number, in words.
        unit: `%` (a share or change, written in per cent), `x` (a ratio) or `t`.
        read: takes one run's series.
        observed: the observed value; NaN where the data hold none.
        absent: the value without the pattern; NaN: that of the cell without China's controls.
        at_least: the observed value is a lower bound.
    """

    key: str
    name: str
    what: str
    unit: str
    read: Callable[[Series], float]
    observed: float = np.nan
    absent: float = np.nan
    at_least: bool = False


def rise(series: Series, good: str, zone: str = "DEU") -> float:
    """Return the rise of a price from June to December 2023, share."""
    return price(series, good, zone, *DECEMBER) / price(series, good, zone, *JUNE) - 1.0


def surge(series: Series, metal: str) -> float:
    """Return China's exports a week in July 2023, before licences, over those in June."""
    weekly = series["weekly_exports"][(metal,)]
    return float(weekly.loc[slice(*FREE_JULY)].mean() / weekly.loc[slice(*JUNE)].mean())


def gap(series: Series) -> float:
    """Return China's gallium exports of August and September 2023 over twice those of June."""
    return exports(series, "gallium", "2023-08", "2023-09") / (2.0 * exports(series, "gallium", "2023-06"))


def mildness(series: Series) -> float:
    """Return the rise of germanium's price over that of gallium, June to December 2023; NaN if gallium hardly rose."""
    of_gallium = rise(series, GALLIUM)
    return rise(series, GERMANIUM) / of_gallium if of_gallium > 0.1 else np.nan


def patterns(world: World) -> list[Pattern]:
    """Return the patterns; observed values are those of the headline table of the history experiment.

    Raises:
        InputError: the world's data do not hold them.
    """
    rows = {row.key: row for row in compared_rows(world)}
    if missing := [key for key in NEEDED if key not in rows]:
        raise InputError(f"the world's observations hold nothing of: {listed(missing)}; this experiment explains them")
    seen = {key: np.nan if row.observed is None else row.observed for key, row in rows.items()}
    quotes = world.observed_prices
    own = quotes[(quotes["good"] == GALLIUM) & (quotes["series"] == "rotterdam_4N")].set_index("date")["usd_per_kg"]
    climb = float(seen[f"{GALLIUM}_DEU_{DECEMBER[0]}"] / own.loc["2023-06-30"] - 1.0)
    shipped = world.observed_exports[world.observed_exports["metal"] == "gallium"].set_index("month")["kg"]
    stop = float(shipped.loc["2023-08-01":"2023-09-01"].sum() / (2.0 * shipped.loc["2023-06-01"]))
    return [
        Pattern("jump", "Announcement jump", "Gallium in Rotterdam, week of 3 July 2023 over the week before", "%",
                rows["jump"].read, seen["jump"]),
        Pattern("surge", "July surge, gallium", "China's gallium exports, July over June 2023", "x",
                lambda series: surge(series, "gallium"), seen["gallium_july"]),
        Pattern("surge_ge", "July surge, germanium", "China's germanium exports, July over June 2023", "x",
                lambda series: surge(series, "germanium"), seen["germanium_july"], at_least=True),
        Pattern("gap", "Zero-export gap", "China's gallium exports in August and September 2023, share of normal", "%",
                gap, stop),
        Pattern("climb", "Climb to December", "Gallium in Rotterdam, December over June 2023", "%",
                lambda series: rise(series, GALLIUM), climb),
        Pattern("ratio", "December price ratio", "Gallium, Rotterdam over China, December 2023", "x",
                rows["ratio"].read, seen["ratio"]),
        Pattern("mild", "Germanium's mild response", "Rise of germanium over rise of gallium, June to December 2023",
                "x", mildness, seen["ge_rise"] / climb, absent=1.0),
        Pattern("diversion", "Diversion of gallium", "Chinese gallium into the US through others during the ban", "t",
                lambda series: into_us(series, "gallium", "us_indirect") / 1e3),
        Pattern("diversion_ge", "Diversion of germanium", "Chinese germanium into the US through others during the ban",
                "t", lambda series: into_us(series, "germanium", "us_indirect") / 1e3),
    ]  # fmt: skip


def written(value: float, unit: str, bare: bool = False) -> str:
    """Write a value with its unit; `bare` leaves the unit out."""
    if not np.isfinite(value):
        return "–"
    factor, digits = {"%": (100.0, 0), "x": (1.0, 2), "t": (1.0, 1)}[unit]
    rounded = round(value * factor, digits) + 0.0
    text = f"{'−' if rounded < 0 else ''}{abs(rounded):.{digits}f}"
    return text if bare else text + {"%": " %", "x": " times", "t": " t"}[unit]
