"""The runs: every parameter moved alone, Morris trajectories over all of them, Saltelli's sample over the first few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.parameters import parameter_table
from model.world import World

LEVELS = 4  # of a Morris trajectory
SEED = 0  # of the samples


@dataclass(frozen=True)
class Plan:
    """Parameters that have a range, and the samples over them.

    Attributes:
        names: keys of the parameters.
        default, low, high: their declared values, [parameters].
    """

    names: tuple[str, ...]
    default: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def problem(self) -> dict[str, Any]:
        """The ranges in SALib's form."""
        bounds = np.column_stack([self.low, self.high]).tolist()
        return {"num_vars": len(self.names), "names": list(self.names), "bounds": bounds}

    def only(self, names: Sequence[str]) -> Plan:
        """Return the plan of some of the parameters."""
        at = [self.names.index(name) for name in names]
        return Plan(tuple(names), self.default[at], self.low[at], self.high[at])

    def alone(self) -> np.ndarray:
        """Return the defaults, then each parameter at its low and at its high end, [1 + 2 parameters, parameters]."""
        rows = np.repeat(self.default[None, :], 1 + 2 * len(self.names), axis=0)
        for i in range(len(self.names)):
            rows[1 + 2 * i, i], rows[2 + 2 * i, i] = self.low[i], self.high[i]
        return rows

    def trajectories(self, count: int) -> np.ndarray:
        """Return Morris trajectories (Morris 1991; Campolongo et al. 2007), [count (parameters + 1), parameters]."""
        from SALib.sample import morris

        return np.asarray(morris.sample(self.problem, count, num_levels=LEVELS, seed=SEED))

    def saltelli(self, count: int) -> np.ndarray:
        """Return Saltelli's sample for Sobol indices, [count (parameters + 2), parameters]; `count` a power of 2."""
        from SALib.sample import sobol

        return np.asarray(sobol.sample(self.problem, count, calc_second_order=False, seed=SEED))

    def draws(self, rows: np.ndarray) -> list[dict[str, float]]:
        """Return samples as draws of parameters."""
        return [dict(zip(self.names, row, strict=True)) for row in rows.tolist()]


def plan_of(world: World) -> Plan:
    """Return the plan over all parameters of a world that have a range."""
    table = parameter_table(world)
    kept = table[table["low"] < table["high"]]
    value, low, high = (kept[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    return Plan(tuple(kept.index), value, low, high)
