"""For relations between runs: a small world changed in its files, runs of it, and questions to ask them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from model import TradeModel, parse_scenario
from model.world import World, load_world
from tests.conftest import ROOT, Played

NOVIUM = ROOT / "tests" / "worlds" / "novium"
RAW, FINE = "novium-raw", "novium-fine"
WEEKS, NEWS, BEGINS = 78, date(2020, 4, 6), date(2020, 5, 4)  # weeks 13 and 17
NEWS_WEEK, FIRST = 13, 17
Row = dict[str, str]
Change = Callable[[str, list[Row]], list[Row]]
_MONEY = ("reference_price_usd_per_kg", "cost_usd_per_kg", "freight_usd_per_kg", "usd_per_kg")
_MASS = ("output_t_per_yr", "capacity_t_per_yr", "use_t_per_yr", "stock_t", "turnover_t_per_yr", "other_feed_t_per_yr")
MAIN = {"goods": "reference_price_usd_per_kg", "lanes": "freight_usd_per_kg", "value_added": "usd_per_kg",
        "supply": "output_t_per_yr", "demand": "use_t_per_yr", "trading": "stock_t",
        "capacity": "capacity_t_per_yr"}  # fmt: skip


@lru_cache(maxsize=32)
def changed_world(change: Change) -> World:
    """Return the small world with its rows changed, file by file."""
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(NOVIUM, Path(place) / "world"))
        for path in sorted(folder.glob("*.csv")):
            with path.open(newline="", encoding="utf-8") as stream:
                reader = csv.DictReader(stream)
                head, rows = list(reader.fieldnames or ()), list(reader)
            with path.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, head, lineterminator="\n")
                writer.writeheader()
                writer.writerows(change(path.stem, rows))
        return load_world(folder)


def as_it_is(file: str, rows: list[Row]) -> list[Row]:
    return rows


def times(factor: float, columns: Iterable[str], only: Callable[[Row], bool] = lambda row: True) -> Change:
    """Return the change that multiplies columns, with the range of the file's main one."""

    def change(file: str, rows: list[Row]) -> list[Row]:
        for row in rows:
            if not only(row):
                continue
            found = [name for name in columns if row.get(name)]
            for name in (*found, *(("low", "high") if MAIN.get(file) in found else ())):
                row[name] = repr(float(row[name]) * factor)
        return rows

    return change


def larger(factor: float) -> Change:
    """Return the change to a world of so many times the metal."""
    return times(factor, _MASS)


def dearer(factor: float) -> Change:
    """Return the change to a money of which a kg costs so many times as much."""
    return times(factor, _MONEY)


def shuffled(file: str, rows: list[Row]) -> list[Row]:
    """Put the rows of every file in another order."""
    rows = list(rows)
    Random(f"{file} of another order").shuffle(rows)
    return rows


def with_an_empty_country(file: str, rows: list[Row]) -> list[Row]:
    """Add a country in which nobody makes, uses or trades anything."""
    if file == "zones":
        return [*rows, rows[-1] | {"zone": "NIL", "name": "Nilland"}]
    if file == "lanes":
        return [*rows, rows[0] | {"destination": "NIL"}, rows[0] | {"origin": "NIL", "destination": "ORE"}]
    if file == "duties":
        return [*rows, rows[-1] | {"zone": "NIL", "side": "import", "partner": "*"}]
    return rows


_runs: dict[Any, Played] = {}


def run(*policies: dict[str, Any], world: Change = as_it_is, seed: int = 1, weeks: int = WEEKS, **keys: Any) -> Played:
    """Run policies, dated if they are not, in a small world; once per worker."""
    there = changed_world(world)
    key = repr((policies, seed, weeks, sorted(keys.items()))), world
    if key not in _runs:
        dated = [({} if "when" in one else {"announced": NEWS, "effective": BEGINS}) | one for one in policies]
        raw = {"name": "test", "weeks": weeks, "spin_up_weeks": 26, **keys, "policies": dated}
        _runs[key] = Played(TradeModel(parse_scenario(raw, "test", there), seed=seed, world=there).run())
    return _runs[key]


def mean_price(played: Played, zone: str, good: str = RAW, first: int = FIRST, last: int = WEEKS) -> float:
    """Return the mean free price of some weeks, USD/kg."""
    return float(played.price(good, zone)[first:last].mean())


def mean_flow(played: Played, origin: str, destination: str, first: int = FIRST) -> float:
    """Return the mean flow on a lane from a week on, kg a week."""
    return float(played.flow(origin, destination)[first:].mean())


def short_kg(played: Played) -> float:
    """Return what users went short of in the whole run, kg."""
    return float(played.tables["firms"]["short_kg"].sum())


def rises(values: Iterable[float], slack: float = 0.005) -> bool:
    """Return whether no value lies below the one before it, but for a hair."""
    numbers = np.array(list(values))
    return bool((numbers[1:] >= numbers[:-1] - slack * np.abs(numbers[:-1])).all())
