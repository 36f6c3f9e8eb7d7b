"""Figures of the export-ban experiment."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.ticker import StrMethodFormatter

from experiments.export_ban.tables import METALS, Study
from experiments.figures import style

SHOWN_PATHS = (0.4, 0.8, 1.0)
CAPTIONS = {
    "export_ban_rise": "Rise of the price in the United States against the cut of China's net exports. Lines: median; "
    "bands: 10 to 90 % of draws (static) or runs (dynamic). Diamond: the study's finding for a total stop.",
    "export_ban_path": "Price in the United States week by week, both metals cut, median and 10 to 90 % of the runs.",
}


def draw_rises(static: pd.DataFrame, dynamic: pd.DataFrame, study: Mapping[str, Study]) -> style.Figure:
    """Draw the price rise in the US against the cut, static and dynamic, with the study's point."""
    figure, axes = style.new_figure(9.4, 4.3, 1, 2, left=0.07, right=0.865, top=0.79, bottom=0.12, wspace=0.72)
    modes = {"static": (static[static["draw"] >= 0], style.INK, "--"), "dynamic": (dynamic, "", "-")}
    for ax, metal in zip(axes[0], METALS, strict=True):
        ends = []
        for mode, (table, colour, dashes) in modes.items():
            colour = colour or style.METAL_COLOURS[metal]
            own = table[(table["metal"] == metal) & (table["zone"] == "USA")]
            if mode == "dynamic":
                own = own[own["metals"].isin([metal, "none"])]
            cuts = 100.0 * own.groupby("cut")["rise"].quantile([0.1, 0.5, 0.9]).unstack()
            x = 100.0 * cuts.index.to_numpy()
            ax.fill_between(x, cuts[0.1], cuts[0.9], color=colour, alpha=0.15, linewidth=0)
            ax.plot(x, cuts[0.5], dashes, color=colour, linewidth=1.8)
            ends.append((float(cuts[0.5].iloc[-1]), mode, colour))
        target = 100.0 * study[metal].rise
        ax.plot([100], [target], "D", ms=7, mfc="white", mec=style.INK, mew=1.4, zorder=6, clip_on=False)
        over = "over " if metal == "gallium" else ""
        ends.append((target, f"study: {over}{target:.0f} %", style.INK))
        ax.set_xlim(0, 100)
        ax.set_ylim(0, None)
        style.dress(ax, unit="rise of the US price, %")
        ax.set_xlabel("cut of China's net exports, %", fontsize=style.SMALL, color=style.INK)
        style.panel_name(ax, metal.capitalize())
        style.name_at_end(ax, ends, leaders=True)
    note = (
        "Static: the year's balance without stocks, band over elasticities. Dynamic: mean of the year, band over runs."
    )
    style.head(figure, "The less China exports, the dearer the metal", f"{note} Both 10 to 90 %.")
    return figure


def draw_paths(weekly: pd.DataFrame) -> style.Figure:
    """Draw the price in the US week by week for some cuts of both metals, and without a cut."""
    figure, axes = style.new_figure(9.4, 4.3, 1, 2, left=0.07, right=0.9, top=0.79, bottom=0.12, wspace=0.42)
    cuts = [0.0, *(cut for cut in sorted(weekly["cut"].unique()) if cut in SHOWN_PATHS)]
    for ax, metal in zip(axes[0], METALS, strict=True):
        ends = []
        for cut in cuts:
            own = weekly[(weekly["metal"] == metal) & (weekly["cut"] == cut) & weekly["metals"].isin(["both", "none"])]
            band = own.groupby("week")["usd_per_kg"].quantile([0.1, 0.5, 0.9]).unstack()
            colour = style.FAINT if cut == 0 else style.METAL_COLOURS[metal]
            ax.fill_between(band.index, band[0.1], band[0.9], color=colour, alpha=0.15, linewidth=0)
            dashes = "-" if cut in (0.0, 1.0) else (0, (5, 1.5)) if cut >= 0.6 else (0, (1.5, 1.5))
            ax.plot(band.index, band[0.5], color=colour, linewidth=1.6, linestyle=dashes)
            ends.append((float(band[0.5].iloc[-1]), "no cut" if cut == 0 else f"{100 * cut:.0f} %", colour))
        ax.axvline(0, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 2)))
        ax.set_xlim(weekly["week"].min(), weekly["week"].max())
        ax.set_ylim(0, None)
        style.dress(ax, unit="USD/kg, net of VAT")
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.set_xlabel("weeks since the cut", fontsize=style.SMALL, color=style.INK)
        style.panel_name(ax, metal.capitalize())
        style.name_at_end(ax, ends)
    note = (
        "China's exports of both metals are cut at week 0. Free metal, standard grade; bands: 10 to 90 % of the runs."
    )
    style.head(figure, "How the price in the United States climbs", note)
    return figure
