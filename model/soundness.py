"""A run whose state can no longer be reckoned with ends in one line: the week, the firm and the quantity."""

from __future__ import annotations

import numpy as np
from numba import literal_unroll

from agents.rule import rule
from model.errors import InputError
from model.market.exchange import Exchange
from model.market.guard import MOST
from model.market.lanes import LaneWeek
from model.state.firms import Firms

# In the order in which a fault spreads: views first, then plans, then metal and money.
WATCHED = (
    "log_expected", "log_normal", "perceived_risk", "long_run_response", "capacity_kg", "normal_output_kg",
    "utilisation", "planned_use_kg", "scrap_kg", "in_transit_kg", "stock_kg", "cash_usd",
)  # fmt: skip


class UnsoundRun(InputError):
    """Numbers of a run have left what the model can hold: some input asks for too much."""


def check_state(week: int, firms: Firms) -> None:
    """Raise if a record holds what is not finite, or less than no metal.

    Raises:
        UnsoundRun: names week, firm and quantity.
    """
    if _sound(firms.table):
        return
    name = next((name for name in WATCHED if not np.isfinite(firms[name]).all()), "stock_kg")
    values, least = firms[name], 0.0 if name == "stock_kg" else -np.inf
    row = int(np.argmax(~(np.isfinite(values) & (values >= least))))
    raise _unsound(week, f"{name} of {firms.businesses[row].firm}", values[row])


def name_order(
    week: int, firms: Firms, exchange: Exchange, lanes: LaneWeek, zones: tuple[str, ...], fault: ValueError
) -> UnsoundRun:
    """Return the error for what the market refused: whose order it is, or which lane."""
    for side, ladders in (("ask", exchange.asks), ("bid", exchange.bids)):
        for unit, values in (("USD/kg", ladders.price), ("kg", ladders.kg)):
            at = _first_outside(values)
            if at:
                firm = firms.businesses[ladders.rows.start + at[0]].firm
                return _unsound(week, f"{side}, {unit}, of {firm}", values[at])
    at = _first_outside(lanes.cost)
    if at:
        origin, destination = (zones[node % len(zones)] for node in at[1:])
        return _unsound(week, f"cost of the lane from {origin} to {destination}, USD/kg,", lanes.cost[at])
    return UnsoundRun(f"week {week}: the market cannot clear: {fault}")


def _first_outside(values: np.ndarray) -> tuple[int, ...]:
    """Return the place of the first number that the market refuses; none if there is none."""
    outside = ~((values >= 0.0) & (values <= MOST))
    return tuple(int(i) for i in np.unravel_index(int(outside.argmax()), values.shape)) if outside.any() else ()


def _unsound(week: int, quantity: str, value: float) -> UnsoundRun:
    return UnsoundRun(
        f"week {week}: {quantity} is {value:g}, which no run can go on with; "
        "look for extreme values in the scenario or the data"
    )


@rule
def _sound(firms):
    """Return whether all records hold finite numbers, and no less than no metal."""
    for i in range(firms.size):
        one = firms[i]
        total = 0.0
        for name in literal_unroll(WATCHED):
            total += one[name]
        if not np.isfinite(total) or one.stock_kg < 0.0:
            return False
    return True
