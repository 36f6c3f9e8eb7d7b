"""What the fit says: how near it comes, and what the record could tell of the parameters; sentences: `report.md.j2`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.calibrate import figures
from experiments.calibrate.figures import CAPTIONS
from experiments.fit.fitting import Fit, few_for_all
from experiments.study.answers import markdown
from experiments.study.prose import parts_of
from experiments.study.report import leave
from model.streams import stream

KINDS = {
    "price": "Market prices", "other price": "Export values and FOB quotes", "month": "Exports by month",
    "total": "Exports over longer spans", "destination": "Exports to one country", "share": "Shares of destinations",
}  # fmt: skip
TOLD = 0.7  # of the prior's spread: a parameter below it has learnt from the record
BAND = (0.1, 0.9)
FEW, MANY, CLOSE = 20, 200, 0.1  # draws, and shares of a band by which medians may differ


def by_kind(found: Fit) -> pd.DataFrame:
    """Return for each kind of observation how many there are, how far draws are off, and how many the band covers."""
    errors, kinds = found.particles.errors, np.array(found.target.kinds)
    low, high = np.quantile(errors, BAND, axis=0)
    noise = stream(found.settings.seed, "errors").standard_normal(errors.shape) * found.rounds[-1].widened ** 0.5
    low_seen, high_seen = np.quantile(errors + noise, BAND, axis=0)
    rows = []
    for kind in dict.fromkeys(found.target.kinds):
        here = kinds == kind
        rows.append({
            "kind": KINDS[kind], "observations": int(here.sum()), "tolerance": found.target.tolerance[here].mean(),
            "off_before": _off(found, found.before, here), "off": _off(found, errors, here),
            "covered": ((low <= 0) & (high >= 0))[here].mean(),
            "covered_with_errors": ((low_seen <= 0) & (high_seen >= 0))[here].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _off(found: Fit, errors: np.ndarray, here: np.ndarray) -> float:
    """Return the root mean square error of the median draw over some observations, in their units."""
    return float(np.sqrt(((np.median(errors, axis=0) * found.target.tolerance)[here] ** 2).mean()))


def parameters(found: Fit) -> pd.DataFrame:
    """Return prior and posterior of each parameter, those that the record tells most of first."""
    values, prior = found.values(), found.prior
    low, middle, high = np.quantile(values, (BAND[0], 0.5, BAND[1]), axis=0)
    table = pd.DataFrame({
        "parameter": prior.names, "prior_low": prior.low, "prior_high": prior.high, "low": low, "median": middle,
        "high": high, "central": values[found.central], "spread_left": found.particles.z.std(axis=0),
    })  # fmt: skip
    return table.sort_values("spread_left", ignore_index=True)


def write(found: Fit, out: Path, command: str, data: Path | None) -> None:
    """Publish the fit; see `study.report.leave`."""
    kinds, told = by_kind(found), parameters(found)
    many = min(MANY, len(found.values()))
    few = min(FEW, many)
    said = parts_of(
        "calibrate/report.md.j2", found=found, cut=found.settings.cut, draws=len(found.values()), kinds=kinds,
        price=kinds[kinds["kind"] == KINDS["price"]]["off"].tolist(), told=told, shown=told[told["spread_left"] < TOLD],
        covered=np.average(kinds["covered"], weights=kinds["observations"]),
        covered_with_errors=np.average(kinds["covered_with_errors"], weights=kinds["observations"]),
        few=few, many=many, apart=few_for_all(found.particles.errors, few, many), close=CLOSE, table=_table,
        captions=CAPTIONS,
    )  # fmt: skip
    leave(said, out, figures.draw(found, told, KINDS), {"fit_by_kind": kinds, "fit_parameters": told}, command, data)


def _table(table: pd.DataFrame) -> list[str]:
    heads = [str(column).replace("_", " ") for column in table]
    rows = [[f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row] for row in table.values.tolist()]
    return markdown(heads, rows)
