"""Figures of the export-ban experiment."""

from __future__ import annotations

import xarray as xr
from matplotlib.ticker import StrMethodFormatter

from experiments.export_ban.quantities import METALS
from experiments.export_ban.report import STUDY, Modes
from experiments.figures import style
from experiments.study.bands import RUNS, lines

SHOWN_PATHS = (0.0, 0.4, 0.8, 1.0)


def draw_rises(modes: Modes) -> style.Figure:
    """Draw the price rise in the US against the cut, static and dynamic, with the study's point."""
    figure, axes = style.new_figure(9.4, 4.3, 1, 2, left=0.07, right=0.865, top=0.79, bottom=0.12, wspace=0.72)
    for ax, metal in zip(axes[0], METALS, strict=True):
        ends = []
        for mode, colour, dashes in (("static", style.INK, "--"), ("dynamic", style.METAL_COLOURS[metal], "-")):
            rise = 100.0 * lines(modes[mode]["rise"].sel(metal=metal, zone="USA"), "cut")[()]
            rise.index *= 100.0
            ends.append((style.path(ax, rise, colour, linestyle=dashes, linewidth=1.8), mode, colour))
        target = 100.0 * STUDY.at[metal, "rise"]
        ax.plot([100], [target], "D", ms=7, mfc="white", mec=style.INK, mew=1.4, zorder=6, clip_on=False)
        over = "over " if metal == "gallium" else ""
        ends.append((target, f"study: {over}{target:.0f} %", style.INK))
        ax.set_xlim(0, 100)
        ax.set_ylim(0, None)
        style.panel(ax, metal.capitalize(), "cut of China's net exports, %", "rise of the US price, %")
        style.name_at_end(ax, ends, leaders=True)
    note = (
        "Static: the year's balance without stocks, band over elasticities. Dynamic: mean of the year, band over runs."
    )
    style.head(figure, "The less China exports, the dearer the metal", f"{note} Both 10 to 90 %.")
    return figure


def draw_paths(weekly: xr.DataArray) -> style.Figure:
    """Draw the price in the US week by week for some cuts of both metals, and without a cut."""
    figure, axes = style.new_figure(9.4, 4.3, 1, 2, left=0.07, right=0.9, top=0.79, bottom=0.12, wspace=0.42)
    price = lines(weekly.sel(metals="both").stack(run=RUNS).transpose("metal", "cut", ...))
    for ax, metal in zip(axes[0], METALS, strict=True):
        ends = []
        for cut in (cut for cut in weekly["cut"].values if cut in SHOWN_PATHS):
            colour = style.FAINT if cut == 0 else style.METAL_COLOURS[metal]
            dashes = "-" if cut in (0.0, 1.0) else (0, (5, 1.5)) if cut >= 0.6 else (0, (1.5, 1.5))
            last = style.path(ax, price[metal, cut], colour, linewidth=1.6, linestyle=dashes)
            ends.append((last, "no cut" if cut == 0 else f"{100 * cut:.0f} %", colour))
        ax.axvline(0, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 2)))
        ax.set_xlim(weekly["week"].min(), weekly["week"].max())
        ax.set_ylim(0, None)
        style.panel(ax, metal.capitalize(), "weeks since the cut", "USD/kg, net of VAT")
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        style.name_at_end(ax, ends)
    note = (
        "China's exports of both metals are cut at week 0. Free metal, standard grade; bands: 10 to 90 % of the runs."
    )
    style.head(figure, "How the price in the United States climbs", note)
    return figure
