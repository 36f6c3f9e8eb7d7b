"""The figure of a forecast: quotes up to the cut, the band after it, and what came."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures import style
from experiments.figures.contents import COLOURS
from experiments.figures.style import Figure
from experiments.forecast import contest, rivals
from experiments.forecast.contest import Known
from experiments.forecast.points import Market, middle
from experiments.forecast.runs import Forecast
from experiments.study.answers import HIGH, LOW
from experiments.study.shown import Shown

CAPTIONS = {
    "forecast_prices": "Prices by market. Line and band: median and 10 to 90 % of the runs; black points: mean quotes "
    "of months up to the cut; circles: quotes after it, which no part of the forecast has seen; dashes: 10 to 90 % of "
    "a random walk from the last quotes.",
}


def draw(found: Forecast, markets: Sequence[Market], known: Known, view: Shown) -> dict[str, Figure]:
    """Return the figures by name."""
    rows = max(-(-len(markets) // 2), 1)
    figure, axes = style.stacked(rows, 2, (11.0, 2.4), 0.95, 0.5, 0.45, left=0.06, right=0.975, wspace=0.16)
    weekly, variance = found.weekly(), rivals.monthly_variance(markets)
    for ax, market in zip(axes.flat, markets, strict=False):
        metal = view.metal_of[market.good]
        own = weekly[(weekly["metal"] == metal) & (weekly["zone"] == market.zone)]
        _panel(ax, market, own, known, COLOURS.get(market.zone, style.metal_colour(metal)))
        _walk(ax, market, contest.own_variance(market, variance))
        style.dress(ax, unit="USD/kg, net of VAT")
        style.title(ax, market.name)
    for ax in axes.flat[len(markets) :]:
        ax.set_axis_off()
    title = f"A forecast made on {known.cut:%-d %B %Y}, and what came"
    style.head(figure, title, "● quotes up to the cut   ○ after it   dashes: random walk, 10 to 90 %")
    return dict(zip(CAPTIONS, [figure], strict=True))


def _panel(ax: Axes, market: Market, weekly: pd.DataFrame, known: Known, colour: str) -> None:
    bands = weekly.groupby("week")["usd_per_kg"].quantile([LOW, 0.5, HIGH]).unstack()
    x = mdates.date2num(bands.index)
    if len(bands):
        ax.fill_between(x, bands[LOW], bands[HIGH], color=colour, alpha=0.18, linewidth=0)
        ax.plot(x, bands[0.5], color=colour, linewidth=1.8)
        style.time_axis(ax, bands.index[0], bands.index[-1] + pd.Timedelta(weeks=1))
    past = market.history.index.to_timestamp() + pd.Timedelta(days=14)
    low, high = ax.get_xlim()
    shown = (mdates.date2num(past) >= low) & (mdates.date2num(past) <= high)
    ax.plot(
        mdates.date2num(past)[shown], np.exp(market.history.to_numpy())[shown], "o", ms=4.2, color=style.INK, zorder=6
    )
    days = mdates.date2num([pd.Timestamp(middle(row)) for row in market.targets])
    ax.plot(days, np.exp(market.observed()), "o", ms=5.2, mfc="white", mec=style.INK, mew=1.1, zorder=7)
    ax.axvline(float(mdates.date2num(pd.Timestamp(known.cut))), color=style.INK, linewidth=1.0)
    ax.axvspan(float(mdates.date2num(pd.Timestamp(known.cut))), high, color="#F4F4F4", zorder=0, linewidth=0)
    ax.set_ylim(0, None)


def _walk(ax: Axes, market: Market, variance: float) -> None:
    """Draw the band of the random walk at the targets, from the last quotes."""
    ordered = sorted(range(len(market.targets)), key=lambda i: middle(market.targets[i]))
    samples = rivals.random_walk(market, variance)[:, ordered]
    days = [market.last, *(middle(market.targets[i]) for i in ordered)]
    x = mdates.date2num([pd.Timestamp(day) for day in days])
    for end in (LOW, HIGH):
        line = np.exp([market.start, *np.quantile(samples, end, axis=0)])
        ax.plot(x, line, color=style.FAINT, linewidth=1.0, linestyle=(0, (4, 2)))
