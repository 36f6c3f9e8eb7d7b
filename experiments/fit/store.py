"""The posterior as files: `posterior.csv`, and `posterior.json` that says how it came about."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.ensemble.output import versions
from experiments.fit.fitting import Fit
from model.posterior import ABOUT, FILE


def table_of(found: Fit) -> pd.DataFrame:
    """Return the draws: number, weight, and a column for each parameter."""
    values = pd.DataFrame(found.values(), columns=list(found.prior.names))
    values.insert(0, "weight", round(1.0 / len(values), 9))
    values.insert(0, "draw", range(len(values)))
    return values


def about(found: Fit) -> dict[str, Any]:
    """Return the manifest of a posterior."""
    settings, last = found.settings, found.rounds[-1]
    return {
        "cut": str(settings.cut), "seed": settings.seed, "draws": settings.draws, "budget": settings.budget,
        "central": found.central, "different_draws": found.different, "observations": len(found.rows),
        "independent_observations": round(float(found.target.weight.sum()), 1),
        "tolerances_widened": round(last.widened**0.5, 3), "median_distance": round(last.distance, 2),
        "mean_square_error_by_kind": {k: round(v, 2) for k, v in found.target.by_kind(found.particles.errors).items()},
        "data_hash": found.world.data_hash, "prior": found.prior.digest(), "versions": versions(),
    }  # fmt: skip


def write_posterior(found: Fit, out: Path) -> None:
    """Write both files into a folder, each whole or not at all."""
    write(out / FILE, table_of(found).to_csv(index=False, lineterminator="\n"))
    write(out / ABOUT, json.dumps(about(found), indent=2, ensure_ascii=False) + "\n")


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.tmp")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
