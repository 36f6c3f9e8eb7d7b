"""The contest: the model's forecasts and its rivals', scored on the same points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from experiments.forecast import rivals, score
from experiments.forecast.points import Market, ended
from experiments.forecast.runs import Forecast
from experiments.study.record import Row
from experiments.study.recorded import recorded_equilibrium
from model.world import World

MODEL, FROM_LAST = "model", "model, from the last quotes"
NO_CHANGE, WALK, ETS, STATIC, USGS = "no change", "random walk", "ETS", "static equilibrium", "USGS's rule"
LAST_MONTHS, USUAL = "no change", "as before the controls"
MONTHS_BACK = rivals.MONTHS_BACK


@dataclass(frozen=True)
class Known:
    """What is known at the cut: the world, the day of the cut and that of the first announcement of controls."""

    world: World
    cut: date
    announced: date


def price_samples(found: Forecast, market: Market, cell: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return logs of the model's prices as they are, and moved to where quotes stood at the cut."""
    rows = [*market.starts, *market.targets]
    logs = np.log(found.values(rows, cell))
    start, after = logs[:, : len(market.starts)].mean(axis=1), logs[:, len(market.starts) :]
    return after, after - start[:, None] + market.start


def prices(found: Forecast, markets: Sequence[Market], known: Known) -> pd.DataFrame:
    """Return the scores of all price forecasts."""
    world, parts = known.world, []
    variance = rivals.monthly_variance(markets)
    static = recorded_equilibrium(world).delivered
    for market in markets:
        plain, moved = price_samples(found, market)
        for name, samples in {
            MODEL: plain, FROM_LAST: moved, NO_CHANGE: rivals.no_change(market),
            WALK: rivals.random_walk(market, own_variance(market, variance)), ETS: rivals.smoothing(market),
            STATIC: rivals.static(market, world, static),
            USGS: rivals.usgs(market, world, known.announced, known.cut),
        }.items():  # fmt: skip
            parts.append(score.prices(name, market, samples))
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=score.COLUMNS)


def own_variance(market: Market, of_all: float) -> float:
    """Return the monthly variance of a market, that of all where it has too few months."""
    return rivals.monthly_variance([market]) if len(market.history) >= rivals.FEWEST_MONTHS else of_all


def exports(found: Forecast, rows: Sequence[Row], known: Known) -> pd.DataFrame:
    """Return the scores of all forecasts of exports."""
    months, parts = known.world.observed_exports, []
    for metal in dict.fromkeys(row.quantity.where["metal"] for row in rows):
        own = [row for row in rows if row.quantity.where["metal"] == metal and "zone" not in row.quantity.where]
        past = months[months["metal"] == metal].sort_values("month")
        calm = past[past["month"] < pd.Timestamp(known.announced.replace(day=1))]
        if not own or past.empty or calm.empty:
            continue
        length = np.array([_months(row) for row in own])
        for name, table in ((LAST_MONTHS, past.tail(MONTHS_BACK)), (USUAL, calm)):
            parts.append(score.amounts(name, f"Exports of {metal}", own, table["kg"].mean() / 1e3 * length[None, :]))
        parts.insert(-2, score.amounts(MODEL, f"Exports of {metal}", own, found.values(own)))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=score.COLUMNS)


def _months(row: Row) -> int:
    first = date.fromisoformat((row.quantity.span or ("",))[0])
    last = ended(row)
    return 12 * (last.year - first.year) + last.month - first.month + 1


def shares(found: Forecast, rows: Sequence[Row], known: Known) -> pd.DataFrame:
    """Return destination shares after the cut: observed, the model's, and the last known of the same country."""
    totals, parts = known.world.observed_export_totals, []
    for part in rows:
        where, span = part.quantity.where, part.quantity.span
        whole = next((row for row in rows if "zone" not in row.quantity.where and row.quantity.span == span
                      and row.quantity.where["metal"] == where["metal"]), None)  # fmt: skip
        if "zone" not in where or whole is None or whole.observed <= 0:
            continue
        kg = found.values([part, whole])
        own = kg[kg[:, 1] > 0]
        low, median, high = np.quantile(own[:, 0] / own[:, 1], (0.1, 0.5, 0.9)) if len(own) else [np.nan] * 3
        past = totals[(totals["metal"] == where["metal"]) & (totals["destination"] == where["zone"])].dropna(
            subset="share"
        )
        before = float(past["share"].iloc[-1]) if len(past) else np.nan
        parts.append((part.quantity.what, part.observed / whole.observed, median, low, high, before))
    return pd.DataFrame(parts, columns=["what", "observed", "median", "low", "high", "before"])
