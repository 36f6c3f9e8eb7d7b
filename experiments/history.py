"""The main experiment: replay the record of export controls over several seeds, next to what was observed.

`python -m experiments.history --help` lists the options.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

if not __package__:  # started as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from experiments import history_report as report
from experiments import plots
from experiments.cli import INTERRUPTED, check_range, progress_bar, run_command, whole_number, wide_console
from experiments.history_figures import FIGURES, draw, marks_of
from experiments.history_rows import compared_rows, forecast_rows, of_the_record, plain_rows
from experiments.options import Data
from experiments.output import TABLES, TableWriter, check_folder, staged, write_manifest
from experiments.runs import Series, run_seeds
from model import InputError, Scenario, TradeModel, load_scenario
from model.world import load_world

SCENARIO = Path(__file__).parent / "scenarios" / "history.toml"
Number = partial(typer.Option, parser=whole_number, metavar="NUMBER")


def main(
    scenario: Annotated[Path, typer.Option(help="Scenario file (TOML)", show_default="the record")] = SCENARIO,
    runs: Annotated[int, Number("--runs", "--seeds", help="Runs, one per seed")] = 20,
    seed: Annotated[int, Number("--seed", help="First seed; the runs use this one and the next ones")] = 1,
    weeks: Annotated[
        int | None, Number("--weeks", help="Weeks to simulate; as the scenario says when not given")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the results")] = Path("results/history"),
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV, too")] = False,
    data: Data = None,
    jobs: Annotated[
        int | None, Number("--jobs", "--workers", help="Processes; one per processor when not given")
    ] = None,
) -> int:
    """Replay the record of export controls over several seeds; write tables, figures and a report."""
    check_range("--runs", runs, 1, 10_000)
    check_range("--seed", seed, 0, 2**31)
    processes = min(os.cpu_count() or 1, 256) if jobs is None else check_range("--jobs", jobs, 1, 256)
    plan = load_scenario(scenario)
    if weeks is not None:
        plan = plan.model_copy(update={"weeks": check_range("--weeks", weeks, 1, 2080)})
    out = check_folder(out, entry="experiment")
    seeds = [seed + i for i in range(runs)]
    try:
        with staged(out) as stage:
            _rehearse(plan, scenario)
            table = _run(
                plan, seeds, min(processes, runs), csv, stage, _command(scenario, runs, seed, weeks, csv, data)
            )
    except KeyboardInterrupt:
        print(f"Interrupted: nothing was written to {out}", file=sys.stderr)
        return INTERRUPTED
    _say(table, out, wide_console())
    return 0


def _command(scenario: Path, runs: int, seed: int, weeks: int | None, csv: bool, data: Path | None) -> str:
    """Return the command that repeats the run in the same folder, without folders of this machine."""
    path = scenario.name if scenario.is_absolute() else scenario.as_posix()
    parts = ["python -m experiments.history", f"--runs {runs}", f"--seed {seed}"]
    parts += [] if scenario == SCENARIO else [f"--scenario {shlex.quote(path)}"]
    parts += [] if data is None else [f"--data {shlex.quote(data.name)}"]
    parts += [] if weeks is None else [f"--weeks {weeks}"]
    return " ".join(parts + ["--csv"] * csv)


def _rehearse(plan: Scenario, source: Path) -> None:
    """Build the model and live one week: finds what only the model can know, and compiles before processes start."""
    Console(stderr=True).print("Preparing (the first time on a machine this takes about half a minute) ...")
    try:
        TradeModel(plan.model_copy(update={"spin_up_weeks": 0}), seed=0).step()
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def _run(plan: Scenario, seeds: list[int], jobs: int, csv: bool, folder: Path, command: str) -> pd.DataFrame:
    """Run all seeds, write everything into `folder`, and return the headline table."""
    began = time.perf_counter()
    world = load_world()
    series: list[Series] = []
    events: list[pd.DataFrame] = []
    with TableWriter(folder, csv) as tables, progress_bar() as bar:
        task = bar.add_task(f"{plan.name}, {plan.weeks} weeks", total=len(seeds))
        for run in run_seeds(plan, seeds, jobs):
            tables.write(run.tables)
            series.append(run.series)
            events.append(run.tables["events"])
            bar.advance(task)
        task = bar.add_task("Figures", total=len(FIGURES))
        for name, figure in draw(series, marks_of(plan, events[0]), world).items():
            plots.save(figure, folder / "figures", name)
            bar.advance(task)
    compared = report.headline(compared_rows(world), series)
    last = plan.start + timedelta(weeks=plan.weeks)
    rows = forecast_rows() if of_the_record(world) else plain_rows(world, plan.start, last)
    forecast = report.headline(rows, series)
    report.write_report(folder, plan, seeds, compared, forecast, FIGURES, pd.concat(events), command)
    wall = round(time.perf_counter() - began, 1)
    write_manifest(folder, "history", plan, seeds, world.data_hash, weeks=plan.weeks, wall_seconds=wall)
    return pd.concat([part for part in (compared, forecast) if len(part)] or [compared], ignore_index=True)


def _say(table: pd.DataFrame, out: Path, console: Console) -> None:
    """Print the headline table and where things are."""
    if len(table):
        shown = Table(title="Model and record (band: 10 to 90 % of the runs)", title_justify="left")
        first_forecast = next(iter(table["key"][table["observed"].isna()]), None)
        for name in ("What", "Model median", "Band", "Observed", "Error"):
            shown.add_column(name, justify="left" if name == "What" else "right")
        for _, row in table.iterrows():
            if row["key"] == first_forecast:
                shown.add_section()
            median = report.shown(row["median"], row["unit"])
            shown.add_row(row["what"], median, report.band(row), report.observed(row), report.error(row))
        console.print(shown)
    console.print(f"Report   {out / 'report.md'}", soft_wrap=True, highlight=False)
    console.print(f"Figures  {out / 'figures'}", soft_wrap=True, highlight=False)
    console.print(f"Tables   {out} ({', '.join(TABLES)})", soft_wrap=True, highlight=False)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.history"))
