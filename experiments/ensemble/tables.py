"""Tables as Parquet files whose bytes depend on their rows only, however the work was split."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# One finished chunk: the name of a table to that table as a Parquet file.
Tables = dict[str, bytes]
ROWS_PER_GROUP = 1 << 17
NAME = pa.dictionary(pa.int32(), pa.string())
# Tables of every ensemble, which a measure cannot have.
OWN = ("runs", "failures")
# What every table of a run is headed by. `run` counts through the design, so that sorting by it gives its order.
KEYS = {"run": pa.int32(), "cell": NAME, "draw": pa.int32(), "seed": pa.int64()}


def encode(table: pa.Table) -> bytes:
    """Return a table as a Parquet file whose bytes depend on its rows only (no categories, no pandas index)."""
    buffer = BytesIO()
    pq.write_table(table.cast(plain_schema(table.schema)), buffer, compression="zstd")
    return buffer.getvalue()


def merge(parts: Iterable[Tables]) -> Tables:
    """Return several chunks, in order, as one."""
    held: dict[str, list[pa.Table]] = {}
    for part in parts:
        for name, data in part.items():
            held.setdefault(name, []).append(pq.ParquetFile(BytesIO(data)).read())
    return {name: encode(pa.concat_tables(tables, promote_options="permissive")) for name, tables in held.items()}


def write_table(folder: Path, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write a sequence of tables as one file, which appears whole or not at all; holds one group of rows at a time."""
    plain = plain_schema(schema)
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


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema with simple strings for every kind of text, and without notes for pandas."""
    texts = (pa.types.is_dictionary, pa.types.is_large_string)
    return pa.schema([f.with_type(pa.string()) if any(text(f.type) for text in texts) else f for f in schema])
