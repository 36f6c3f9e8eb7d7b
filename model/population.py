"""The Mesa agents: a handle per firm and one per country, each of the class that fits what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.buyer import BY_END_USE, OtherBuyer
from agents.country import Country
from agents.firm import Firm
from agents.producer import ChineseExporter, Producer, Recycler, Rostec
from agents.refiner import Refiner
from agents.trader import Trader
from model.columns import Kind

if TYPE_CHECKING:
    from model.trade_model import TradeModel

ROSTEC = "jsc-germanium"


class Stockpile(Firm):
    """A government's stock of a good."""


def populate(model: TradeModel) -> list[Country]:
    """Create all agents of a model; return the countries, each with the policies it acts through."""
    c, world = model.columns, model.world
    names = dict(zip(world.firms["firm"], world.firms["name"], strict=True))
    for firm in dict.fromkeys(c.firm):
        rows = np.flatnonzero([name == firm for name in c.firm])
        first = c.rows[rows[0]]
        agent_class = _class_of(firm, first.kind, first.exporter and first.zone == model.tracked, first.end_use)
        agent_class(model, firm, names.get(firm, firm), world.zones[first.zone], rows)
    titles = dict(zip(world.zone_table["zone"], world.zone_table["name"], strict=True))
    countries = [Country(model, zone, titles[zone]) for zone in world.zones]
    for policy in model.policies:
        countries[world.zone_index[policy.actor]].policies.append(policy)
    return countries


def _class_of(firm: str, kind: Kind, exporter: bool, end_use: str) -> type[Firm]:
    if firm == ROSTEC:
        return Rostec
    if kind in (Kind.PRODUCER, Kind.REFINER) and exporter:
        return ChineseExporter
    fixed = {
        Kind.PRODUCER: Producer, Kind.RECYCLER: Recycler, Kind.REFINER: Refiner, Kind.TRADER: Trader,
        Kind.STOCKPILE: Stockpile, Kind.REFINER_INPUT: Refiner,
    }  # fmt: skip
    return fixed[kind] if kind in fixed else BY_END_USE.get(end_use, OtherBuyer)
