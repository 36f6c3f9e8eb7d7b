"""Figures of the mitigation experiment: cost against use lost, and the way through the disruption."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from experiments.figures import dated, style
from experiments.mitigation.cells import ALL, NOTHING, STARTS, UNDISTURBED
from experiments.mitigation.quantities import METALS
from experiments.mitigation.report import TARGETED
from experiments.study.bands import lines, quantiles

SHORT = {"new plants, a year late": "plants, a year late", "stockpile 6 + recycling": "6 months + recycling",
         "stockpile 6 + plants": "6 months + plants", "stockpile, 3 months": "stock 3 months",
         "stockpile, 6 months": "stock 6 months", "stockpile, 12 months": "stock 12 months"}  # fmt: skip
# Colour and line of a cell, and how strong its band is drawn.
LOOKS = {
    UNDISTURBED: (style.FAINT, "-", 0.0),
    NOTHING: (style.INK, "-", 0.12),
    "stockpile, 6 months": ("#56B4E9", "--", 0.0),
    "new plants": ("#009E73", "-.", 0.0),
    "more recycling": ("#D55E00", (0, (6, 1.5, 1, 1.5, 1, 1.5)), 0.0),
    ALL: ("#CC79A7", ":", 0.12),
}


def frontier(effects: xr.Dataset) -> style.Figure:
    """Draw use lost (t, US and EU) against the charge (million USD), a panel per metal."""
    figure, axes = style.new_figure(9.4, 8.4, 2, 1, left=0.065, right=0.97, top=0.885, bottom=0.065, hspace=0.33)
    stopped = effects.sel(cell=[cell for cell in effects["cell"].values if not cell.startswith(TARGETED)])
    bands = quantiles(stopped["lost_t"] + stopped["lost_before_t"])
    charges = quantiles(stopped["charge_musd"]).sel(quantile="median", drop=True)
    for ax, metal in zip(axes[:, 0], METALS, strict=True):
        lost = bands.sel(metal=metal).transpose("cell", ...).to_pandas()
        charge = charges.sel(metal=metal).to_pandas()
        x = charge.fillna(0.0)
        colour = style.METAL_COLOURS[metal]
        paid = charge.notna() & (charge > 0)
        edge = max(float(x.max()), 1.0)
        ax.vlines(x, lost["low"], lost["high"], color=colour, linewidth=1.2, alpha=0.6)
        for known, face in ((paid, colour), (~paid, "white")):
            ax.plot(x[known], lost["median"][known], "o", ms=5.5, mfc=face, mec=colour, mew=1.3, zorder=4)
        _steps(ax, x[paid], lost["median"][paid], float(lost["median"].get(NOTHING, lost["median"].max())))
        if paid.any() and edge > 50 * float(x[paid].min()):
            ax.set_xscale("symlog", linthresh=10.0, linscale=0.6)
            ax.set_xlim(-3, 4 * edge)
            ticks = [tick for tick in (0, 5, 10, 30, 100, 300, 1000, 3000) if tick <= 3 * edge]
            ax.set_xticks(ticks, [str(tick) for tick in ticks])
            ax.minorticks_off()
        else:
            ax.set_xlim(-0.05 * edge, 1.2 * edge)
        low, high = float(lost["low"].min()), float(lost["high"].max())
        ax.set_ylim(min(low, 0.0), 1.06 * high)
        _labels(ax, x, lost["median"])
        scale = "; logarithmic beyond 10" if ax.get_xscale() == "symlog" else ""
        charged = f"charge for the years served, million USD{scale}"
        style.panel(ax, metal.capitalize(), charged, "use lost, 2025 to 2028, US and EU, t")
    note = "China stops all exports in January 2027. Dots: median, strokes: 10 to 90 %. Hollow: no cost, or not known."
    style.head(figure, "What a measure costs, and what is still lost", note)
    return figure


def _steps(ax: style.Axes, x: pd.Series, y: pd.Series, start: float) -> None:
    """Draw the frontier: the least lost for at most so much money."""
    order = np.argsort(x.to_numpy(), kind="stable")
    across, least = [0.0], [start]
    for i in order:
        if y.iloc[i] < least[-1]:
            across.append(float(x.iloc[i]))
            least.append(float(y.iloc[i]))
    ax.step(across, least, where="post", color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)


def _labels(ax: style.Axes, x: pd.Series, y: pd.Series) -> None:
    """Name the points beside them, at the nearest place that is free; a thin line leads to names further off."""
    to_axes = ax.transScale + ax.transLimits
    points = {name: tuple(to_axes.transform((x[name], y[name]))) for name in y.index}
    scale = 72.0 / ax.figure.dpi
    width, height = ax.bbox.width * scale, ax.bbox.height * scale
    size = style.SMALL - 0.5
    tall = 1.25 * size / height
    taken = [(a - 3 / width, a + 3 / width, b - 3 / height, b + 3 / height) for a, b in points.values()]
    for name in y.sort_values().index:
        text, (a, b) = SHORT.get(str(name), str(name)), points[name]
        wide = 0.56 * size * len(text) / width
        places = [(side, step) for step in (0, 1, -1, 2, -2, 3, -3, 4, -4) for side in ("left", "right")]
        for side, step in places:
            left = a + 8 / width if side == "left" else a - 8 / width - wide
            box = (left, left + wide, b + (step - 0.5) * tall, b + (step + 0.5) * tall)
            if box[0] >= 0 and box[1] <= 1.04 and box[2] >= 0 and not any(_overlap(box, other) for other in taken):
                break
        taken.append(box)
        middle = 0.5 * (box[2] + box[3])
        start = box[0] if side == "left" else box[1]
        if step:
            ax.plot([a, start], [b, middle], color=style.FAINT, linewidth=0.5, transform=ax.transAxes, zorder=2)
        ax.text(start, middle, text, transform=ax.transAxes, fontsize=size, va="center", ha=side, color=style.INK,
                zorder=5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.75})  # fmt: skip


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def paths(lost_share: xr.DataArray) -> style.Figure:
    """Draw use lost in the US and the EU week by week for the main cells."""
    figure, axes = style.new_figure(10.4, 4.4, 1, 2, left=0.06, right=0.865, top=0.8, bottom=0.11, wspace=0.5)
    smooth = 100.0 * lost_share.rolling(week=4, min_periods=1).mean()
    weeks = pd.DatetimeIndex(smooth["week"])
    bands = lines(smooth.transpose("metal", "cell", ...))
    for ax, metal in zip(axes[0], METALS, strict=True):
        ends = []
        for cell in [cell for cell in LOOKS if (metal, cell) in bands]:
            colour, dashes, alpha = LOOKS[cell]
            end = style.path(ax, bands[metal, cell], colour, alpha, linestyle=dashes, linewidth=1.6)
            ends.append((end, SHORT.get(cell, cell), colour))
        style.time_axis(ax, weeks[0], weeks[-1])
        ax.set_ylim(min(0.0, *(height for height, _, _ in ends)), None)
        dated.mark_policies(ax, [(pd.Timestamp(STARTS), "")], labels=False)
        style.panel(ax, metal.capitalize(), "", "use lost, % of use at calm prices" if metal == METALS[0] else "")
        style.name_at_end(ax, ends, leaders=True)
    note = (
        "Dashed line: China stops its exports. Medians; two bands: 10 to 90 %. Below 0: more used than at calm prices."
    )
    style.head(figure, "Use lost in the US and the EU", note)
    return figure
