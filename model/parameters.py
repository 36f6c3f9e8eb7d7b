"""Behavioural parameters: declared once in `parameters.csv`, with unit, range, limits, status and source.

A parameter that differs by metal has a row for each metal; it is called ``name_metal`` in scenario files.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from model.errors import InputError, nearest
from model.world import World, load_world

RUNGS = 5  # of every ladder


class Parameters:
    """A run's parameters.

    Attributes:
        by_good: one record per good, [G], with a field for each parameter: what compiled rules read.
        values: value by key (``name``, or ``name_metal`` where it differs by metal).
    """

    def __init__(self, world: World, values: Mapping[str, float]) -> None:
        """Lay the values out by good."""
        self.values = dict(values)
        table = world.parameter_table
        names = list(dict.fromkeys(table["name"]))
        self.by_good = np.zeros(len(world.goods), dtype=_record_of(tuple(names)))
        for key, name, metal in zip(table.index, table["name"], table["metal"], strict=True):
            goods = [metal in ("", of_good) for of_good in world.metal_of_good]
            self.by_good[name][goods] = self.values[str(key)]

    def __getattr__(self, key: str) -> float:
        try:
            return float(self.__dict__["values"][key])
        except KeyError:
            raise AttributeError(f"no parameter {key!r}") from None

    @cached_property
    def rung_share(self) -> np.ndarray:
        """Size of each rung of an ask ladder, weeks of normal sales, [rungs]."""
        return np.array([self.values[f"rung_share_{k}"] for k in range(1, RUNGS + 1)])


@lru_cache(maxsize=8)
def _record_of(names: tuple[str, ...]) -> np.dtype[np.void]:
    """Return the type of a record of parameters, one and the same object: a call compares others field by field."""
    return np.dtype([(name, "f8") for name in names])


def parameter_table(world: World | None = None) -> pd.DataFrame:
    """Return the declared parameters, indexed by key (name, metal, value, low, high, minimum, maximum, unit, ...)."""
    return (world or load_world()).parameter_table


def load_parameters(overrides: Mapping[str, float] | None = None, world: World | None = None) -> Parameters:
    """Return the parameters, with a scenario's own values in place of the declared ones.

    Args:
        overrides: key to value. Values outside the declared range are allowed within the hard limits, since switching
            a rule off (0) is a legitimate experiment.
        world: whose table; the packaged one when not given.

    Raises:
        InputError: unknown key (the message gives the nearest one) or a value beyond the limits.
    """
    world = world or load_world()
    table = world.parameter_table
    values = {str(key): float(value) for key, value in table["value"].items()}
    for key, value in (overrides or {}).items():
        if key not in values:
            raise InputError(f"parameters.{key}: unknown parameter; {nearest(key, values)}")
        low, high = table.at[key, "minimum"], table.at[key, "maximum"]
        if not low <= value <= high:
            raise InputError(f"parameters.{key} = {value}: must lie between {low:g} and {high:g}")
        values[key] = float(value)
    return Parameters(world, values)
