"""Which ingredient of the model makes which observed pattern: the record with one ingredient switched off at a time.

`python -m experiments.mechanism --help` lists the options.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from experiments import RECORD
from experiments.ensemble.design import Design, Raw, read_raw
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.worlds import folder_of, open_world
from experiments.figures import dated
from experiments.mechanism import figures, report
from experiments.mechanism.cells import FULL, NO_CONTROLS, WEEKS, WHAT, cells
from experiments.mechanism.patterns import GOODS, NOTICEABLE, Pattern, patterns
from experiments.study.answers import band_table
from experiments.study.cli import run_command
from experiments.study.options import (
    Cluster,
    Csv,
    Data,
    Fresh,
    Only,
    Out,
    Seeds,
    Workers,
    check_holds,
    chosen,
    command,
    whole,
)
from experiments.study.report import publish
from experiments.study.series import all_series
from experiments.study.shown import shown_of
from model import TradeModel

FEWEST_WEEKS = 70  # what the record is compared with ends in April 2024
WEEKS_HELP = "Weeks from January 2023; the ban on the US ends with week 149"
GONE, WEAKER, STRONGER = 0.5, 0.8, 1.25  # share of a pattern that is left


def main(
    seeds: Seeds = 30,
    weeks: Annotated[int, whole("--weeks", FEWEST_WEEKS, 520, WEEKS_HELP)] = WEEKS,
    only: Only = "",
    data: Data = None,
    out: Out = Path("results/mechanism"),
    csv: Csv = False,
    cluster: Cluster = None,
    workers: Workers = None,
    fresh: Fresh = False,
) -> None:
    """Switch the model's ingredients off one at a time; write tables, figures and a report on what goes with each."""
    world = open_world(data)
    check_holds(world, data, "China's gallium and germanium", [*GOODS.values(), "CHN", "DEU", "USA"])
    history, read = read_raw(RECORD, world), patterns(world)
    plan = Design(cells(history, weeks, chosen(only, WHAT, (FULL, NO_CONTROLS)), world), range(seeds))
    results = run_ensemble(plan, measure, out, data=data, cluster=cluster, workers=workers, fresh=fresh)
    results.check_cells()
    numbers = results.table("numbers").astype({"cell": str, "key": str})
    summary = band_table(numbers, ["key", "cell"])
    # A short run does not reach every pattern.
    known = [pattern for pattern in read if (summary["key"] == pattern.key).any()]
    left = shares_left(numbers, known)
    drawn = {
        "mechanism_patterns": figures.draw_patterns(summary, known),
        "mechanism_prices": figures.draw_prices(results.table("weekly"), world, marks(history)),
    }
    repeat = command("mechanism", data=folder_of(data), seeds=seeds, weeks=weeks, only=only)
    found = report.Found(known, summary, left, seeds)
    tables = {"summary": summary, "left": left}
    publish(report.report(found), results, tables, drawn, repeat, csv)


def marks(history: Raw) -> dated.Marks:
    """Return the days on which China's licences and its ban on the US were announced."""
    controls = [p for p in history["policies"] if p["kind"] in ("export_licence", "export_ban") and "end_uses" not in p]
    return [(pd.Timestamp(policy["announced"]), policy["name"]) for policy in controls]


def measure(model: TradeModel) -> dict[str, pd.DataFrame]:
    """Read the patterns from a finished run: `numbers` (key, value), and `weekly` prices in Rotterdam, USD/kg."""
    series = all_series(model.tables(), shown_of(model.world, model.scenario))
    numbers = pd.DataFrame([(p.key, p.read(series)) for p in patterns(model.world)], columns=["key", "value"])
    weekly = [
        pd.DataFrame({"week": frame.index, "metal": metal, "usd_per_kg": frame.to_numpy()})
        for metal, good in GOODS.items()
        for frame in [series["prices"][(good, "DEU", "free")]]
    ]
    return {"numbers": numbers, "weekly": pd.concat(weekly, ignore_index=True)}


def shares_left(numbers: pd.DataFrame, known: list[Pattern]) -> pd.DataFrame:
    """Return how much of each pattern is left in each cell: 1 as in the full model, 0 as without China's controls.

    Returns:
        By key and cell: median, low, high of (value - absent) / (full - absent) over the seeds, and a verdict: `gone`,
        `weaker`, `same`, `stronger`; `none` where the full model does not show the pattern, `appears` where a cell
        then does.
    """
    found = []
    for pattern in known:
        own = numbers[numbers["key"] == pattern.key].pivot(index="seed", columns="cell", values="value")
        if FULL not in own or own[FULL].isna().all():
            continue
        if np.isfinite(pattern.absent):
            absent = pd.Series(pattern.absent, index=own.index)
        else:
            absent = own[NO_CONTROLS] if NO_CONTROLS in own else 0.0 * own[FULL]
        bound, effect = NOTICEABLE[pattern.unit], own[FULL] - absent
        shown = abs(effect.median()) >= bound
        for cell in WHAT:
            if cell in (FULL, NO_CONTROLS) or cell not in own:
                continue
            change = (own[cell] - absent).dropna()
            if change.empty:
                continue
            if not shown:
                verdict = "appears" if abs(change.median()) >= bound else "none"
                found.append((pattern.key, cell, np.nan, np.nan, np.nan, verdict))
                continue
            low, median, high = (change / effect.where(effect.abs() >= bound)).quantile([0.1, 0.5, 0.9])
            found.append((pattern.key, cell, median, low, high, _verdict(median)))
    return pd.DataFrame(found, columns=["key", "cell", "median", "low", "high", "verdict"])


def _verdict(left: float) -> str:
    return "gone" if left < GONE else "weaker" if left < WEAKER else "stronger" if left > STRONGER else "same"


run = partial(run_command, main, name="python -m experiments.mechanism")

if __name__ == "__main__":
    sys.exit(run())
