"""Figures of a comparison: paths of prices, differences to the first scenario, who gives up use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes

from experiments.compare.report import Found
from experiments.figures import dated, style
from experiments.figures.style import Figure
from experiments.study.bands import lines, quantiles

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), "-.", (0, (3, 1, 1, 1)), (0, (6, 2)))
MOST_USERS = 12


def draw(found: Found) -> dict[str, Figure]:
    """Return the figures by name."""
    drawn = {"compare_paths": paths(found), "compare_use": users(found)}
    return drawn | ({"compare_changes": changes(found)} if found.others else {})


def paths(found: Found) -> Figure:
    """Draw weekly prices, a row for each metal, a column for each place."""
    names = list(found.titles)
    figure = _weekly(found, found.levels["weekly"]["usd_per_kg"], names, "USD/kg, net of VAT", floor=0.0)
    note = "Free metal. Lines: median of the runs, bands: 10 to 90 %. Dashed: the window of the tables."
    style.head(figure, f"Prices: {_legend(found, names)}", note)
    return figure


def changes(found: Found) -> Figure:
    """Draw differences of weekly prices to the first scenario, in per cent."""
    weekly = found.levels["weekly"]["usd_per_kg"]
    share = 100.0 * found.changes["weekly"]["usd_per_kg"] / weekly.sel(cell=found.base, drop=True)
    figure = _weekly(found, share, found.others, f"% of {found.base}", floor=None)
    style.head(figure, f"Prices against {found.base}: {_legend(found, found.others)}",
               "Run by run with the same random numbers. Lines: median of the runs, bands: 10 to 90 %.")  # fmt: skip
    return figure


def _weekly(found: Found, values: xr.DataArray, names: Sequence[str], unit: str, floor: float | None) -> Figure:
    metals, zones = list(found.shown.standard), found.shown.quoted
    figure, axes = style.stacked(
        len(metals), len(zones), (3.4 * len(zones) + 1.2, 2.1), 0.95, 0.35, 0.42, left=0.075, right=0.9, wspace=0.24
    )
    for i, metal in enumerate(metals):
        for j, zone in enumerate(zones):
            ax = axes[i, j]
            ends = _lines(ax, found, values.sel(metal=metal, zone=zone), names)
            if floor is None:
                ax.axhline(0.0, color=style.FAINT, linewidth=0.9)
            else:
                ax.set_ylim(floor, None)
            if j == len(zones) - 1:
                style.name_at_end(ax, ends)
            style.dress(ax, f"{metal.capitalize()}, {found.shown.places[zone]}", unit if j == 0 else "")
    return figure


def _lines(ax: Axes, found: Found, values: xr.DataArray, names: Sequence[str]) -> list[tuple[float, str, str]]:
    """Draw a line with its band for each scenario; return where each ends, its name and its colour."""
    ends = []
    for (name,), band in lines(values.sel(cell=list(names))).items():
        at = list(found.titles).index(name)
        end = style.path(ax, band.dropna(), COLOURS[at], 0.16, linestyle=DASHES[at], linewidth=1.7)
        ends.append((end, name, COLOURS[at]))
    weeks = pd.DatetimeIndex(values["week"].to_numpy())
    style.time_axis(ax, weeks[0], weeks[-1] + pd.Timedelta(weeks=1))
    dated.mark_forecast(ax, found.shown.fitted_to, label=False)
    dated.mark_policies(ax, [(pd.Timestamp(day), "") for day in found.span], labels=False)
    return ends


def users(found: Found) -> Figure:
    """Draw use given up by those who give up most, a panel for each metal."""
    metals = list(found.shown.standard)
    figure, axes = style.new_figure(
        6.2 * len(metals), 5.0, 1, len(metals), left=0.4 / len(metals), right=0.985, top=0.82, bottom=0.09, wspace=0.72
    )
    for ax, metal in zip(axes[0], metals, strict=True):
        lost = found.levels["use"]["lost_t"].sel(metal=metal).stack(user=("zone", "end_use")).dropna("user", how="all")
        middle = lost.median("run").max("cell").to_numpy()
        top = np.argsort(-middle, kind="stable")[:MOST_USERS]
        for at, name in enumerate(found.titles):
            low, median, high = quantiles(lost.sel(cell=name)).to_numpy()[:, top]
            y = np.arange(len(top)) + 0.7 * ((at + 0.5) / len(found.titles) - 0.5)
            ax.hlines(y, low, high, color=COLOURS[at], linewidth=1.6)
            ax.plot(median, y, "o", color=COLOURS[at], markersize=5, mec="white", mew=0.5)
        labels = [found.user(zone, use) for zone, use in lost["user"].to_numpy()[top]]
        ax.set_yticks(range(len(top)), labels)
        ax.set_ylim(len(top) - 0.4, -0.6)
        style.dress_rows(ax, metal.capitalize())
        ax.set_xlabel("t a year", fontsize=style.SMALL, color=style.INK)
    note = "Metal not there, or cut back because it is dear. Dots: median of the runs, lines: 10 to 90 %."
    style.head(figure, f"Use given up: {_legend(found, list(found.titles))}", note)
    return figure


def _legend(found: Found, names: Sequence[str]) -> str:
    words = ("blue", "orange", "green", "pink", "light blue", "yellow")
    return ", ".join(f"{name} ({words[list(found.titles).index(name)]})" for name in names)
