"""Run folders, checked before anything runs; what a manifest says of scenario and versions."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from importlib import metadata
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
PARTIAL = ".manifest.tmp"  # a manifest before it is complete
LEFTOVERS = (".lock", PARTIAL)


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
    held = _manifest(out) if there == out else {}
    if _former(held):
        if not fresh:
            raise InputError(f"--out {out}: holds a run of a former version; choose another or start over with --fresh")
    elif there == out and not held.keys() >= OURS and any(path.name not in LEFTOVERS for path in out.iterdir()):
        raise InputError(f"--out {out}: holds other files; choose a new or empty folder, e.g. {out / 'run'}")
    return out


def records_in(folder: Path) -> list[str]:
    """Return the names of the recorder's tables that the run in a folder has laid beside its report."""
    held = _manifest(folder)
    return list(TABLES) if _former(held) else list(held.get("records", ()))


def _former(held: dict[str, Any]) -> bool:
    return held.keys() >= FORMER and not held.keys() >= OURS


def _manifest(folder: Path) -> dict[str, Any]:
    """Return what the folder's manifest holds; nothing where there is none or it is somebody else's."""
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # ours are written whole
        return {}
    return held if isinstance(held, dict) else {}


def scenario_content(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain values, with the defaults it relies on."""
    return scenario.model_dump(mode="json")


def scenario_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of a scenario's content."""
    return hashlib.sha256(json.dumps(scenario_content(scenario), sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    found = {"python": platform.python_version()}
    for package in ("chokepoint", "mesa", "numpy", "pandas", "numba"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
