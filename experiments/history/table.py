"""The headline table: what the model says, what was observed, the difference, and how each is written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.study.record import Row
from experiments.study.series import Series


def headline(rows: Sequence[Row], runs: Sequence[Series]) -> pd.DataFrame:
    """Read the rows from all runs; rows whose weeks no run holds are left out.

    Returns:
        Columns key, what, unit, median, low, high (10 and 90 % of runs), observed, source, at_least.
    """
    found = []
    for row in rows:
        values = np.array([row.read(series) for series in runs])
        values = values[np.isfinite(values)]
        if len(values):
            low, median, high = np.quantile(values, [0.1, 0.5, 0.9])
            observed = np.nan if row.observed is None else row.observed
            found.append((row.key, row.what, row.unit, median, low, high, observed, row.source, row.at_least))
    names = ["key", "what", "unit", "median", "low", "high", "observed", "source", "at_least"]
    return pd.DataFrame(found, columns=names)


def shown(value: float, unit: str) -> str:
    """Write a value with its unit, as precise as it deserves."""
    if not np.isfinite(value):
        return "–"
    if unit == "%":
        return _signed(100 * value, "%")
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "x":
        return f"{value:.1f} times"
    if unit == "t":
        return "0 t" if value == 0 else f"{value:.1g} t" if abs(value) < 0.1 else f"{value:,.1f} t"
    return f"{value:,.0f} USD/kg"


def _signed(value: float, unit: str, digits: int = 0) -> str:
    rounded = round(value, digits) + 0.0  # no minus zero
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{digits}f} {unit}"


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
    if row["unit"] in ("%", "share"):
        return _signed(100 * gap, "points") + inside
    if row["unit"] == "t":
        return "none" if abs(gap) < 0.01 else f"{_signed(gap, 't', 1)}{inside}"
    return _signed(100 * gap / row["observed"], "%") + inside


def observed(row: pd.Series) -> str:
    """Write the observed value."""
    return ("over " if row["at_least"] else "") + shown(row["observed"], row["unit"])


def markdown_table(table: pd.DataFrame, compared: bool, runs: int) -> list[str]:
    """Return a table as lines of Markdown, with or without the observed columns, without bands for a single run."""
    heads = [
        "What",
        *(["Model, median", "10–90 % of runs"] if runs > 1 else ["Model"]),
        *(["Observed", "Date and source", "Error"] if compared else []),
    ]
    lines = [
        "| " + " | ".join(heads) + " |",
        "|---|" + "---:|" * (1 + (runs > 1)) + ("---:|---|---:|" if compared else ""),
    ]
    for _, row in table.iterrows():
        cells = [row["what"], shown(row["median"], row["unit"]), *([band(row)] if runs > 1 else [])]
        cells += [observed(row), row["source"], error(row)] if compared else []
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines
