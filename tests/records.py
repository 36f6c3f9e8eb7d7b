"""Records and small states made by hand, to call a rule or a stage with: what a test does not name is nothing."""

from typing import Any

import numpy as np

from model.parameters import load_parameters
from model.state.firms import Business, Firms
from model.state.record import RECORD, Kind
from tests.typical import TYPICAL

NO_LIMIT = {"export_limit_kg": np.inf, "log_guaranteed": -np.inf, "yield_share": 1.0}
_WHO = ("firm", "kind", "zone", "good", "line_good")


def record(**fields: Any) -> np.void:
    """Return a record with the fields given; nothing is limited or guaranteed, and everything else is 0."""
    table = np.zeros(1, RECORD)
    for name, value in (NO_LIMIT | fields).items():
        table[name] = value
    return table[0]


def parameters_by_good(goods: int, **values: float) -> np.ndarray:
    """Return the packaged parameters of the first goods with the values given, [goods]."""
    table = load_parameters(TYPICAL).by_good[:goods].copy()
    for name, value in values.items():
        table[name] = value
    return table


def parameters(**values: float) -> np.void:
    """Return the packaged parameters of the first good with the values given."""
    return parameters_by_good(1, **values)[0]


def ladder(rungs: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return prices and kg of a firm's orders in its two books or markets, [2, rungs], full of what must be replaced.

    Prices of orders of no size are not looked at by anybody.
    """
    return np.full((2, rungs), np.nan), np.full((2, rungs), np.nan)


def fields_that_differ(record: np.void, other: np.void) -> set[str]:
    """Return the names of the fields in which two records differ."""
    return {name for name in RECORD.names or () if record[name] != other[name]}


def one(firm: str, kind: Kind, zone: int = 0, good: int = 0, line_good: int = -1, **fields: Any) -> dict[str, Any]:
    """Return who a record of a state is and the fields it starts with."""
    return {"firm": firm, "kind": kind, "zone": zone, "good": good, "line_good": line_good, **fields}


def state(*records: dict[str, Any], zones: int = 2, goods: int = 1, slots: int = 1) -> Firms:
    """Return the records in a state of their own; without growth, limits and guarantees, everything else 0."""
    firms = Firms([Business(**{name: r[name] for name in _WHO}) for r in records], zones, goods, slots)
    for name, value in ({"growth": 1.0} | NO_LIMIT).items():
        firms[name][:] = value
    for fields in records:
        at = firms.row_of(fields["firm"], firms.of(fields["kind"]), fields["good"])
        for name, value in fields.items():
            if name not in _WHO:
                firms[name][at] = value
    return firms


def row(firms: Firms, firm: str) -> np.void:
    """Return a firm's only record (a view)."""
    (number,) = firms.rows_of(firm)
    return firms.table[number]
