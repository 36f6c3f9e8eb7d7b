"""A folder of runs: every finished chunk appears whole or not at all; in the end the chunks become one table each."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from experiments.ensemble.lock import locked
from experiments.ensemble.output import (
    CHUNK,
    CHUNKS,
    MANIFEST,
    OURS,
    REPORT,
    SUMS,
    check_folder,
    read_manifest,
    records_in,
    write_manifest,
)
from experiments.ensemble.results import Results
from experiments.ensemble.tables import TRY_AGAIN, Tables, batches, schema_of, write_groups, write_table
from model.errors import InputError

FORMAT = "4"


class Store:
    """The folder of an ensemble (`manifest.json`, `chunks/`, `tables/`); other files in it are left alone.

    Tables of the names in `records`, the recorder's, come to lie in the folder itself.
    """

    def __init__(self, folder: Path, records: tuple[str, ...] = ()) -> None:
        self.folder, self.records = folder, records
        self.manifest: dict[str, Any] = {}
        self._path = folder / MANIFEST
        self._chunks, self._tables = folder / CHUNKS, folder / "tables"

    @contextmanager
    def opened(
        self, fingerprint: Mapping[str, str], runs_per_chunk: int, *, fresh: bool = False, **more: Any
    ) -> Iterator[Store]:
        """Hold the folder for one process; start it, or go on where an interrupted run of the same ensemble stopped.

        If nothing is finished in the end, nothing stays.

        Args:
            fingerprint: what the results depend on, in words, to a value or hash.
            runs_per_chunk: for a new folder; one that was started keeps the size it has.
            fresh: throw away the runs that are there.
            more: further entries of a new manifest.

        Raises:
            InputError: the folder holds another ensemble or other files, is in use, or cannot be written.
        """
        check_folder(self.folder, fresh)
        with self._made(), locked(self.folder):
            if fresh or self._nothing_finished():
                self._clear()
            if self._path.exists() or self.finished():
                self.manifest = self._same(fingerprint)
            else:
                self.manifest = {"format": FORMAT, "runs_per_chunk": runs_per_chunk, "records": self.records, **more}
                self.manifest |= {"fingerprint": dict(fingerprint), "sessions": []}
            with self._writing():
                self._chunks.mkdir(exist_ok=True)
                self._save()
                for leftover in [*self._chunks.glob(f".{CHUNK}.tmp"), *self._to_run_again()]:
                    shutil.rmtree(leftover)
            try:
                yield self
            finally:
                if self._nothing_finished():
                    self._clear()

    def finished(self) -> set[int]:
        """Return the numbers of the chunks that are there."""
        return {int(path.name) for path in self._chunks.glob(CHUNK)}

    def _to_run_again(self) -> list[Path]:
        """Return the chunks that a failing disc or a broken copy has damaged, or in which the machine failed a run."""
        return [chunk for chunk in self._chunks.glob(CHUNK) if not _whole(chunk) or _unlucky(chunk)]

    def write(self, number: int, tables: Tables) -> None:
        """Add a finished chunk: all of its tables at once, on disk when this returns."""
        partial = self._chunks / f".{number:06d}.tmp"
        with self._writing():
            partial.mkdir()
            files = {f"{name}.arrow": data for name, data in tables.items()}
            sums = {name: sha256(data).hexdigest() for name, data in files.items()}
            for name, data in [*files.items(), (SUMS, json.dumps(sums).encode())]:
                with (partial / name).open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(partial, self._chunks / f"{number:06d}")

    def note_session(self, **entry: Any) -> None:
        """Add to the manifest what one session did."""
        self.manifest["sessions"].append(entry)
        self._save()

    def collect(self, runs: pd.DataFrame) -> Results:
        """Join the chunks into one file per table, sorted by run, in little memory and whatever the chunks' size.

        Args:
            runs: one row per run; a column `failed` is added.
        """
        results = Results(self._tables, self.records)
        files: dict[str, list[Path]] = {}
        for chunk in sorted(self._chunks.glob(CHUNK)):
            for file in sorted(chunk.glob("*.arrow")):
                files.setdefault(file.stem, []).append(file)
        with self._writing():
            results.folder.mkdir(exist_ok=True)
            with ThreadPoolExecutor() as threads:
                list(threads.map(self._join, files, files.values()))
            failed = runs["run"].isin(results.table("failures", ["run"])["run"])
            table = pa.Table.from_pandas(runs.assign(failed=failed), preserve_index=False)
            write_table(results.folder, "runs", table.schema.remove_metadata(), [table])
        return results

    def _join(self, name: str, parts: Sequence[Path]) -> None:
        """Write one table from its parts, in order."""
        schema = pa.unify_schemas([schema_of(part) for part in parts], promote_options="permissive")
        tables = (table for part in parts for table in batches(part))
        if name in self.records:  # a group for every run, as it is: much faster
            write_groups(self.folder, name, schema, (group.cast(schema) for group in tables))
        else:
            write_table(self._tables, name, schema, tables)

    def _same(self, fingerprint: Mapping[str, str]) -> dict[str, Any]:
        manifest = read_manifest(self.folder)
        if not manifest.keys() >= OURS or not isinstance(manifest["fingerprint"], dict):
            raise InputError(f"{self._path}: cannot be read, nor its copy in {CHUNKS}; start over with --fresh")
        there = {**manifest["fingerprint"], "format": manifest["format"]}
        wanted = {**fingerprint, "format": FORMAT}
        changed = [key for key in {**there, **wanted} if there.get(key) != wanted.get(key)]
        if changed:
            listed = ", ".join(_change(key, there.get(key), wanted.get(key)) for key in changed[:4])
            more = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
            raise InputError(
                f"{self.folder}: holds runs of another ensemble; changed: {listed}{more}; "
                "choose another folder with --out, or start over with --fresh"
            )
        return manifest

    def _save(self) -> None:
        with self._writing():
            write_manifest(self.folder, self.manifest)

    def _nothing_finished(self) -> bool:
        return not self.finished() and not self._tables.exists()

    def _clear(self) -> None:
        """Remove what is ours, each folder at once: half a chunk must not be taken for a whole one."""
        records = [f"{name}.{end}" for name in records_in(self.folder) for end in ("parquet", "csv")]
        with self._writing():
            for folder in (self._tables, self._chunks):
                gone = self.folder / f".{folder.name}.tmp"
                shutil.rmtree(gone, ignore_errors=True)
                if folder.exists():
                    os.replace(folder, gone)
                    shutil.rmtree(gone)
            for name in (*records, REPORT, MANIFEST):
                (self.folder / name).unlink(missing_ok=True)

    @contextmanager
    def _made(self) -> Iterator[None]:
        """Make the folder; take it away if it is empty in the end."""
        made = [path for path in (self.folder, *self.folder.parents) if not path.exists()]
        with self._writing():
            self.folder.mkdir(parents=True, exist_ok=True)
        try:
            yield
        finally:
            if not self._path.exists():
                with suppress(OSError):
                    for path in made:
                        path.rmdir()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be written: {error.strerror or error}") from None


def _whole(chunk: Path) -> bool:
    try:
        sums = json.loads((chunk / SUMS).read_text(encoding="utf-8"))
        return all(sha256((chunk / name).read_bytes()).hexdigest() == known for name, known in sums.items())
    except (OSError, ValueError, AttributeError):
        return False


def _unlucky(chunk: Path) -> bool:
    failures = batches(chunk / "failures.arrow")
    return any(message.endswith(TRY_AGAIN) for table in failures for message in table["message"].to_pylist())


def _change(key: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{key} ({'new' if old is None else 'gone'})"
    return key if len(old) + len(new) > 60 else f"{key} ({old}, now {new})"
