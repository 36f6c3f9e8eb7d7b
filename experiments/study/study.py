"""A study: cells to compare, what is measured in each run, and the one way in which all of them are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from experiments.ensemble.design import Cell, Design
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.results import Results
from experiments.ensemble.worker import Measure
from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity

# Name of a table to its quantities by column; those of one table keep the same labels.
Tables = Mapping[str, Mapping[str, Quantity]]


@dataclass(frozen=True)
class Place:
    """Where a study runs and what it leaves there: the options that all commands share (`study.options`)."""

    out: Path
    data: Path | None = None
    csv: bool = False
    cluster: str | None = None
    workers: int | None = None
    fresh: bool = False


@dataclass(frozen=True)
class Study:
    """What is run.

    Attributes:
        cells: scenario variants.
        tables: what is measured in every run.
        seeds: the same in all cells and draws, for common random numbers.
        draws: parameters by draw; the scenarios' own when not given.
        regions: groups of countries that labels may count in.
        measure: for what no quantity can say: takes a finished run and the keywords `tables` and `regions`, and returns
            tables, those of `study.observe.observe` among them.
        records: names of tables of the recorder that the measure returns, too; they lie beside the report.
        about: further entries of the manifest.
        label: what the bar says while it runs.
    """

    cells: Sequence[Cell]
    tables: Tables
    seeds: Sequence[int]
    draws: Sequence[Mapping[str, float]] = ({},)
    regions: Regions | None = None
    measure: Measure = observe
    records: tuple[str, ...] = ()
    about: Mapping[str, Any] | None = None
    label: str = "runs"

    def run(self, place: Place) -> Results:
        """Run what has not been run yet, and return the tables of all runs.

        Raises:
            InputError: see `run_ensemble`; every run of a cell failed.
        """
        results = run_ensemble(
            Design(self.cells, self.seeds, self.draws),
            partial(self.measure, tables=self.tables, regions=self.regions),
            place.out,
            data=place.data,
            cluster=place.cluster,
            workers=place.workers,
            fresh=place.fresh,
            records=self.records,
            about=self.about,
            label=self.label,
        )
        results.check_cells()
        return results
