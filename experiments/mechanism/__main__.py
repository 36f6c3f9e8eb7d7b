"""Which ingredient of the model makes which observed pattern: the record with one ingredient switched off at a time.

`python -m experiments.mechanism --help` lists the options.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
import xarray as xr

from experiments import RECORD
from experiments.ensemble.design import Raw, read_raw
from experiments.ensemble.worlds import folder_of
from experiments.figures import dated
from experiments.mechanism import figures, report
from experiments.mechanism.cells import FULL, NO_CONTROLS, WEEKS, WHAT, cells
from experiments.mechanism.patterns import GOODS, NOTICEABLE, Pattern, measure, patterns, tables
from experiments.study.bands import band, band_rows, complete
from experiments.study.cli import run_command
from experiments.study.options import Only, Seeds, chosen, command, placed, whole
from experiments.study.report import publish, with_both_rules
from experiments.study.study import RULE, Place, Study, bands_hold

FEWEST_WEEKS = 70  # what the record is compared with ends in April 2024
WEEKS_HELP = "Weeks from January 2023; the ban on the US ends with week 149"
GONE, WEAKER, STRONGER = 0.5, 0.8, 1.25  # share of a pattern that is left


@placed("results/mechanism")
def main(
    place: Place,
    seeds: Seeds = 30,
    weeks: Annotated[int, whole("--weeks", FEWEST_WEEKS, 520, WEEKS_HELP)] = WEEKS,
    only: Only = "",
) -> None:
    """Switch the model's ingredients off one at a time; write tables, figures and a report on what goes with each."""
    world = place.world("China's gallium and germanium", [*GOODS.values(), "CHN", "DEU", "USA"])
    history, read = read_raw(RECORD, world), patterns(world)
    variants = cells(history, weeks, chosen(only, WHAT, (FULL, NO_CONTROLS)), world)
    study = Study(variants, tables(read, world, history["start"], weeks), range(seeds), measure=measure)
    results = study.run(place)
    numbers, weekly = complete(results.dataset("numbers")), complete(results.dataset("weekly"))
    summary = band_rows(numbers, "key")[["key", "cell", "median", "low", "high", "runs"]]
    # A short run does not reach every pattern.
    known = [pattern for pattern in read if (summary["key"] == pattern.key).any()]
    left = shares_left(numbers, known)
    drawn = {
        "mechanism_patterns": figures.draw_patterns(summary, known),
        "mechanism_prices": figures.draw_prices(weekly["usd_per_kg"], world, marks(history)),
    }
    repeat = command("mechanism", data=folder_of(place.data), seeds=seeds, weeks=weeks, only=only)
    found = report.Found(known, summary, left, seeds, bands_hold(world))
    told = with_both_rules(report.report(found), *(report.headlines(found, cell) for cell in (FULL, RULE)))
    publish(told, results, {"summary": summary, "left": left}, drawn, repeat, place.csv)


def marks(history: Raw) -> dated.Marks:
    """Return the days on which China's licences and its ban on the US were announced."""
    controls = [p for p in history["policies"] if p["kind"] in ("export_licence", "export_ban") and "end_uses" not in p]
    return [(pd.Timestamp(policy["announced"]), policy["name"]) for policy in controls]


def shares_left(numbers: xr.Dataset, known: Sequence[Pattern]) -> pd.DataFrame:
    """Return how much of each pattern is left in each cell: 1 as in the full model, 0 as without China's controls.

    Args:
        numbers: a quantity for each pattern, by cell and run.
        known: the patterns.

    Returns:
        By key and cell: median, low, high of (value - absent) / (full - absent) over the runs, and a verdict: `gone`,
        `weaker`, `same`, `stronger`; `none` where the full model does not show the pattern, `appears` where a cell
        then does.
    """
    cells = [cell for cell in WHAT if cell in numbers["cell"] and cell not in (FULL, NO_CONTROLS)]
    found = []
    for pattern in known:
        own, bound = numbers[pattern.key], NOTICEABLE[pattern.unit]
        absent = pattern.absent if np.isfinite(pattern.absent) else own.sel(cell=NO_CONTROLS, drop=True)
        change = own - absent
        effect = change.sel(cell=FULL, drop=True)
        shown = abs(band(effect).median) >= bound
        left = change / effect.where(abs(effect) >= bound)
        for cell in cells:
            if not own.sel(cell=cell).notnull().any():
                continue
            of = band(left.sel(cell=cell))
            if shown:
                found.append((pattern.key, cell, of.median, of.low, of.high, _verdict(of.median)))
            else:
                appears = abs(band(change.sel(cell=cell)).median) >= bound
                found.append((pattern.key, cell, np.nan, np.nan, np.nan, "appears" if appears else "none"))
    return pd.DataFrame(found, columns=["key", "cell", "median", "low", "high", "verdict"])


def _verdict(left: float) -> str:
    return "gone" if left < GONE else "weaker" if left < WEAKER else "stronger" if left > STRONGER else "same"


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.mechanism"))
