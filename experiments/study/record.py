"""The rows of the headline table: what is read from each run, and what was observed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from experiments.study.series import Series
from model.world import World

GALLIUM, GERMANIUM = "gallium-4N", "germanium-5N"
RECORDED = ("gallium", "germanium")
ANNOUNCED, WEEK_BEFORE = "2023-07-03", "2023-06-26"
DECEMBER = ("2023-12-01", "2023-12-31")
BAN = ("2024-12-02", "2025-11-09")  # Mondays of the weeks in which China's ban on the US was in force
MEAN_2022_KG = 94_000 / 12
Reading = Callable[[Series], float]


@dataclass(frozen=True)
class Row:
    """One line of the headline table.

    Attributes:
        key: short name for the report's sentences.
        what: the quantity, in words.
        unit: `%` (a change, as a share), `x` (a ratio), `share` (a share), `t`, or `USD/kg`.
        read: takes one run's series, gives the value or NaN where the run does not hold the weeks.
        observed: the observed value; None in the forecast.
        source: date and source of the observed value.
        at_least: the observed value is a lower bound.
    """

    key: str
    what: str
    unit: str
    read: Reading
    observed: float | None = None
    source: str = ""
    at_least: bool = False


# ---- readings from one run -------------------------------------------------------------------------------------------


def price(series: Series, good: str, zone: str, first: str, last: str | None = None) -> float:
    """Return the mean price of free metal, USD/kg, over the weeks whose Mondays lie in a span (one day: that week)."""
    frame = series["prices"]
    if (good, zone, "free") not in frame or not _holds(frame.index, first, last or first):
        return np.nan
    return float(frame.loc[first : last or first, (good, zone, "free")].mean())


def exports(series: Series, metal: str, *months: str) -> float:
    """Return China's exports in some months, kg."""
    frame, wanted = series["exports"], pd.to_datetime(list(months))
    # The last month may be cut short by the end of the run.
    whole = (
        frame.index[:-1] if series["prices"].index[-1] + pd.Timedelta(weeks=1) <= _end(frame.index[-1]) else frame.index
    )
    return float(frame.loc[wanted, (metal,)].sum()) if wanted.isin(whole).all() else np.nan


def into_us(series: Series, metal: str, way: str) -> float:
    """Return what reached the US during the ban, kg: `us_direct` from China, `us_others` from elsewhere."""
    if way not in series or (metal,) not in series[way]:
        return np.nan
    frame = series[way]
    return float(frame.loc[BAN[0] : BAN[1], (metal,)].sum()) if _holds(frame.index, *BAN) else np.nan


def _holds(weeks: pd.DatetimeIndex, first: str, last: str) -> bool:
    return weeks[0] <= pd.Timestamp(first) and pd.Timestamp(last) < weeks[-1] + pd.Timedelta(weeks=1)


