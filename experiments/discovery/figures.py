"""Figures of scenario discovery: the points and the box, what PRIM could choose from, the inputs that it restricts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.discovery.boxes import Limit
from experiments.discovery.inputs import Input
from experiments.discovery.report import Outcome
from experiments.figures import style

HIT, MISS, BOX = "#D55E00", "#B8C4CC", "#0072B2"
STEPS = ("#222222", "#56B4E9", "#009E73", "#E69F00", "#CC79A7", "#999999")  # none, one, two ... inputs restricted
WRAP = 34  # letters in a line beside the axes
JITTER = 0.16  # of a choice's two values, so that points do not hide each other


def draw(outcome: Outcome, points: pd.DataFrame) -> style.Figure:
    """Draw one outcome."""
    figure, axes = style.new_figure(
        13.0, 4.5, 1, 3, left=0.06, right=0.97, top=0.79, bottom=0.14, wspace=0.4, width_ratios=(1.15, 0.9, 0.9)
    )
    found = outcome.found
    _scatter(axes[0, 0], outcome, points)
    _tradeoff(axes[0, 1], outcome)
    _ranges(axes[0, 2], found.limits)
    share = f"{100 * found.base:.0f} % of {found.points:,} points"
    style.head(figure, f"{outcome.asked.title}: {share}", f"Orange: {outcome.asked.when}.")
    return figure


def _scatter(ax: Axes, outcome: Outcome, points: pd.DataFrame) -> None:
    """Draw the points over the two surest inputs, and the box; over chance where only one is restricted."""
    limits = outcome.found.limits[:2]
    noise = np.random.default_rng(0).uniform(-1.0, 1.0, (2, len(points)))
    places = []
    for limit, luck in zip(limits, noise, strict=False):
        values = points[limit.input.key].to_numpy()
        places.append(values + JITTER * luck if limit.input.choice else _shown(limit.input, values))
    places += [0.5 + 0.5 * noise[1]] * (2 - len(places))
    if not limits:
        places[0] = 0.5 + 0.5 * noise[0]
    for mask, colour, size in ((~outcome.asked.hit, MISS, 9), (outcome.asked.hit, HIT, 12)):
        ax.scatter(places[0][mask], places[1][mask], s=size, color=colour, linewidths=0, alpha=0.85)
    style.dress(ax)
    ax.grid(visible=False)
    for limit, axis in zip(limits, (ax.xaxis, ax.yaxis), strict=False):
        _name(axis, limit.input)
    if len(limits) < 2:
        ax.set_yticks([], [])
    if not limits:
        ax.set_xticks([], [])
        ax.text(0.5, 0.5, "no box", transform=ax.transAxes, ha="center", fontsize=style.LARGE, color=style.INK,
                bbox={"facecolor": "white", "edgecolor": "none"})  # fmt: skip
        return
    (left, right), (bottom, top) = _side(limits[0]), _side(limits[1]) if len(limits) > 1 else (0.0, 1.0)
    ax.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=BOX, linewidth=2.0))


def _side(limit: Limit) -> tuple[float, float]:
    if limit.input.choice:
        return limit.low - 1.4 * JITTER, limit.high + 1.4 * JITTER
    low, high = _shown(limit.input, np.array([limit.low, limit.high]))
    return float(low), float(high)


def _shown(one: Input, values: np.ndarray) -> np.ndarray:
    return values * (100.0 if one.unit == "%" else 1.0)


def _name(axis: object, one: Input) -> None:
    unit = f", {one.unit}" if one.unit not in ("", "1") else ""
    axis.set_label_text(_wrapped(f"{one.what[:1].upper()}{one.what[1:]}{unit}"), fontsize=style.SMALL, color=style.INK)  # type: ignore[attr-defined]
    if one.choice:
        axis.set_ticks([0, 1], list(one.choice))  # type: ignore[attr-defined]


def _wrapped(text: str) -> str:
    lines = [""]
    for word in text.split():
        lines = [*lines, word] if len(lines[-1]) + len(word) > WRAP else [*lines[:-1], f"{lines[-1]} {word}".strip()]
    return "\n".join(lines)


def _tradeoff(ax: Axes, outcome: Outcome) -> None:
    """Draw coverage and density of PRIM's boxes; the number of inputs they restrict as figures."""
    found, way = outcome.found, outcome.found.tradeoff
    assert way is not None
    ax.plot(100 * way["coverage"], 100 * way["density"], "-", color=style.FAINT, linewidth=0.8, zorder=1)
    for count, part in way.groupby("res_dim"):
        colour = STEPS[min(int(count), len(STEPS) - 1)]
        ax.plot(100 * part["coverage"], 100 * part["density"], "o", color=colour, markersize=4.5, label=f"{count:.0f}")
    if found.limits:
        ax.plot(100 * found.coverage, 100 * found.density, "x", color=BOX, markersize=10, markeredgewidth=2.2, zorder=4)
    style.panel(ax, "", "coverage, % of the points with the outcome", "density, % of the points in the box")
    ax.set_xlim(0, 104)
    ax.set_ylim(0, 104)
    ax.legend(title="inputs restricted", loc="lower left", fontsize=style.SMALL, title_fontsize=style.SMALL,
              frameon=False, ncols=3, handletextpad=0.1, columnspacing=0.8)  # fmt: skip
    ax.set_title("PRIM's boxes", loc="left", fontsize=style.NORMAL, color=style.INK)


def _ranges(ax: Axes, limits: tuple[Limit, ...]) -> None:
    """Draw the restricted inputs as parts of their ranges, with the ends in numbers."""
    style.dress(ax)
    ax.grid(visible=False)
    ax.set_title("The box", loc="left", fontsize=style.NORMAL, color=style.INK)
    for y, limit in enumerate(limits):
        one = limit.input
        low, high = ((value - one.low) / (one.high - one.low) for value in (limit.low, limit.high))
        if one.choice:
            low, high = 0.5 * limit.low, 0.5 * limit.low + 0.5
        ax.barh(y, 1.0, color=style.GRID, height=0.26)
        ax.barh(y, high - low, left=low, color=BOX, height=0.26)
        told = f"{one.what[:1].upper()}{one.what[1:]}: {limit.text}"
        ax.text(0, y - 0.22, _wrapped(told), fontsize=style.SMALL, color=style.INK, va="bottom")
        for x, end, side in ((0, one.low, "left"), (1, one.high, "right")):
            ax.text(x, y + 0.2, one.text(end), fontsize=style.SMALL - 1, color=style.FAINT, va="top", ha=side)
    ax.set_xlim(0, 1)
    ax.set_ylim(max(len(limits), 3) - 0.4, -0.9)
    ax.set_xticks([], [])
    ax.set_yticks([], [])
    ax.spines["bottom"].set_visible(False)
