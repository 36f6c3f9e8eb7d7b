"""The engine for ensembles: runs on all cores or on a cluster, keeps what is finished, goes on where it stopped.

What a worker does is in `worker`, where workers are in `cluster`, the folder in `store`, what it depends on in
`fingerprint`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from experiments.ensemble.cluster import Execute, check_address, executor
from experiments.ensemble.design import Design, Job, check_columns, check_parameters, checked
from experiments.ensemble.fingerprint import fingerprint, running_code, world_files
from experiments.ensemble.output import check_folder, processor, versions
from experiments.ensemble.progress import progress_bar, say
from experiments.ensemble.results import Results
from experiments.ensemble.store import Store
from experiments.ensemble.tables import KEYS
from experiments.ensemble.worker import Chunk, Measure
from experiments.ensemble.worlds import open_world
from model import InputError
from model.errors import shortened
from model.world import World


def run_ensemble(
    jobs: Design | Sequence[Job],
    measure: Measure,
    out: Path,
    *,
    data: Path | None = None,
    cluster: str | None = None,
    workers: int | None = None,
    jobs_per_chunk: int | None = None,
    fresh: bool = False,
    progress: bool = True,
    records: tuple[str, ...] = (),
    about: Mapping[str, Any] | None = None,
    label: str = "runs",
    execute: Execute | None = None,
) -> Results:
    """Run every job that has not been run yet, and return the tables of all of them.

    Finished chunks are on disk at once; after Ctrl-C or a crash the same call finishes what is missing. A script that
    calls this needs the ``if __name__ == "__main__":`` guard, since worker processes import it.

    Args:
        jobs: the runs, in the order that the column `run` counts.
        measure: a function at the top level of a module, which workers import by name, or a `functools.partial` of
            one with keywords. It takes the finished model and returns data frames by name.
        out: folder of this ensemble.
        data: folder of the world, which workers have to find there, too; the packaged one when not given.
        cluster: address of a running Dask scheduler, e.g. ``"tcp://127.0.0.1:8786"``; this machine when not given.
            Scheduler and workers need this package; start each worker with ``--nthreads 1``, and with
            ``DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False`` to keep its memory flat.
        workers: processes on this machine; one per core when not given; 0 runs in this process, without Dask, as does
            a single chunk when no number is given.
        jobs_per_chunk: 1 to 10, growing with the number of jobs, when not given. A started folder keeps its own.
        fresh: start over, whatever the folder holds.
        progress: show a bar with the time left.
        records: names of tables of the recorder that the measure returns; they come to lie in `out` itself, headed by
            `run` alone.
        about: further entries of the manifest.
        label: what the bar says.
        execute: what runs the chunks, from `cluster.executor`, for ensembles one after the other; started for this one
            when not given.

    Raises:
        InputError: bad scenario or parameter; `out` holds another ensemble; the cluster cannot be used.
    """
    started = perf_counter()
    if cluster is not None:
        check_address(cluster)
    world = open_world(data)
    runs = _ready(jobs.jobs(world) if isinstance(jobs, Design) else jobs, world)
    name, options = _by_name(measure)
    size = jobs_per_chunk or min(max(len(runs) // 100, 1), 10)
    check_folder(Path(out), fresh)
    store = Store(Path(out).expanduser(), records)
    if fresh and cluster is not None:
        with executor(cluster, workers, 1):  # before anything is thrown away
            pass
    notes = {**(about or {}), "runs": len(runs), "seeds": sorted({job.seed for job in runs}), "versions": versions()}
    notes |= {"data_hash": world.data_hash, "processor": processor(), "files": world_files(data)}
    with store.opened(fingerprint(runs, name, options, world), size, fresh=fresh, **notes):
        size, finished = store.manifest["runs_per_chunk"], store.finished()
        starts = [n for n in range(0, len(runs), size) if n // size not in finished]
        folder = None if data is None else data.expanduser().resolve()
        common = (name, options, running_code(name, world), folder, records)
        todo = (Chunk(n // size, n, tuple(runs[n : n + size]), *common) for n in starts)
        if len(starts) == 1 and cluster is None and workers is None:
            workers = 0  # another process would take longer to start than this one to run it
        left = sum(min(size, len(runs) - n) for n in starts)
        done = 0
        with progress_bar(shown=progress and left > 0) as bar:
            task = bar.add_task(label, total=len(runs), completed=len(runs) - left, before=len(runs) - left)
            try:
                with nullcontext(execute) if execute else executor(cluster, workers, len(starts)) as run:
                    for chunk, tables in run(todo):
                        store.write(chunk.number, tables)
                        done += len(chunk.jobs)
                        bar.advance(task, len(chunk.jobs))
            except KeyboardInterrupt:
                kept = len(runs) - left + done
                there = f"{kept} of {len(runs)} runs are in {out}; the same command goes on from there."
                say(f"Stopped. {there if kept else 'No run was finished, nothing was written.'}")
                raise
            finally:
                seconds = perf_counter() - started
                if done:
                    store.note_session(runs=done, seconds=round(seconds, 1), cluster=cluster, workers=workers)
        results = store.collect(_run_table(runs))
    if progress:
        _report(results, len(runs), done, seconds)
    return results


def _ready(jobs: Iterable[Job], world: World) -> list[Job]:
    jobs = list(jobs)
    if not jobs:
        raise InputError("nothing to run: the design has no cell, no draw or no seed")
    one_each = {id(job.scenario): job for job in jobs}
    parsed = {key: checked(job.scenario, job.cell, world) for key, job in one_each.items()}
    check_parameters(jobs, world)
    check_columns(jobs, [*KEYS, "failed"])
    return [replace(job, scenario=parsed[id(job.scenario)]) for job in jobs]


def _by_name(measure: Measure) -> tuple[str, dict[str, Any]]:
    function, options = (measure.func, measure.keywords) if isinstance(measure, partial) else (measure, {})
    module, name = function.__module__, function.__qualname__
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if module == "__main__" and spec is not None:
        module = spec.name
    if module == "__main__" or not name.isidentifier() or (isinstance(measure, partial) and measure.args):
        raise TypeError(f"measure {module}:{name} must be a function at the top level of an importable module")
    return f"{module}:{name}", dict(options)


def _run_table(runs: list[Job]) -> pd.DataFrame:
    """Return one row per run: its keys, the levels of the factors, the parameters drawn."""
    keys = {"cell": [job.cell for job in runs], "draw": [job.draw for job in runs], "seed": [job.seed for job in runs]}
    table = pd.DataFrame({"run": range(len(runs)), **keys})
    table = table.astype({"run": np.int32, "draw": np.int32, "seed": np.int64})
    return table.join(pd.DataFrame([{**job.levels, **job.parameters} for job in runs], index=table.index))


def _report(results: Results, total: int, done: int, seconds: float, most: int = 3) -> None:
    """Say how long the runs of this session took, and which runs failed."""
    if done:
        say(f"{done:,} runs in {_duration(seconds)} ({60 * done / seconds:,.0f} a minute)")
    failures = results.table("failures")
    if failures.empty:
        return
    say(f"{len(failures)} of {total} runs failed; see {results.folder / 'failures.parquet'}. The first:")
    for row in failures.head(most).itertuples():
        say(f"  {row.cell}: seed {row.seed}, draw {row.draw}: {row.message} ({shortened(row.parameters, 200)})")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((i for i, (number, _unit) in enumerate(parts) if number), 2)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2])
