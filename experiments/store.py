"""A folder of runs: every finished chunk appears whole or not at all; in the end the chunks become one table each."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from model.errors import InputError, nearest

# One finished chunk: the name of a table to that table as a Parquet file.
Tables = dict[str, bytes]
FORMAT = "1"
ROWS_PER_GROUP = 1 << 17
NAME = pa.dictionary(pa.int32(), pa.string())
# What every table of a run is headed by. `run` counts through the design, so that sorting by it gives its order.
KEYS = {"run": pa.int32(), "cell": NAME, "draw": pa.int32(), "seed": pa.int64()}


def encode(table: pa.Table) -> bytes:
    """Return a table as a Parquet file whose bytes depend on its rows only (no categories, no pandas index)."""
    buffer = BytesIO()
    pq.write_table(table.cast(_plain(table.schema)), buffer, compression="zstd")
    return buffer.getvalue()


def merge(parts: Iterable[Tables]) -> Tables:
    """Return several chunks, in order, as one."""
    held: dict[str, list[pa.Table]] = {}
    for part in parts:
        for name, data in part.items():
            held.setdefault(name, []).append(pq.ParquetFile(BytesIO(data)).read())
    return {name: encode(pa.concat_tables(tables, promote_options="permissive")) for name, tables in held.items()}


@dataclass(frozen=True)
class Results:
    """The finished tables of an ensemble, one Parquet file each in `folder`."""

    folder: Path

    @property
    def names(self) -> list[str]:
        """Names of the tables."""
        return sorted(path.stem for path in self.folder.glob("*.parquet"))

    @property
    def runs(self) -> pd.DataFrame:
        """One row per run: cell, levels of the factors, draw with its parameters, seed, and whether it failed."""
        return self.table("runs")

    @property
    def failures(self) -> pd.DataFrame:
        """One row per run that failed: what it was, in which week, the message and the line of code."""
        return self.table("failures")

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Return a table, or some of its columns, sorted by run; texts come as categories (they take little memory)."""
        if name not in self.names:
            raise InputError(f"{self.folder}: no table {name!r}; {nearest(name, self.names)}")
        return pq.ParquetFile(self.folder / f"{name}.parquet").read(columns).to_pandas()

    def write_csv(self) -> None:
        """Write every table as CSV beside its Parquet file, a part at a time."""
        for name in self.names:
            source = pq.ParquetFile(self.folder / f"{name}.parquet")
            schema = _plain(source.schema_arrow)
            partial = self.folder / f"{name}.csv.tmp"
            with pyarrow.csv.CSVWriter(partial, schema) as writer:
                for number in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(number).cast(schema))
            os.replace(partial, self.folder / f"{name}.csv")


