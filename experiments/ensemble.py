"""The engine for ensembles: runs on all cores or on a cluster, keeps what is finished, goes on where it stopped."""

from __future__ import annotations

import gc
import hashlib
import inspect
import json
import logging
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from importlib import import_module
from itertools import islice
from multiprocessing import resource_tracker
from pathlib import Path
from time import perf_counter
from traceback import extract_tb
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from rich.console import Console

import agents
import model as model_package
from experiments.cli import progress_bar
from experiments.design import Design, Job, check_parameters, checked
from experiments.output import scenario_hash, versions
from experiments.store import KEYS, Results, Store, Tables, encode, merge
from model import InputError, TradeModel
from model.calendar import monday
from model.columns import Kind
from model.recorder import FIRM_COLUMNS
from model.world import load_world

# What to keep of a finished run: tidy tables by name.
Measure = Callable[..., dict[str, pd.DataFrame]]
FAILURE = {**KEYS, "scenario": pa.string(), "parameters": pa.string(), "week": pa.int32(), "message": pa.string()}
FAILURE["where"] = pa.string()
CONNECT_SECONDS = 30
# Dask's profiler keeps a call tree for every second of an hour, about 500 MiB; runs that take their worker down are
# tried again alone, so that the first time need not be repeated often.
LOCAL_SETTINGS = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.allowed-failures": 1,
}


@dataclass(frozen=True)
class Chunk:
    """Some runs of a design in a row: what a worker gets at a time, and what is lost at most when one is stopped."""

    number: int
    first_run: int
    jobs: tuple[Job, ...]
    measure: str
    options: Mapping[str, Any]
    code: str

    def singles(self) -> list[Chunk]:
        """Return the same runs as chunks of one."""
        return [replace(self, first_run=self.first_run + i, jobs=(job,)) for i, job in enumerate(self.jobs)]


