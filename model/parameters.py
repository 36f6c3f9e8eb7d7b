"""Behavioural parameters: declared once in `data/parameters.csv`, with unit, range, status and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import pandas as pd

from model.errors import InputError, nearest

TABLE = Path(__file__).parent / "data" / "parameters.csv"


@dataclass(frozen=True)
class Parameters:
    """One value per row of `data/parameters.csv`, where each is described (units, range, status, source)."""

    supply_elasticity_gallium: float
    supply_elasticity_germanium: float
    supply_elasticity_recycling: float
    refining_elasticity: float
    utilisation_rate: float
    growth_gallium: float
    growth_germanium: float
    ask_step: float
    stock_pressure: float
    cost_floor: float
    adaptation: float
    trend_following: float
    fundamental_weight: float
    cover_elasticity_gallium: float
    cover_elasticity_germanium: float
    choke_multiple: float
    minimum_cover_weeks: float
    stockout_premium: float
    longest_cover_weeks: float
    normal_price_rate: float
    order_closure: float
    precaution: float
    news_rate: float
    risk_decay: float
    refusal_risk: float
    shortage_risk: float
    handling_factor: float
    handling_adaptation: float
    trader_margin: float
    trader_scale: float
    licence_cost_share: float
    order_noise: float
    substitution_rate: float
    substitution_factor: float
    use_adjustment: float
    dependence_memory: float
    catch_penalty: float

    def for_metal(self, name: str, metal: str) -> float:
        """Return the value of a parameter that differs by metal, e.g. ``for_metal("growth", "gallium")``."""
        return float(getattr(self, f"{name}_{metal}"))


@cache
def parameter_table() -> pd.DataFrame:
    """Return the declared parameters, indexed by name (value, low, high, unit, status, description, source)."""
    table = pd.read_csv(TABLE).set_index("name")
    declared = [field.name for field in fields(Parameters)]
    if sorted(table.index) != sorted(declared):
        raise InputError(f"{TABLE.name}: rows and Parameters differ: {sorted(set(table.index) ^ set(declared))}")
    return table


def load_parameters(overrides: Mapping[str, float] | None = None) -> Parameters:
    """Return the parameters, with a scenario's own values in place of the declared ones.

    Args:
        overrides: name to value. Values outside the declared range are allowed as long as they are not negative,
            since switching a rule off (0) is a legitimate experiment.

    Raises:
        InputError: unknown name (the message gives the nearest one) or negative value.
    """
    table = parameter_table()
    base = Parameters(**{str(name): float(value) for name, value in table["value"].items()})
    chosen = dict(overrides or {})
    for name, value in chosen.items():
        if name not in table.index:
            raise InputError(f"parameters.{name}: unknown parameter; {nearest(name, table.index)}")
        if not 0 <= value < float("inf"):
            raise InputError(f"parameters.{name} = {value}: must be a finite number, 0 or more")
    return replace(base, **chosen)
