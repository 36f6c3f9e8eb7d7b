"""The headline table and the scorecard, which holds every observation of the data, the worst misses first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.table import Table

from experiments.fit.distance import target_of
from experiments.study.answers import HIGH, LOW, listed, quantity
from experiments.study.cli import wide_console
from experiments.study.record import Row
from model.world import World

FEWEST_MONTHS = 6
KINDS = {"price": "Prices", "month": "Exports by month", "total": "Exports over longer spans and to single countries"}


def headline(rows: Sequence[Row], numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of the rows over the runs, without those of which no run has a value.

    Args:
        rows: what was read.
        numbers: key and value, run by run.

    Returns:
        Columns key, what, unit, median, low, high (10 and 90 % of runs), observed, source, at_least.
    """
    names = ["key", "what", "unit", "median", "low", "high", "observed", "source", "at_least"]
    if not rows:
        return pd.DataFrame(columns=names)
    known = numbers.astype({"key": str}).dropna(subset="value").groupby("key")["value"]
    bands = known.quantile([0.5, LOW, HIGH]).unstack()
    found = [
        (row.key, row.quantity.what, row.quantity.unit, *bands.loc[row.key, [0.5, LOW, HIGH]], row.observed, row.source,
         row.at_least)
        for row in rows if row.key in bands.index
    ]  # fmt: skip
    return pd.DataFrame(found, columns=names)


def shown(value: float, unit: str) -> str:
    """Write a value with its unit, as precise as it deserves."""
    if not np.isfinite(value):
        return "–"
    if unit == "t" and abs(value) < 0.1:
        return "0 t" if value == 0 else f"{value:.1g} t"
    return quantity(value, unit)


def band(row: Mapping[str, Any]) -> str:
    """Write the 10-90 % band of a row."""
    low, high = shown(row["low"], row["unit"]), shown(row["high"], row["unit"])
    unit = high.split(" ", 1)[1]
    return f"{low.removesuffix(' ' + unit)} to {high}"


def error(row: Mapping[str, Any]) -> str:
    """Write how far the median is from the observed value, and whether the band holds it."""
    if not np.isfinite(row["observed"]):
        return ""
    gap = row["median"] - row["observed"]
    if row["at_least"]:
        return "agrees" if gap >= 0 else "too low"
    inside = ", in band" if row["low"] <= row["observed"] <= row["high"] else ""
    if row["unit"] in ("percent_change", "percent"):
        return quantity(gap, "percent_points") + inside
    if row["unit"] == "t":
        return "none" if abs(gap) < 0.01 else quantity(gap, "t_change") + inside
    return quantity(gap / row["observed"], "percent_change") + inside


def observed(row: Mapping[str, Any]) -> str:
    """Write the observed value."""
    return ("over " if row["at_least"] else "") + shown(row["observed"], row["unit"])


def say(table: pd.DataFrame) -> None:
    """Print the table, with a line before the forecast."""
    if table.empty:
        return
    of_record = table["observed"].notna().any()
    title = "Model and record" if of_record else "Model"
    drawn = Table(title=f"{title} (band: 10 to 90 % of the runs)", title_justify="left")
    first_forecast = next(iter(table["key"][table["observed"].isna()]), None)
    heads = ("What", "Model median", "Band", *(("Observed", "Error") if of_record else ()))
    for head in heads:
        drawn.add_column(head, justify="left" if head == "What" else "right")
    for row in table.to_dict("records"):
        if row["key"] == first_forecast:
            drawn.add_section()
        cells = (row["what"], shown(row["median"], row["unit"]), band(row), observed(row), error(row))
        drawn.add_row(*cells[: len(heads)])
    wide_console().print(drawn)


