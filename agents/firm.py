"""A firm as a Mesa agent: a handle on its records, where its state lives; and what every firm's record does."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from itertools import count
from typing import Any

import mesa
import numpy as np
from numba import literal_unroll

from agents.rule import rule

# What follows the trend: use, the output that serves it, capacity, turnover and normal stocks.
GROWING = (
    "trend_use_kg", "normal_output_kg", "capacity_kg", "turnover_kg", "norm_stock_kg", "calm_stock_kg", "feed_kg",
)  # fmt: skip


class _WeakCounters(MutableMapping[Any, Any]):
    """Unique-id counters by model that do not keep the models alive (Mesa's own dict does, so every run would leak)."""

    def __init__(self) -> None:
        self._counters: weakref.WeakKeyDictionary[Any, Iterator[int]] = weakref.WeakKeyDictionary()

    def __getitem__(self, model: Any) -> Iterator[int]:
        return self._counters.setdefault(model, count(1))

    def __setitem__(self, model: Any, counter: Iterator[int]) -> None:
        self._counters[model] = counter

    def __delitem__(self, model: Any) -> None:
        del self._counters[model]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._counters)

    def __len__(self) -> int:
        return len(self._counters)


if isinstance(getattr(mesa.Agent, "_ids", None), defaultdict):
    mesa.Agent._ids = _WeakCounters()


class Field:
    """An agent's attribute that reads and writes a field of its records: a number for one, an array for several."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, firm: Firm | None, owner: type | None = None) -> Any:
        if firm is None:
            return self
        values = firm.records[self._name]
        return float(values[0]) if len(values) == 1 else values

    def __set__(self, firm: Firm, value: float | np.ndarray) -> None:
        firm.model.firms[self._name][firm.rows] = value


class Firm(mesa.Agent):
    """A firm that holds one or several goods; `rows` are the numbers of its records in the model's `firms`.

    Every field of the record (`model/state/record.py`) is an attribute of `records`; the commonest stand here, too.
    """

    stock_kg = Field("stock_kg")
    utilisation = Field("utilisation")
    capacity_kg = Field("capacity_kg")
    produced_kg = Field("produced_kg")
    bought_kg = Field("bought_kg")
    sold_kg = Field("sold_kg")
    consumed_kg = Field("consumed_kg")
    short_kg = Field("short_kg")
    perceived_risk = Field("perceived_risk")
    licence_balance_kg = Field("licence_balance_kg")
    cash_usd = Field("cash_usd")

    def __init__(self, model: Any, firm: str, name: str, zone: str, rows: np.ndarray, end_use: str = "") -> None:
        """Create the handle; the state is in `model.firms`."""
        super().__init__(model)
        self.firm = firm
        self.name = name
        self.zone = zone
        self.rows = rows
        self.end_use = end_use

    @property
    def records(self) -> np.ndarray:
        """Its records (a copy: write through the attributes or `model.firms`)."""
        found: np.ndarray = self.model.firms.table[self.rows]
        return found

    @property
    def goods(self) -> list[str]:
        """The goods of its records, in the order of `rows`."""
        return [self.model.world.goods[g] for g in self.records["good"]]

    @property
    def price_expected_usd_per_kg(self) -> dict[str, float]:
        """What the firm expects to pay or to get, by good."""
        return dict(zip(self.goods, np.exp(self.records["log_expected"]).tolist(), strict=True))


@rule
def tracked_part_kg(firm, kg):
    """Return the metal of tracked origin in `kg` of a firm's stock, kg: a stock is mixed, so any part has its share."""
    return kg * firm.tracked_kg / firm.stock_kg if firm.stock_kg > 0.0 else 0.0


@rule
def grow(firm):
    """Follow the trend of the metal."""
    for name in literal_unroll(GROWING):
        firm[name] *= firm.growth
