"""The Mesa agents: a handle per firm and one per country, each of the class that fits what it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import mesa
import numpy as np

from agents.buyer import Buyer
from agents.country import Country
from agents.firm import Firm
from agents.producer import DomesticFirstProducer, Exporter, Producer
from agents.recycler import Recycler
from agents.refiner import Refiner
from agents.stockpile import Stockpile
from agents.trader import Trader
from model.state.firms import Business, Firms
from model.state.record import Kind
from model.world import World

_CLASSES: dict[Kind, type[Firm]] = {
    Kind.PRODUCER: Producer, Kind.RECYCLER: Recycler, Kind.REFINER: Refiner, Kind.TRADER: Trader,
    Kind.STOCKPILE: Stockpile, Kind.REFINER_INPUT: Refiner, Kind.BUYER: Buyer,
}  # fmt: skip


def populate(
    model: mesa.Model, world: World, firms: Firms, policies: Sequence[Any], controlling_zone: int
) -> list[Country]:
    """Create all agents of a model; return the countries, each with the policies it acts through."""
    titles = dict(zip(world.firms["firm"], world.firms["name"], strict=True))
    for firm in firms.names:
        rows = firms.rows_of(firm)
        first = firms.businesses[rows[0]]
        agent_class = _class_of(first, bool(firms["domestic_first"][rows[0]]), controlling_zone)
        agent_class(model, firm, titles.get(firm, firm), world.zones[first.zone], np.array(rows), first.end_use)
    names = dict(zip(world.zone_table["zone"], world.zone_table["name"], strict=True))
    countries = [Country(model, zone, names[zone]) for zone in world.zones]
    for policy in policies:
        countries[world.zone_index[policy.actor]].policies.append(policy)
    return countries


def _class_of(first: Business, domestic_first: bool, controlling_zone: int) -> type[Firm]:
    if first.kind in (Kind.PRODUCER, Kind.REFINER) and first.exporter and first.zone == controlling_zone:
        return Exporter
    if first.kind == Kind.PRODUCER and domestic_first:
        return DomesticFirstProducer
    return _CLASSES[first.kind]


def headlines(world: World) -> dict[str, Callable[[Any], float]]:
    """Return Mesa's model reporters: prices of the standard grades where prices are quoted."""
    return {
        f"{good} in {zone} (USD/kg)": partial(_price, good=world.good_index[good], zone=world.zone_index[zone])
        for good in world.standard_goods
        for zone in world.quoted_zones
    }


def _price(model: Any, good: int, zone: int) -> float:
    return float(model.delivered_quote[good, zone])
