"""How the page names and draws what is in the world.

Names come from the world's data. What data files do not hold (demonyms, short names, lines that known countries are
drawn with) stands here; a country that is not listed is called and drawn by a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import cycle

from experiments.figures.contents import COLOURS, SPARE, ZONE_NAMES
from model.world import World

PEOPLE = {"USA": "US", "CHN": "Chinese", "DEU": "German", "JPN": "Japanese", "KOR": "South Korean", "RUS": "Russian",
          "BEL": "Belgian", "FRA": "French", "TWN": "Taiwanese", "CAN": "Canadian", "SVK": "Slovak"}  # fmt: skip
SHORT = {"USA": "US"}
WITH_ARTICLE = {"USA": "the US"}
DASHED = ("USA", "JPN", "KOR", "RUS")  # countries whose lines lie above those of others


# ---- names ----------------------------------------------------------------------------------------------------------


@cache
def zone_name(world: World, zone: str) -> str:
    """Return a country's name: Germany."""
    return str(world.zone_table["name"].iloc[world.zone_index[zone]])


def short_name(world: World, zone: str) -> str:
    """Return a country's short name: US."""
    return SHORT.get(zone) or zone_name(world, zone)


def with_article(world: World, zone: str) -> str:
    """Return a country's name as it stands in a sentence: the US."""
    return WITH_ARTICLE.get(zone) or zone_name(world, zone)


def people(world: World, zone: str) -> str:
    """Return the word for what is of a country, its name where there is none: Chinese."""
    return PEOPLE.get(zone) or zone_name(world, zone)


def market_name(world: World, zone: str) -> str:
    """Return the name of a country's price: that of the place where it is quoted."""
    return SHORT.get(zone) or ZONE_NAMES.get(zone) or zone_name(world, zone)


@cache
def good_name(world: World, good: int) -> str:
    """Return a good's name: Gallium, crude."""
    return str(world.good_table["name"].iloc[good])


def goods_of(world: World, metal: str) -> list[int]:
    """Return the numbers of a metal's goods."""
    return [g for g, of in enumerate(world.metal_of_good) if of == metal]


def firm_name(world: World, firm: str) -> str:
    """Return a firm's name, its id where the data have none."""
    return _firm_names(world).get(firm, firm)


@cache
def _firm_names(world: World) -> dict[str, str]:
    return dict(zip(world.firms["firm"], world.firms["name"], strict=True))


# ---- countries in charts --------------------------------------------------------------------------------------------


def colours_of(zones: Sequence[str]) -> dict[str, str]:
    """Return a colour for each country; those without one of their own get what is left, in turn."""
    left = cycle([*SPARE, *(colour for zone, colour in COLOURS.items() if zone not in (*zones, "others"))])
    return {zone: COLOURS.get(zone) or next(left) for zone in zones}
