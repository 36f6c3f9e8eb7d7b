"""The rows of the headline table: what is read from each run, and what was observed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd

from experiments.study.quantity import Quantity, price, shipped
from model.world import World

GALLIUM, GERMANIUM = "gallium-4N", "germanium-5N"
RECORDED = ("gallium", "germanium")
ANNOUNCED, WEEK_BEFORE = "2023-07-03", "2023-06-26"
JUNE, DECEMBER = ("2023-06-01", "2023-06-30"), ("2023-12-01", "2023-12-31")
STOPPED = ("2023-08-01", "2023-09-30")  # licences were needed, and none had been granted yet
BAN = ("2024-12-02", "2025-11-09")  # Mondays of the weeks in which China's ban on the US was in force
MEAN_2022_T = 94 / 12


@dataclass(frozen=True)
class Row:
    """One line of the headline table.

    Attributes:
        key: short name for the report's sentences.
        quantity: what is read from a run, without labels, and what it is in words.
        observed: the observed value; NaN in the forecast.
        source: date and source of the observed value.
        at_least: the observed value is a lower bound.
    """

    key: str
    quantity: Quantity
    observed: float = np.nan
    source: str = ""
    at_least: bool = False


def held(rows: Iterable[Row], world: World, start: date, weeks: int) -> list[Row]:
    """Return the rows whose goods, countries and weeks a run holds, given its first Monday and how long it is."""
    return [row for row in rows if _holds(row.quantity, world, start, weeks)]


def _holds(quantity: Quantity, world: World, start: date, weeks: int) -> bool:
    known = {"good": world.goods, "metal": world.metals, "zone": world.zones}
    named = all(value in known[label] for label, value in quantity.where.items() if label in known)
    first, last = map(date.fromisoformat, quantity.span or (str(start), str(start)))
    monday = first + timedelta(days=-first.weekday() % 7)
    inside = start <= monday and last < start + timedelta(weeks=weeks)
    return named and inside and (quantity.per is None or _holds(quantity.per, world, start, weeks))


def _week(day: str) -> tuple[str, str]:
    return day, day


def over(quantity: Quantity, span: tuple[str, str], less: float = 0.0) -> Quantity:
    """Return a quantity over what it was in another span; `less` 1 makes it a change."""
    return quantity.but(per=quantity.but(span=span), less=less, unit="percent_change" if less else "times")


def quote(good: str, zone: str, span: tuple[str, str], what: str = "") -> Quantity:
    """Return the mean price of a good in a country, USD/kg, over the weeks whose Mondays lie in a span."""
    return price(where={"good": good, "zone": zone}, span=span, what=what)


def exported(metal: str, span: tuple[str, str], what: str = "") -> Quantity:
    """Return what the country whose controls are studied exports, t; of weeks that begin or end outside, the days."""
    return shipped(where={"metal": metal, "from_tracked": True}, span=span, by_days=True, what=what)


def into_us(metal: str, column: str, direct: bool, what: str = "") -> Quantity:
    """Return what reached the US during the ban, t: `kg` straight from the country studied or from others.

    The column `tracked_kg` holds what others passed on of that country's metal.
    """
    return shipped(of=f"trade.{column}", where={"metal": metal, "zone": "USA", "from_tracked": direct}, span=BAN,
                   what=what)  # fmt: skip


# ---- the rows --------------------------------------------------------------------------------------------------------


def compared_rows(world: World) -> list[Row]:
    """Return the rows with an observed value, all before July 2024, of which the world's data hold the observation."""
    rows = []
    for part in (_announcement, _december, _exports_of_2023, _rush, _april, _quotes):
        try:
            rows += part(world)
        except LookupError:  # the world has no such good, country or observation
            continue
    return rows


def _announcement(world: World) -> list[Row]:
    before, after = (_seen(world, GALLIUM, "rotterdam_4N", day) for day in ("2023-06-30", "2023-07-07"))
    what = ", Rotterdam: week of 3 July 2023 over the week before"
    seen = {"Gallium": (GALLIUM, "jump", after[0] / before[0] - 1, f"30 June to {after[1]}"),
            "Germanium": (GERMANIUM, "ge_jump", 0.02, "July 2023; approximate, no dated quotes")}  # fmt: skip
    return [
        Row(key, over(quote(good, "DEU", _week(ANNOUNCED), name + what), _week(WEEK_BEFORE), less=1.0), value, source)
        for name, (good, key, value, source) in seen.items()
    ]


