"""Every observation that the data hold, as rows that a run can be held against."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from experiments.study.quantity import Quantity
from experiments.study.record import Row, exported, quote
from experiments.study.shown import Shown
from model.world import World

PREFIX = "observed/"  # keys of these rows among the numbers of a run
ANYWHERE = "*"  # an observed total over all destinations
PARTIAL = "partial_scope"  # status of a figure that counts some forms of a metal only


def observations(world: World, shown_of: Shown) -> list[Row]:
    """Return one row for each observed price, month of exports and total, in the order of the files.

    Figures of a part of exports (wrought metal) are left out: the model's exports are all of them.
    """
    return [*_prices(world, shown_of), *_months(world), *_totals(world, shown_of)]


def _prices(world: World, view: Shown) -> list[Row]:
    rows = []
    for number, row in enumerate(world.observed_prices.itertuples()):
        day, last = row.date.date(), row.end_date.date()
        # A day's quote stands for its week, that of a month for the weeks whose Mondays lie in it.
        first = day - timedelta(days=6) if day == last else day
        when = f"{day:%-d %B %Y}" if day == last else f"{day:%B %Y}" if day.month == last.month else f"{day:%Y}"
        what = f"{row.good}, {view.places[row.zone]}, {when} ({row.series.replace('_', ' ')})"
        quantity = quote(row.good, row.zone, (str(first), str(last)), what)
        rows.append(Row(f"{PREFIX}price/{number}", quantity, row.usd_per_kg, str(row.confidence)))
    return rows


def _months(world: World) -> list[Row]:
    rows = []
    for number, row in enumerate(world.observed_exports.itertuples()):
        if row.status == PARTIAL:
            continue
        span = (str(row.month.date()), str((row.month + pd.offsets.MonthEnd(1)).date()))
        quantity = exported(row.metal, span, f"Exports of {row.metal}, {row.month:%B %Y}")
        rows.append(Row(f"{PREFIX}month/{number}", quantity, row.kg / 1e3, str(row.confidence)))
    return rows


def _totals(world: World, view: Shown) -> list[Row]:
    rows = []
    for number, row in enumerate(world.observed_export_totals.itertuples()):
        if row.status == PARTIAL:
            continue
        # A share of several years is held against the part of them that a run has.
        first = max(row.month.date(), view.start) if np.isfinite(row.share) else row.month.date()
        span = (str(first), str((row.end_month + pd.offsets.MonthEnd(1)).date()))
        when = f"{row.month:%B %Y} to {row.end_month:%B %Y}" if row.month != row.end_month else f"{row.month:%B %Y}"
        total = exported(row.metal, span, f"Exports of {row.metal}, {when}")
        quantity, value = total, row.kg / 1e3
        if row.destination != ANYWHERE:
            to = view.names[row.destination]
            quantity = total.but(where={"zone": row.destination}, what=f"Exports of {row.metal} to {to}, {when}")
        if np.isfinite(row.share):
            quantity, value = _share(quantity, total), row.share
        rows.append(Row(f"{PREFIX}total/{number}", quantity, value, str(row.confidence)))
    return rows


def _share(part: Quantity, total: Quantity) -> Quantity:
    return part.but(per=total, unit="percent", what=f"{part.what}, share of all")


def up_to(rows: Iterable[Row], last: date) -> list[Row]:
    """Return the rows that were seen by a day."""
    return [row for row in rows if row.quantity.span and date.fromisoformat(row.quantity.span[1]) <= last]
