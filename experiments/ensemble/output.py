"""Run folders: checked before anything runs, filled beside the final place, and moved there when complete."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from model import InputError, Scenario

TABLES = ("prices", "trade", "shares", "firms", "events", "policies")
MANIFEST = "manifest.json"
OURS = (MANIFEST, "report.md", "figures", *(f"{name}.{end}" for name in TABLES for end in ("parquet", "csv")))
# What the manifest of each kind of run holds and no other program's does, by the entry that tells them apart.
SIGNS = {
    "fingerprint": {"format", "fingerprint", "runs_per_chunk", "sessions"},
    "experiment": {"experiment", "scenario_hash", "data_hash", "seeds"},
}
# What a process that was killed at its first step may leave in an empty folder.
LEFTOVERS = (".lock", ".manifest.tmp")


def check_folder(out: Path, entry: str) -> Path:
    """Return the absolute run folder, having made sure that it can be written without losing anything else.

    Args:
        out: the folder; it need not exist.
        entry: the kind of run, a key of `SIGNS`.

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
    if there == out and not _holds_run(out, entry) and any(path.name not in LEFTOVERS for path in out.iterdir()):
        raise InputError(f"--out {out}: holds other files; choose a new or empty folder, e.g. {out / 'run'}")
    return out


def _holds_run(folder: Path, entry: str) -> bool:
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return False
    try:
        held = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # ours are written whole: this is somebody else's
        return False
    return isinstance(held, dict) and SIGNS[entry] <= held.keys()


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Give a new folder beside `out`; what it holds at the end becomes `out`, or vanishes if anything goes wrong."""
    made = [path for path in (out.parent, *out.parent.parents) if not path.exists()]
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        yield stage
        stage.chmod(0o777 & ~_umask())
        _publish(stage, out)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        for path in made:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
        raise


def _publish(stage: Path, out: Path) -> None:
    """Move a finished folder into place. An earlier run there is replaced; files that are not ours stay."""
    if not out.exists():
        stage.rename(out)
        return
    for name in OURS:
        old = out / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
    # The manifest comes last: a folder with a manifest is complete.
    for path in sorted(stage.iterdir(), key=lambda path: path.name == MANIFEST):
        shutil.move(path, out / path.name)
    stage.rmdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class TableWriter:
    """Streams the tidy tables of run after run into one Parquet file each, and CSV on request."""

    def __init__(self, folder: Path, csv: bool = False) -> None:
        self.folder, self.csv = folder, csv
        self._writers: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, tables: dict[str, pd.DataFrame]) -> None:
        """Append one run."""
        for name in TABLES:
            # Without pandas' own metadata the bytes depend on the numbers alone.
            table = pa.Table.from_pandas(tables[name], preserve_index=False).replace_schema_metadata(None)
            first = name not in self._writers
            if first:
                path = self.folder / f"{name}.parquet"
                self._writers[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
            self._writers[name].write_table(table)
            if self.csv:
                path = self.folder / f"{name}.csv"
                tables[name].to_csv(path, mode="w" if first else "a", header=first, index=False, lineterminator="\n")


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


def write_manifest(
    folder: Path, experiment: str, scenario: Scenario, seeds: list[int], data_hash: str, **more: Any
) -> None:
    """Write what is needed to know, and to repeat, where the results came from."""
    content = {
        "experiment": experiment,
        "scenario": scenario.name,
        "scenario_hash": scenario_hash(scenario),
        "scenario_content": scenario_content(scenario),
        "runs": len(seeds),
        "seeds": seeds,
        "versions": versions(),
        "data_hash": data_hash,
        **more,
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
