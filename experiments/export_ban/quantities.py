"""What is measured in every run of the export-ban study: prices and use from the cut on, and the US price by week."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from experiments.study.metal_used import measured
from experiments.study.observe import Regions, observe
from experiments.study.quantity import price, used
from experiments.study.study import Tables
from model import TradeModel

METALS = ("gallium", "germanium")
ZONES = ("USA", "DEU", "JPN", "CHN")
START, CUT_FROM = date(2023, 10, 2), date(2024, 1, 1)
LEAD_WEEKS, YEAR, WEEKS, QUARTER = 13, 52, 104, 13
MONTH = 4  # weeks


def after_the_cut(weeks: int, first: int = 0) -> tuple[str, str]:
    """Return the first and the last Monday of so many weeks, the first ones left out."""
    return str(CUT_FROM + timedelta(weeks=first)), str(CUT_FROM + timedelta(weeks=weeks - 1))


def tables(weeks: int) -> Tables:
    """Return what is read of the first `year` by metal and country, the end, the `weekly` US price, value at risk."""
    span = after_the_cut(min(weeks, YEAR))
    quote = price(where={"standard": True, "zone": ZONES}, by=("metal", "zone"), span=span)
    whole = quote.but(smooth=MONTH, how="last", span=after_the_cut(weeks))
    use = used(where={"zone": ZONES}, by=quote.by, span=span, scale=1.0)
    year = {
        "mean": quote.but(what="mean price of free metal, standard grade"),
        "peak": whole.but(how="max", what="highest four-week mean, to the end"),
        "year_end": whole.but(span=span, what="last four-week mean of the first year"),
        "last": whole.but(what="last four-week mean"),
        "quarter_before": whole.but(span=after_the_cut(max(weeks - QUARTER, 1)), what="the same a quarter earlier"),
        "used_kg": use.but(what="end use"),
        "short_kg": use.but(of="firms.short_kg", what="planned end use for which there was no metal"),
    }
    weekly = quote.but(where={"zone": "USA"}, by=("metal", "week"), span=None)
    calm = (str(START), str(CUT_FROM - timedelta(weeks=1)))
    return {"year": year, "weekly": {"usd_per_kg": weekly}, **measured(span, calm)}


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, the weeks of `weekly` counted from the cut."""
    found = observe(model, tables, regions)
    found["weekly"]["week"] = (found["weekly"]["week"] - pd.Timestamp(CUT_FROM)).dt.days // 7
    return found