def scorecard(rows: Sequence[Row], numbers: pd.DataFrame) -> pd.DataFrame:
    """Return all observations that the runs hold, those furthest outside the band first.

    Returns:
        The columns of `headline` (source: how far to trust the observation), and kind, inside (the band of 10 to 90 %
        holds the observed value), miss (how far the band is from it, as a share of it; of 1 t for less than that),
        log_error (of the median, for prices), metal and month (of exports by month).
    """
    table = headline(rows, numbers)
    outside = np.maximum(table["low"] - table["observed"], table["observed"] - table["high"]).clip(lower=0.0)
    smallest = np.where(table["unit"] == "t", 1.0, 1e-9)
    table["kind"] = table["key"].str.split("/").str[1]
    table["inside"] = outside == 0.0
    table["miss"] = outside / np.maximum(table["observed"].abs(), smallest)
    log_error = np.log(table["median"].astype(float).where(table["kind"] == "price") / table["observed"])
    months = {row.key: row.quantity for row in rows if row.key.split("/")[1] == "month"}
    table["metal"] = table["key"].map({key: quantity.where["metal"] for key, quantity in months.items()})
    table["month"] = pd.to_datetime(table["key"].map({key: (q.span or ("",))[0] for key, q in months.items()}))
    return table.assign(log_error=log_error).sort_values("miss", ascending=False, kind="stable", ignore_index=True)


def with_errors(table: pd.DataFrame, rows: Sequence[Row], numbers: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return a scorecard with a column more: whether bands that hold errors of figures and of the model hold the value.

    A figure is known so well, and a model of weeks and countries can come so near (`experiments.fit.distance`); a value
    is in the band of 10 to 90 % where so many of the runs, each with such an error, lie on either side of it.
    """
    from scipy.special import ndtr  # slow to load, and a first run waits for nothing

    wide = numbers.assign(run=numbers.groupby("key", observed=True).cumcount())
    values = wide.pivot(index="run", columns="key", values="value").reindex(columns=[row.key for row in rows])
    errors = target_of(rows, world).errors(values.to_numpy(dtype=float))
    below = pd.Series(ndtr(-errors).mean(axis=0), [row.key for row in rows])
    return table.assign(inside_with_errors=table["key"].map(below.between(LOW, HIGH)))


def summary(table: pd.DataFrame, runs: int, left_out: int) -> str:
    """Return how many observations the bands hold, by kind, and the log errors of prices by place.

    Args:
        table: from `scorecard`.
        runs: how many there were.
        left_out: observations whose weeks no run holds.
    """
    lines = []
    if runs > 1:
        parts = [
            f"{what} {int(own['inside'].sum())} of {len(own)}"
            for kind, what in KINDS.items()
            for own in [table[table["kind"] == kind]] if len(own)
        ]  # fmt: skip
        share = 100.0 * table["inside"].mean()
        lines.append(f"The bands of 10 to 90 % of the runs hold {share:.0f} % of the observed values: {listed(parts)}.")
        if "inside_with_errors" in table:
            share = 100.0 * table["inside_with_errors"].mean()
            lines.append(f"With the errors of the figures themselves, and those that the fit allows, {share:.0f} %.")
    prices = table[table["kind"] == "price"]
    places = prices.groupby(prices["what"].str.split(", ").str[:2].str.join(", "), sort=False)["log_error"]
    errors = [f"{place} {np.sqrt((own**2).mean()):.2f}" for place, own in sorted(places, key=lambda pair: pair[0])]
    lines += [f"Root mean square error of log prices: {listed(errors)}."] if errors else []
    lines += exports(table)
    lines.append("The worst misses come first; every observation is there"
                 + (f", but {left_out} of weeks that the runs do not hold." if left_out else "."))  # fmt: skip
    return " ".join(lines)


def exports(table: pd.DataFrame) -> list[str]:
    """Return how near exports by month are in the last year on record, by metal, in a sentence.

    Where a metal lacks months, totals are of those that it has.
    """
    found = []
    for metal, own in table[table["kind"] == "month"].sort_values("month").groupby("metal", sort=True):
        last = own[own["month"] > own["month"].max() - pd.DateOffset(years=1)]
        quarters = last.groupby(last["month"].dt.to_period("Q"))[["median", "observed"]].sum()
        off = quarters["median"] / quarters["observed"].where(quarters["observed"] >= 1.0) - 1.0
        if len(last) < FEWEST_MONTHS or off.isna().all():
            continue
        year, worst = last["median"].sum() / last["observed"].sum() - 1.0, off.abs().idxmax()
        found.append(
            f"{metal} correlation {np.corrcoef(last['median'], last['observed'])[0, 1]:.2f}, all months together "
            f"{quantity(year, 'percent_change')}, worst quarter {quantity(off[worst], 'percent_change')} ({worst})"
        )
    return [f"Exports by month in the last year on record: {listed(found, '; ')}."] if found else []
