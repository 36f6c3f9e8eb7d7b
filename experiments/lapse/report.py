"""What the lapse study measures, prices, flows and shortages in the year after, and what its report says of them.

The report's sentences are in `report.md.j2`.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import xarray as xr

from experiments.study.answers import HIGH, Asked, Band, Report, listed, with_article
from experiments.study.bands import band
from experiments.study.prose import told
from experiments.study.quantity import measured, price, shipped, used
from experiments.study.record import WEEK_BEFORE
from experiments.study.study import Tables, bands_hold
from model.calendar import monday, week_of
from model.world import World

DAY = date(2026, 11, 27)  # until then China does not apply its ban on the United States
YEAR = 52  # weeks
SHOWN_BEFORE = 26  # weeks before the day that prices are kept of
# A region's price is quoted in one country, the first.
REGIONS = {"USA": ("USA",), "Europe": ("DEU", "FRA", "BEL", "SVK", "GRC"), "Japan": ("JPN",), "China": ("CHN",)}
QUOTED = tuple(zones[0] for zones in REGIONS.values())
BY = ("metal", "region")
METALS = ("gallium", "germanium")
PLACES = {"USA": "United States", "Europe": "Rotterdam", "Japan": "Japan", "China": "China"}
WAYS = ("lapse", "free trade")  # beside the suspension extended


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


def at(found: xr.Dataset, cell: str, metal: str, region: str, quantity: str) -> Band:
    """Return the band of a quantity."""
    return band(found[quantity].sel(cell=cell, metal=metal, region=region))


def largest(changes: xr.Dataset, cell: str) -> float:
    """Return the largest change of a price, as a share."""
    return max(abs(at(changes, cell, metal, region, "usd_per_kg").median) for metal in METALS for region in REGIONS)


def told_apart(levels: xr.Dataset, changes: xr.Dataset) -> dict[str, str | list[str]]:
    """Return where the ways on cannot be told apart by their level, in words, and where not even run by run."""
    pairs = {(cell, metal, region): f"{metal} in {PLACES[region]} ({cell})"
             for cell in WAYS for metal in METALS for region in REGIONS}  # fmt: skip
    alike = []
    for cell, metal, region in pairs:
        one, base = (at(levels, name, metal, region, "usd_per_kg") for name in (cell, "extended"))
        if one.low <= base.high and base.low <= one.high:
            alike.append((cell, metal, region))
    whole = [f"all prices ({cell})" for cell in WAYS if alike == [pair for pair in pairs if pair[0] == cell]]
    some = f"the price of {listed([pairs[pair] for pair in alike])}" if alike else ""
    return {
        "overlap": "all prices" if len(alike) == len(pairs) else "".join(whole) or some,
        "unclear": [name for pair, name in pairs.items() if not at(changes, *pair, "usd_per_kg").clear],
    }


def worst(levels: xr.Dataset) -> dict[str, str] | None:
    """Return where unmet use is highest, by label; None where nobody runs short."""
    high = levels["unmet_share"].quantile(HIGH, "run")
    if high.max() < 0.0005:
        return None
    return {str(label): str(high[label][int(place)].item()) for label, place in high.argmax(...).items()}


def headlines(changes: xr.Dataset) -> Asked:
    """Return what a lapse and free trade change of prices in the US and in Rotterdam."""
    return {
        f"change of {metal} in {with_article(PLACES[region])} ({cell})":
            ("change", at(changes, cell, metal, region, "usd_per_kg"))
        for cell in WAYS for metal in METALS for region in ("USA", "Europe")
    }  # fmt: skip


def report(levels: xr.Dataset, changes: xr.Dataset, risk: xr.Dataset, world: World) -> Report:
    """Return the report.

    Args:
        levels: quantities by cell, metal, region and run.
        changes: their differences to the extended suspension.
        risk: value at risk by cell, zone, end use and run.
        world: for names.
    """
    return told(
        "lapse", level=partial(at, levels), change=partial(at, changes), largest=partial(largest, changes),
        **told_apart(levels, changes), worst=worst(levels), runs=levels.sizes["run"], metals=METALS, places=PLACES,
        risk=risk, world=world, bands_hold=bands_hold(world),
    )  # fmt: skip