def _end(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.offsets.MonthEnd(1)


def _ratio(top: Reading, bottom: Reading, minus: float = 0.0) -> Reading:
    def read(series: Series) -> float:
        below = bottom(series)
        return top(series) / below - minus if below else np.nan

    return read


def _tonnes(reading: Reading) -> Reading:
    return lambda series: reading(series) / 1000.0


def _price(good: str, zone: str, first: str, last: str | None = None) -> Reading:
    return partial(price, good=good, zone=zone, first=first, last=last)


def _exports(metal: str, *months: str) -> Reading:
    return lambda series: exports(series, metal, *months)


def _into_us(metal: str, way: str) -> Reading:
    return _tonnes(partial(into_us, metal=metal, way=way))


# ---- the rows --------------------------------------------------------------------------------------------------------


def compared_rows(world: World) -> list[Row]:
    """Return the rows with an observed value, all before July 2024, of which the world's data hold the observation."""
    rows = []
    for part in (_announcement, _december, _exports_of_2023, _april, _quotes):
        try:
            rows += part(world)
        except LookupError:  # the world has no such good, country or observation
            continue
    return rows


def _announcement(world: World) -> list[Row]:
    before, after = (_seen(world, GALLIUM, "rotterdam_4N", day) for day in ("2023-06-30", "2023-07-07"))
    jump = partial(_ratio, minus=1.0)
    rows = [
        Row("jump", "Gallium, Rotterdam: week of 3 July 2023 over the week before", "%",
            jump(_price(GALLIUM, "DEU", ANNOUNCED), _price(GALLIUM, "DEU", WEEK_BEFORE)),
            after[0] / before[0] - 1, f"30 June to {after[1]}"),
        Row("ge_jump", "Germanium, Rotterdam: week of 3 July 2023 over the week before", "%",
            jump(_price(GERMANIUM, "DEU", ANNOUNCED), _price(GERMANIUM, "DEU", WEEK_BEFORE)),
            0.02, "July 2023; approximate, no dated quotes"),
    ]  # fmt: skip
    return rows if GERMANIUM in world.goods else rows[:1]


def _december(world: World) -> list[Row]:
    # No Chinese quote in December: on the straight line between 18 October and mid-January.
    autumn, winter = (_seen(world, GALLIUM, "china_domestic_4N", day)[0] for day in ("2023-10-18", "2024-01-01"))
    china_december = float(np.interp(58, [0, 89], [autumn, winter]))  # days from 18 October to 15 December, 15 January
    june, december = (_seen(world, GERMANIUM, "europe_metal_reuters", day) for day in ("2023-06-30", "2023-12-01"))
    return [
        Row("ge_rise", "Germanium, Rotterdam: December over June 2023", "%",
            _ratio(_price(GERMANIUM, "DEU", *DECEMBER), _price(GERMANIUM, "DEU", "2023-06-01", "2023-06-30"), 1.0),
            december[0] / june[0] - 1, f"June to {december[1]}"),
        Row("ratio", "Gallium: Rotterdam over China, December 2023", "x",
            _ratio(_price(GALLIUM, "DEU", *DECEMBER), _price(GALLIUM, "CHN", *DECEMBER)),
            _in_december(world)[0] / china_december,
            "1 and 15 December 2023; Fastmarkets over SMM and USGS, China interpolated"),
    ]  # fmt: skip


def _in_december(world: World) -> tuple[float, str]:
    """Return the mean of gallium's quotes in Rotterdam in December 2023, and their source."""
    quotes = [_seen(world, GALLIUM, "rotterdam_4N", day) for day in ("2023-12-01", "2023-12-15")]
    return float(np.mean([value for value, _ in quotes])), f"1 and {quotes[1][1]}"


def _exports_of_2023(world: World) -> list[Row]:
    rows = []
    for metal, june in (("gallium", _shipped(world, "gallium", "2023-06")), ("germanium", None)):
        july = _shipped(world, metal, "2023-07")
        observed = july[0] / june[0] if june else 2.0
        rows.append(
            Row(f"{metal}_july", f"China's {metal} exports: July over June 2023", "x",
                _ratio(_exports(metal, "2023-07"), _exports(metal, "2023-06")), observed,
                f"July 2023; {july[1]}", at_least=june is None))  # fmt: skip
    for metal in ("gallium", "germanium"):
        months = [_shipped(world, metal, month) for month in ("2023-08", "2023-09")]
        rows.append(
            Row(f"{metal}_stop", f"China's {metal} exports in August and September 2023", "t",
                _tonnes(_exports(metal, "2023-08", "2023-09")), sum(kg for kg, _ in months) / 1000,
                f"August and September 2023; {months[0][1]}"))  # fmt: skip
    return rows


def _april(world: World) -> list[Row]:
    april = _shipped(world, "gallium", "2024-04")
    return [
        Row("april", "China's gallium exports: April 2024 over the monthly mean of 2022", "share",
            _ratio(_exports("gallium", "2024-04"), lambda _: MEAN_2022_KG), april[0] / MEAN_2022_KG,
            f"April 2024; {april[1]}")
    ]  # fmt: skip


def _quotes(world: World) -> list[Row]:
    seen = partial(_seen, world)
    quotes = [
        ("Gallium, Rotterdam, December 2023", GALLIUM, "DEU", *DECEMBER, *_in_december(world)),
        ("Gallium, Rotterdam, end of March 2024", GALLIUM, "DEU", "2024-03-25", None,
         *seen(GALLIUM, "rotterdam_4N", "2024-03-29")),
        ("Gallium, China, January 2024", GALLIUM, "CHN", "2024-01-01", "2024-01-31",
         *seen(GALLIUM, "china_domestic_4N", "2024-01-01")),
        ("Gallium, China, June 2024", GALLIUM, "CHN", "2024-06-01", "2024-06-30",
         *seen(GALLIUM, "china_domestic_4N", "2024-06-01")),
        ("Germanium, Rotterdam, December 2023", GERMANIUM, "DEU", *DECEMBER,
         *seen(GERMANIUM, "europe_metal_reuters", "2023-12-01")),
        ("Germanium, China, end of August 2023", GERMANIUM, "CHN", "2023-08-28", None,
         *seen(GERMANIUM, "china_domestic_metal", "2023-08-31")),
        ("Germanium, China, January 2024", GERMANIUM, "CHN", "2024-01-01", "2024-01-31",
         *seen(GERMANIUM, "china_domestic_metal", "2024-01-01")),
    ]  # fmt: skip
    return [
        Row(f"{good}_{zone}_{first}", what, "USD/kg", _price(good, zone, first, last), value, source)
        for what, good, zone, first, last, value, source in quotes
    ]


def forecast_rows() -> list[Row]:
    """Return the rows after June 2024, for which the data folder holds no observation on purpose."""
    rows = []
    for name, good in (("Gallium", GALLIUM), ("Germanium", GERMANIUM)):
        for zone, place in (("DEU", "Rotterdam"), ("CHN", "China")):
            for first, last, when in (
                ("2024-07-01", "2024-12-31", "second half of 2024"),
                ("2025-01-01", "2025-12-31", "2025"),
                ("2026-01-01", "2026-12-31", "2026"),
            ):
                key = f"{good}_{zone}_{first}"
                rows.append(Row(key, f"{name}, {place}, mean of {when}", "USD/kg", _price(good, zone, first, last)))
    for metal in ("gallium", "germanium"):
        rows += [
            Row(f"{metal}_direct", f"US imports of {metal} straight from China, 3 Dec 2024 to 9 Nov 2025", "t",
                _into_us(metal, "us_direct")),
            Row(f"{metal}_others", f"US imports of {metal} from other countries, same weeks", "t",
                _into_us(metal, "us_others")),
            Row(f"{metal}_indirect", f"of which Chinese {metal}, passed on by other countries", "t",
                _into_us(metal, "us_indirect")),
        ]  # fmt: skip
    return rows


def _seen(world: World, good: str, series: str, day: str) -> tuple[float, str]:
    table = world.observed_prices
    row = table[(table["good"] == good) & (table["series"] == series) & (table["date"] == day)].iloc[0]
    return float(row["usd_per_kg"]), _dated(row)


def _dated(row: pd.Series) -> str:
    """Return the day or month of an observation and who published it."""
    day, month = f"{row['date'].day} {row['date']:%B %Y}", f"{row['date']:%B %Y}"
    source = str(row["source"]).removeprefix("derived: ").removeprefix("from ")
    who = re.split(r",| \(| with | \d{4}-", source)[0]
    return f"{day if row['date'] == row['end_date'] else month}; {who}"


def _shipped(world: World, metal: str, month: str) -> tuple[float, str]:
    table = world.observed_exports
    row = table[(table["metal"] == metal) & (table["month"] == f"{month}-01")].iloc[0]
    return float(row["kg"]), str(row["source"]).split(" via ")[0].split("/")[0]
