"""The main experiment: replay the record of export controls over several seeds, next to what was observed.

`python -m experiments.history --help` lists the options.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from experiments import RECORD
from experiments.ensemble.output import TABLES, TableWriter, check_folder, staged, write_manifest
from experiments.ensemble.progress import progress_bar
from experiments.ensemble.worlds import folder_of, open_world
from experiments.history import report
from experiments.history.plain import plain_rows
from experiments.history.report import FIGURES, captions
from experiments.study.cli import INTERRUPTED, check_range, run_command, whole_number, wide_console
from experiments.study.options import Data
from experiments.study.record import RECORDED, compared_rows, forecast_rows
from experiments.study.series import Series, run_seeds
from experiments.study.shown import Shown, shown_of
from model import InputError, Scenario, TradeModel, load_scenario
from model.world import World

Number = partial(typer.Option, parser=whole_number, metavar="NUMBER")


def main(
    scenario: Annotated[Path, typer.Option(help="Scenario file (TOML)", show_default="the record")] = RECORD,
    runs: Annotated[int, Number("--runs", "--seeds", help="Runs, one per seed")] = 20,
    seed: Annotated[int, Number("--seed", help="First seed; the runs use this one and the next ones")] = 1,
    weeks: Annotated[
        int | None, Number("--weeks", help="Weeks to simulate; as the scenario says when not given")
    ] = None,
    data: Data = None,
    out: Annotated[Path, typer.Option(help="Folder for the results")] = Path("results/history"),
    csv: Annotated[bool, typer.Option("--csv", help="Write the tables as CSV, too")] = False,
    jobs: Annotated[
        int | None, Number("--jobs", "--workers", help="Processes; one per processor when not given")
    ] = None,
) -> int:
    """Replay the record of export controls over several seeds; write tables, figures and a report."""
    check_range("--runs", runs, 1, 10_000)
    check_range("--seed", seed, 0, 2**31)
    processes = min(os.cpu_count() or 1, 256) if jobs is None else check_range("--jobs", jobs, 1, 256)
    world = open_world(data)
    plan = _scenario(scenario, data, world)
    if weeks is not None:
        plan = plan.model_copy(update={"weeks": check_range("--weeks", weeks, 1, 2080)})
    out = check_folder(out, entry="experiment")
    seeds = [seed + i for i in range(runs)]
    try:
        with staged(out) as stage:
            _rehearse(plan, scenario, world)
            repeat = _command(scenario, runs, seed, weeks, csv, data)
            _run(plan, seeds, min(processes, runs), csv, stage, repeat, data)
    except KeyboardInterrupt:
        print(f"Interrupted: nothing was written to {out}", file=sys.stderr)
        return INTERRUPTED
    console = wide_console()
    for name, place in (("Report", out / "report.md"), ("Figures", out / "figures")):
        console.print(f"{name:9}{place}", soft_wrap=True, highlight=False)
    console.print(f"Tables   {out} ({', '.join(TABLES)})", soft_wrap=True, highlight=False)
    return 0


def _scenario(path: Path, data: Path | None, world: World) -> Scenario:
    try:
        return load_scenario(path, world)
    except InputError as error:
        if data is None or path != RECORD:
            raise
        raise InputError(f"{error}; give a scenario of that world with --scenario") from None


def _command(scenario: Path, runs: int, seed: int, weeks: int | None, csv: bool, data: Path | None) -> str:
    """Return the command that repeats the run in the same folder, without folders of this machine."""
    path = scenario.name if scenario.is_absolute() else scenario.as_posix()
    parts = ["python -m experiments.history", f"--runs {runs}", f"--seed {seed}"]
    parts += [] if scenario == RECORD else [f"--scenario {shlex.quote(path)}"]
    parts += [] if weeks is None else [f"--weeks {weeks}"]
    folder = folder_of(data)
    parts += [] if folder is None else [f"--data {shlex.quote(folder)}"]
    return " ".join(parts + ["--csv"] * csv)


def _rehearse(plan: Scenario, source: Path, world: World) -> None:
    """Build the model and live one week: finds what only the model can know, and compiles before processes start."""
    Console(stderr=True).print("Preparing (the first time on a machine this takes about half a minute) ...")
    try:
        TradeModel(plan.model_copy(update={"spin_up_weeks": 0}), seed=0, world=world).step()
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def _run(plan: Scenario, seeds: list[int], jobs: int, csv: bool, folder: Path, command: str, data: Path | None) -> None:
    """Run all seeds, print the headline table as soon as it is known, and write everything into `folder`."""
    began = time.perf_counter()
    view = shown_of(open_world(data), plan)
    series: list[Series] = []
    events: list[pd.DataFrame] = []
    with TableWriter(folder, csv) as tables, progress_bar() as bar:
        task = bar.add_task(f"{plan.name}, {plan.weeks} weeks", total=len(seeds))
        for run in run_seeds(plan, seeds, jobs, data):
            tables.write(run.tables)
            series.append(run.series)
            events.append(run.tables["events"])
            bar.advance(task)
    found = _findings(view, plan, series)
    _say(found.all())
    draw(plan, view, series, events[0], folder)
    report.write_report(folder, plan, view, seeds, found, captions(view), pd.concat(events), command)
    wall = round(time.perf_counter() - began, 1)
    write_manifest(folder, "history", plan, seeds, view.world.data_hash, weeks=plan.weeks, wall_seconds=wall)


def draw(plan: Scenario, view: Shown, series: list[Series], events: pd.DataFrame, folder: Path) -> None:
    """Draw and save the figures; `events` are those of the first run."""
    from experiments.figures import style  # slow to load, and nobody waits for figures before the numbers
    from experiments.history import figures

    with progress_bar() as bar:
        task = bar.add_task("Figures", total=len(FIGURES))
        drawn = figures.draw(series, figures.marks_of(plan, events), view.world, plan)
        for name, figure in drawn.items():
            style.save(figure, folder / "figures", name)
            bar.advance(task)


def _findings(view: Shown, plan: Scenario, series: list[Series]) -> report.Findings:
    """Read the rows of the record where the world holds it, and those by year of all other metals."""
    compared = compared_rows(view.world)
    forecast = forecast_rows() if compared else []
    others = [metal for metal in view.standard if not (compared and metal in RECORDED)]
    plain = plain_rows(view, plan.weeks, others)
    return report.Findings(bool(compared), *(report.headline(rows, series) for rows in (compared, forecast, plain)))


def _say(table: pd.DataFrame) -> None:
    """Print the headline table."""
    if table.empty:
        return
    of_record = table["observed"].notna().any()
    title = "Model and record" if of_record else "Model"
    shown = Table(title=f"{title} (band: 10 to 90 % of the runs)", title_justify="left")
    first_forecast = next(iter(table["key"][table["observed"].isna()]), None)
    columns = ("What", "Model median", "Band", *(("Observed", "Error") if of_record else ()))
    for name in columns:
        shown.add_column(name, justify="left" if name == "What" else "right")
    for _, row in table.iterrows():
        if row["key"] == first_forecast:
            shown.add_section()
        median = report.shown(row["median"], row["unit"])
        cells = (row["what"], median, report.band(row), report.observed(row), report.error(row))
        shown.add_row(*cells[: len(columns)])
    wide_console().print(shown)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.history"))
