"""Chokepoint: an agent-based simulation of trade in critical metals under export controls."""

from model.later import load_later

load_later("networkx", "mesa.experimental.continuous_space")  # what Mesa imports for other models

import mesa  # noqa: E402, F401  # before the rest: at its import it reads the source of all that waits for it

from model.errors import InputError  # noqa: E402
from model.scenario import Scenario, load_scenario, parse_scenario  # noqa: E402
from model.trade_model import TradeModel  # noqa: E402

__all__ = ["InputError", "Scenario", "TradeModel", "load_scenario", "parse_scenario"]
