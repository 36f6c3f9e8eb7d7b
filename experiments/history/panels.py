"""The panels of the main experiment's figures: prices, exports, shares, cover. Each draws small frames on an Axes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures.contents import COLOURS, LICENSED_WEEKS, SPARE, observed_prices
from experiments.figures.dated import Marks, mark_forecast, mark_policies
from experiments.figures.style import INK, dress, metal_colour, name_at_end, path, time_axis
from experiments.study.shown import Shown

SQUEEZED = 2.0  # a band so many times as high as the highest line gets a logarithmic axis
MOST_SELLERS, SMALLEST_SHARE = 7, 0.02  # shown by name in shares; the rest are the others
# Series name and its frame (index: time; columns: median and, for several runs, low and high).
Lines = Mapping[tuple[str, ...], pd.DataFrame]


def shapes_of(view: Shown) -> dict[str, str]:
    """Return the shape of observed prices by country: squares are the exporter's.

    So nobody takes them for points of a line that they happen to lie on.
    """
    return dict(zip(view.quoted, "so", strict=False))


def plot_prices(
    ax: Axes, prices: Lines, view: Shown, metal: str, holders: Sequence[str], marks: Marks, labels: bool = True
) -> None:
    """Draw prices of a metal's standard grade by zone, USD/kg: free metal as lines, observed as points.

    Args:
        ax: where to draw.
        prices: (market, metal, zone) to a frame of weeks.
        view: what is shown of the world.
        metal: the metal.
        holders: countries whose prices of licensed metal are drawn, too, as thin dashes.
        marks: dated policies, from `policy_marks`.
        labels: write the policies' labels above the axes.
    """
    ends: list[tuple[float, str, str]] = []
    chosen = [("free", metal, zone) for zone in view.quoted] + [("licensed", metal, zone) for zone in holders]
    frames = {key: prices[key] for key in chosen if key in prices}
    spare = cycle(SPARE)
    colours = {zone: COLOURS.get(zone) or next(spare) for zone in dict.fromkeys(zone for *_, zone in frames)}
    for i, ((market, _, zone), frame) in enumerate(frames.items()):
        x, colour, free = mdates.date2num(frame.index), colours[zone], market == "free"
        if free and "low" in frame:
            ax.fill_between(x, frame["low"], frame["high"], color=colour, alpha=0.18 if i < 2 else 0.1, linewidth=0)
        style = ("-", "-", (0, (5, 1.5)))[min(i, 2)] if free else (0, (2, 1.5))
        width = (2.0, 2.0, 1.2)[min(i, 2)] if free else 0.9
        middle = frame["median"] if free else frame["median"].rolling(LICENSED_WEEKS, min_periods=1).mean()
        ax.plot(x, middle, color=colour, linewidth=width, linestyle=style, zorder=3 - 0.1 * i)
        last = middle.dropna()
        if len(last):
            name = view.places[zone]
            ends.append((float(last.iloc[-1]), name if free else f"{name}, licensed", colour))
    shown = next(iter(frames.values())).index
    time_axis(ax, shown[0], shown[-1] + pd.Timedelta(weeks=1))
    seen = observed_prices(view.observed_prices, view.standard[metal], view.quoted)
    inside = seen[seen["date"].between(shown[0], shown[-1] + pd.Timedelta(days=6))]
    _draw_observed(ax, inside, shapes_of(view), colours)
    unit = "USD/kg, net of VAT"
    if _squeezed(frames.values()):
        _log_prices(ax)
        unit += ", logarithmic"
    else:
        ax.set_ylim(0, None)
    mark_forecast(ax, view.fitted_to)
    mark_policies(ax, marks, labels)
    name_at_end(ax, ends)
    dress(ax, unit=unit)


def _squeezed(frames: Iterable[pd.DataFrame]) -> bool:
    """Return whether bands reach so far above the lines that these would be squeezed to the bottom."""
    held = list(frames)
    top = max((float(frame["high"].max()) for frame in held if "high" in frame), default=0.0)
    return top > SQUEEZED * max(float(frame["median"].max()) for frame in held)


def _log_prices(ax: Axes) -> None:
    """Set a logarithmic price axis with plain numbers."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ticks = [step * 10.0**power for power in range(7) for step in (1, 2, 3, 5) if low <= step * 10.0**power <= high]
    ax.set_yticks(ticks, [f"{tick:,.0f}" for tick in ticks])
    ax.minorticks_off()


