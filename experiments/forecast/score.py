"""How good a forecast was: log error, CRPS, whether the band held what came; of prices, exports and shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.forecast.points import Market
from experiments.study.answers import HIGH, LOW
from experiments.study.record import Row
from model import InputError

AS_GOOD_AS_NONE_T = 0.5  # added to amounts before logs are taken: below it a month's exports are as good as none
COLUMNS = ["contender", "what", "point", "observed", "median", "low", "high", "log_error", "crps", "covered"]


def scored(contender: str, what: str, points: Sequence[str], samples: np.ndarray, observed: np.ndarray) -> pd.DataFrame:
    """Return a row for each point.

    Args:
        contender: whose forecast it is.
        what: the market, or what else is forecast.
        points: names.
        samples: logs, [samples, points].
        observed: logs, [points].
    """
    low, median, high = np.quantile(samples, (LOW, 0.5, HIGH), axis=0)
    held = np.where(len(samples) > 1, (low <= observed) & (observed <= high), np.nan)
    return pd.DataFrame({
        "contender": contender, "what": what, "point": points, "observed": np.exp(observed), "median": np.exp(median),
        "low": np.exp(low), "high": np.exp(high), "log_error": median - observed, "crps": crps(samples, observed),
        "covered": held,
    })[COLUMNS]  # fmt: skip


def crps(samples: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the continuous ranked probability score of each point; of one sample the absolute error."""
    try:
        import scoringrules
    except ImportError:
        raise InputError("forecast needs further packages: pip install -c constraints.txt -e '.[forecast]'") from None
    return np.asarray(scoringrules.crps_ensemble(observed, samples.T, backend="numpy"), dtype=float)


def prices(contender: str, market: Market, samples: np.ndarray | None) -> pd.DataFrame:
    """Return the scores of a price forecast; no rows where there is none."""
    if samples is None:
        return pd.DataFrame(columns=COLUMNS)
    return scored(contender, market.name, [row.quantity.what for row in market.targets], samples, market.observed())


def amounts(contender: str, what: str, rows: Sequence[Row], samples: np.ndarray) -> pd.DataFrame:
    """Return the scores of forecasts of exports, t, [samples, rows]."""
    seen = np.log([row.observed + AS_GOOD_AS_NONE_T for row in rows])
    table = scored(contender, what, [row.quantity.what for row in rows], np.log(samples + AS_GOOD_AS_NONE_T), seen)
    columns = ["observed", "median", "low", "high"]
    return table.assign(**{name: table[name] - AS_GOOD_AS_NONE_T for name in columns})


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Return by contender and market: points, root mean square log error, mean CRPS, share of points in the band."""
    groups = scores.groupby(["what", "contender"], sort=False)
    return pd.DataFrame({
        "points": groups.size(),
        "log_error": groups["log_error"].agg(lambda errors: float(np.sqrt((errors**2).mean()))),
        "crps": groups["crps"].mean(),
        "covered": groups["covered"].agg(lambda held: held.astype(float).mean()),
    }).reset_index()  # fmt: skip


def spread(values: np.ndarray) -> float:
    """Return the width of a band in logs, given log values by run."""
    return float(np.subtract(*np.quantile(values, (HIGH, LOW))))
