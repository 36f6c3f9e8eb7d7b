"""Dates in figures: the policies that are marked, and the line between fit and forecast."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from experiments.figures.style import FAINT, INK, SMALL, points_of, spread

LAST_FITTED_DAY = date(2024, 6, 30)
Marks = Sequence[tuple[pd.Timestamp, str]]
# The key of policies: left of the axes by a share of their width, points above them, rows, width of a letter in sizes.
KEY_LEFT, KEY_ABOVE, KEY_ROWS, LETTER = 0.065, 24.0, 3, 0.52


def mark_policies(ax: Axes, marks: Marks, labels: bool = True) -> None:
    """Draw policies as thin vertical lines, numbered above the axes, with a key above the numbers.

    Args:
        ax: where to draw.
        marks: dated policies, in order.
        labels: write numbers and key.
    """
    low, high = ax.get_xlim()
    inside = [(x, text) for x, text in ((mdates.date2num(day), text) for day, text in marks) if low <= x <= high]
    look: dict[str, Any] = {"colors": FAINT, "linewidths": 0.7, "transform": ax.get_xaxis_transform()}
    lines = LineCollection([[(x, 0), (x, 1)] for x, _ in inside], linestyles=[(0, (4, 2))], zorder=1.5, **look)
    ax.add_collection(lines, autolim=False)
    if not inside or not labels:
        return
    width, height = points_of(ax)
    size = SMALL - 0.5
    at = spread([(x - low) / (high - low) * width for x, _ in inside], 1.5 * size, width)
    for number, x in enumerate(at, 1):
        ax.text(x / width, 1 + 3 / height, str(number), transform=ax.transAxes, fontsize=size, fontweight="bold",
                color=INK, ha="center", va="bottom")  # fmt: skip
    rows = _key([text for _, text in inside], (1 + KEY_LEFT) * width / (LETTER * size))
    for i, row in enumerate(reversed(rows)):
        y = 1 + (KEY_ABOVE + 1.35 * i * size) / height
        ax.text(-KEY_LEFT, y, row, transform=ax.transAxes, fontsize=size, color=INK, va="bottom")


def _key(texts: Sequence[str], letters: float) -> list[str]:
    """Return numbered texts in rows of at most so many letters; what three rows cannot hold is counted."""
    rows = [""]
    for number, text in enumerate(texts, 1):
        one = f"{number} {text}"
        if rows[-1] and len(rows[-1]) + len(one) + 3 > letters:
            if len(rows) == KEY_ROWS:
                rows[-1] += f"   (and {len(texts) - number + 1} more)"
                break
            rows.append("")
        rows[-1] = f"{rows[-1]}   {one}".strip()
    return rows


def mark_forecast(ax: Axes, since: date | None = LAST_FITTED_DAY, label: bool = True) -> None:
    """Shade the weeks whose outcomes the model has never seen (None: it was fitted to nothing, so there are none)."""
    if since is None:
        return
    low, high = ax.get_xlim()
    x = max(mdates.date2num(since), low)
    if x >= high:
        return
    ax.axvspan(x, high, color="#F4F4F4", zorder=0, linewidth=0)
    if label:
        ax.annotate(
            "forecast (not fitted)", (x, 1), (4, -4), xycoords=ax.get_xaxis_transform(), textcoords="offset points",
            va="top", fontsize=SMALL, style="italic", color=FAINT, zorder=2.5,
            bbox={"facecolor": "#F4F4F4", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
