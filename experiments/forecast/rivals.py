"""Forecasts that need no model of the market: samples of log prices for each target of a market, [samples, targets].

What says nothing of how sure it is has one sample, whose CRPS is its absolute error.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtri

from experiments.forecast.points import Market, middle
from model.world import World

SAMPLES = 400
FEWEST_MONTHS = 8  # of history, for exponential smoothing
DAYS_PER_MONTH = 365.25 / 12
# Rise of the price, as a share, once net exports of the country studied stop (USGS OFR 2024-1057, Nassar et al.; for
# gallium it says "more than"). The study is of late 2024, but a result of a model with data of before the controls.
STOP = {"gallium": 1.50, "germanium": 0.26}
MONTHS_BACK = 3


def no_change(market: Market) -> np.ndarray:
    """Return the last quotes."""
    return np.full((1, len(market.targets)), market.start)


def monthly_variance(markets: Sequence[Market]) -> float:
    """Return the variance of log prices that a month adds, over all steps between months with quotes."""
    steps = [(np.diff(m.history.to_numpy()), np.diff(m.history.index.asi8)) for m in markets if len(m.history) > 1]
    months = sum(int(gap.sum()) for _, gap in steps)
    return sum(float((move**2).sum()) for move, _ in steps) / months if months else np.nan


def random_walk(market: Market, variance: float) -> np.ndarray:
    """Return a random walk from the last quotes, given the variance that a month adds."""
    months = np.array([(middle(row) - market.last).days / DAYS_PER_MONTH for row in market.targets])
    return _normal(np.full(len(months), market.start), np.sqrt(variance * months))


def smoothing(market: Market) -> np.ndarray | None:
    """Return exponential smoothing with or without trend, as the data choose (ETS); None where they are too few.

    Months without a quote lie on the line between their neighbours.
    """
    months = pd.period_range(market.history.index[0], market.history.index[-1], freq="M")
    if len(months) < FEWEST_MONTHS:
        return None
    from statsforecast.models import AutoETS  # slow to load

    ahead = [max((pd.Period(middle(row), "M") - months[-1]).n, 1) for row in market.targets]
    values = market.history.reindex(months).interpolate().to_numpy()
    found = AutoETS(season_length=1, model="ZZN").forecast(values, max(ahead), level=[80])
    at = np.array(ahead) - 1
    return _normal(found["mean"][at], (found["hi-80"][at] - found["lo-80"][at]) / (2 * ndtri(0.9)))


def static(market: Market, world: World, prices: np.ndarray) -> np.ndarray:
    """Return the price of the static equilibrium of the recorded year, by good and zone [G, Z]."""
    price = prices[world.good_index[market.good], world.zone_index[market.zone]]
    return np.full((1, len(market.targets)), np.log(price))


def usgs(market: Market, world: World, announced: date, cut: date) -> np.ndarray | None:
    """Return the price before the controls, raised abroad by the study's effect of a stop times the missing exports.

    None where the study says nothing of the metal, or where no price or export of before is known.
    """
    metal = world.metal_of_good[world.good_index[market.good]]
    before = market.history[market.history.index < pd.Period(announced, "M")]
    missing = missing_share(world, metal, announced, cut)
    if metal not in STOP or before.empty or missing is None:
        return None
    rise = 0.0 if market.zone == world.tracked_zone else STOP[metal] * missing
    return np.full((1, len(market.targets)), before.iloc[-1] + np.log1p(rise))


def missing_share(world: World, metal: str, announced: date, cut: date) -> float | None:
    """Return the share of usual exports that the last months before the cut lack; usual is the year before controls."""
    totals, months = world.observed_export_totals, world.observed_exports
    year = pd.Timestamp(announced.year - 1, 1, 1)
    whole = totals[(totals["metal"] == metal) & (totals["destination"] == "*") & (totals["month"] == year)
                   & (totals["end_month"] == year + pd.DateOffset(months=11))]  # fmt: skip
    last = months[(months["metal"] == metal) & (months["month"] <= pd.Timestamp(cut))].nlargest(MONTHS_BACK, "month")
    if whole.empty or last.empty:
        return None
    usual = float(whole["kg"].iloc[0]) / 12
    return float(np.clip(1.0 - last["kg"].mean() / usual, 0.0, 1.0))


def _normal(middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return evenly spaced quantiles of normal laws, [samples, targets]."""
    places = ndtri((np.arange(SAMPLES) + 0.5) / SAMPLES)
    return np.asarray(middle + places[:, None] * spread)