def _december(world: World) -> list[Row]:
    # No Chinese quote in December: on the straight line between 18 October and mid-January.
    autumn, winter = (_seen(world, GALLIUM, "china_domestic_4N", day)[0] for day in ("2023-10-18", "2024-01-01"))
    china_december = float(np.interp(58, [0, 89], [autumn, winter]))  # days from 18 October to 15 December, 15 January
    june, december = (_seen(world, GERMANIUM, "europe_metal_reuters", day) for day in ("2023-06-30", "2023-12-01"))
    rise = quote(GERMANIUM, "DEU", DECEMBER, "Germanium, Rotterdam: December over June 2023")
    ratio = quote(GALLIUM, "DEU", DECEMBER, "Gallium: Rotterdam over China, December 2023")
    return [
        Row("ge_rise", over(rise, JUNE, less=1.0), december[0] / june[0] - 1, f"June to {december[1]}"),
        Row("ratio", ratio.but(per=quote(GALLIUM, "CHN", DECEMBER), unit="times"),
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
        seen = july[0] / june[0] if june else 2.0
        surge = exported(metal, ("2023-07-01", "2023-07-31"), f"China's {metal} exports: July over June 2023")
        rows.append(Row(f"{metal}_july", over(surge, JUNE), seen, f"July 2023; {july[1]}", at_least=june is None))
    for metal in RECORDED:
        months = [_shipped(world, metal, month) for month in ("2023-08", "2023-09")]
        stop = exported(metal, STOPPED, f"China's {metal} exports in August and September 2023")
        seen, source = sum(kg for kg, _ in months) / 1000, f"August and September 2023; {months[0][1]}"
        rows.append(Row(f"{metal}_stop", stop, seen, source))
    return rows


def _rush(world: World) -> list[Row]:
    """Return July against the months before June, since June's 1.6 t were a trough of their own."""
    totals = world.observed_export_totals
    year = totals[(totals["metal"] == "gallium") & (totals["destination"] == "*") & (totals["month"] == "2023-01-01")]
    whole = year[year["end_month"] == "2023-10-01"]["kg"].iloc[0]
    from_june = sum(_shipped(world, "gallium", f"2023-{month:02d}")[0] for month in range(6, 11))
    july, source = _shipped(world, "gallium", "2023-07")
    rush = exported("gallium", ("2023-07-01", "2023-07-31"), "China's gallium exports: July 2023 over January to May")
    return [Row("gallium_rush", over(rush, ("2023-01-01", "2023-05-31")).but(unit="percent"),
                july / (whole - from_june), f"July 2023; {source}, totals of Reuters")]  # fmt: skip


def _april(world: World) -> list[Row]:
    april = _shipped(world, "gallium", "2024-04")
    what = "China's gallium exports: April 2024 over the monthly mean of 2022"
    share = exported("gallium", ("2024-04-01", "2024-04-30"), what).but(scale=1e-3 / MEAN_2022_T, unit="percent")
    return [Row("april", share, april[0] / 1e3 / MEAN_2022_T, f"April 2024; {april[1]}")]


def _quotes(world: World) -> list[Row]:
    seen = partial(_seen, world)
    quotes = [
        ("Gallium, Rotterdam, December 2023", GALLIUM, "DEU", *DECEMBER, *_in_december(world)),
        ("Gallium, Rotterdam, end of March 2024", GALLIUM, "DEU", *_week("2024-03-25"),
         *seen(GALLIUM, "rotterdam_4N", "2024-03-29")),
        ("Gallium, China, January 2024", GALLIUM, "CHN", "2024-01-01", "2024-01-31",
         *seen(GALLIUM, "china_domestic_4N", "2024-01-01")),
        ("Gallium, China, June 2024", GALLIUM, "CHN", "2024-06-01", "2024-06-30",
         *seen(GALLIUM, "china_domestic_4N", "2024-06-01")),
        ("Germanium, Rotterdam, December 2023", GERMANIUM, "DEU", *DECEMBER,
         *seen(GERMANIUM, "europe_metal_reuters", "2023-12-01")),
        ("Germanium, China, end of August 2023", GERMANIUM, "CHN", *_week("2023-08-28"),
         *seen(GERMANIUM, "china_domestic_metal", "2023-08-31")),
        ("Germanium, China, January 2024", GERMANIUM, "CHN", "2024-01-01", "2024-01-31",
         *seen(GERMANIUM, "china_domestic_metal", "2024-01-01")),
    ]  # fmt: skip
    return [
        Row(f"{good}_{zone}_{first}", quote(good, zone, (first, last), what), value, source)
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
                what = f"{name}, {place}, mean of {when}"
                rows.append(Row(f"{good}_{zone}_{first}", quote(good, zone, (first, last), what)))
    for metal in RECORDED:
        straight = f"US imports of {metal} straight from China, 3 Dec 2024 to 9 Nov 2025"
        others = f"US imports of {metal} from other countries, same weeks"
        passed_on = f"of which Chinese {metal}, passed on by other countries"
        rows += [
            Row(f"{metal}_direct", into_us(metal, "kg", True, straight)),
            Row(f"{metal}_others", into_us(metal, "kg", False, others)),
            Row(f"{metal}_indirect", into_us(metal, "tracked_kg", False, passed_on)),
        ]
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
