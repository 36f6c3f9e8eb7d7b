"""Chokepoint: an agent-based simulation of trade in critical metals under export controls."""

import mesa  # noqa: F401  # first: at its import it reads the source of all that waits for it

from model.errors import InputError
from model.scenario import Scenario, load_scenario, parse_scenario
from model.trade_model import TradeModel

__all__ = ["InputError", "Scenario", "TradeModel", "load_scenario", "parse_scenario"]
