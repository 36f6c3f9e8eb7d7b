"""Dates in figures: the policies that are marked, and the line between fit and forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from experiments.figures.style import FAINT, INK, SMALL, points_of
from experiments.study.answers import listed
from model.events import Action
from model.policy import Policy

LAST_FITTED_DAY = date(2024, 6, 30)
MARKED_ACTIONS = (Action.ANNOUNCED, Action.IN_FORCE, Action.NOT_IN_FORCE)
Marks = Sequence[tuple[pd.Timestamp, str]]


def policy_marks(events: pd.DataFrame, policies: Sequence[Policy] | None = None) -> list[tuple[pd.Timestamp, str]]:
    """Return (week, label) of policies' announcements, starts, suspensions and ends; a label names all of its week.

    Args:
        events: the table of that name (columns date, policy, action), of one run.
        policies: the scenario's policies to keep; all when not given.
    """
    happened = list(zip(events["date"], events["policy"], events["action"], strict=True))
    kept = None if policies is None else {policy.title: bool(policy.suspensions) for policy in policies}
    last: dict[str, str] = {}
    weeks: dict[pd.Timestamp, dict[str, list[str]]] = {}  # week to what happens in it to the policies of which names
    for day, title, action in happened:
        if action not in MARKED_ACTIONS or (kept is not None and title not in kept):
            continue
        before, last[title] = last.get(title, ""), action
        at_once = all((day, title, first) in happened for first in (Action.ANNOUNCED, Action.IN_FORCE))
        if at_once and action == Action.IN_FORCE:
            continue
        if action == Action.ANNOUNCED:
            step = "" if at_once else "announced"
        elif action == Action.IN_FORCE:
            step = {"announced": "in force", "not in force": "again"}.get(before, "")
        else:
            step = "suspended" if kept and kept[title] else "ends"
        weeks.setdefault(pd.Timestamp(day), {}).setdefault(step, []).append(title.split(": ", 1)[-1])
    return [(day, _label(steps)) for day, steps in sorted(weeks.items())]


def _label(steps: Mapping[str, Sequence[str]]) -> str:
    """Write what happens in a week: `Ban on the US and re-exports to the US suspended`."""
    if {step: len(names) for step, names in steps.items()} == {"in force": 1}:
        return "in force"  # the name stands at the announcement
    label = "; ".join(f"{listed(names)} {step}".strip() for step, names in steps.items())
    return label[:1].upper() + label[1:]


def mark_policies(ax: Axes, marks: Marks, labels: bool = True, rows: int = 4) -> None:
    """Draw policies as thin vertical lines; labels stand above the axes, in so many rows that they do not overlap.

    Args:
        ax: where to draw.
        marks: dated policies, in order.
        labels: write the labels.
        rows: at most so many rows of labels, three or more.
    """
    low, high = ax.get_xlim()
    width, height = points_of(ax)
    size = SMALL - 0.5
    inside = [(x, text) for x, text in ((mdates.date2num(day), text) for day, text in marks) if low <= x <= high]
    free = [-np.inf] * rows
    placed = []
    for x, text in inside if labels else ():
        extent = 0.56 * size * len(text)
        left = min((x - low) / (high - low) * width, width - extent)  # the last labels end at the edge
        row = next((i for i in range(rows) if free[i] <= left), int(np.argmin(free)))
        free[row] = left + extent + 6
        placed.append((x, text, left, row))
    lowest = max([2, *(row for *_, row in placed)])
    leads = []
    for x, text, left, row in placed:
        y = 1 + (5 + (lowest - row) * 1.35 * size) / height
        leads.append([(x, 1), (x, y)])
        ax.text(left / width, y, text, transform=ax.transAxes, fontsize=size, color=INK, va="bottom",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
    look: dict[str, Any] = {"colors": FAINT, "linewidths": 0.7, "transform": ax.get_xaxis_transform()}
    lines = LineCollection([[(x, 0), (x, 1)] for x, _ in inside], linestyles=[(0, (4, 2))], zorder=1.5, **look)
    ax.add_collection(lines, autolim=False)
    ax.add_collection(LineCollection(leads, clip_on=False, **look), autolim=False)


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
