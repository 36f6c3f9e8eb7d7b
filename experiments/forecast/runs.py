"""The runs of a forecast: parameters and drivers drawn, together and each alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.ensemble.design import Cell, Design, Job, Raw
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.results import Results
from experiments.study.observe import observe
from experiments.study.quantity import price
from experiments.study.record import Row
from experiments.study.study import Place
from model.posterior import Posterior
from model.world import World

BOTH, PARAMETERS, DRIVERS, NEITHER = "both", "parameters", "drivers", "neither"
CENTRAL = "central"  # entry of the manifest of a posterior


@dataclass(frozen=True)
class Forecast:
    """Finished runs.

    Attributes:
        results: their tables.
        cells: by name, the one that is the forecast first.
    """

    results: Results
    cells: tuple[str, ...]
    _values: pd.DataFrame

    def values(self, rows: Iterable[Row], cell: str | None = None) -> np.ndarray:
        """Return what the runs of a cell say to rows, [runs, rows]; runs that failed are left out."""
        own = self._values.loc[cell or self.cells[0], [_key(row) for row in rows]].to_numpy(dtype=float)
        return np.asarray(own[np.isfinite(own).all(axis=1)])

    def weekly(self) -> pd.DataFrame:
        """Return weekly prices of the forecast's runs."""
        table = self.results.table("weekly")
        return table[table["cell"] == self.cells[0]]


def cells_of(parameters: bool, drivers: bool) -> tuple[str, ...]:
    """Return what is run, the forecast first, given what is drawn."""
    if parameters and drivers:
        return BOTH, PARAMETERS, DRIVERS
    return (PARAMETERS if parameters else DRIVERS if drivers else NEITHER,)


def jobs(
    cells: Sequence[str], scenario: Raw, posterior: Posterior | None, runs: int, seed: int, world: World
) -> list[Job]:
    """Return the runs of all cells: run i has seed S + i, and where parameters are drawn draw i."""
    seeds, found = range(seed, seed + runs), []
    for cell in cells:
        draws: Sequence[Mapping[str, float]] = [{}]
        if posterior is not None:
            drawn = cell in (BOTH, PARAMETERS)
            draws = posterior.draws(min(runs, len(posterior))) if drawn else [central(posterior)]
        raw = {**scenario, "drivers": cell in (BOTH, DRIVERS)}
        found += Design([Cell(cell, raw)], seeds, draws, paired=True, yielding=True).jobs(world)
    return found


def central(posterior: Posterior) -> dict[str, float]:
    """Return the most central draw, the first where the manifest names none."""
    return posterior.draw(int(posterior.about.get(CENTRAL, 0)))


def run(
    plan: Sequence[Job], cells: Sequence[str], rows: Sequence[Row], world: World, data: Path, place: Place
) -> Forecast:
    """Run what has not been run yet.

    Args:
        plan: the runs.
        cells: their names, in order.
        rows: what is read from them.
        world: for its standard grades.
        data: folder of the world as known at the cut.
        place: where results lie.
    """
    weekly = price(where={"standard": True, "zone": tuple(world.quoted_zones)}, by=("metal", "zone", "week"))
    tables = {"numbers": {_key(row): row.quantity for row in rows}, "weekly": {"usd_per_kg": weekly}}
    results = run_ensemble(
        plan, partial(observe, tables=tables), place.out / "runs", data=data, cluster=place.cluster,
        workers=place.workers, fresh=place.fresh, label="forecast",
    )  # fmt: skip
    results.check_cells()
    numbers = results.table("numbers").astype({"cell": str, "key": str})
    return Forecast(results, tuple(cells), numbers.pivot(index=["cell", "run"], columns="key", values="value"))


def _key(row: Row) -> str:
    """Return a name that rows of different worlds do not share."""
    return f"{row.key} {row.quantity.what}"
