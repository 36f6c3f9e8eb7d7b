"""What the main experiment measures beside the recorder's tables: the rows of its table, and what its figures show.

Of metals without a record the rows are prices and exports by calendar year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import pandas as pd

from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity, measured, price, shipped, used
from experiments.study.record import Row, exported, quote
from experiments.study.shown import Shown
from experiments.study.study import Tables
from model import TradeModel

WEEKLY = ("metal", "zone", "week")
USUAL_WEEKS = 13  # cover counts in weeks of the mean use of so many
UNMET_WEEKS = 4  # unmet use is a mean of so many
Years = dict[int, tuple[date, date]]


def tables(shown: Shown, rows: Sequence[Row]) -> Tables:
    """Return the `numbers` of the rows, and series and sums for the figures, by metal: standard grades in prices."""
    quote = price(where={"standard": True}, by=WEEKLY)
    out = shipped(scale=1.0)
    user = used(where={"kind": ("buyer", "refiner_input"), "zone": shown.users}, by=WEEKLY)
    spans = {name: (str(first), str(last)) for name, (first, last) in shown.spans.items()}
    flow = out.but(by=("metal", "origin_zone", "zone"), named=("metal", "origin", "destination"), how="yearly")
    place = quote.but(by=("metal", "zone"))
    others = tuple(zone for zone in shown.world.zones if zone != shown.exporter)
    return {
        **({"numbers": {row.key: row.quantity for row in rows}} if rows else {}),
        "quotes": {"usd_per_kg": quote.but(where={"zone": shown.quoted})},
        "licensed": {"usd_per_kg": quote.but(where={"market": "licensed"})},
        "bought": {"licensed_kg": Quantity("trade.kg", {"market": "licensed"}, by=("zone",))},
        "exports": {"kg": out.but(where={"from_tracked": True}, by=("metal", "week"))},
        "sellers": {
            "made_kg": Quantity("made.kg", {"standard": True}, by=WEEKLY),
            # Own scrap that comes back as metal is no export.
            "exported_kg": out.but(
                where={"standard": True, "market": ("free", "licensed")},
                by=("metal", "origin_zone", "week"),
                named=WEEKLY,
            ),
        },
        "users": {
            "cover_weeks": user.but(of="firms.cover_kg", per=user.but(smooth=USUAL_WEEKS)),
            "unmet_share": user.but(
                of="firms.short_kg", smooth=UNMET_WEEKS, per=user.but(of="firms.planned_kg", smooth=UNMET_WEEKS)
            ),
        },
        "outside": {
            "stock_kg": Quantity("firms.cover_kg", {"zone": others}, by=("metal", "week")),
            "use_kg": used(where={"zone": others}, by=("metal", "week"), scale=1.0, smooth=USUAL_WEEKS),
        },
        "short": {"kg": used("short_kg", scale=1.0, by=("metal", "zone"))},
        "flows": {name: flow.but(span=span) for name, span in spans.items()},
        "places": {name: place.but(span=span) for name, span in spans.items()},
        **measured(first_year(shown), spans["before"]),
    }


def first_year(shown: Shown) -> tuple[str, str]:
    """Return the first and last Monday of the first year of the controls, which value at risk is counted over."""
    return str(shown.spans["before"][1] + timedelta(weeks=1)), str(shown.spans["after"][1])


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the quantities and the recorder's tables of a finished run."""
    return {**observe(model, tables, regions), **model.tables()}


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


def _when(year: int, first: date, last: date) -> str:
    whole = first.timetuple().tm_yday <= 7 and (last + timedelta(weeks=1)).year > year
    return str(year) if whole else f"{first:%B} to {last:%B %Y}"
