"""The look of all figures: colours, names, axes, dated policies, the line between fit and forecast.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; lines are named where they end, so that a page
printed in grey can be read too. Observed values are dark points, modelled ones lines with a band from 10 to 90 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.ensemble.output import appearing
from experiments.figures.contents import SPARE

mpl.rcParams["text.parse_math"] = False  # names of policies and goods are text, whatever signs they hold
INK, FAINT, GRID = "#222222", "#767676", "#E6E6E6"
METAL_COLOURS = {"gallium": "#0072B2", "germanium": "#E69F00"}

SMALL, NORMAL, LARGE = 8.0, 9.0, 11.0


# ---- figure and axes -------------------------------------------------------------------------------------------------


def metal_colour(metal: str) -> str:
    """Return a metal's colour; metals without one of their own share a few."""
    return METAL_COLOURS.get(metal) or SPARE[sum(map(ord, metal)) % len(SPARE)]


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **grid: Any) -> tuple[Figure, np.ndarray]:
    """Return a figure (inches) and its axes, [rows, columns]; `grid` places them (left, right, top, bottom, ...)."""
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, gridspec_kw=grid)


def stacked(
    rows: int, columns: int, size: tuple[float, float], above: float, below: float, hspace: float, **grid: Any
) -> tuple[Figure, np.ndarray]:
    """Return a figure of so many rows of axes, one size each, and its axes.

    Args:
        rows: of axes.
        columns: of axes.
        size: width of the figure and height of one row's axes, inches.
        above: room for title and note, inches.
        below: room for a note, inches.
        hspace: between rows, in heights of a row.
        grid: further placing, as in `new_figure`.
    """
    height = above + below + size[1] * (rows + hspace * (rows - 1))
    grid |= {"top": 1 - above / height, "bottom": below / height, "hspace": hspace}
    return new_figure(size[0], height, rows, columns, **grid)


def save(figure: Figure, folder: Path, name: str, dpi: int = 150) -> None:
    """Write a figure as PNG and SVG, the same bytes for the same figure."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "chokepoint", "svg.fonttype": "path"}):
        with appearing(folder / f"{name}.png") as partial:
            figure.savefig(partial, format="png", dpi=dpi, metadata={"Software": None})
        with appearing(folder / f"{name}.svg") as partial:
            figure.savefig(partial, format="svg", metadata={"Date": None})


def head(figure: Figure, title: str, note: str = "") -> None:
    """Write a figure's title and, below it, how to read it."""
    inch = 1.0 / figure.get_figheight()
    figure.text(0.012, 1 - 0.19 * inch, title, fontsize=12.5, fontweight="bold", color=INK, va="center")
    figure.text(0.012, 1 - 0.45 * inch, note, fontsize=NORMAL, color=INK, va="center")


def panel_name(ax: Axes, text: str) -> None:
    """Write what a panel shows above its left corner."""
    ax.text(-0.065, 1.04, text, transform=ax.transAxes, fontsize=LARGE, fontweight="bold", color=INK, va="bottom")


