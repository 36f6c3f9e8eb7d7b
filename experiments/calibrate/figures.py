"""Figures of the fit: what the record tells of the parameters, and how far runs are off before and after it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from experiments.figures import style
from experiments.figures.style import Figure
from experiments.fit.fitting import Fit

CAPTIONS = {
    "calibrate_parameters": "Parameters that the record tells most of: share of the draws (blue) in twelfths of the "
    "prior's range, in logarithms where the prior is. Grey: the prior, which holds an equal share in each. Line: the "
    "central draw.",
    "calibrate_errors": "How far single draws are off, by kind of observation, in tolerances (root mean square): "
    "median and 10 to 90 % of the draws of the prior (grey) and of the posterior (blue). At 1 a draw is off by just "
    "what a right model may be.",
}
PRIOR, POSTERIOR = "#BDBDBD", "#0072B2"
SHOWN, COLUMNS, BINS = 12, 4, 12
BAND = (0.1, 0.5, 0.9)


def draw(found: Fit, told: pd.DataFrame, names: dict[str, str]) -> dict[str, Figure]:
    """Return the figures by name.

    Args:
        found: the fit.
        told: its parameters, those that the record tells most of first.
        names: kind of observation to how it is called.
    """
    return dict(zip(CAPTIONS, (parameters(found, told), errors(found, names)), strict=True))


def parameters(found: Fit, told: pd.DataFrame) -> Figure:
    """Draw the posterior over the prior's range, a panel for each parameter."""
    shown = list(told["parameter"].head(SHOWN))
    rows = -(-len(shown) // COLUMNS)
    figure, axes = style.stacked(rows, COLUMNS, (11.0, 1.35), 0.95, 0.45, 0.75, left=0.04, right=0.985, wspace=0.16)
    for ax, name in zip(axes.flat, shown, strict=False):
        at = found.prior.names.index(name)
        z = found.particles.z[:, at]
        share = np.histogram(ndtr(z), BINS, (0.0, 1.0))[0] / len(z)
        middle = (np.arange(BINS) + 0.5) / BINS
        ax.fill_between([0, 1], [1 / BINS] * 2, color=PRIOR, alpha=0.6, linewidth=0)
        ax.bar(middle, share, width=0.94 / BINS, color=POSTERIOR, alpha=0.85)
        ax.axvline(float(ndtr(z[found.central])), color=style.INK, linewidth=1.2)
        style.dress(ax)
        style.title(ax, name, pad=3)
        half = found.prior.values(np.zeros((1, len(found.prior.names))))[0, at]
        ax.set_xticks([0, 0.5, 1], [f"{end:.3g}" for end in (found.prior.low[at], half, found.prior.high[at])])
        for tick, side in zip(ax.get_xticklabels(), ("left", "center", "right"), strict=True):
            tick.set_horizontalalignment(side)
        ax.set_xlim(0, 1)
        ax.set_yticks([])
    for ax in axes.flat[len(shown) :]:
        ax.set_axis_off()
    note = "Blue: share of the draws; grey: the prior; line: the central draw"
    style.head(figure, f"What the record up to {found.settings.cut:%-d %B %Y} tells of the parameters", note)
    return figure


def errors(found: Fit, names: dict[str, str]) -> Figure:
    """Draw the spread of errors over draws by kind, before and after."""
    kinds = list(dict.fromkeys(found.target.kinds))
    figure, axes = style.stacked(1, 1, (8.6, 0.5 * len(kinds) + 0.3), 0.75, 0.5, 0.0, left=0.27, right=0.97)
    ax = axes[0, 0]
    for y, kind in enumerate(kinds):
        for shift, sample, colour in ((-0.15, found.before, PRIOR), (0.15, found.particles.errors, POSTERIOR)):
            low, median, high = np.quantile(of_kind(found, sample, kind), BAND)
            ax.plot([low, high], [y + shift] * 2, color=colour, linewidth=5, solid_capstyle="butt")
            ax.plot(median, y + shift, "o", color=style.INK, ms=4.5)
    ax.axvline(1.0, color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 2)))
    style.dress_rows(ax)
    ax.set_yticks(range(len(kinds)), [names[kind] for kind in kinds])
    ax.set_ylim(len(kinds) - 0.5, -0.5)
    ax.set_xlim(0, None)
    ax.set_xlabel("error of a draw, tolerances", fontsize=style.SMALL, color=style.INK)
    style.head(figure, "How far draws are off the record", "Grey: draws of the prior; blue: of the posterior")
    return figure


def of_kind(found: Fit, sample: np.ndarray, kind: str) -> np.ndarray:
    """Return the root mean square error of each draw over the observations of a kind, in tolerances."""
    here = np.array(found.target.kinds) == kind
    return np.asarray(np.sqrt(np.average(sample[:, here] ** 2, axis=1, weights=found.target.weight[here])))
