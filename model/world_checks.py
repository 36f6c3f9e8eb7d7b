"""What has to hold between the tables of a world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from model.calendar import FIRST_START, LAST_START
from model.tables import DataError

# Parameters that are no firm's own, or read before a record has its good: one value for all metals.
OF_ALL_METALS = (
    "scrap_factor", "seller_stock_factor", "cover_factor", "elasticity_factor", "refining_cover_weeks",
    "new_plant_stock_weeks", "new_line_yield", "freight_volatility", "freight_memory_weeks", "rung_share_1",
    "rung_share_2", "rung_share_3", "rung_share_4", "rung_share_5",
)  # fmt: skip
KINDS_OF_TABLE = {"supply": ("producer", "recycler", "refiner"), "demand": ("buyer",), "trading": ("trader",)}

# Columns of `supply.csv` that one kind of maker uses, and what stands there for the others.
OF_ONE_KIND = (("captive_share", "recycler", 0), ("other_feed_t_per_yr", "recycler", 0), ("yield_share", "refiner", 1))


def check_facts(tables: Mapping[str, pd.DataFrame], declared: Iterable[str]) -> dict[str, Any]:
    """Check all tables against each other; return what `world.csv` says, typed.

    Args:
        tables: by name of the file.
        declared: names of the parameters that rules read.

    Raises:
        DataError: names the file, the row and the column.
    """
    _check_rows(tables)
    _check_metals(tables["goods"], set(tables["parameters"]["metal"]) - {""})
    _check_goods(tables["goods"])
    _check_firms(tables)
    _check_values(tables)
    _check_parameters(tables["parameters"], set(tables["goods"]["metal"]), declared)
    return _whole_world(tables["world"], set(tables["zones"]["zone"]))


def _whole_world(facts: pd.DataFrame, zones: set[str]) -> dict[str, Any]:
    lines = {row.key: (line, str(row.value)) for line, row in enumerate(facts.itertuples(), start=2)}
    found: dict[str, Any] = {}
    for key in ("reference_date", "start", "tracked_zone"):
        if key not in lines:
            raise DataError("world.csv", 0, "key", key, "is missing")
        line, value = lines[key]
        if key == "tracked_zone":
            if value not in zones:
                raise DataError("world.csv", line, "value", value, "is unknown", zones)
            found[key] = value
            continue
        try:
            found[key] = date.fromisoformat(value)
        except ValueError:
            raise DataError("world.csv", line, "value", value, "must be a date, YYYY-MM-DD") from None
        if not FIRST_START <= found[key] <= LAST_START:
            raise DataError("world.csv", line, "value", value, f"must lie between {FIRST_START} and {LAST_START}")
        if key == "start" and found[key].weekday() != 0:
            raise DataError("world.csv", line, "value", value, "must be a Monday")
    return found


def _check_rows(tables: Mapping[str, pd.DataFrame]) -> None:
    """Somebody trades something somewhere."""
    for name in ("zones", "goods", "firms"):
        if tables[name].empty:
            raise DataError(f"{name}.csv", 0, "", 0, "rows; a world needs one at least")


def _check_metals(goods: pd.DataFrame, known: set[str]) -> None:
    """Every metal has parameters of its own, if any has."""
    for line, metal in enumerate(goods["metal"], start=2):
        if known and metal not in known:
            raise DataError("goods.csv", line, "metal", metal, "has no row in parameters.csv", known)


def _check_goods(goods: pd.DataFrame) -> None:
    """Each metal has one standard grade."""
    standard: set[str] = set()
    for line, row in enumerate(goods.itertuples(), start=2):
        if row.standard and row.metal in standard:
            raise DataError("goods.csv", line, "standard", row.good, f"is a second standard grade of {row.metal}")
        standard |= {row.metal} if row.standard else set()
    for line, row in enumerate(goods.itertuples(), start=2):
        if row.metal not in standard:
            raise DataError("goods.csv", line, "standard", row.good, f"is of {row.metal}, which has no standard grade")


def _check_parameters(table: pd.DataFrame, metals: set[str], declared: Iterable[str]) -> None:
    """None is missing, limits hold the range, and a parameter has one value for all metals or one for each."""
    missing = next((name for name in declared if name not in set(table["name"])), None)
    if missing is not None:
        raise DataError("parameters.csv", 0, "name", missing, "is missing")
    for line, row in enumerate(table.itertuples(), start=2):
        for end, value in (("low", row.low), ("high", row.high)):
            if not row.minimum <= value <= row.maximum:
                why = f"leaves the limits {row.minimum:g} to {row.maximum:g}"
                raise DataError("parameters.csv", line, end, value, why)
    for name, part in table.groupby("name", sort=False):
        line, given = int(part.index[0]) + 2, set(part["metal"])
        if name in OF_ALL_METALS and given != {""}:
            raise DataError("parameters.csv", line, "metal", name, "needs one row for all metals, with no metal in it")
        if given not in ({""}, metals):
            raise DataError(
                "parameters.csv", line, "metal", name, f"needs one row, or one for each of {sorted(metals)}"
            )


def _check_values(tables: Mapping[str, pd.DataFrame]) -> None:
    """Every use of a metal has its value and scrap; ranges of values are above 0 (draws are ratios), or all 0."""
    values = tables["value_added"]
    for line, row in enumerate(values.itertuples(), start=2):
        if row.low <= 0.0 < row.high:
            raise DataError("value_added.csv", line, "low", row.low, "must be above 0, or all three figures 0")
    end_use = dict(zip(tables["firms"]["firm"], tables["firms"]["end_use"], strict=True))
    metal = dict(zip(tables["goods"]["good"], tables["goods"]["metal"], strict=True))
    for name in ("value_added", "scrap"):
        known = set(zip(tables[name]["end_use"], tables[name]["metal"], strict=True))
        for row in tables["demand"].itertuples():
            if (end_use[row.firm], metal[row.good]) not in known:
                why = f"has no row for {metal[row.good]}, which {row.firm} uses for it"
                raise DataError(f"{name}.csv", 0, "end_use", end_use[row.firm], why)


def _check_firms(tables: Mapping[str, pd.DataFrame]) -> None:
    """Rows fit the kind of their firm, refiners have an input of the same metal, output fits capacity."""
    kind = dict(zip(tables["firms"]["firm"], tables["firms"]["kind"], strict=True))
    metal = dict(zip(tables["goods"]["good"], tables["goods"]["metal"], strict=True))
    for line, row in enumerate(tables["firms"].itertuples(), start=2):
        if (row.kind == "buyer") != (row.end_use != ""):
            raise DataError("firms.csv", line, "end_use", row.end_use, "is for buyers, each of which has one")
    for name, kinds in KINDS_OF_TABLE.items():
        for line, firm in enumerate(tables[name]["firm"], start=2):
            if kind[firm] not in kinds:
                raise DataError(f"{name}.csv", line, "firm", firm, f"is a {kind[firm]}, not a {' or '.join(kinds)}")
    for line, firm in enumerate(tables["firms"].itertuples(), start=2):
        table = next(name for name, kinds in KINDS_OF_TABLE.items() if firm.kind in kinds)
        if firm.firm not in set(tables[table]["firm"]):
            raise DataError("firms.csv", line, "firm", firm.firm, f"has no row in {table}.csv")
    for line, row in enumerate(tables["supply"].itertuples(), start=2):
        given = row.input_good
        if (kind[row.firm] == "refiner") != (given != ""):
            raise DataError("supply.csv", line, "input_good", given, "is for refiners, each of which has one")
        if given and (given == row.good or metal[given] != metal[row.good]):
            raise DataError("supply.csv", line, "input_good", given, f"cannot become {row.good}")
        for column, who, nothing in OF_ONE_KIND:
            value = getattr(row, column)
            if kind[row.firm] != who and value != nothing:
                raise DataError("supply.csv", line, column, value, f"is for a {who}: {nothing} for others")
        if row.output_t_per_yr > row.capacity_t_per_yr:
            raise DataError("supply.csv", line, "output_t_per_yr", row.output_t_per_yr, "is above capacity")
