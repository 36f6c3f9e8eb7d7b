"""When the US goes without gallium or germanium, and when Rostec matters: boxes of conditions, by PRIM.

`python -m experiments.discovery --help` lists the options.
"""

from __future__ import annotations

import sys
from typing import Annotated

import pandas as pd

from experiments import RECORD
from experiments.discovery import boxes, figures, report
from experiments.discovery.inputs import inputs, sample
from experiments.discovery.points import PLAIN, PLAN, Points
from experiments.discovery.quantities import NEEDED, tables
from experiments.ensemble.design import Cell, read_raw
from experiments.ensemble.results import Results
from experiments.ensemble.worlds import folder_of
from experiments.study.cli import run_command
from experiments.study.options import command, placed, whole
from experiments.study.report import publish
from experiments.study.study import Place, Study
from experiments.study.value import metal_use, value_at_risk, value_rows
from model import InputError


@placed("results/discovery")
def main(
    place: Place,
    points: Annotated[int, whole("--points", 12, 100_000, "Points, each run twice", "--runs", "--seeds")] = 600,
    need: Annotated[int, whole("--need", 1, 99, "Per cent of its need from which the US goes without")] = 10,
    fall: Annotated[int, whole("--fall", 1, 99, "Per cent that Rostec's plan has to take off the price")] = 30,
    use: Annotated[int, whole("--use", 1, 1000, "t of use that it has to save outside China, in the year")] = 6,
) -> None:
    """Sample levers and parameters, run each point with and without Rostec's plan, and look for boxes."""
    boxes.library()
    world = place.world("Rostec's germanium and US users of both metals", NEEDED)
    raw, varied, table = read_raw(RECORD, world), inputs(world), sample(world, points)
    cells = [Cell(name, raw) for name in (PLAIN, PLAN)]
    study = Study(cells, tables(world, raw["start"]), range(points), plan=Points(cells, range(points), table=table))
    results = study.run(place)
    values = by_point(results).dropna()
    if values.empty:
        raise InputError(f"{place.out}: no point was run both ways; see tables/failures.parquet")
    seen = table.loc[values.index]
    questions = report.questions(values, need / 100, fall / 100, use)
    found = [report.Outcome(ask, boxes.find(seen, ask.hit, varied)) for ask in questions]
    drawn = {f"discovery_{one.asked.key}": figures.draw(one, seen) for one in found if one.found.tradeoff is not None}
    risk = value_at_risk(metal_use(results).sel(zone=["USA"]), world)
    told = report.report(found, varied, risk, len(results.runs), points - len(seen), world)
    repeat = command("discovery", data=folder_of(place.data), points=points, need=need, fall=fall, use=use)
    made = {**report.tables(seen, values, found), "value_at_risk": value_rows(risk)}
    publish(told, results, made, drawn, repeat, place.csv)


def by_point(results: Results) -> pd.DataFrame:
    """Return the outcomes by point: those without Rostec's plan, and what the plan changes; NaN where a run failed."""
    found = results.dataset("outcomes").squeeze("draw", drop=True)
    plain, plan = (found.sel(cell=cell, drop=True).to_dataframe() for cell in (PLAIN, PLAN))
    changes = {"price_change": plan["price"] / plain["price"] - 1.0, "lost_change_t": plan["lost_t"] - plain["lost_t"]}
    return plain.assign(**changes)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.discovery"))
