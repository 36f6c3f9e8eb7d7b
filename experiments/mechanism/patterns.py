"""The observed patterns that the mechanism experiment takes apart: quantities of a run with their observed values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from experiments.study import answers
from experiments.study.answers import listed
from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity, price
from experiments.study.record import (
    DECEMBER,
    GALLIUM,
    GERMANIUM,
    JUNE,
    STOPPED,
    Row,
    compared_rows,
    exported,
    held,
    into_us,
    over,
    quote,
)
from experiments.study.study import Tables
from model import InputError, TradeModel
from model.world import World

GOODS = {"gallium": GALLIUM, "germanium": GERMANIUM}
# Rows of the headline table that patterns are read from.
NEEDED = ("jump", "ge_rise", "ratio", "gallium_july", "germanium_july", f"{GALLIUM}_DEU_{DECEMBER[0]}")
# By unit: how reports and figures call it, and the smallest difference that counts.
SYMBOLS = {"percent": "%", "ratio": "x", "t": "t"}
NOTICEABLE = {"percent": 0.02, "ratio": 0.05, "t": 0.2}
# The weeks of July before licences are needed: that of 31 July is already under them.
FREE_JULY = ("2023-07-03", "2023-07-30")
SOME_RISE = 0.1  # of gallium's price; germanium's is compared with it from there


@dataclass(frozen=True)
class Pattern(Row):
    """Something the record shows (or, for the ban on the US, the forecast), as one number per run.

    Attributes:
        name: readable name.
        absent: the value without the pattern; NaN: that of the cell without China's controls.
    """

    name: str = ""
    absent: float = np.nan

    @property
    def unit(self) -> str:
        """Return the unit, a key of `SYMBOLS`."""
        return self.quantity.unit

    @property
    def what(self) -> str:
        """Return the number in words."""
        return self.quantity.what


def patterns(world: World) -> list[Pattern]:
    """Return the patterns; observed values are those of the headline table of the history experiment.

    Raises:
        InputError: the world's data do not hold them.
    """
    rows = {row.key: row for row in compared_rows(world)}
    if missing := [key for key in NEEDED if key not in rows]:
        raise InputError(f"the world's observations hold nothing of: {listed(missing)}; this experiment explains them")
    quotes = world.observed_prices
    own = quotes[(quotes["good"] == GALLIUM) & (quotes["series"] == "rotterdam_4N")].set_index("date")["usd_per_kg"]
    climb = float(rows[f"{GALLIUM}_DEU_{DECEMBER[0]}"].observed / own.loc["2023-06-30"] - 1.0)
    shipped = world.observed_exports[world.observed_exports["metal"] == "gallium"].set_index("month")["kg"]
    stop = float(shipped.loc["2023-08-01":"2023-09-01"].sum() / (2.0 * shipped.loc["2023-06-01"]))
    surge = {metal: over(exported(metal, FREE_JULY).but(how="mean", by_days=False), JUNE) for metal in GOODS}
    rise = {metal: over(quote(good, "DEU", DECEMBER), JUNE, less=1.0) for metal, good in GOODS.items()}
    gap = exported("gallium", STOPPED).but(scale=0.5e-3, per=exported("gallium", JUNE))
    passed_on = {metal: into_us(metal, "tracked_kg", direct=False) for metal in GOODS}
    return [
        _pattern("jump", "Announcement jump", rows["jump"].quantity, "percent",
                 "Gallium in Rotterdam, week of 3 July 2023 over the week before", rows["jump"].observed),
        _pattern("surge", "July surge, gallium", surge["gallium"], "ratio",
                 "China's gallium exports, July over June 2023", rows["gallium_july"].observed),
        _pattern("surge_ge", "July surge, germanium", surge["germanium"], "ratio",
                 "China's germanium exports, July over June 2023", rows["germanium_july"].observed, at_least=True),
        _pattern("gap", "Zero-export gap", gap, "percent",
                 "China's gallium exports in August and September 2023, share of normal", stop),
        _pattern("climb", "Climb to December", rise["gallium"], "percent",
                 "Gallium in Rotterdam, December over June 2023", climb),
        _pattern("ratio", "December price ratio", rows["ratio"].quantity, "ratio",
                 "Gallium, Rotterdam over China, December 2023", rows["ratio"].observed),
        # No quantity can say this one whole: `measure` puts the rise of gallium below it.
        _pattern("mild", "Germanium's mild response", rise["germanium"], "ratio",
                 "Rise of germanium over rise of gallium, June to December 2023", rows["ge_rise"].observed / climb,
                 absent=1.0),
        _pattern("diversion", "Diversion of gallium", passed_on["gallium"], "t",
                 "Chinese gallium into the US through others during the ban"),
        _pattern("diversion_ge", "Diversion of germanium", passed_on["germanium"], "t",
                 "Chinese germanium into the US through others during the ban"),
    ]  # fmt: skip


def _pattern(
    key: str, name: str, quantity: Quantity, unit: str, what: str, observed: float = np.nan, **more: Any
) -> Pattern:
    return Pattern(key, quantity.but(unit=unit, what=what), observed, name=name, **more)


def tables(known: Sequence[Pattern], world: World, start: date, weeks: int) -> Tables:
    """Return the `numbers` of the patterns that a run of so many weeks reaches, and `weekly` prices in Rotterdam."""
    quotes = price(where={"zone": "DEU", "good": tuple(GOODS.values())}, by=("metal", "week"))
    numbers = {pattern.key: pattern.quantity for pattern in held(known, world, start, weeks)}
    return {"numbers": numbers, "weekly": {"usd_per_kg": quotes}}


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the quantities of a finished run, germanium's rise over that of gallium (NaN if gallium hardly rose)."""
    found = observe(model, tables, regions)
    numbers = found["numbers"].set_index("key")["value"]
    below = numbers["climb"] if numbers["climb"] > SOME_RISE else np.nan
    numbers["mild"] = numbers["mild"] / below
    return {**found, "numbers": numbers.reset_index()}


def written(value: float, unit: str, bare: bool = False) -> str:
    """Write a value with its unit; `bare` leaves the unit out."""
    if not np.isfinite(value):
        return "–"
    return answers.number(value, unit) if bare else answers.quantity(value, unit)
