"""Figures of the Rostec experiment: what each factor moves, what the increase changes, flows on a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from experiments.figures.maps import map_keys, plot_map, price_scale
from experiments.figures.style import (
    FAINT,
    GRID,
    INK,
    NORMAL,
    SMALL,
    Figure,
    dress,
    dress_rows,
    head,
    new_figure,
    title,
)
from experiments.rostec.claims import STORY, TODAY, cell, extra
from experiments.study.bands import band
from model.world import World

RESTRICTION_NAMES = {"none": "none", "licences": "licences", "ban": "total ban"}
DOT = "#0072B2"
Row = tuple[float, str, Any, str]  # height, factor, level, name of the level
# Panels: key, title, unit on the axis, (whether relative to today's output,) scale from the unit of the key.
EFFECTS = (
    ("germanium_price_DEU", "Price in Rotterdam", "USD/kg", 1.0),
    ("germanium_price_CHN", "Price in China", "USD/kg", 1.0),
    ("russia_exports", "Russian exports", "t/yr", 1.0),
    ("china_trade_share", "China's share of trade", "%", 100.0),
    ("russia_hp_imports", "Russian high-purity imports", "kg/yr", 1.0),
    ("rostec_stock", "Unsold at Rostec, end of run", "t", 1.0),
)
INCREASE = (
    ("germanium_price_DEU", "Price in\nRotterdam", "%", True, 100.0),
    ("russia_exports", "Russian\nexports", "t/yr", False, 1.0),
    ("china_trade_share", "China's share\nof trade", "points", False, 100.0),
    ("rostec_margin", "Rostec's\nprofit", "million USD\nin 18 months", False, 1.0),
    ("china_margin", "Chinese\nexporters'\nprofit", "million USD\nin 18 months", False, 1.0),
)


def levels(numbers: xr.Dataset, outputs_t: Sequence[int]) -> Figure:
    """Draw each factor's levels, the others as they happened, for six quantities."""
    rows, heads = _levels(outputs_t)
    figure, axes = new_figure(
        10.8, 7.4, 2, 3, left=0.135, right=0.985, top=0.85, bottom=0.075, hspace=0.36, wspace=0.14
    )
    for ax, (key, name, unit, scale) in zip(axes.flat, EFFECTS, strict=True):
        _effects(ax, scale * numbers[key], rows)
        title(ax, f"{name}, {unit}")
        if ax.get_xlim()[0] < 0 or unit != "USD/kg":
            ax.set_xlim(min(0.0, ax.get_xlim()[0]), None)
    for ax in axes[:, 0]:
        ax.set_yticks([y for y, *_ in rows], [name for *_, name in rows], fontsize=SMALL)
        for y, heading in heads:
            ax.text(-0.03, y, heading, transform=ax.get_yaxis_transform(), fontsize=SMALL, fontweight="bold", color=INK,
                    ha="right", va="center")  # fmt: skip
    head(
        figure, "What moves germanium: China's restriction, Rostec's output, Russian exports",
        f"2024. Where not varied: licences, Rostec at {TODAY} t/yr, exports open. Dots: median of the runs, lines: 10 "
        "to 90 %.",
    )  # fmt: skip
    return figure


def _levels(outputs_t: Sequence[int]) -> tuple[list[Row], list[tuple[float, str]]]:
    """Return the rows of a panel, all levels of all factors, and the places of the headings above each factor's."""
    factors: dict[str, tuple[str, dict[Any, str]]] = {
        "restriction": ("China's restriction", RESTRICTION_NAMES),
        "output_t": ("Rostec's output", {output_t: f"{output_t} t/yr" for output_t in outputs_t}),
        "exports": ("Russian exports", {"closed": "closed", "open": "open"}),
    }
    rows: list[Row] = []
    heads, y = [], 0.0
    for factor, (heading, levels) in factors.items():
        heads.append((y, heading))
        rows += [(y + 1.0 + i, factor, level, name) for i, (level, name) in enumerate(levels.items())]
        y += len(levels) + 1.35
    return rows, heads


