"""What is reported of a world without a record: prices and exports of its metals by calendar year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from experiments.study.record import Row, exported, quote
from experiments.study.shown import Shown

Years = dict[int, tuple[date, date]]


def years_of(shown: Shown, weeks: int) -> Years:
    """Return the calendar years of a run, each with its first and last Monday in the run."""
    mondays = [shown.start + timedelta(weeks=week) for week in range(weeks)]
    return {year: (part[0], part[-1]) for year in dict.fromkeys(day.year for day in mondays)
            for part in [[day for day in mondays if day.year == year]]}  # fmt: skip


def plain_rows(shown: Shown, weeks: int, metals: Iterable[str]) -> list[Row]:
    """Return mean prices where prices are quoted, and the exporter's exports, by year of the run."""
    rows = []
    for metal in metals:
        good, name = shown.standard[metal], shown.good_name(metal)
        for year, (first, last) in years_of(shown, weeks).items():
            when, span = _when(year, first, last), (str(first), str(last))
            for zone in shown.quoted:
                what = f"{name}, {shown.places[zone]}, mean of {when}"
                rows.append(Row(f"{metal}_{zone}_{year}", quote(good, zone, span, what)))
            what = f"Exports of {metal} from {shown.names[shown.exporter]}, {when}"
            days = max(date(year, 1, 1), shown.start), min(date(year, 12, 31), last + timedelta(days=6))
            rows.append(Row(f"{metal}_exports_{year}", exported(metal, (str(days[0]), str(days[1])), what)))
    return rows


def plain_answer(
    rows: Mapping[str, Mapping[str, Any]], shown: Shown, weeks: int, write: Callable[[Mapping[str, Any]], str]
) -> list[str]:
    """Return sentences on the metals without a record: prices and exports of the first and the last year of the run.

    Args:
        rows: those of `plain_rows`, read, by key.
        shown: what is shown.
        weeks: of the run.
        write: writes the value of a row.
    """
    years = list(years_of(shown, weeks))

    def ends(key: str) -> str:
        keys = [f"{key}_{year}" for year in dict.fromkeys((years[0], years[-1]))]
        return " and ".join(f"{write(rows[key])} in {key[-4:]}" for key in keys if key in rows)

    found = []
    for metal in shown.standard:
        for zone in shown.quoted:
            found += [(f"{shown.good_name(metal)}, in {shown.places[zone]} costs", ends(f"{metal}_{zone}"))]
        found += [(f"Exports of {metal} from {shown.names[shown.exporter]} are", ends(f"{metal}_exports"))]
    return [f"{start} {end}." for start, end in found if end]


def _when(year: int, first: date, last: date) -> str:
    whole = first.timetuple().tm_yday <= 7 and (last + timedelta(weeks=1)).year > year
    return str(year) if whole else f"{first:%B} to {last:%B %Y}"
