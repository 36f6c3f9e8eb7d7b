"""One record and one set of parameters, to call a rule with: what a test does not name is nothing."""

from typing import Any

import numpy as np

from model.parameters import load_parameters
from model.state.record import RECORD

NO_LIMIT = {"export_limit_kg": np.inf, "log_guaranteed": -np.inf, "yield_share": 1.0}


def record(**fields: Any) -> np.void:
    """Return a record with the fields given; nothing is limited or guaranteed, and everything else is 0."""
    table = np.zeros(1, RECORD)
    for name, value in (NO_LIMIT | fields).items():
        table[name] = value
    return table[0]


def parameters(**values: float) -> np.void:
    """Return the packaged parameters of the first good with the values given."""
    table = load_parameters().by_good[:1].copy()
    for name, value in values.items():
        table[name] = value
    return table[0]


def ladder(rungs: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return prices and kg of a firm's orders in its two books or markets, [2, rungs], full of what must be replaced.

    Prices of orders of no size are not looked at by anybody.
    """
    return np.full((2, rungs), np.nan), np.full((2, rungs), np.nan)


def fields_that_differ(one: np.void, other: np.void) -> set[str]:
    """Return the names of the fields in which two records differ."""
    names = RECORD.names or ()
    return {name for name in names if one[name] != other[name]}