def _effects(ax: Axes, values: xr.DataArray, rows: Sequence[Row]) -> None:
    dress_rows(ax)
    for y, factor, level, _ in rows:
        seen = band(cell(values, **{factor: level}))
        ax.plot([seen.low, seen.high], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt")
        ax.plot(seen.median, y, "o", color=DOT, markersize=6, mec="white", mew=0.6)
        ax.axhline(y, color=GRID, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0.5)
    ax.set_yticks([])
    ax.set_ylim(rows[-1][0] + 0.75, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def increase(numbers: xr.Dataset, outputs_t: Sequence[int]) -> Figure:
    """Draw what more output changes under each restriction, with open and closed exports."""
    figure, axes = new_figure(
        10.6, 9.4, len(INCREASE), 3, left=0.225, right=0.985, top=0.855, bottom=0.06, hspace=0.3, wspace=0.1
    )
    for row, (key, heading, unit, relative, scale) in enumerate(INCREASE):
        for column, (restriction, name) in enumerate(RESTRICTION_NAMES.items()):
            ax = axes[row, column]
            ax.axhline(0.0, color=FAINT, linewidth=0.8)
            for exports, shift, face in (("open", 0.08, INK), ("closed", -0.08, "white")):
                base = cell(numbers[key], TODAY, restriction, exports) if relative else 1.0
                for x, output_t in enumerate(outputs_t):
                    seen = band(scale * extra(numbers[key], output_t, restriction, exports) / base)
                    ax.plot([x + shift] * 2, [seen.low, seen.high], color=INK, linewidth=1.6, zorder=2)
                    ax.plot(x + shift, seen.median, "o", color=INK, markerfacecolor=face, markersize=5.5, zorder=3)
            dress(ax, unit=unit if column == 0 else "")
            ax.set_xlim(-0.5, len(outputs_t) - 0.5)
            ax.set_xticks(range(len(outputs_t)), [f"{output_t} t/yr" for output_t in outputs_t])
            if row == 0:
                ax.set_title(f"China's restriction: {name}", fontsize=NORMAL, fontweight="bold", color=INK, pad=8)
            if column == 0:
                ax.text(-0.74, 0.5, heading, transform=ax.transAxes, fontsize=NORMAL, fontweight="bold", color=INK,
                        ha="left", va="center")  # fmt: skip
        lows, highs = zip(*(ax.get_ylim() for ax in axes[row]), strict=True)
        for ax in axes[row]:
            ax.set_ylim(min(lows), max(highs))
        for ax in axes[row, 1:]:
            ax.tick_params(axis="y", labelleft=False)
    figure.align_ylabels(axes[:, 0])
    head(
        figure, f"What more germanium from Rostec changes, compared with {TODAY} t/yr",
        "2024. Filled: Russian exports open; hollow: closed. Dots: median of the runs, lines: 10 to 90 %.",
    )  # fmt: skip
    return figure


def flow_map(flows: xr.DataArray, places: xr.DataArray, world: World) -> Figure:
    """Draw germanium flows without restriction and with licences and Rostec's increase, side by side.

    Args:
        flows: kg a year by factor, seed, origin and destination; none where a run did not use a lane.
        places: price at the destination, USD/kg, by factor, seed and zone.
        world: places on the map.
    """
    shown = {f"No restriction, Rostec at {TODAY} t/yr": (TODAY, "none"),
             f"Licences, Rostec at {STORY} t/yr": (STORY, "licences")}  # fmt: skip
    kg = [cell(flows, *levels).fillna(0.0).median("seed").rename("kg").to_dataframe() for levels in shown.values()]
    prices = [cell(places, *levels).median("seed").to_series().dropna().to_dict() for levels in shown.values()]
    norm = price_scale({(i, zone): value for i, part in enumerate(prices) for zone, value in part.items()}, 100.0)
    widest = float(np.ceil(max(part["kg"].max() for part in kg) / 1e3) * 1e3)
    figure, axes = new_figure(
        11.6, 3.5, 2, 2, left=0.01, right=0.99, top=0.79, bottom=0.01, hspace=0.06, wspace=0.03, height_ratios=[1, 0.13]
    )
    for i, name in enumerate(shown):
        plot_map(axes[0, i], kg[i].reset_index(), prices[i], world.zone_table, norm, widest, name)
        axes[1, i].set_axis_off()
    axes[1, 0].set_axis_on()
    map_keys(axes[1, 0], norm, widest)
    head(figure, "Germanium shipped between countries in 2024", "Colour: price at the destination. Width: t per year.")
    return figure
