"""What the results of an ensemble depend on, as words to values or hashes: runs of different ones are never mixed.

Files have short hashes of their own beside it, so that whoever repeats a study hears which of them is another now.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from experiments.ensemble.design import Job, checked
from experiments.ensemble.output import processor, scenario_hash, versions
from model.world import DATA_FOLDER, DATA_VARIABLE, World, load_world

PROGRAM = ("agents", "experiments", "model")


def fingerprint(
    runs: Sequence[Job], measure: str, options: Mapping[str, Any], world: World | None = None
) -> dict[str, str]:
    """Return all that the results of these runs depend on.

    Args:
        runs: in their order.
        measure: ``"module:function"``.
        options: keywords of the measure.
        world: what they run in; the packaged one when not given.
    """
    world = world or load_world()
    one_each = {id(job.scenario): job for job in runs}
    contents = {key: scenario_hash(checked(job.scenario, job.cell, world)) for key, job in one_each.items()}
    seeds = sorted({job.seed for job in runs})
    draws = {job.draw: dict(job.parameters) for job in runs}
    jobs = [(job.cell, contents[id(job.scenario)], dict(job.parameters), job.seed, job.draw) for job in runs]
    return {
        **{f"version of {name}": number for name, number in versions().items()},
        "processor": processor(),
        "model code": code_hash(),
        "world data": world.data_hash,
        "measure": measure,
        "code of the measure": measure_hash(measure),
        "options of the measure": _sha(_json(dict(options))),
        "seeds": f"{len(seeds)} from {seeds[0]} to {seeds[-1]}",
        "parameter draws": f"{len(draws)}",
        **{f"scenario of cell {job.cell!r}": contents[id(job.scenario)] for job in runs},
        "design": _sha(_json(jobs)),
    }


def running_code(measure: str, world: World | None = None) -> str:
    """Return a hash over processor, code, data and package versions of a run, to compare processes by."""
    world = world or load_world()
    parts = (code_hash(), measure_hash(measure), world.data_hash, processor())
    return _sha(*(part.encode() for part in parts), _json(versions()))


def code_hash() -> str:
    """Return a hash over the code of model and agents as this process has it."""
    return _package_hash("agents", "model")


def measure_hash(measure: str) -> str:
    """Return a hash over the code that a measure, ``"module:function"``, may use beside the model.

    That is all of this package and of the measure's own, since nothing less is sure to hold what it calls.
    """
    return _package_hash(*sorted({"experiments", measure.partition(":")[0].partition(".")[0]}))


def world_files(data: Path | None = None) -> dict[str, str]:
    """Return a short hash of every file of a world, by its name after `data/`.

    Args:
        data: its folder; the packaged one when not given.
    """
    folder = (data or Path(os.environ.get(DATA_VARIABLE) or DATA_FOLDER)).expanduser()
    found = [path for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".json")]
    return {f"data/{path.name}": _short(path) for path in found}


def program_files() -> dict[str, str]:
    """Return a short hash of every file of the program, by its place: code, scenarios, templates and claims."""
    found: dict[str, str] = {}
    for name in PROGRAM:
        spec = find_spec(name)
        assert spec is not None, name
        for folder in map(Path, spec.submodule_search_locations or ()):
            inside = [path for path in folder.rglob("*") if path.suffix in (".py", ".toml", ".j2")]
            found |= {f"{name}/{path.relative_to(folder).as_posix()}": _short(path) for path in sorted(inside)}
    return found


def _short(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@cache
def _package_hash(*packages: str) -> str:
    """Return a hash over names and contents of all Python files in some top-level packages (or of single modules)."""
    parts: list[bytes] = []
    for name in packages:
        spec = find_spec(name)
        assert spec is not None, name
        folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
        files = [(path.relative_to(folder).as_posix(), path) for folder in folders for path in folder.rglob("*.py")]
        for file, path in sorted(files) or [("", Path(str(spec.origin)))]:
            parts += [f"{name}/{file}".encode(), path.read_bytes()]
    return _sha(*parts)


def _sha(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, default=str).encode()
