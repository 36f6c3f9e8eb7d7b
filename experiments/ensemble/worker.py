"""What happens in a worker: a chunk of runs becomes tables; a run that fails becomes a row of one of them."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import Any

import pandas as pd
import pyarrow as pa

from experiments.ensemble.design import Job, checked
from experiments.ensemble.fingerprint import running_code
from experiments.ensemble.output import processor
from experiments.ensemble.tables import KEYS, OWN, TRY_AGAIN, Tables, encode, plain_schema
from experiments.ensemble.worlds import open_world
from model import InputError, Scenario, TradeModel
from model.world import World

# What to keep of a finished run: tidy tables by name.
Measure = Callable[..., dict[str, pd.DataFrame]]
FAILURE = {**KEYS, "scenario": pa.string(), "parameters": pa.string(), "week": pa.int32(), "message": pa.string()}
FAILURE["where"] = pa.string()


class WorkerDied(RuntimeError):
    """A run takes its worker process down: the system has no memory left for it, or compiled code fails."""


# What may go well the next time.
OF_THE_MACHINE = (MemoryError, OSError, WorkerDied)


@dataclass(frozen=True)
class Chunk:
    """Some runs of a design in a row: what a worker gets at a time, and what is lost at most when one is stopped.

    Tables of the names in `records` are headed by `run` alone.
    """

    number: int
    first_run: int
    jobs: tuple[Job, ...]
    measure: str
    options: Mapping[str, Any]
    code: str
    data: Path | None = None
    records: tuple[str, ...] = ()

    def singles(self) -> list[Chunk]:
        """Return the same runs as chunks of one."""
        return [replace(self, first_run=self.first_run + i, jobs=(job,)) for i, job in enumerate(self.jobs)]


def run_chunk(chunk: Chunk) -> Tables:
    """Run a chunk and return its tables; a run that fails becomes a row of `failures`.

    Raises:
        InputError: this process has other code than the one that made the chunk.
    """
    world = open_world(chunk.data)
    if running_code(chunk.measure, world) != chunk.code:
        raise InputError(
            "a worker has other code, data or packages than this process, or another kind of processor "
            f"({processor()}); was a file changed meanwhile? Start again, with the same version everywhere"
        )
    module, function = chunk.measure.split(":")
    measure = partial(getattr(import_module(module), function), **chunk.options)
    held: dict[str, list[pa.Table]] = {}
    failures: list[dict[str, Any]] = []
    for run, job in enumerate(chunk.jobs, chunk.first_run):
        outcome = _run(job, measure, world)
        if isinstance(outcome, dict):
            for name, frame in outcome.items():
                table = _record(frame, run) if name in chunk.records else _keyed(frame, run, job)
                held.setdefault(name, []).append(table)
        else:
            failures.append(_failure(run, job, *outcome))
        del outcome
        gc.collect()  # a model refers to itself through its agents
        _forget_modules()
    return {**{name: encode(parts) for name, parts in held.items()}, "failures": _encoded_failures(failures)}


def _run(job: Job, measure: Measure, world: World) -> dict[str, pd.DataFrame] | tuple[Exception, int | None]:
    model = None
    try:
        scenario = checked(job.scenario, job.cell, world)
        scenario = scenario.model_copy(update={"parameters": {**scenario.parameters, **job.parameters}})
        model = TradeModel(scenario, seed=job.seed, world=world)
        tables = measure(model.run())
        taken = [name for name in tables if name in OWN]
        if taken:
            raise ValueError(f"a measure cannot return a table {taken[0]!r}; every ensemble has one of its own")
        return tables
    except Exception as error:
        return error, None if model is None else model.week


def _keyed(frame: pd.DataFrame, run: int, job: Job) -> pa.Table:
    values = dict(zip(KEYS, (run, job.cell, job.draw, job.seed), strict=True))
    heads = {name: _repeated(value, KEYS[name], frame) for name, value in values.items()}
    table = pa.table(heads | {name: values for name, values in _columns(frame).items() if name not in KEYS})
    return table.cast(plain_schema(table.schema))


def _record(frame: pd.DataFrame, run: int) -> pa.Table:
    """Return a table of the recorder, which knows its run by number alone and keeps its categories."""
    return pa.table(_columns(frame) | {"run": _repeated(run, KEYS["run"], frame)})


def _repeated(value: object, kind: pa.DataType, frame: pd.DataFrame) -> pa.Array:
    return pa.repeat(pa.scalar(value), len(frame)).cast(kind)


def _columns(frame: pd.DataFrame) -> dict[str, pa.Array]:
    """Return the columns of a frame one by one: whole frames take notes along for the way back, which nobody reads."""
    return {str(name): pa.Array.from_pandas(frame[name]) for name in frame}


def _failure(run: int, job: Job, error: Exception, week: int | None) -> dict[str, Any]:
    frames = extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {
        "run": run,
        "cell": job.cell,
        "draw": job.draw,
        "seed": job.seed,
        "scenario": job.scenario.name if isinstance(job.scenario, Scenario) else job.cell,
        "parameters": json.dumps(dict(job.parameters), sort_keys=True),
        "week": week,
        "message": f"{type(error).__name__}: {error}{TRY_AGAIN * isinstance(error, OF_THE_MACHINE)}",
        "where": where,
    }


def _encoded_failures(rows: list[dict[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(rows, pa.schema(FAILURE))
    return encode([table.cast(plain_schema(table.schema))])


def died(chunk: Chunk) -> Tables:
    """Return the tables of a chunk of one run that takes its process down."""
    error = WorkerDied("the worker process died in this run, again and again")
    return {"failures": _encoded_failures([_failure(chunk.first_run, chunk.jobs[0], error, None)])}


@cache
def _forget_modules() -> None:
    """Leave what the first run has loaded out of garbage collection, which then takes 2 ms after a run, not 20."""
    gc.freeze()
