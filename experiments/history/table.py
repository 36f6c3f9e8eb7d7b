"""The headline table: what the model says, what was observed, the difference, and how each is written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.table import Table

from experiments.study.answers import band_table, markdown, quantity
from experiments.study.cli import wide_console
from experiments.study.record import Row


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
    bands = band_table(numbers.astype({"key": str}), ["key"]).set_index("key")
    found = [
        (row.key, row.quantity.what, row.quantity.unit, *bands.loc[row.key, ["median", "low", "high"]], row.observed,
         row.source, row.at_least)
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


def band(row: pd.Series) -> str:
    """Write the 10-90 % band of a row."""
    low, high = shown(row["low"], row["unit"]), shown(row["high"], row["unit"])
    unit = high.split(" ", 1)[1]
    return f"{low.removesuffix(' ' + unit)} to {high}"


def error(row: pd.Series) -> str:
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


def observed(row: pd.Series) -> str:
    """Write the observed value."""
    return ("over " if row["at_least"] else "") + shown(row["observed"], row["unit"])


def markdown_table(table: pd.DataFrame, compared: bool, runs: int) -> list[str]:
    """Return a table, if it has rows, as lines of Markdown: `compared` with what was observed, bands of many runs."""
    heads = [
        "What",
        *(["Model, median", "10–90 % of runs"] if runs > 1 else ["Model"]),
        *(["Observed", "Date and source", "Error"] if compared else []),
    ]
    rows = []
    for _, row in table.iterrows():
        cells = [row["what"], shown(row["median"], row["unit"]), *([band(row)] if runs > 1 else [])]
        rows.append([*cells, *([observed(row), row["source"], error(row)] if compared else [])])
    if not rows:
        return []
    return markdown(heads, rows, right=[i for i, head in enumerate(heads) if head not in ("What", "Date and source")])


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
    for _, row in table.iterrows():
        if row["key"] == first_forecast:
            drawn.add_section()
        cells = (row["what"], shown(row["median"], row["unit"]), band(row), observed(row), error(row))
        drawn.add_row(*cells[: len(heads)])
    wide_console().print(drawn)
