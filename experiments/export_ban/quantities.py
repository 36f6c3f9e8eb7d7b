"""What is measured in the weekly model: prices and use in the year of the cut, and the way of the US price."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from experiments.study.observe import Regions, observe
from experiments.study.quantity import price, used
from experiments.study.study import Tables
from model import TradeModel

CUT_FROM = date(2024, 1, 1)
LEAD_WEEKS = 13  # before the cut
MONTH = 4  # weeks


def tables(zones: Sequence[str]) -> Tables:
    """Return the quantities: `year` by metal and zone, from the cut on; `weekly` US prices of the whole run."""
    since = (str(CUT_FROM), "2100-01-01")
    quote = price(where={"standard": True, "zone": tuple(zones)}, by=("metal", "zone"), span=since)
    use = used(where={"zone": tuple(zones)}, by=quote.by, span=since, scale=1.0)
    year = {
        "mean": quote,
        "peak": quote.but(how="max", smooth=MONTH),
        "last": quote.but(how="last", smooth=MONTH),
        "used_kg": use,
        "short_kg": use.but(of="firms.short_kg"),
    }
    weekly = quote.but(where={"zone": "USA"}, by=("metal", "week"), span=None)
    return {"year": year, "weekly": {"usd_per_kg": weekly}}


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, with weeks counted from the cut."""
    found = observe(model, tables, regions)
    weeks = (found["weekly"]["week"] - pd.Timestamp(CUT_FROM)).dt.days // 7
    return {**found, "weekly": found["weekly"].assign(week=weeks)}
