"""Figures of the Rostec experiment: main effects, what the increase changes, flows on a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from experiments.figures.maps import map_keys, plot_map, price_scale
from experiments.figures.style import FAINT, GRID, INK, NORMAL, SMALL, Figure, dress, head, new_figure
from experiments.rostec.cells import STORY, TODAY, Cells
from experiments.study.answers import Band
from model.world import World

CAPTIONS = {
    "rostec_main_effects": "Main effects: each level of a factor, averaged over all levels of the other two. Dots: "
    "median of the runs, lines: 10 to 90 %.",
    "rostec_increase": "What Rostec's increase changes, compared with 6 t/yr, by China's restriction. Filled: Russian "
    "exports open, hollow: closed. Lines: 10 to 90 % of the runs; where none is seen it is shorter than the dot.",
    "rostec_map": "Germanium shipped between countries in 2024, without restriction and Rostec at 6 t/yr, and with "
    "licences and Rostec at 20 t/yr. Width: t per year, median of the runs; colour: price at the destination.",
}
RESTRICTION_NAMES = {"none": "none", "licences": "licences", "ban": "total ban"}
RESTRICTION_COLOURS = {"none": "#767676", "licences": "#0072B2", "ban": "#D55E00"}
# Panels of the main effects: key, title, unit on the axis, factor from the unit of the key.
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


def main_effects(cells: Cells, outputs_t: Sequence[int]) -> Figure:
    """Draw each factor's levels, averaged over the other factors, for six quantities."""
    groups: list[tuple[str, str, list[tuple[str | int, str]]]] = [
        ("restriction", "China's restriction", list(RESTRICTION_NAMES.items())),
        ("output_t", "Rostec's output", [(level, f"{level} t/yr") for level in outputs_t]),
        ("exports", "Russian exports", [("closed", "closed"), ("open", "open")]),
    ]
    figure, axes = new_figure(
        10.8, 7.4, 2, 3, left=0.135, right=0.985, top=0.85, bottom=0.075, hspace=0.36, wspace=0.14
    )
    for number, (ax, (key, title, unit, factor)) in enumerate(zip(axes.flat, EFFECTS, strict=True)):
        y, ticks, heads = 0.0, [], []
        for name, factor_name, levels in groups:
            heads.append((y, factor_name))
            y += 1.0
            for level, text in levels:
                band = Band.of(factor * cells.mean_over(key, name, level))
                ax.plot([band.low, band.high], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt")
                ax.plot(band.median, y, "o", color=RESTRICTION_COLOURS["licences"], markersize=6, mec="white", mew=0.6)
                ticks.append((y, text))
                y += 1.0
            y += 0.35
        _rows(ax, ticks, heads if number % 3 == 0 else [], y)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.set_title(f"{title}, {unit}", loc="left", fontsize=NORMAL, fontweight="bold", color=INK, pad=5)
        if ax.get_xlim()[0] < 0 or key not in ("germanium_price_DEU", "germanium_price_CHN"):
            ax.set_xlim(min(0.0, ax.get_xlim()[0]), None)
    head(
        figure, "What moves germanium: China's restriction, Rostec's output, Russian exports",
        "2024. Each level averaged over all levels of the other two factors. Dots: median of the runs, lines: 10 to "
        "90 %.",
    )  # fmt: skip
    return figure


def _rows(ax: Axes, ticks: list[tuple[float, str]], heads: list[tuple[float, str]], end: float) -> None:
    dress(ax)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", color=GRID, linewidth=0.8)
    for y, _ in ticks:
        ax.axhline(y, color=GRID, linewidth=0.6, linestyle=(0, (1, 2)), zorder=0.5)
    ax.set_yticks([y for y, _ in ticks], [text for _, text in ticks] if heads else [""] * len(ticks), fontsize=SMALL)
    ax.set_ylim(end - 0.6, -0.6)
    for y, text in heads:
        ax.text(-0.03, y, text, transform=ax.get_yaxis_transform(), fontsize=SMALL, fontweight="bold", color=INK,
                ha="right", va="center")  # fmt: skip


def increase(cells: Cells, outputs_t: Sequence[int]) -> Figure:
    """Draw what more output changes under each restriction, with open and closed exports."""
    figure, axes = new_figure(
        10.6, 9.4, len(INCREASE), 3, left=0.225, right=0.985, top=0.855, bottom=0.06, hspace=0.3, wspace=0.1
    )
    for row, (key, title, unit, relative, factor) in enumerate(INCREASE):
        for column, (restriction, name) in enumerate(RESTRICTION_NAMES.items()):
            ax = axes[row, column]
            ax.axhline(0.0, color=FAINT, linewidth=0.8)
            for exports, shift, face in (("open", 0.08, INK), ("closed", -0.08, "white")):
                for x, output in enumerate(outputs_t):
                    change = cells.extra(key, output, restriction, exports)
                    base = cells.of(key, TODAY, restriction, exports) if relative else 1.0
                    band = Band.of(factor * change / base)
                    ax.plot([x + shift] * 2, [band.low, band.high], color=INK, linewidth=1.6, zorder=2)
                    ax.plot(x + shift, band.median, "o", color=INK, markerfacecolor=face, markersize=5.5, zorder=3)
            dress(ax, unit=unit if column == 0 else "")
            ax.set_xlim(-0.5, len(outputs_t) - 0.5)
            ax.set_xticks(range(len(outputs_t)), [f"{output} t/yr" for output in outputs_t])
            if row == 0:
                ax.set_title(f"China's restriction: {name}", fontsize=NORMAL, fontweight="bold", color=INK, pad=8)
            if column == 0:
                ax.text(-0.74, 0.5, title, transform=ax.transAxes, fontsize=NORMAL, fontweight="bold", color=INK,
                        ha="left", va="center")  # fmt: skip
        _share_limits(axes[row])
    figure.align_ylabels(axes[:, 0])
    head(
        figure, f"What more germanium from Rostec changes, compared with {TODAY} t/yr",
        "2024. Filled: Russian exports open; hollow: closed. Dots: median of the runs, lines: 10 to 90 %.",
    )  # fmt: skip
    return figure


def _share_limits(axes: Sequence[Axes]) -> None:
    low, high = (
        pick(limit) for pick, limit in zip((min, max), zip(*(ax.get_ylim() for ax in axes), strict=True), strict=True)
    )
    for i, ax in enumerate(axes):
        ax.set_ylim(low, high)
        if i:
            ax.tick_params(axis="y", labelleft=False)


def flow_map(flows: xr.DataArray, places: xr.DataArray, seeds: Sequence[int], world: World) -> Figure:
    """Draw germanium flows without restriction and with licences and Rostec's increase, side by side.

    Args:
        flows: kg a year by factor, draw, seed, origin and destination; none where a run did not use a lane.
        places: price at the destination, USD/kg, by factor, draw, seed and zone.
        seeds: those that finished in all cells.
        world: places on the map.
    """
    shown = (("none", TODAY, f"No restriction, Rostec at {TODAY} t/yr"),
             ("licences", STORY, f"Licences, Rostec at {STORY} t/yr"))  # fmt: skip
    kg, prices = [], []
    for restriction, output_t, _ in shown:
        here = {"restriction": restriction, "output_t": output_t, "exports": "open", "seed": list(seeds), "draw": 0}
        middle = flows.sel(here).fillna(0.0).median("seed")
        kg.append(middle.where(middle > 0).to_series().dropna())
        prices.append(places.sel(here).median("seed").to_series().dropna())
    norm = price_scale({(i, zone): value for i, part in enumerate(prices) for zone, value in part.items()}, 100.0)
    widest = float(np.ceil(max([part.max() for part in kg if len(part)], default=1.0) / 1e3) * 1e3)
    figure, axes = new_figure(
        11.6, 3.5, 2, 2, left=0.01, right=0.99, top=0.79, bottom=0.01, hspace=0.06, wspace=0.03, height_ratios=[1, 0.13]
    )
    for i, (_, _, title) in enumerate(shown):
        table = kg[i].rename("kg").reset_index()
        plot_map(axes[0, i], table, dict(prices[i]), world.zone_table, norm, widest, title)
        axes[1, i].set_axis_off()
    axes[1, 0].set_axis_on()
    map_keys(axes[1, 0], norm, widest)
    head(figure, "Germanium shipped between countries in 2024", "Colour: price at the destination. Width: t per year.")
    return figure
