"""What is measured in every run: what the US goes without, and what Rostec's plan could move."""

from __future__ import annotations

from datetime import date, timedelta

from experiments.discovery.points import DAY, GERMANIUM, METALS, ROSTEC, YEAR
from experiments.study.quantity import Quantity, measured, price, used
from experiments.study.record import WEEK_BEFORE
from experiments.study.study import Tables
from model.calendar import monday, week_of
from model.world import World

NEEDED = (*METALS, *METALS.values(), "CHN", "USA", "DEU", ROSTEC)  # what the world has to hold


def tables(world: World, start: date) -> Tables:
    """Return the outcomes of a run, and what value at risk is made from: in the year from the Monday after the day."""
    first = monday(week_of(DAY, start) + 1, start)
    span = (str(first), str(first + timedelta(weeks=YEAR - 1)))
    outside = {"zone": tuple(zone for zone in world.zones if zone != "CHN"), "metal": "germanium"}
    found: dict[str, Quantity] = {}
    for metal in METALS:
        lost = used("lost_kg", where={"zone": "USA", "metal": metal}, span=span, unit="share")
        need = lost.but(of="firms.trend_use_kg")
        found[f"us_{metal}"] = lost.but(per=need, what=f"need of {metal} that the US goes without")
        found[f"us_{metal}_short"] = lost.but(of="firms.short_kg", per=need, what="the same, for want of metal alone")
    found["price"] = price(where={"good": GERMANIUM, "zone": "DEU"}, span=span, what="germanium in Rotterdam")
    found["lost_t"] = used("lost_kg", where=outside, span=span, what="need of germanium gone without outside China")
    return {"outcomes": found, **measured(span, (str(start), WEEK_BEFORE))}
