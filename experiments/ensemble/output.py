"""Run folders, checked before anything runs; what a manifest says of scenario and versions."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from model import InputError, Scenario

MANIFEST, REPORT = "manifest.json", "report.md"
# The tables of the recorder.
TABLES = ("prices", "trade", "shares", "firms", "events", "policies")
# What the manifest of an ensemble holds and no other program's does, and that of a former version's history.
OURS = {"format", "fingerprint", "runs_per_chunk", "sessions"}
FORMER = {"experiment", "scenario_hash", "data_hash", "seeds"}
# What a process that was killed at its first step may leave in an empty folder.
LEFTOVERS = (".lock", f".{MANIFEST}.tmp")
CHUNKS = "chunks"  # folder of the finished chunks, with a copy of the manifest
CHUNK = "[0-9]" * 6  # what a finished chunk's folder is called
SUMS = "sums.json"  # in each: table to SHA-256 of its file


def check_folder(out: Path, fresh: bool = False) -> Path:
    """Return the absolute run folder, having made sure that it can be written without losing anything else.

    Args:
        out: the folder; it need not exist.
        fresh: whether the runs that it holds are to be thrown away, those of a former version, too.

    Raises:
        InputError: a file is in the way, the place cannot be written, or the folder holds something other than a run.
    """
    try:
        out = out.expanduser().absolute()
        there = next(path for path in (out, *out.parents) if path.exists() or path.is_symlink())
    except (OSError, RuntimeError) as error:  # a name that is too long, a home that is not there
        raise InputError(f"--out {out}: cannot be a folder: {getattr(error, 'strerror', None) or error}") from None
    if not there.is_dir():
        raise InputError(f'--out {out}: "{there}" is a file, not a folder; nearest folder: {there.parent}')
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputError(f'--out {out}: "{there}" cannot be written; choose a folder of your own, e.g. results/history')
    held = read_manifest(out) if there == out else {}
    if _former(held):
        if not fresh:
            raise InputError(f"--out {out}: holds a run of a former version; choose another or start over with --fresh")
    elif there == out and not _ours(out, held) and any(path.name not in LEFTOVERS for path in out.iterdir()):
        raise InputError(f"--out {out}: holds other files; choose a new or empty folder, e.g. {out / 'run'}")
    return out


def records_in(folder: Path) -> list[str]:
    """Return the names of the recorder's tables that the run in a folder has laid beside its report."""
    held = read_manifest(folder)
    return list(TABLES) if _former(held) else list(held.get("records", ()))


def _former(held: dict[str, Any]) -> bool:
    return held.keys() >= FORMER and not held.keys() >= OURS


def _ours(folder: Path, held: dict[str, Any]) -> bool:
    return held.keys() >= OURS or any((folder / CHUNKS).glob(f"{CHUNK}/{SUMS}"))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a folder's manifest holds, by its copy if it was cut or edited; nothing where there is none."""
    there = [_read(path) for path in (folder / CHUNKS / MANIFEST, folder / MANIFEST)]
    return next((held for held in there if held.keys() >= OURS), there[-1])


def _read(path: Path) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give a place to write a file at; it then appears whole under its own name, or nothing of it stays."""
    partial = path.with_name(f".{path.name}.tmp")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with appearing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write what a folder's manifest holds, and its copy beside the chunks: without it no chunk is of use."""
    for place in (folder, folder / CHUNKS):
        if place.is_dir() and _read(place / MANIFEST) != manifest:
            write_text(place / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def scenario_content(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain values, with the defaults it relies on."""
    return scenario.model_dump(mode="json")


def scenario_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of a scenario's content."""
    return hashlib.sha256(json.dumps(scenario_content(scenario), sort_keys=True).encode()).hexdigest()


@cache
def processor() -> str:
    """Return what kind of processor compiled code and NumPy take this one for: another kind may round differently.

    `NUMBA_CPU_NAME`, `NUMBA_CPU_FEATURES` and `NPY_DISABLE_CPU_FEATURES` change it.
    """
    from numba.core.registry import cpu_target

    numpy_has = vars(import_module("numpy._core._multiarray_umath"))
    _, name, features = cpu_target.target_context.codegen().magic_tuple()
    wide = [one for one in numpy_has["__cpu_dispatch__"] if numpy_has["__cpu_features__"][one]]
    return (
        f"{platform.machine()} {name}, "
        f"AVX-512 {'on' if '+avx512f' in features else 'off'}, NumPy {wide[-1] if wide else 'baseline'}"
    )


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"python": platform.python_version()} | {
        package: _version(package) for package in ("chokepoint", "mesa", "numpy", "pandas", "numba")
    }


@cache
def _version(package: str) -> str:
    """Return the version of a package; to look it up takes milliseconds."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
