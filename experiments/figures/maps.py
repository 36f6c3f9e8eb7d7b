"""Maps of trade flows between countries: width by kg, colour by the price at the destination. No map library needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize
from matplotlib.patheffects import withStroke

from experiments.figures.contents import EAST, NAME_AT, NORTH, SOUTH, WEST, ZONE_NAMES, coastlines
from experiments.figures.style import FAINT, INK, LARGE, SMALL

LAND, SEA = "#ECECEC", "white"
PRICE_COLOURS = "viridis_r"  # light is cheap, dark is dear: also in grey
WIDEST = 11.0  # points
SMALLEST_SHARE = 0.004  # of what is drawn at the greatest width: smaller flows are left out
NO_PLACE = "ROW"  # drawn as a hollow square, in the ocean


def plot_map(
    ax: Axes,
    flows: pd.DataFrame,
    prices: Mapping[str, float],
    zones: pd.DataFrame,
    norm: Normalize,
    kg_at_widest: float,
    title: str = "",
    south: float = SOUTH,
) -> None:
    """Draw flows between countries as arrows.

    Args:
        ax: where to draw.
        flows: columns origin, destination, kg (per year).
        prices: zone to USD/kg of free metal, for the colours.
        zones: `world.zone_table` (columns zone, lon, lat in degrees).
        norm: maps USD/kg to colours; share it between maps that are compared.
        kg_at_widest: kg per year drawn at the greatest width; share it too.
        title: written at the upper left.
        south: lower edge, degrees.
    """
    ax.add_collection(PolyCollection(coastlines(), facecolor=LAND, edgecolor="#D4D4D4", linewidth=0.3, zorder=0))
    ax.set(xlim=(WEST, EAST), ylim=(south, NORTH), xticks=[], yticks=[], facecolor=SEA, aspect=1.25)
    ax.spines[:].set_visible(False)
    place = {row.zone: np.array([row.lon, row.lat]) for row in zones.itertuples()}
    shown = flows[flows["kg"] >= SMALLEST_SHARE * kg_at_widest].sort_values("kg", ascending=False)
    colour_of = mpl.colormaps[PRICE_COLOURS]
    lines, heads, widths, colours = [], [], [], []
    for row in shown.itertuples():
        width = max(WIDEST * min(row.kg / kg_at_widest, 1.0), 0.5)
        price = prices.get(row.destination, np.nan)
        colour = colour_of(norm(price)) if np.isfinite(price) else mpl.colors.to_rgba(FAINT)
        path = arc(place[row.origin], place[row.destination])
        for shift in (0.0, -360.0) if path[:, 0].max() > EAST else (0.0, 360.0) if path[:, 0].min() < WEST else (0.0,):
            moved = path + np.array([shift, 0.0])
            lines.append(moved)
            heads.append(arrow_head(moved, 2.0 + 0.45 * width))
            widths.append(width)
            colours.append(colour)
    ax.add_collection(LineCollection(lines, linewidths=widths, colors=colours, alpha=0.85, zorder=2, capstyle="butt"))
    ax.add_collection(PolyCollection(heads, facecolors=colours, edgecolors="none", zorder=3))
    _name_places(ax, place, sorted(set(shown["origin"]) | set(shown["destination"])))
    ax.set_title(title, loc="left", fontsize=LARGE, color=INK, pad=4)


def arc(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return a bowed path, [32, 2], the shorter way round; there and back bow to different sides."""
    end = end.copy()
    end[0] += 360.0 * np.round((start[0] - end[0]) / 360.0)
    along = end - start
    bow = 0.18 if abs(along[0]) > 60 else 0.12
    control = (start + end) / 2 + bow * np.array([-along[1], along[0]])
    t = np.linspace(0.0, 1.0, 32)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def arrow_head(path: np.ndarray, size: float) -> np.ndarray:
    """Return the triangle, [3, 2], at the end of a path; `size` in degrees."""
    tip = path[-1]
    back = path[-2] - tip
    back = back / max(float(np.hypot(*back)), 1e-9) * size
    side = np.array([-back[1], back[0]]) * 0.55
    return np.array([tip, tip + back + side, tip + back - side])


def _name_places(ax: Axes, place: Mapping[str, np.ndarray], zones: list[str]) -> None:
    for zone in zones:
        lon, lat = place[zone]
        dx, dy, align = NAME_AT.get(zone, (5, -2, "left"))
        name = ZONE_NAMES[NO_PLACE] if zone == NO_PLACE else zone
        shape, face = ("s", "white") if zone == NO_PLACE else ("o", INK)
        ax.plot(lon, lat, shape, markersize=2.6, color=INK, markerfacecolor=face, zorder=5)
        ax.annotate(
            name, (lon, lat), (dx, dy), textcoords="offset points", ha=align, va="center", fontsize=SMALL - 1,
            color=INK, zorder=6, path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )  # fmt: skip


def price_scale(prices: Mapping[Any, float], step: float = 50.0) -> Normalize:
    """Return a colour scale over round prices, USD/kg, that holds all the given ones."""
    known = [value for value in prices.values() if np.isfinite(value)] or [0.0]
    step = min(step, 0.5 * 10 ** np.floor(np.log10(max(*known, 1.0))))  # finer where metal is cheap
    low, high = np.floor(min(known) / step) * step, np.ceil(max(known) / step) * step
    return Normalize(low, max(high, low + step))


def map_keys(ax: Axes, norm: Normalize, kg_at_widest: float) -> None:
    """Fill an Axes with the keys of a row of maps: colour to price, width to t per year."""
    strip = np.linspace(0, 1, 64)[None, :]
    ax.imshow(strip, extent=(0.0, 0.24, 0.6, 0.9), aspect="auto", cmap=PRICE_COLOURS, vmin=0, vmax=1)
    for x in (0.0, 0.12, 0.24):
        ax.text(x, 0.5, f"{norm.inverse(x / 0.24):,.0f}", ha="center", va="top", fontsize=SMALL - 1, color=INK)
    ax.text(0.27, 0.75, "USD/kg at the destination", va="center", fontsize=SMALL, color=INK)
    for i, share in enumerate((0.1, 0.5, 1.0)):
        x = 0.58 + 0.1 * i
        ax.plot([x, x + 0.035], [0.75, 0.75], color=FAINT, linewidth=max(WIDEST * share, 0.5), solid_capstyle="butt")
        tonnes = share * kg_at_widest / 1e3
        text = f"{tonnes:,.3g}" if tonnes < 1e3 else f"{tonnes:,.0f}"
        ax.text(x + 0.042, 0.75, text, va="center", fontsize=SMALL, color=INK)
    ax.text(max(0.87, 0.83 + 0.011 * len(text)), 0.75, "t per year", va="center", fontsize=SMALL, color=INK)
    ax.set(xlim=(-0.04, 1.0), ylim=(0, 1), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
