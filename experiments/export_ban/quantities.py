"""What is measured in every run of the export-ban study: prices and use from the cut on, and the US price by week."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from experiments.study.observe import Regions, observe
from experiments.study.quantity import price, used
from experiments.study.study import Tables
from model import TradeModel

METALS = ("gallium", "germanium")
ZONES = ("USA", "DEU", "JPN", "CHN")
START, CUT_FROM = date(2023, 10, 2), date(2024, 1, 1)
LEAD_WEEKS, YEAR = 13, 52
MONTH = 4  # weeks


def after_the_cut(weeks: int) -> tuple[str, str]:
    """Return the first and the last Monday of so many weeks."""
    return str(CUT_FROM), str(CUT_FROM + timedelta(weeks=weeks - 1))


def tables(weeks: int) -> Tables:
    """Return what is read of the `year` by metal and country, and of the `weekly` price in the US."""
    quote = price(where={"standard": True, "zone": ZONES}, by=("metal", "zone"), span=after_the_cut(weeks))
    month = quote.but(smooth=MONTH)
    use = used(where={"zone": ZONES}, by=quote.by, span=quote.span, scale=1.0)
    year = {
        "mean": quote.but(what="mean price of free metal, standard grade"),
        "peak": month.but(how="max", what="highest four-week mean"),
        "last": month.but(how="last", what="last four-week mean"),
        "used_kg": use.but(what="end use"),
        "short_kg": use.but(of="firms.short_kg", what="planned end use for which there was no metal"),
    }
    return {"year": year, "weekly": {"usd_per_kg": quote.but(where={"zone": "USA"}, by=("metal", "week"), span=None)}}


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, the weeks of `weekly` counted from the cut."""
    found = observe(model, tables, regions)
    found["weekly"]["week"] = (found["weekly"]["week"] - pd.Timestamp(CUT_FROM)).dt.days // 7
    return found
