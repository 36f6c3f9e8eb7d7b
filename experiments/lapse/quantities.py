"""What the lapse study measures: prices by week; prices, flows, shortages and their cost in the year after."""

from __future__ import annotations

from datetime import date, timedelta

from experiments.study.quantity import measured, price, shipped, used
from experiments.study.record import WEEK_BEFORE
from experiments.study.study import Tables
from model.calendar import monday, week_of

DAY = date(2026, 11, 27)  # until then China does not apply its ban on the United States
YEAR = 52  # weeks
SHOWN_BEFORE = 26  # weeks before the day that prices are kept of
# A region's price is quoted in one country, the first.
REGIONS = {"USA": ("USA",), "Europe": ("DEU", "FRA", "BEL", "SVK", "GRC"), "Japan": ("JPN",), "China": ("CHN",)}
QUOTED = tuple(zones[0] for zones in REGIONS.values())
BY = ("metal", "region")


def tables(start: date) -> Tables:
    """Return `weekly` prices and what is read of the year from the day on, for scenarios that start on a Monday."""
    first = monday(week_of(DAY, start), start)
    last = first + timedelta(weeks=YEAR - 1)
    quote = price(where={"zone": QUOTED, "standard": True}, by=BY, span=(str(first), str(last)))
    into = shipped(by=BY, span=quote.span)
    own = used(by=BY, span=quote.span)
    bought = into.but(of="trade.usd", where={"standard": True, "market": ("free", "licensed"), "abroad": (False, True)})
    elsewhere = into.but(of="trade.tracked_kg", where={"outside": True, "from_tracked": False})
    out = into.but(where={"origin_zone": "CHN"}, by=("metal", "origin_region"), named=BY)
    year = {
        "usd_per_kg": quote.but(what="mean price of free metal, standard grade"),
        "peak_usd_per_kg": quote.but(how="max", what="highest weekly price of free metal"),
        "paid_usd_per_kg": bought.but(
            per=bought.but(of="trade.kg"),
            unit="usd_per_kg",
            what="mean price of all standard metal bought, licensed metal included",
        ),
        "from_china_t": into.but(where={"outside": True, "from_tracked": True}, what="shipments straight from China"),
        "exports_t": out.but(what="all exports of China"),
        "chinese_elsewhere_t": elsewhere.but(what="Chinese metal through other countries"),
        "imports_t": into.but(where={"outside": True}, what="imports from outside the region"),
        "unmet_share": own.but(
            of="firms.short_kg",
            per=own.but(of="firms.planned_kg"),
            unit="share",
            what="unmet share of planned end use",
        ),
        "used_t": own.but(what="end use"),
    }
    shown = (str(first - timedelta(weeks=SHOWN_BEFORE)), str(last))
    weekly = {"usd_per_kg": quote.but(by=(*BY, "week"), span=shown)}
    return {"weekly": weekly, "year": year, **measured((str(first), str(last)), (str(start), WEEK_BEFORE))}
