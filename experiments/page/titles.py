"""What stands above, below and behind the page's figures: titles, notes on how to read them, descriptions."""

from __future__ import annotations

from functools import cache

from experiments.page.world import POINTS, market_name, people, price_zones, with_article
from experiments.study.answers import listed
from model.world import World

TITLES = {
    "map": "Flows between countries, mean of 8 weeks at a yearly rate",
    "prices": "Price of free metal",
    "shares": "Market shares",
    "cover": "Who runs short",
}


@cache
def notes(world: World) -> dict[str, str]:
    """Return how to read each figure."""
    return {
        "map": "Width: kg. Colour: price where the metal goes, light is cheap, dark is dear. Dashed red: a lane that "
        "is shut, with the policy that shut it. Click a country to ask it.",
        "prices": f"Lines: free metal; thin dashes: metal under {people(world, world.tracked_zone)} licences; dots: "
        f"the run compared with.{_points(world)} Vertical dashes: policy dates.",
        "shares": "Each band is a country; its share this week stands at the right, in %.",
        "cover": "Above: how long stocks last. Below: what users wanted and did not get.",
    }


@cache
def says(world: World) -> dict[str, str]:
    """Return what each figure shows, for those who cannot see it."""
    places = listed([with_article(world, zone) for zone in price_zones(world)])
    return {
        "map": "Map of trade flows; the countries on it are buttons, and the table below has the figures.",
        "prices": f"Prices of free metal in {places}; the table below has the figures.",
        "shares": "Shares of world output and of exports by country.",
        "cover": "Weeks of cover and unmet use by country; the table below has the figures.",
    }


def _points(world: World) -> str:
    """Return what the points of observed prices are, where there are any."""
    seen = set(world.observed_prices["zone"])
    shapes = [f"{shape}: {market_name(world, zone)}" for zone, shape in POINTS.items() if zone in seen]
    return f" Black points: observed in the real world ({', '.join(shapes)}; hollow: less sure)." if shapes else ""
