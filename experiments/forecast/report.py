"""What the report of a forecast says of its results, who was nearest above all; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.forecast import contest, figures, score
from experiments.forecast.contest import FROM_LAST, MODEL, Known
from experiments.forecast.points import Market
from experiments.forecast.runs import BOTH, DRIVERS, PARAMETERS, Forecast
from experiments.study.answers import Band
from experiments.study.prose import parts_of
from experiments.study.report import leave
from experiments.study.shown import Shown
from model.posterior import Posterior

PLACES = {PARAMETERS: "parameters alone", DRIVERS: "drivers alone", BOTH: "both"}
DRAWN = {BOTH: "parameters and drivers drawn", PARAMETERS: "parameters drawn, drivers off",
         DRIVERS: "drivers drawn, parameters fixed"}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """All that is reported: runs, markets, scores by point of prices and exports, shares, what was known, the fit."""

    found: Forecast
    markets: Sequence[Market]
    prices: pd.DataFrame
    exports: pd.DataFrame
    shares: pd.DataFrame
    known: Known
    view: Shown
    fitted: Posterior | None
    runs: int


def write(outcome: Outcome, out: Path, command: str, data: Path | None) -> None:
    """Publish the forecast; see `study.report.leave`."""
    scores = {"prices": outcome.prices, "exports": outcome.exports}
    said = parts_of(
        "forecast/report.md.j2", outcome=outcome, cut=outcome.known.cut, cells=outcome.found.cells, PLACES=PLACES,
        DRAWN=DRAWN, MODEL=MODEL, FROM_LAST=FROM_LAST, BOTH=BOTH, PARAMETERS=PARAMETERS, DRIVERS=DRIVERS,
        finite=np.isfinite, captions=figures.CAPTIONS, points=points(outcome), spread=spread(outcome),
        scores={name: score.summary(table) if len(table) else table for name, table in scores.items()},
        best=best, band_of=lambda row: Band(row.median, row.low, row.high, 1),
        own=outcome.prices[outcome.prices["contender"] == MODEL]["covered"].astype(float),
    )  # fmt: skip
    drawn = figures.draw(outcome.found, outcome.markets, outcome.known, outcome.view)
    tables = {f"forecast_{name}": table for name, table in (scores | {"shares": outcome.shares}).items()}
    leave(said, out, drawn, tables, command, data)


def best(scores: pd.DataFrame, what: str) -> dict[str, Any]:
    """Return the CRPS of the model, plain and from the last quotes, on a market, and the rival nearest what came."""
    crps = scores[scores["what"] == what].set_index("contender")["crps"]
    rivals = crps.drop(index=[MODEL, FROM_LAST], errors="ignore")
    return {"model": crps[MODEL], "moved": crps.get(FROM_LAST), "rival": rivals.idxmin(), "theirs": rivals.min()}


def spread(outcome: Outcome) -> dict[str, Any]:
    """Return bands at each market's last point by cell, and how wide they are in logs on average, by cell."""
    logs = {cell: [contest.price_samples(outcome.found, market, cell)[0][:, -1] for market in outcome.markets]
            for cell in outcome.found.cells}  # fmt: skip
    bands = {market.targets[-1].quantity.what: [Band.of(np.exp(own[i])) for own in logs.values()]
             for i, market in enumerate(outcome.markets)}  # fmt: skip
    wide = {cell: np.mean([score.spread(one) for one in own]) for cell, own in logs.items() if own}
    return {"bands": bands, "wide": wide}


def points(outcome: Outcome) -> pd.DataFrame:
    """Return the model's points, the worst misses first."""
    held = [one for one in (outcome.prices, outcome.exports) if len(one)] or [outcome.prices]
    own = pd.concat(held, ignore_index=True)
    return own[own["contender"] == MODEL].sort_values("log_error", key=abs, ascending=False)
