"""What the results of an ensemble depend on, as words to values or hashes: runs of different ones are never mixed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import agents
import model as model_package
from experiments.design import Job, checked
from experiments.output import scenario_hash, versions
from experiments.reach import reached
from model.world import load_world


def fingerprint(runs: Sequence[Job], measure: str, options: Mapping[str, Any]) -> dict[str, str]:
    """Return all that the results of these runs depend on.

    Args:
        runs: in their order.
        measure: ``"module:function"``.
        options: keywords of the measure.
    """
    one_each = {id(job.scenario): job for job in runs}
    contents = {key: scenario_hash(checked(job.scenario, job.cell)) for key, job in one_each.items()}
    seeds = sorted({job.seed for job in runs})
    draws = {job.draw: dict(job.parameters) for job in runs}
    jobs = [(job.cell, contents[id(job.scenario)], dict(job.parameters), job.seed, job.draw) for job in runs]
    return {
        **{f"version of {name}": number for name, number in versions().items()},
        "model code": code_hash(),
        "world data": load_world().data_hash,
        "measure": measure,
        "code of the measure": measure_hash(measure),
        "options of the measure": _sha(_json(dict(options))),
        "seeds": f"{len(seeds)} from {seeds[0]} to {seeds[-1]}",
        "parameter draws": f"{len(draws)}",
        **{f"scenario of cell {job.cell!r}": contents[id(job.scenario)] for job in runs},
        "design": _sha(_json(jobs)),
    }


def running_code(measure: str) -> str:
    """Return a hash over all code, data and package versions of a run, to compare processes by."""
    parts = (code_hash(), measure_hash(measure), load_world().data_hash)
    return _sha(*(part.encode() for part in parts), _json(_versions()))


@cache
def _versions() -> dict[str, str]:
    return versions()


@cache
def code_hash() -> str:
    """Return a hash over the code of model and agents as this process has it."""
    folders = [Path(str(package.__file__)).parent for package in (model_package, agents)]
    files = [(path.relative_to(folder.parent), path) for folder in folders for path in folder.rglob("*.py")]
    return _sha(*(part for name, path in sorted(files) for part in (name.as_posix().encode(), path.read_bytes())))


@cache
def measure_hash(measure: str) -> str:
    """Return a hash over the code that a measure, ``"module:function"``, reaches outside the model; see `reached`."""
    module, function = measure.split(":")
    return _sha(*(part.encode() for part in reached(module, function)))


def _sha(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()