class Store:
    """The folder of an ensemble (`manifest.json`, `chunks/`, `tables/`); other files in it are left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = {}
        self._chunks = folder / "chunks"

    @contextmanager
    def opened(
        self, fingerprint: Mapping[str, str], runs_per_chunk: int, *, fresh: bool = False, **more: Any
    ) -> Iterator[Store]:
        """Hold the folder for one process; start it, or go on where an interrupted run of the same ensemble stopped.

        Args:
            fingerprint: what the results depend on, in words, to a value or hash.
            runs_per_chunk: for a new folder; one that was started keeps the size it has.
            fresh: throw away the runs that are there.
            more: further entries of a new manifest.

        Raises:
            InputError: the folder holds another ensemble, is in use, or cannot be written.
        """
        with self._writing():
            self._chunks.mkdir(parents=True, exist_ok=True)
        with self._locked():
            path = self.folder / "manifest.json"
            if fresh and path.exists():
                shutil.rmtree(self.folder / "tables", ignore_errors=True)
                shutil.rmtree(self._chunks)
                path.unlink()
            if path.exists():
                self.manifest = self._same(path, fingerprint)
            else:
                # Chunks without a manifest belong to nothing.
                shutil.rmtree(self._chunks, ignore_errors=True)
                self._chunks.mkdir()
                self.manifest = {"format": FORMAT, "runs_per_chunk": runs_per_chunk, **more}
                self.manifest |= {"fingerprint": dict(fingerprint), "sessions": []}
                self._save()
            for leftover in self._chunks.glob(".*"):
                shutil.rmtree(leftover)
            yield self

    def finished(self) -> set[int]:
        """Return the numbers of the chunks that are there."""
        return {int(path.name) for path in self._chunks.iterdir() if path.name.isdigit()}

    def write(self, number: int, tables: Tables) -> None:
        """Add a finished chunk: all of its tables at once, on disk when this returns."""
        partial = self._chunks / f".{number:06d}.tmp"
        with self._writing():
            partial.mkdir()
            for name, data in tables.items():
                with (partial / f"{name}.parquet").open("wb") as file:
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
        results = Results(self.folder / "tables")
        files: dict[str, list[Path]] = {}
        for chunk in sorted(self._chunks.iterdir()):
            for file in sorted(chunk.iterdir()):
                files.setdefault(file.stem, []).append(file)
        with self._writing():
            results.folder.mkdir(exist_ok=True)
            for name, parts in files.items():
                schema = pa.unify_schemas([pq.read_schema(part) for part in parts], promote_options="permissive")
                _write_groups(results.folder, name, schema, (pq.ParquetFile(part).read() for part in parts))
            failed = runs["run"].isin(results.table("failures", ["run"])["run"])
            table = pa.Table.from_pandas(runs.assign(failed=failed), preserve_index=False)
            _write_groups(results.folder, "runs", table.schema.remove_metadata(), [table])
        return results

    def _same(self, path: Path, fingerprint: Mapping[str, str]) -> dict[str, Any]:
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            there = {**manifest["fingerprint"], "format": manifest["format"]}
            manifest["runs_per_chunk"], manifest["sessions"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: cannot be read ({error}); start over with --fresh") from None
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
        partial = self.folder / ".manifest.tmp"
        with self._writing():
            partial.write_text(json.dumps(self.manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            os.replace(partial, self.folder / "manifest.json")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(f"{self.folder}: cannot be written: {error.strerror or error}") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a second process out; the lock goes with the process, however it ends."""
        with self._writing():
            file = (self.folder / ".lock").open("w")
        with file:
            with suppress(ImportError):  # no such locks on Windows
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise InputError(f"{self.folder}: in use by another process; wait for it to end") from None
            yield


def _write_groups(folder: Path, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    plain = _plain(schema)
    final = pa.schema([f.with_type(NAME) if f.type == pa.string() else f for f in plain])
    partial = folder / f"{name}.parquet.tmp"
    with pq.ParquetWriter(partial, final, compression="zstd") as writer:
        for group in _regrouped(schema.empty_table(), tables):
            # Text first, so that the order of categories depends on this group's rows only.
            writer.write_table(group.cast(plain).cast(final), row_group_size=ROWS_PER_GROUP)
    os.replace(partial, folder / f"{name}.parquet")


def _regrouped(held: pa.Table, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut a sequence of tables into groups of `ROWS_PER_GROUP` rows; columns and types are those of `held`."""
    for table in tables:
        held = pa.concat_tables([held, table.replace_schema_metadata(None)], promote_options="permissive")
        while held.num_rows >= ROWS_PER_GROUP:
            yield held.slice(0, ROWS_PER_GROUP).combine_chunks()
            held = held.slice(ROWS_PER_GROUP)
    yield held.combine_chunks()


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema with simple strings for every kind of text, and without notes for pandas."""
    texts = (pa.types.is_dictionary, pa.types.is_large_string)
    return pa.schema([f.with_type(pa.string()) if any(text(f.type) for text in texts) else f for f in schema])


def _change(key: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{key} ({'new' if old is None else 'gone'})"
    return key if len(old) + len(new) > 60 else f"{key} ({old}, now {new})"