def _draw_observed(ax: Axes, points: pd.DataFrame, shapes: Mapping[str, str], colours: Mapping[str, str]) -> None:
    """Draw observed prices as points in the colour of their country's line; less certain ones are hollow."""
    ranged = points.dropna(subset=["low", "high"])
    ax.vlines(mdates.date2num(ranged["date"]), ranged["low"], ranged["high"], color=INK, linewidth=1, zorder=5)
    for (zone, sure), part in points.groupby(["zone", "sure"]):
        colour = colours.get(str(zone), INK)
        face, edge, width = (colour, INK, 0.7) if sure else ("white", colour, 1.3)
        x, shape = mdates.date2num(part["date"]), shapes.get(str(zone), "D")
        ax.plot(x, part["usd_per_kg"], shape, ms=4.2, mfc=face, mec=edge, mew=width, zorder=6)


def plot_exports(ax: Axes, exports: pd.DataFrame, view: Shown, metal: str, marks: Marks, labels: bool = True) -> None:
    """Draw the exporter's monthly exports of one metal, t: modelled bars with 10-90 % ranges, observed points.

    Args:
        ax: where to draw.
        exports: indexed by month; columns median and, for several runs, low and high; kg.
        view: what is shown of the world.
        metal: the metal.
        marks: dated policies.
        labels: write the policies' labels above the axes.
    """
    colour = metal_colour(metal)
    middle = mdates.date2num(exports.index) + 15
    edges = (middle[:, None] + np.array([-12.0, -12.0, 12.0, 12.0])).ravel()  # all bars in one shape: quick to draw
    tops = np.outer(exports["median"] / 1e3, [0.0, 1.0, 1.0, 0.0]).ravel()
    ax.fill_between(edges, tops, color=colour, alpha=0.55, linewidth=0)
    if "low" in exports:
        ax.vlines(middle, exports["low"] / 1e3, exports["high"] / 1e3, color=colour, linewidth=1.4)
    time_axis(ax, exports.index[0], exports.index[-1] + pd.offsets.MonthEnd(1))
    seen = view.observed_exports
    seen = seen[(seen["metal"] == metal) & seen["month"].isin(exports.index)]
    sure = seen["status"] == "published"
    for part, face, width in ((seen[sure], INK, 0.5), (seen[~sure], "white", 0.9)):
        x = mdates.date2num(part["month"]) + 15
        edge = "white" if face == INK else INK
        ax.plot(x, part["kg"] / 1e3, "o", ms=4.4, mfc=face, mec=edge, mew=width, zorder=6, clip_on=False)
    ax.set_ylim(0, None)
    mark_forecast(ax, view.fitted_to)
    mark_policies(ax, marks, labels)
    dress(ax, unit="t per month")


def plot_shares(ax: Axes, shares: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Stack sellers' shares over time, the largest at the bottom, the small ones together as others.

    Args:
        ax: where to draw.
        shares: weeks x seller, each row adding up to 1 or less.
        names: seller to its name, written at the right.
    """
    filled = shares.fillna(0.0)
    mean = filled.mean().sort_values(ascending=False)
    known = [str(seller) for seller in mean.index if seller != "ROW" and mean[seller] >= SMALLEST_SHARE]
    named = known[:MOST_SELLERS]
    total = filled.sum(axis=1)
    parts = [filled[seller] for seller in named] + [total - filled[named].sum(axis=1)]
    parts = [part / total.where(total > 0) * 100 for part in parts]
    spare = cycle(SPARE)
    colours = [COLOURS.get(seller) or next(spare) for seller in named] + [COLOURS["others"]]
    ax.stackplot(mdates.date2num(filled.index), *parts, colors=colours, edgecolor="white", linewidth=0.4)
    time_axis(ax, filled.index[0], filled.index[-1])
    ax.set_ylim(0, 100)
    ends = np.array([part.dropna().iloc[-8:].mean() for part in parts])
    heights = np.cumsum(ends) - ends / 2
    texts = [*(names[seller] for seller in named), "others"]
    name_at_end(ax, [(h, text, INK) for h, text in zip(heights, texts, strict=True)], leaders=True)
    dress(ax, unit="%")


def plot_cover(ax: Axes, frame: pd.DataFrame, view: Shown, metal: str, ceiling: float, unit: str) -> None:
    """Draw one country's weeks of cover, or its unmet use in %, as a line with its band.

    Args:
        ax: where to draw.
        frame: indexed by week; columns median and, for several runs, low and high; in the panel's unit.
        view: what is shown of the world.
        metal: gives the colour.
        ceiling: upper end of the axis.
        unit: what the axis says.
    """
    path(ax, frame, metal_colour(metal), 0.25, linewidth=1.4)
    time_axis(ax, frame.index[0], frame.index[-1], years_only=True)
    ax.set_ylim(0, ceiling)
    mark_forecast(ax, view.fitted_to, label=False)
    dress(ax, unit=unit)