def dress(ax: Axes, title: str = "", unit: str = "") -> None:
    """Give an Axes the common look: no box, a faint horizontal grid, title and unit at the upper left."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)
    ax.grid(axis="y", color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=SMALL, labelcolor=INK, pad=3)
    ax.tick_params(axis="x", which="major", length=4, color=FAINT)
    if title:
        ax.set_title(title, loc="left", fontsize=LARGE, fontweight="bold", color=INK, pad=6)
    if unit:
        ax.set_ylabel(unit, fontsize=SMALL, color=INK)


def title(ax: Axes, text: str, bold: bool = True, pad: float | None = 5.0) -> None:
    """Write what one of many small panels shows above its left corner."""
    weight = "bold" if bold else "normal"
    ax.set_title(text, loc="left", fontsize=NORMAL, fontweight=weight, color=INK, pad=pad)


def dress_rows(ax: Axes, name: str = "") -> None:
    """Give an Axes whose rows have names, and whose values lie across, the common look: a faint vertical grid."""
    dress(ax, name)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=GRID, linewidth=0.8)


def path(ax: Axes, band: pd.DataFrame, colour: str, alpha: float = 0.15, **look: Any) -> float:
    """Draw a median with its band over weeks (or steps), as from `study.bands.lines`, and return where it ends.

    Args:
        ax: where to draw.
        band: columns median and, for several runs, low and high.
        colour: of line and band.
        alpha: of the band; 0 for none.
        look: of the line.
    """
    x = mdates.date2num(band.index) if isinstance(band.index, pd.DatetimeIndex) else band.index.to_numpy()
    if alpha and "low" in band:
        ax.fill_between(x, band["low"], band["high"], color=colour, alpha=alpha, linewidth=0)
    ax.plot(x, band["median"], color=colour, **look)
    known = band["median"].dropna()
    return float(known.iloc[-1]) if len(known) else np.nan


def panel(ax: Axes, name: str, across: str, unit: str) -> None:
    """Dress an Axes and write its name above, what lies along it below, and its unit beside it."""
    dress(ax, unit=unit)
    ax.set_xlabel(across, fontsize=SMALL, color=INK)
    panel_name(ax, name)


def time_axis(ax: Axes, first: pd.Timestamp, last: pd.Timestamp, years_only: bool = False) -> None:
    """Tick the years, or the quarters or months where few weeks are shown, and set the limits."""
    low, high = mdates.date2num(first), mdates.date2num(last)
    months = 12 if years_only else 1 if high - low < 240 else 3 if high - low < 1000 else 6
    days = pd.date_range(first.normalize().replace(day=1), last, freq="MS")
    ticks = [day for day in days if (day.month - 1) % months == 0 and day >= first - pd.Timedelta(days=3)]
    texts = [f"{day:%Y}" if years_only else f"{day:%b}\n{day:%Y}" if day.month == 1 else f"{day:%b}" for day in ticks]
    if ticks and not years_only and not any(day.month == 1 for day in ticks):
        texts[0] = f"{ticks[0]:%b}\n{ticks[0]:%Y}"
    ax.set_xticks([mdates.date2num(day) for day in ticks], texts)
    ax.set_xlim(min([low, *(mdates.date2num(day) for day in ticks[:1])]), high)


def spread(values: Sequence[float], gap: float, highest: float = np.inf) -> list[float]:
    """Move values apart, as little as possible, until neighbours are `gap` from each other and none is too high."""
    from scipy.optimize import isotonic_regression  # slow to load, and nobody waits for figures before the numbers

    order, steps = np.argsort(values, kind="stable"), gap * np.arange(len(values))
    placed = isotonic_regression(np.asarray(values, dtype=float)[order] - steps).x + steps
    result = np.empty(len(placed))
    result[order] = np.minimum(placed, highest - steps[::-1])
    return [float(value) for value in result]


def points_of(ax: Axes) -> tuple[float, float]:
    """Return width and height of an Axes in points."""
    scale = 72.0 / ax.figure.dpi
    return ax.bbox.width * scale, ax.bbox.height * scale


def name_at_end(ax: Axes, labels: Sequence[tuple[float, str, str]], leaders: bool = False) -> None:
    """Write (height in data units, text, colour) to the right of the axes, moved apart where they would overlap.

    With `leaders`, a thin line leads from each height to its text.
    """
    if not labels:
        return
    across, to_axes = ax.get_xlim()[0], ax.transScale + ax.transLimits
    wanted = [float(to_axes.transform((across, y))[1]) for y, _, _ in labels]
    lines = max(text.count("\n") + 1 for _, text, _ in labels)
    heights = spread(wanted, 1.25 * SMALL * lines / points_of(ax)[1], 1.0)
    for start, height, (_, text, colour) in zip(wanted, heights, labels, strict=True):
        if leaders:
            line = ([1.003, 1.02, 1.045], [start, start, height])
            ax.plot(*line, color=FAINT, linewidth=0.6, clip_on=False, transform=ax.transAxes)
        x = 1.055 if leaders else 1.012
        ax.text(x, height, text, color=colour, fontsize=SMALL, va="center", transform=ax.transAxes)
