"""Six outcomes that the parameters are held against, and the part of the record that could tell their values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd

from experiments.study.quantity import Quantity, price, shipped, used
from experiments.study.shown import shown_of
from model.world import World

YEAR = ("2025-01-01", "2025-12-31")
ANNOUNCED, WEEK_BEFORE = ("2023-07-03", "2023-07-03"), ("2023-06-26", "2023-06-26")
RECORD_FROM = pd.Timestamp("2023-06-01")
GALLIUM, GERMANIUM = "gallium-4N", "germanium-5N"
NEEDED = (GALLIUM, GERMANIUM, "CHN", "DEU")  # what the world has to hold


def outcomes(zones: Sequence[str]) -> dict[str, Quantity]:
    """Return the six outcomes by key; `zones` are all countries."""
    jump = price(where={"good": GALLIUM, "zone": "DEU"}, span=ANNOUNCED, unit="change")
    outside = used("lost_kg", where={"zone": tuple(zone for zone in zones if zone != "CHN")}, span=YEAR)
    return {
        "jump": jump.but(per=jump.but(span=WEEK_BEFORE), less=1.0, what="announcement jump of gallium, Rotterdam"),
        "gallium": price(where={"good": GALLIUM, "zone": "DEU"}, span=YEAR, what="gallium, Rotterdam, mean of 2025"),
        "germanium": price(
            where={"good": GERMANIUM, "zone": "DEU"}, span=YEAR, what="germanium, Rotterdam, mean of 2025"
        ),
        "china": price(where={"good": GALLIUM, "zone": "CHN"}, span=YEAR, what="gallium, China, mean of 2025"),
        "exports": shipped(where={"origin_zone": "CHN", "metal": "gallium"}, span=YEAR,
                           what="China's gallium exports, 2025"),
        "lost": outside.but(per=outside.but(of="firms.trend_use_kg"), unit="share",
                            what="use given up outside China, both metals, 2025"),
    }  # fmt: skip


def observed(world: World) -> dict[str, Quantity]:
    """Return the observed prices from June 2023 on as quantities, by `series date`; the observed value is the scale.

    A value of 1 is what was observed, so that all of them can be held against the same tolerance.
    """
    made, shown = {}, shown_of(world)
    quotes = world.observed_prices[world.observed_prices["date"] >= RECORD_FROM]
    for row in quotes.itertuples():
        # The week in which the day lies, to that of the last day.
        span = (str((row.date - timedelta(days=6)).date()), str(row.end_date.date()))
        quote = price(where={"good": row.good, "zone": row.zone}, span=span, scale=1.0 / row.usd_per_kg)
        made[f"{row.series} {row.date:%Y-%m-%d}"] = quote.but(what=f"{row.good},\n{shown.places[row.zone]}")
    return made
