"""Figures of the sensitivity study: a tornado for each outcome, and what the record can tell of which parameter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from experiments.figures import style
from experiments.figures.style import Figure
from experiments.sensitivity.analysis import idle, widths
from experiments.study.answers import UNITS
from experiments.study.quantity import Quantity

LOW, HIGH = "#0072B2", "#D55E00"
SHOWN, TOLD = 10, 24


def tornado(swings: pd.DataFrame, outcomes: Mapping[str, Quantity]) -> Figure:
    """Draw a panel for each outcome: the parameters that move it most."""
    figure, axes = style.new_figure(
        14.2, 7.6, 2, 3, left=0.165, right=0.99, top=0.86, bottom=0.085, hspace=0.42, wspace=0.78
    )
    still = idle(swings)
    for ax, (key, outcome) in zip(axes.flat, outcomes.items(), strict=True):
        own = swings[swings["outcome"] == key]
        top = own.loc[widths(own).nlargest(SHOWN).index]
        factor, unit = UNITS[outcome.unit][0], UNITS[outcome.unit][3].strip()
        for y, row in enumerate(top.itertuples()):
            for end, colour in ((row.low, LOW), (row.high, HIGH)):
                ax.barh(y, factor * (end - row.default), left=factor * row.default, height=0.62, color=colour)
        ax.axvline(factor * float(own["default"].iloc[0]), color=style.INK, linewidth=0.9)
        style.dress_rows(ax)
        ax.set_yticks(range(len(top)), list(top["parameter"]))
        ax.set_ylim(SHOWN - 0.4, -0.6)
        title = f"{outcome.what[:1].upper()}{outcome.what[1:]}, {unit}"
        ax.set_title(title, loc="right", fontsize=style.NORMAL, fontweight="bold", color=style.INK, pad=5)
        note = f"{still[key]} of {len(own)} hardly move it"
        ax.set_xlabel(note, loc="right", fontsize=style.SMALL, color=style.FAINT, labelpad=1)
    style.head(
        figure,
        f"What moves the answers: the first {SHOWN} of {swings['parameter'].nunique()} parameters",
        "Blue: low end of the range, orange: high end. All others as declared. Hardly: by less than a fiftieth of the "
        "longest bar.",
    )
    return figure


def record(told: pd.DataFrame) -> Figure:
    """Draw parameters against what was observed: the largest effect on any observation of its kind, in tolerances."""
    wide = told.groupby(["parameter", "place"])["tolerances"].max().unstack()[list(dict.fromkeys(told["place"]))]
    wide = wide.loc[wide.max(axis=1).nlargest(TOLD).index]
    figure, axes = style.new_figure(12.6, 8.4, 1, 1, left=0.19, right=0.985, top=0.85, bottom=0.03)
    ax = axes[0, 0]
    ax.imshow(np.log10(wide.to_numpy().clip(0.1, 10.0)), cmap="Blues", vmin=-1, vmax=1, aspect="auto")
    for (y, x), value in np.ndenumerate(wide.to_numpy()):
        colour = "white" if value > 1.8 else style.INK
        ax.text(x, y, f"{value:.1f}", ha="center", va="center", fontsize=style.SMALL, color=colour)
    ax.set_yticks(range(len(wide)), list(wide.index), fontsize=style.SMALL)
    ax.set_xticks(range(wide.shape[1]), list(wide.columns), fontsize=style.SMALL)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    clear = int((told.groupby("parameter")["tolerances"].max() >= 1.0).sum())
    style.head(
        figure, "What the record can tell of the parameters",
        f"Tolerances of the fit that a parameter moves observations by. {clear} of {told['parameter'].nunique()} move "
        f"some by one or more; the first {len(wide)} are shown.",
    )  # fmt: skip
    return figure
