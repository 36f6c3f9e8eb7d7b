"""What the page's charts are made of: few artists, since every artist costs a millisecond."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from experiments.figures.style import INK, spread, time_axis
from experiments.page.draw import Label
from experiments.page.series import Series

Line = tuple[np.ndarray, str, Any, float]  # heights, colour, dashes, width


def write_ends(ax: Axes, labels: list[tuple[float, str, str]], size: float = 7.5) -> list[Label]:
    """Return (height in data units, text, colour) as labels to the right of the axes, apart and above its foot."""
    if not labels:
        return []
    top = ax.get_ylim()[1]
    points = ax.get_window_extent().height * 72 / ax.figure.dpi
    gap = 1.2 * size * max(text.count("\n") + 1 for _, text, _ in labels) / points
    heights = np.array(spread([y / top for y, _, _ in labels], gap))
    heights += max(0.0, 0.35 * gap - heights.min())
    box, pixels = ax.get_window_extent(), size * ax.figure.dpi / 72
    x, foot = box.x0 + 1.012 * box.width, ax.figure.bbox.height - box.y0
    return [
        Label((x, foot - height * box.height), text, colour, pixels)
        for height, (_, text, colour) in zip(heights, labels, strict=True)
    ]


def highest(values: np.ndarray, least: float) -> float:
    """Return the largest value that is known, at least `least`."""
    return float(np.nan_to_num(values, nan=least).max(initial=least))


def round_up(value: float) -> float:
    """Return the next of 1, 1.5, 2, 3, 4, 6, 8 times a power of ten, so that an axis seldom has to change."""
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(next(step for step in (1, 1.5, 2, 3, 4, 6, 8, 10) if step * power >= value - 1e-9) * power)


def time_of(ax: Axes, series: Series) -> None:
    """Lay out the time axis over the whole scenario; years only where there is no room for more."""
    first = pd.Timestamp(series.days[0])
    time_axis(ax, first, pd.Timestamp(series.days[-1]) + pd.Timedelta(weeks=1))
    width = ax.get_window_extent().width / ax.figure.dpi
    ticks, texts = ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()]
    if len(ticks) > 2.4 * width:  # no room for every label
        years = [i for i, text in enumerate(texts) if "Jan" in text]
        ax.set_xticks([ticks[i] for i in years], [texts[i].split("\n")[-1] for i in years])


def span(series: Series) -> tuple[np.datetime64, int]:
    """Return what the time axis depends on: first day and number of weeks."""
    return series.days[0], series.weeks


def mark_today(ax: Axes, series: Series) -> None:
    """Draw a line at the last week lived."""
    if 0 < series.n < series.weeks:
        day = days(series)[-1]
        ends = [[(day, 0.0), (day, ax.get_ylim()[1])]]
        ax.add_collection(LineCollection(ends, colors=INK, linewidths=0.6, zorder=2), autolim=False)


def draw_lines(ax: Axes, x: np.ndarray, lines: list[Line]) -> None:
    """Draw (heights, colour, dashes, width) as one artist, which is much faster than one each; NaN breaks a line."""
    paths = [np.column_stack([x[: len(y)], y]) for y, *_ in lines]
    colours, dashes, widths = ([line[i] for line in lines] for i in (1, 2, 3))
    drawn = LineCollection(paths, colors=colours, linestyles=dashes, linewidths=widths, zorder=3)
    ax.add_collection(drawn, autolim=False)


def draw_bands(ax: Axes, x: np.ndarray, stack: np.ndarray, colours: list[str]) -> None:
    """Stack bands, [band, week], as one artist."""
    tops = np.vstack([np.zeros(len(x)), np.cumsum(stack, axis=0)])
    there_and_back = np.concatenate([x, x[::-1]])
    outlines = [np.column_stack([there_and_back, np.concatenate([low, high[::-1]])]) for low, high in pairwise(tops)]
    bands = PolyCollection(outlines, facecolors=colours, edgecolors="white", linewidths=0.5, zorder=2)
    ax.add_collection(bands, autolim=False)


def days(series: Series) -> np.ndarray:
    """Return the weeks lived so far as Matplotlib dates."""
    return mdates.date2num(series.days[: series.n])
