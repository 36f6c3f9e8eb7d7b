"""Six outcomes that the parameters are held against, and the part of the record that could tell their values."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.study.observations import observations
from experiments.study.quantity import Quantity, price, shipped, used
from experiments.study.record import Row, held
from experiments.study.shown import shown_of
from model import Scenario
from model.world import World

YEAR = ("2025-01-01", "2025-12-31")
ANNOUNCED, WEEK_BEFORE = ("2023-07-03", "2023-07-03"), ("2023-06-26", "2023-06-26")
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


def observed(world: World, scenario: Scenario) -> dict[str, Row]:
    """Return every observation that a run of a scenario holds, by its key."""
    shown = shown_of(world, scenario)
    return {row.key: row for row in held(observations(world, shown), world, shown.start, scenario.weeks)}


def place_of(row: Row, world: World) -> str:
    """Return what an observation is of, in lines: a good and where its price is quoted, or a metal's exports."""
    where = row.quantity.where
    if "good" in where:
        return f"{where['good']},\n{shown_of(world).places[where['zone']]}"
    whither = "to one country" if "zone" in where else "to all"
    return f"{where['metal']}\nexports,\n{whither}"
