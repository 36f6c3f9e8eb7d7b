"""A firm as a Mesa agent: a handle on its rows of the columns, where its state lives."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from itertools import count
from typing import Any

import mesa
import numpy as np

# Nobody trades, licenses or counts less than a gram: what is smaller is what rounding leaves of a balance used up.
GRAM_KG = 1e-3


class _WeakCounters(MutableMapping):
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


class Column:
    """An agent's attribute that reads and writes its rows: a number for one row, an array for several."""

    def __init__(self, name: str, doc: str) -> None:
        self._name = name
        self.__doc__ = doc

    def __get__(self, firm: Firm | None, owner: type | None = None) -> Any:
        if firm is None:
            return self
        values = getattr(firm.columns, self._name)[firm.rows]
        return float(values[0]) if len(values) == 1 else values

    def __set__(self, firm: Firm, value: float | np.ndarray) -> None:
        getattr(firm.columns, self._name)[firm.rows] = value


class Firm(mesa.Agent):
    """A firm that holds one or several goods; `rows` are its rows of the model's columns."""

    stock_kg = Column("stock_kg", "Metal in stock, kg.")
    utilisation = Column("utilisation", "Share of capacity in use (producers, recyclers, refiners).")
    capacity_kg = Column("capacity_kg", "Capacity, kg a week.")
    produced_kg = Column("produced_kg", "Output of the week, kg.")
    bought_kg = Column("bought_kg", "Bought in the week, kg.")
    sold_kg = Column("sold_kg", "Sold in the week, kg.")
    consumed_kg = Column("consumed_kg", "Used up in the week, kg.")
    short_kg = Column("short_kg", "Wanted for use in the week and not to be had, kg.")
    risk = Column("risk", "Perceived supply risk (0: none).")
    licensed_kg = Column("licensed_kg", "Balance of valid export licences in its name, kg.")
    cash_usd = Column("cash_usd", "Receipts less payments since the start, USD.")

    def __init__(self, model: mesa.Model, firm: str, name: str, zone: str, rows: np.ndarray) -> None:
        """Create the handle; the state is in `model.columns`."""
        super().__init__(model)
        self.firm = firm
        self.name = name
        self.zone = zone
        self.rows = rows

    @property
    def columns(self) -> Any:
        """The model's columns."""
        return self.model.columns

    @property
    def goods(self) -> list[str]:
        """The goods of its rows, in the order of `rows`."""
        return [self.model.world.goods[g] for g in self.columns.good[self.rows]]

    @property
    def price_expected_usd_per_kg(self) -> dict[str, float]:
        """What the firm expects to pay or to get, by good."""
        return dict(zip(self.goods, np.exp(self.columns.expected[self.rows]).tolist(), strict=True))
