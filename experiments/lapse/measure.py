"""What is measured in every run about the end of the suspension: prices by week; flows and shortages after it."""

from __future__ import annotations

from datetime import date

import pandas as pd

from model import TradeModel
from model.calendar import monday, week_of

DAY = date(2026, 11, 27)  # until then China does not apply its ban on the United States
YEAR = 52  # weeks
SHOWN_BEFORE = 26  # weeks before the day that prices are kept of
GOODS = {"gallium": "gallium-4N", "germanium": "germanium-5N"}
# A region's price is quoted in one country, the first.
REGIONS = {"USA": ("USA",), "Europe": ("DEU", "FRA", "BEL", "SVK", "GRC"), "Japan": ("JPN",), "China": ("CHN",)}
KEYS = ("metal", "region")

# Column of the table `year`: (unit, description).
QUANTITIES: dict[str, tuple[str, str]] = {
    "usd_per_kg": ("usd_per_kg", "mean price of free metal, standard grade"),
    "peak_usd_per_kg": ("usd_per_kg", "highest weekly price of free metal"),
    "paid_usd_per_kg": ("usd_per_kg", "mean price of all standard metal bought, licensed metal included"),
    "from_china_t": ("t", "shipments straight from China (China: all its exports)"),
    "chinese_elsewhere_t": ("t", "Chinese metal through other countries"),
    "imports_t": ("t", "imports from outside the region"),
    "unmet_share": ("share", "unmet share of planned end use"),
    "used_t": ("t", "end use"),
}


def measure(model: TradeModel) -> dict[str, pd.DataFrame]:
    """Return `weekly` prices (week, metal, region) and `year`: see `QUANTITIES`, over the 52 weeks from `DAY`."""
    first = week_of(DAY, model.start)
    begin, end = (pd.Timestamp(monday(week, model.start)) for week in (first, first + YEAR))
    tables = model.tables()
    weekly = _weekly(tables["prices"], begin - pd.Timedelta(weeks=SHOWN_BEFORE), end)
    after = weekly[weekly["week"] >= begin].groupby(list(KEYS), sort=False)["usd_per_kg"]
    trade, firms = (
        table[(table["week"] >= begin) & (table["week"] < end)] for table in (tables["trade"], tables["firms"])
    )
    year = pd.concat(
        [after.mean(), after.max().rename("peak_usd_per_kg"), _flows(trade), _shortage(firms)], axis=1
    ).reset_index()  # fmt: skip
    return {"weekly": weekly, "year": year[[*KEYS, *QUANTITIES]]}


def _weekly(prices: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    free = prices[(prices["market"] == "free") & (prices["week"] >= begin) & (prices["week"] < end)]
    parts = []
    for metal, good in GOODS.items():
        for region, zones in REGIONS.items():
            quotes = free.loc[(free["good"] == good) & (free["zone"] == zones[0]), ["week", "usd_per_kg"]]
            parts.append(quotes.assign(metal=metal, region=region))
    return pd.concat(parts, ignore_index=True)[["week", *KEYS, "usd_per_kg"]]


def _flows(trade: pd.DataFrame) -> pd.DataFrame:
    """Return t in the year by metal and region."""
    metal = trade["good"].astype(str).str.split("-").str[0]
    abroad = trade["origin"].astype(str) != trade["destination"].astype(str)
    rows = {}
    for name in GOODS:
        for region, zones in REGIONS.items():
            bought = trade[(metal == name) & trade["destination"].isin(zones)]
            into = bought[~bought["origin"].isin(zones)]
            standard = bought[(bought["good"] == GOODS[name]) & (bought["market"] != "tolled")]
            chinese = trade[(metal == name) & (trade["origin"] == "CHN") & abroad]
            straight = into["origin"] == "CHN"
            rows[(name, region)] = {
                "paid_usd_per_kg": standard["usd"].sum() / max(standard["kg"].sum(), 1e-9),
                "from_china_t": (chinese if region == "China" else into[straight])["kg"].sum() / 1e3,
                "chinese_elsewhere_t": into.loc[~straight, "tracked_kg"].sum() / 1e3,
                "imports_t": into["kg"].sum() / 1e3,
            }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(KEYS)


def _shortage(firms: pd.DataFrame) -> pd.DataFrame:
    users = firms[firms["kind"] == "buyer"]  # what refiners take in is used once it is refined
    metal = users["good"].astype(str).str.split("-").str[0]
    rows = {}
    for name in GOODS:
        for region, zones in REGIONS.items():
            here = users[(metal == name) & users["zone"].isin(zones)]
            used, short = float(here["consumed_kg"].sum()), float(here["short_kg"].sum())
            rows[(name, region)] = {"unmet_share": short / max(used + short, 1e-9), "used_t": used / 1e3}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(KEYS)


def weeks_needed(start: date) -> int:
    """Return the weeks from a scenario's start to the end of the year after `DAY`."""
    return week_of(DAY, start) + YEAR
