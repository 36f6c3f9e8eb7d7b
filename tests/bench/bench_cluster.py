"""How an ensemble scales over a cluster of two machines: `python -m tests.bench.bench_cluster`, as root.

The machines are network namespaces. Per number of workers: runs a minute of the whole `history`; the processor's
time per run in workers and beside them (scheduler and command), which other programs hardly lengthen; and runs a minute
that wait half a second instead of reckoning, which shows the cluster where it has more workers than this machine has
processors.
"""

from __future__ import annotations

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import pandas as pd
import psutil

from experiments import SCENARIOS
from experiments.ensemble.design import Cell, Design, read_raw
from experiments.ensemble.driver import run_ensemble
from experiments.study.cli import run_command
from experiments.study.options import Cluster
from model import TradeModel
from tests.faults.machines import ADDRESS, HERE, SCHEDULER, ended, on, scheduler, two_machines, worker

RUNS, WARM, WAITING, WAIT = 24, 8, 96, 0.5
WORKERS = (1, 2, 4)
SHORT = {"name": "short", "weeks": 1, "spin_up_weeks": 0}


def reckoned(model: TradeModel) -> dict[str, pd.DataFrame]:
    return {"weeks": pd.DataFrame({"weeks": [model.week]})}


def waited(model: TradeModel) -> dict[str, pd.DataFrame]:
    time.sleep(WAIT)
    return reckoned(model)


def main(cluster: Cluster = None) -> None:
    """Run both ensembles on a cluster; print the seconds that each took once all workers were warm."""
    history = read_raw(SCENARIOS / "history.toml")
    for raw, measure, runs in ((SHORT, waited, WAITING), (history, reckoned, RUNS)):
        with tempfile.TemporaryDirectory() as place:
            run = partial(run_ensemble, measure=measure, cluster=cluster, jobs_per_chunk=1, progress=False)
            run(Design([Cell("warm", raw)], seeds=range(WARM)), out=Path(place) / "warm")
            began = time.perf_counter()
            run(Design([Cell("only", raw)], seeds=range(runs)), out=Path(place) / "out")
            print(time.perf_counter() - began, flush=True)
    sys.stdin.readline()  # so that its time can be read


def measured(workers: int) -> None:
    """Print a line of the table."""
    with tempfile.TemporaryDirectory() as place:
        beside, crew = [scheduler()], []
        try:
            crew = [worker(name, Path(place) / f"{i}") for i, name in enumerate((list(ADDRESS) * workers)[:workers])]
            command = on(HERE, "tests.bench.bench_cluster", "--cluster", SCHEDULER, stdin=-1, stdout=-1)
            beside.append(command)
            waiting = float(command.stdout.readline())
            before = spent(crew), spent(beside)
            reckoning = float(command.stdout.readline())
            own, more = (now - then for now, then in zip((spent(crew), spent(beside)), before, strict=True))
            print(
                f"{workers} workers: {60 * RUNS / reckoning:5.0f} runs a minute, {own / (RUNS + WARM):.2f} s a run in "
                f"workers, {more / (RUNS + WARM):.3f} s beside them; waiting: {60 * WAITING / waiting:5.0f} a minute",
                flush=True,
            )
        finally:
            ended([*crew, *beside])


def spent(processes: list) -> float:
    """Return the processor's time of processes so far, s."""
    times = [psutil.Process(process.pid).cpu_times() for process in processes if process.poll() is None]
    return sum(one.user + one.system for one in times)


if __name__ == "__main__":
    if "--cluster" in sys.argv:
        sys.exit(run_command(main))
    with two_machines():
        for count in WORKERS:
            measured(count)
