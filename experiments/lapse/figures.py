"""Figures of the lapse experiment: prices by week, differences to the extended suspension, where metal comes from."""

from __future__ import annotations

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.figures import style
from experiments.figures.dated import mark_forecast
from experiments.lapse.report import DAY, METALS, PLACES, REGIONS

LOOK = {"extended": ("#0072B2", "-"), "lapse": ("#D55E00", (0, (4, 1.5))), "free trade": ("#009E73", (0, (1, 1)))}
CHANGES = (
    ("usd_per_kg", "Price of free metal, %", 100.0),
    ("paid_usd_per_kg", "Price of all metal bought, %", 100.0),
    ("from_china_t", "Shipments from China, t", 1.0),
    ("used_t", "End use, t", 1.0),
)
MARKERS = {"lapse": ("o", "#D55E00", -0.14), "free trade": ("D", "#009E73", 0.14)}


def prices(bands: pd.DataFrame) -> style.Figure:
    """Draw weekly prices by metal and region, a line per variant."""
    figure, axes = style.new_figure(
        11.6, 6.0, 2, 4, left=0.055, right=0.935, top=0.83, bottom=0.085, hspace=0.36, wspace=0.18
    )
    for i, metal in enumerate(METALS):
        here = bands[bands["metal"] == metal]
        for j, region in enumerate(REGIONS):
            _prices(axes[i, j], here[here["region"] == region], names=j == len(REGIONS) - 1)
            style.title(axes[i, j], f"{metal.capitalize()}, {PLACES[region]}")
        axes[i, 0].set_ylabel("USD/kg, net of VAT", fontsize=style.SMALL, color=style.INK)
    style.head(
        figure, "Prices after 27 November 2026: three ways on",
        "Free metal; a forecast. Lines: median of the runs, bands: 10 to 90 %. Vertical line: the suspension of the "
        "US ban ends, is extended, or all of China's controls end.",
    )  # fmt: skip
    return figure


def _prices(ax: Axes, bands: pd.DataFrame, names: bool) -> None:
    ends = []
    for cell, (colour, dashes) in LOOK.items():
        line = bands[bands["cell"] == cell].set_index("week").sort_index()
        if len(line):
            end = style.path(ax, line, colour, 0.14, linestyle=dashes, linewidth=1.8)
            ends.append((end, cell, colour))
    style.dress(ax)
    weeks = pd.DatetimeIndex(bands["week"])
    style.time_axis(ax, weeks.min(), weeks.max() + pd.Timedelta(weeks=1))
    ax.set_ylim(0, None)
    mark_forecast(ax, label=False)
    ax.axvline(float(mdates.date2num(DAY)), color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 2)))
    if names:
        style.name_at_end(ax, ends)


def changes(bands: pd.DataFrame) -> style.Figure:
    """Draw differences to the extended suspension by region, a row of panels for each metal."""
    figure, axes = style.new_figure(
        11.0, 5.8, 2, len(CHANGES), left=0.085, right=0.985, top=0.8, bottom=0.06, hspace=0.42, wspace=0.12
    )
    for i, metal in enumerate(METALS):
        for j, (quantity, name, factor) in enumerate(CHANGES):
            ax = axes[i, j]
            here = bands[(bands["metal"] == metal) & (bands["quantity"] == quantity)].set_index(["cell", "region"])
            ax.axvline(0.0, color=style.FAINT, linewidth=0.9)
            for cell, (marker, colour, shift) in MARKERS.items():
                for y, region in enumerate(REGIONS):
                    if (cell, region) in here.index:
                        row = factor * here.loc[(cell, region), ["low", "median", "high"]].astype(float)
                        ax.plot([row["low"], row["high"]], [y + shift] * 2, color=colour, linewidth=1.6)
                        ax.plot(row["median"], y + shift, marker, color=colour, markersize=5.5, mec="white", mew=0.5)
            style.dress_rows(ax)
            ax.set_yticks(range(len(REGIONS)), list(REGIONS) if j == 0 else [""] * len(REGIONS))
            ax.set_ylim(len(REGIONS) - 0.5, -0.5)
            style.title(ax, name, bold=False)
        axes[i, 0].text(-0.36, 1.16, metal.capitalize(), transform=axes[i, 0].transAxes, fontsize=style.NORMAL + 1,
                        fontweight="bold", color=style.INK)  # fmt: skip
    style.head(
        figure, "What changes, compared with a suspension extended by a year",
        "Means and sums of the 52 weeks after 27 November 2026. Circles: the ban lapses back into force; diamonds: "
        "free trade. Lines: 10 to 90 % of the runs.",
    )  # fmt: skip
    return figure


def flows(levels: pd.DataFrame) -> style.Figure:
    """Draw the sources of each region's imports as stacked bars, a bar per variant."""
    figure, axes = style.new_figure(11.0, 4.4, 1, 2, left=0.125, right=0.985, top=0.76, bottom=0.09, wspace=0.34)
    parts = (
        ("from_china_t", "straight from China", "#D55E00"),
        ("chinese_elsewhere_t", "Chinese, through others", "#F0A830"),
        ("rest", "not Chinese", "#DEDEDE"),
    )
    regions = [region for region in REGIONS if region != "China"]
    for ax, metal in zip(axes[0], METALS, strict=True):
        table = levels[levels["metal"] == metal].pivot(index=["region", "cell"], columns="quantity", values="median")
        table["rest"] = (table["imports_t"] - table["from_china_t"] - table["chinese_elsewhere_t"]).clip(lower=0.0)
        ticks = []
        for i, region in enumerate(regions):
            for k, cell in enumerate(LOOK):
                y, left = 3.6 * i + k, 0.0
                for column, _, colour in parts:
                    width = float(table.at[(region, cell), column])
                    ax.barh(y, width, left=left, height=0.82, color=colour, edgecolor="white", linewidth=0.4)
                    left += width
                ticks.append((y, cell))
            ax.text(-0.245, 3.6 * i + 1, region, transform=ax.get_yaxis_transform(), fontsize=style.SMALL,
                    fontweight="bold", color=style.INK, va="center")  # fmt: skip
        style.dress_rows(ax)
        ax.set_yticks([y for y, _ in ticks], [text for _, text in ticks])
        ax.set_ylim(ticks[-1][0] + 0.7, -0.7)
        ax.set_xlim(0.0, None)
        style.title(ax, f"{metal.capitalize()}, t in 52 weeks")
    for k, (_, text, colour) in enumerate(parts):
        x = 0.125 + 0.2 * k
        figure.add_artist(Rectangle((x, 0.835), 0.016, 0.026, transform=figure.transFigure, color=colour))
        figure.text(x + 0.022, 0.848, text, fontsize=style.SMALL, color=style.INK, va="center")
    note = "Median of the runs; Europe: imports from outside Germany, France, Belgium, Slovakia and Greece."
    style.head(figure, "Where imports come from in the year after", note)
    return figure