def run_ensemble(
    jobs: Design | Sequence[Job],
    measure: Measure,
    out: Path,
    *,
    cluster: str | None = None,
    workers: int | None = None,
    jobs_per_chunk: int | None = None,
    fresh: bool = False,
    progress: bool = True,
) -> Results:
    """Run every job that has not been run yet, and return the tables of all of them.

    Finished chunks are on disk at once; after Ctrl-C or a crash the same call finishes what is missing. A script that
    calls this needs the ``if __name__ == "__main__":`` guard, since worker processes import it.

    Args:
        jobs: the runs, in the order that the column `run` counts.
        measure: a function at the top level of a module, which workers import by name, or a `functools.partial` of
            one with keywords. It takes the finished model and returns data frames by name.
        out: folder of this ensemble.
        cluster: address of a running Dask scheduler, e.g. ``"tcp://127.0.0.1:8786"``; this machine when not given.
            Scheduler and workers need this package; start each worker with ``--nthreads 1``, and with
            ``DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False`` to keep its memory flat.
        workers: processes on this machine; one per core when not given; 0 runs in this process, without Dask.
        jobs_per_chunk: 1 to 10, growing with the number of jobs, when not given. A started folder keeps its own.
        fresh: start over, whatever the folder holds.
        progress: show a bar with the time left.

    Raises:
        InputError: bad scenario or parameter; `out` holds another ensemble; the cluster cannot be used.
    """
    started = perf_counter()
    runs = _ready(jobs.jobs() if isinstance(jobs, Design) else jobs)
    name, options = _by_name(measure)
    size = jobs_per_chunk or min(max(len(runs) // 64, 1), 10)
    store = Store(Path(out))
    fingerprint = _fingerprint(runs, measure, name, options)
    with store.opened(fingerprint, size, fresh=fresh, runs=len(runs)):
        size, finished = store.manifest["runs_per_chunk"], store.finished()
        starts = [n for n in range(0, len(runs), size) if n // size not in finished]
        todo = (Chunk(n // size, n, tuple(runs[n : n + size]), name, options, code_hash()) for n in starts)
        left = sum(min(size, len(runs) - n) for n in starts)
        done = 0
        with _bar(len(runs), len(runs) - left, shown=progress and left > 0) as advance, ExitStack() as stack:
            try:
                execute = stack.enter_context(_executor(cluster, workers, len(starts)))
                for chunk, tables in execute(todo):
                    store.write(chunk.number, tables)
                    done += len(chunk.jobs)
                    advance(len(chunk.jobs))
            except KeyboardInterrupt:
                kept = len(runs) - left + done
                _say(f"Stopped. {kept} of {len(runs)} runs are in {out}; the same command goes on from there.")
                raise
            finally:
                if done:
                    seconds = round(perf_counter() - started, 1)
                    store.note_session(runs=done, seconds=seconds, cluster=cluster, workers=workers)
        results = store.collect(_run_table(runs))
    if progress:
        _report_failures(results, len(runs))
    return results


# ---- in a worker --------------------------------------------------------------------------------------------------


def run_chunk(chunk: Chunk) -> Tables:
    """Run a chunk and return its tables; a run that fails becomes a row of `failures`."""
    if code_hash() != chunk.code:
        raise InputError("a worker has other model code than this process; restart it with the same version")
    module, function = chunk.measure.split(":")
    measure = partial(getattr(import_module(module), function), **chunk.options)
    held: dict[str, list[pa.Table]] = {}
    failures: list[dict[str, Any]] = []
    _forget_modules()
    for run, job in enumerate(chunk.jobs, chunk.first_run):
        outcome = _run(job, measure)
        if isinstance(outcome, dict):
            for name, frame in outcome.items():
                held.setdefault(name, []).append(_keyed(frame, run, job))
        else:
            failures.append(_failure(run, job, *outcome))
        gc.collect()  # a model refers to itself through its agents
    tables = {name: encode(pa.concat_tables(parts, promote_options="permissive")) for name, parts in held.items()}
    return {**tables, "failures": _encoded_failures(failures)}


def _run(job: Job, measure: Measure) -> dict[str, pd.DataFrame] | tuple[Exception, int | None]:
    model = None
    try:
        scenario = checked(job.scenario, job.cell)
        scenario = scenario.model_copy(update={"parameters": {**scenario.parameters, **job.parameters}})
        model = TradeModel(scenario, seed=job.seed)
        return measure(model.run())
    except Exception as error:
        return error, None if model is None else model.week


def _keyed(frame: pd.DataFrame, run: int, job: Job) -> pa.Table:
    body = pa.Table.from_pandas(frame.drop(columns=list(KEYS), errors="ignore"), preserve_index=False)
    for place, (name, value) in enumerate(zip(KEYS, (run, job.cell, job.draw, job.seed), strict=True)):
        body = body.add_column(
            place, pa.field(name, KEYS[name]), pa.repeat(pa.scalar(value), len(frame)).cast(KEYS[name])
        )
    return body.replace_schema_metadata(None)


def _failure(run: int, job: Job, error: Exception, week: int | None) -> dict[str, Any]:
    frames = extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {
        "run": run,
        "cell": job.cell,
        "draw": job.draw,
        "seed": job.seed,
        "scenario": checked(job.scenario, job.cell).name,
        "parameters": json.dumps(dict(job.parameters), sort_keys=True),
        "week": week,
        "message": f"{type(error).__name__}: {error}",
        "where": where,
    }


def _encoded_failures(rows: list[dict[str, Any]]) -> bytes:
    return encode(pa.Table.from_pylist(rows, pa.schema(FAILURE)))


@cache
def _forget_modules() -> None:
    """Leave what is loaded by now out of garbage collection, which then takes 2 ms after a run instead of 130."""
    gc.collect()
    gc.freeze()


@cache
def code_hash() -> str:
    """Return a hash over the code of model and agents as this process has it."""
    folders = [Path(str(package.__file__)).parent for package in (model_package, agents)]
    files = [(path.relative_to(folder.parent), path) for folder in folders for path in folder.rglob("*.py")]
    return _sha(*(part for name, path in sorted(files) for part in (name.as_posix().encode(), path.read_bytes())))


# ---- where chunks run ---------------------------------------------------------------------------------------------

Execute = Callable[[Iterator[Chunk]], Iterator[tuple[Chunk, Tables]]]


@contextmanager
def _executor(cluster: str | None, workers: int | None, chunks: int) -> Iterator[Execute]:
    if not chunks or (cluster is None and workers == 0):
        yield lambda todo: ((chunk, run_chunk(chunk)) for chunk in todo)
        return
    try:
        import dask
        from dask.system import CPU_COUNT
        from distributed import Client, LocalCluster
    except ImportError:
        raise InputError('several processes need Dask: pip install "chokepoint[ensemble]"; or --workers 0') from None
    with ExitStack() as stack:
        if cluster is None:
            stack.enter_context(dask.config.set(LOCAL_SETTINGS))
            options = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
            with _interrupts_held():
                local = LocalCluster(
                    n_workers=min(workers or CPU_COUNT, chunks), silence_logs=logging.CRITICAL, **options
                )
            place: Any = stack.enter_context(local)
        else:
            place = cluster
        try:
            client = stack.enter_context(Client(place, timeout=CONNECT_SECONDS, set_as_default=False))
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"--cluster {cluster}: no scheduler with a worker answers there ({error})") from None
        yield partial(_on_cluster, client)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Put Ctrl-C off; threads and processes started meanwhile never get it, since it is for this process to answer."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it lets Ctrl-C through again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _on_cluster(client: Any, todo: Iterator[Chunk]) -> Iterator[tuple[Chunk, Tables]]:
    """Keep every worker busy with one chunk and one more waiting, however many there are; yield what is finished."""
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    running: dict[Any, Chunk] = {}
    suspects: list[Chunk] = []
    waiting = as_completed(loop=client.loop)

    def top_up() -> None:
        room = 2 * max(1, sum(client.nthreads().values())) - len(running)
        for chunk in islice(todo, max(0, room)):
            future = client.submit(run_chunk, chunk, pure=False)
            running[future] = chunk
            waiting.add(future)

    try:
        top_up()
        for future in waiting:
            chunk = running.pop(future)
            try:
                tables = future.result()
            except KilledWorker:
                suspects.append(chunk)
            else:
                yield chunk, tables
            del future
            top_up()
        for chunk in suspects:
            yield chunk, merge(_alone(client, single, KilledWorker) for single in chunk.singles())
    except Exception as error:
        raise InputError(
            f"the workers cannot go on ({type(error).__name__}: {error}); finished runs are kept"
        ) from error


def _alone(client: Any, chunk: Chunk, killed: type[Exception]) -> Tables:
    """Run one job with nothing beside it, to see whether it is the one that takes its worker process down."""
    try:
        return client.submit(run_chunk, chunk, pure=False).result()
    except killed:
        error = RuntimeError("the worker process died in this run, again and again")
        return {"failures": _encoded_failures([_failure(chunk.first_run, chunk.jobs[0], error, None)])}


# ---- in the driver ------------------------------------------------------------------------------------------------


def _ready(jobs: Iterable[Job]) -> list[Job]:
    jobs = list(jobs)
    if not jobs:
        raise InputError("nothing to run: the design has no cell, no draw or no seed")
    parsed = {id(job.scenario): checked(job.scenario, job.cell) for job in {id(j.scenario): j for j in jobs}.values()}
    check_parameters(jobs)
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


def _fingerprint(runs: list[Job], measure: Measure, name: str, options: dict[str, Any]) -> dict[str, str]:
    function = measure.func if isinstance(measure, partial) else measure
    one_each = {id(job.scenario): job for job in runs}
    contents = {key: scenario_hash(checked(job.scenario, job.cell)) for key, job in one_each.items()}
    seeds = sorted({job.seed for job in runs})
    draws = {job.draw: dict(job.parameters) for job in runs}
    jobs = [(job.cell, contents[id(job.scenario)], dict(job.parameters), job.seed, job.draw) for job in runs]
    return {
        **{f"version of {name}": number for name, number in versions().items()},
        "model code": code_hash(),
        "world data": load_world().data_hash,
        "measure": name,
        "code of the measure": _sha(inspect.getsource(function).encode()),
        "options of the measure": _sha(_json(options)),
        "seeds": f"{len(seeds)} from {seeds[0]} to {seeds[-1]}",
        "parameter draws": f"{len(draws)}",
        **{f"scenario of cell {job.cell!r}": contents[id(job.scenario)] for job in runs},
        "design": _sha(_json(jobs)),
    }


def _run_table(runs: list[Job]) -> pd.DataFrame:
    """Return one row per run: its keys, the levels of the factors, the parameters drawn."""
    keys = {"cell": [job.cell for job in runs], "draw": [job.draw for job in runs], "seed": [job.seed for job in runs]}
    table = pd.DataFrame({"run": range(len(runs)), **keys})
    table = table.astype({"run": np.int32, "draw": np.int32, "seed": np.int64})
    return table.join(pd.DataFrame([{**job.levels, **job.parameters} for job in runs], index=table.index))


@contextmanager
def _bar(total: int, finished: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    if not shown:
        yield lambda runs: None
        return
    with progress_bar() as bar:
        task = bar.add_task("runs", total=total, completed=finished)
        yield lambda runs: bar.advance(task, runs)


def _report_failures(results: Results, total: int, most: int = 3) -> None:
    failures = results.table("failures")
    if failures.empty:
        return
    _say(f"{len(failures)} of {total} runs failed; see {results.folder / 'failures.parquet'}. The first:")
    for row in failures.head(most).itertuples():
        _say(f"  {row.cell}: seed {row.seed}, draw {row.draw} {row.parameters}: {row.message}")


def _say(text: str) -> None:
    Console(stderr=True).print(text, soft_wrap=True, markup=False, highlight=False)


def _sha(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()


# ---- a measure ----------------------------------------------------------------------------------------------------

# Weekly prices that are kept: of which good, in which country.
SERIES = tuple((good, zone) for good in ("gallium-4N", "germanium-5N") for zone in ("CHN", "DEU", "USA"))


def headline(
    model: TradeModel,
    windows: Mapping[str, tuple[date | None, date | None]] | None = None,
    series: Iterable[tuple[str, str]] = SERIES,
) -> dict[str, pd.DataFrame]:
    """Return the usual summary of a run: `headline` by window, good and zone, and `weekly` prices.

    Args:
        model: a finished run.
        windows: name to first day and day after the last (None: the run's own); the whole run when not given.
        series: (good, zone) pairs of which `weekly` keeps the price of free metal.

    Returns:
        `headline`: delivered price of free metal in USD/kg (mean, peak); kg used and kg that buyers wanted and did
        not get, produced, exported, imported over the window; shares of what was produced and exported.
    """
    recorder, world = model.recorder, model.world
    zones = len(world.zones)
    price = np.array(recorder.prices)[:, 0, :, :zones]
    flows = _weekly_flows(model)
    days = np.array([monday(week, model.start) for week in recorder.weeks], dtype="datetime64[D]")
    places = {
        "good": _names(world.goods, np.repeat(np.arange(len(world.goods)), zones)),
        "zone": _names(world.zones, np.tile(np.arange(zones), len(world.goods))),
    }
    parts = []
    for name, (first, last) in (windows or {"all": (None, None)}).items():
        inside = (days >= np.datetime64(first or days[0])) & (days < np.datetime64(last or days[-1] + 1))
        seen = np.isfinite(price[inside])
        weeks = seen.sum(axis=0)
        total = np.where(seen, price[inside], 0.0).sum(axis=0)
        peak = np.where(seen, price[inside], -np.inf).max(axis=0, initial=-np.inf)
        columns = {
            "mean_usd_per_kg": np.divide(total, weeks, out=np.full(total.shape, np.nan), where=weeks > 0),
            "peak_usd_per_kg": np.where(weeks > 0, peak, np.nan),
            **{key: kg[inside].sum(axis=0) for key, kg in flows.items()},
        }
        for share, kg in (("share_of_production", "produced_kg"), ("share_of_world_trade", "exported_kg")):
            world_kg = np.broadcast_to(columns[kg].sum(axis=1, keepdims=True), total.shape)
            columns[share] = np.divide(columns[kg], world_kg, out=np.zeros(total.shape), where=world_kg > 0)
        flat = {key: value.reshape(-1) for key, value in columns.items()}
        parts.append(pd.DataFrame({"window": name, **places, **flat}))
    pairs = [(world.good_index[good], world.zone_index[zone]) for good, zone in series]
    good, zone = np.array(pairs, dtype=int).reshape(-1, 2).T
    weekly = pd.DataFrame(
        {
            "week": np.tile(days.astype("datetime64[s]"), len(pairs)),
            "good": _names(world.goods, np.repeat(good, len(days))),
            "zone": _names(world.zones, np.repeat(zone, len(days))),
            "usd_per_kg": price[:, good, zone].T.reshape(-1),
        }
    )
    return {"headline": pd.concat(parts), "weekly": weekly}


def _names(names: Sequence[str], codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=list(names))


def _weekly_flows(model: TradeModel) -> dict[str, np.ndarray]:
    """Return kg by week, good and zone, [W, G, Z]: used, unmet, produced, exported, imported."""
    recorder, world, c = model.recorder, model.world, model.columns
    shape = (len(recorder.weeks), len(world.goods), len(world.zones))
    users = c.of(Kind.BUYER)
    columns = [FIRM_COLUMNS.index(name) for name in ("consumed_kg", "short_kg")]
    used, unmet = np.array([week[users][:, columns] for week in recorder.firms]).reshape(-1, 2).T
    at = np.ravel_multi_index((c.good[users], c.zone[users]), shape[1:])
    place = (at[None] + shape[1] * shape[2] * np.arange(shape[0])[:, None]).reshape(-1)
    good, origin, destination, _market, kg, *_ = (np.concatenate(part) for part in zip(*recorder.trade, strict=True))
    week = np.repeat(np.arange(shape[0]), [len(flows[0]) for flows in recorder.trade])
    abroad = origin != destination

    def summed(places: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        return np.bincount(places, amounts, int(np.prod(shape))).reshape(shape)

    def traded(zone: np.ndarray) -> np.ndarray:
        return summed(np.ravel_multi_index((week[abroad], good[abroad], zone[abroad]), shape), kg[abroad])

    return {
        "used_kg": summed(place, used),
        "unmet_kg": summed(place, unmet),
        "produced_kg": np.array(recorder.output),
        "exported_kg": traded(origin),
        "imported_kg": traded(destination),
    }
