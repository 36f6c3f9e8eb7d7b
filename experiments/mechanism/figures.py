"""Figures of the mechanism experiment: every pattern in every cell, and prices with ingredients switched off."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import xarray as xr

from experiments.figures import contents, dated, style
from experiments.mechanism.cells import FULL, NO_CONTROLS, WHAT
from experiments.mechanism.patterns import GOODS, SYMBOLS, Pattern
from experiments.study.answers import UNITS, listed
from experiments.study.bands import lines
from model.world import World

NOTE_INCHES = 12.5  # that the note below the title needs
FULL_STYLE = (0, (1, 1))  # tells the full model from the others in grey, too
SHOWN = ("bargaining", "no precaution", "no waiting", "one tier", "no packing limit", "stocks at rest")


def draw_patterns(summary: pd.DataFrame, known: Sequence[Pattern]) -> style.Figure:
    """Draw a panel per pattern: its value in every cell.

    Args:
        summary: by key and cell: median, low, high.
        known: the patterns.
    """
    cells = [cell for cell in WHAT if (summary["cell"] == cell).any()]
    known = [pattern for pattern in known if (summary["key"] == pattern.key).any()]
    across = 3
    rows = -(-len(known) // across)
    figure, axes = style.new_figure(
        10.6, 0.9 + 2.55 * rows, rows, across, left=0.19, right=0.98, top=1 - 0.85 / (0.9 + 2.55 * rows), bottom=0.05,
        hspace=0.42, wspace=0.12,
    )  # fmt: skip
    height = np.arange(len(cells))[::-1]
    for number, ax in enumerate(axes.flat):
        if number >= len(known):
            ax.set_axis_off()
            continue
        pattern = known[number]
        own = summary[summary["key"] == pattern.key].set_index("cell").reindex(cells)
        factor = UNITS[pattern.unit][0]
        full = own.loc[FULL, "median"] * factor
        if np.isfinite(full):
            ax.axvline(full, color=style.FAINT, linewidth=1.0, linestyle=(0, (1, 1.5)), zorder=1)
        if np.isfinite(pattern.observed):
            ax.axvline(pattern.observed * factor, color=style.INK, linewidth=1.2, zorder=1)
        metal = "germanium" if "erman" in pattern.name else "gallium"
        colours = [style.INK if cell == FULL else style.METAL_COLOURS[metal] for cell in cells]
        ax.hlines(height, own["low"] * factor, own["high"] * factor, color=colours, linewidth=1.6)
        ax.scatter(own["median"] * factor, height, color=colours, s=26, zorder=3)
        ax.set_ylim(-0.6, len(cells) - 0.4)
        ax.set_yticks(height, cells if number % across == 0 else [])
        low, high = ax.get_xlim()
        ax.set_xlim(min(low, 0.0), high)
        style.dress(ax)
        ax.grid(axis="x", color=style.GRID, linewidth=0.6)
        style.title(ax, f"{pattern.name}, {SYMBOLS[pattern.unit].replace('x', 'times')}", pad=4)
    note = "Median and 10 to 90 % of the runs. Solid line: observed (none after June 2024). Dotted line: full model."
    style.head(figure, "Which ingredient makes which pattern", note)
    return figure


def draw_prices(weekly: xr.DataArray, world: World, marks: dated.Marks) -> style.Figure:
    """Draw the prices in Rotterdam with some ingredients switched off, next to the full model and the record.

    Args:
        weekly: USD/kg by cell, run, metal and week.
        world: for the observed prices.
        marks: dated policies.
    """
    cells = [cell for cell in SHOWN if cell in weekly["cell"]] or [NO_CONTROLS]
    figure, axes = style.new_figure(
        max(1.2 + 2.15 * len(cells), NOTE_INCHES), 5.2, 2, len(cells), left=0.075, right=0.985, top=0.83, bottom=0.08,
        hspace=0.3, wspace=0.12,
    )  # fmt: skip
    for i, (metal, good) in enumerate(GOODS.items()):
        seen = contents.observed_prices(world.observed_prices, good, ["DEU"])
        bands = {str(cell): frame for (cell,), frame in lines(weekly.sel(metal=metal, cell=[FULL, *cells])).items()}
        ceiling = 1.05 * max(float(band.to_numpy().max()) for band in bands.values())
        for j, cell in enumerate(cells):
            ax = axes[i, j]
            band = bands[cell]
            style.path(ax, bands[FULL], style.INK, 0.0, linewidth=1.0, linestyle=FULL_STYLE)
            style.path(ax, band, style.METAL_COLOURS[metal], 0.25, linewidth=1.5)
            style.time_axis(ax, band.index[0], band.index[-1], years_only=True)
            inside = seen[seen["date"].between(band.index[0], band.index[-1])]
            days = mdates.date2num(inside["date"])
            ax.plot(days, inside["usd_per_kg"], "o", ms=3, mfc=style.INK, mec="white", mew=0.4)
            ax.set_ylim(0, ceiling)
            dated.mark_forecast(ax, label=False)
            dated.mark_policies(ax, marks, labels=False)
            style.dress(ax, unit=f"{metal}, USD/kg net of VAT" if j == 0 else "")
            if j:
                ax.tick_params(axis="y", labelleft=False)
            if i == 0:
                style.title(ax, cell)
    policies = listed([f"{name} ({day:%B %Y})" for day, name in marks])
    note = (
        "Line and band: without the ingredient, median and 10 to 90 %. Dotted: full model. Points: observed. Shaded: "
        f"forecast. Dashed: {policies}."
    )
    style.head(figure, "Prices in Rotterdam with one ingredient switched off", note)
    return figure
