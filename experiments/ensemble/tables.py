"""Tables as Parquet files whose bytes depend on their rows only, however the work was split.

What workers hand over, and what lies in a folder until all runs are there, are Arrow streams: a third of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.ensemble.output import appearing

# One finished chunk: the name of a table to that table as an Arrow stream.
Tables = dict[str, bytes]
ROWS_PER_GROUP = 1 << 17
NAME = pa.dictionary(pa.int32(), pa.string())
MILLISECONDS = pa.timestamp("ms")
# Tables of every ensemble, which a measure cannot have.
OWN = ("runs", "failures")
# How a failure's message ends that is the machine's fault, not the run's: want of memory, disc or a worker process.
TRY_AGAIN = "; the same command tries it again"
# What every table of a run is headed by. `run` counts through the design, so that sorting by it gives its order.
KEYS = {"run": pa.int32(), "cell": NAME, "draw": pa.int32(), "seed": pa.int64()}


def encode(parts: Sequence[pa.Table]) -> bytes:
    """Return the tables of some runs as an Arrow stream, a batch of rows for each."""
    schema = pa.unify_schemas([part.schema for part in parts], promote_options="permissive")
    # Parquet, where all of it ends, knows no whole seconds.
    schema = pa.schema([f.with_type(MILLISECONDS) if pa.types.is_timestamp(f.type) else f for f in schema])
    buffer = pa.BufferOutputStream()
    packed = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_stream(buffer, schema, options=packed) as writer:
        for part in parts:
            whole = part.cast(schema).combine_chunks()
            writer.write_batch(next(iter(whole.to_batches()), pa.RecordBatch.from_pylist([], schema)))
    return bytes(buffer.getvalue())


def batches(data: bytes | Path) -> Iterator[pa.Table]:
    """Yield the tables in an Arrow stream."""
    with pa.memory_map(str(data)) if isinstance(data, Path) else pa.BufferReader(data) as source:
        for batch in pa.ipc.open_stream(source):
            yield pa.Table.from_batches([batch])


def schema_of(path: Path) -> pa.Schema:
    """Return the columns of the tables in an Arrow stream."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_stream(source).schema


def merge(parts: Iterable[Tables]) -> Tables:
    """Return several chunks, in order, as one."""
    held: dict[str, list[pa.Table]] = {}
    for part in parts:
        for name, data in part.items():
            held.setdefault(name, []).extend(batches(data))
    return {name: encode(tables) for name, tables in held.items()}


def groups(path: Path) -> Iterator[pa.Table]:
    """Yield the groups of rows of a Parquet file."""
    file = pq.ParquetFile(path)
    for number in range(file.num_row_groups):
        yield file.read_row_group(number)


def write_table(folder: Path, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write a sequence of tables as one file in groups of `ROWS_PER_GROUP` rows, however the sequence was cut."""
    plain = plain_schema(schema)
    final = pa.schema([f.with_type(NAME) if f.type == pa.string() else f for f in plain])
    # Text first, so that the order of categories depends on a group's rows only.
    write_groups(folder, name, final, (g.cast(plain).cast(final) for g in _regrouped(schema.empty_table(), tables)))


def write_groups(folder: Path, name: str, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write each table as a group of rows of one file, which appears whole or not at all; holds one at a time."""
    # Measured numbers are stored without a list of those that occur, since few occur twice.
    listed = [field.name for field in schema if not pa.types.is_floating(field.type)]
    packed: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "use_dictionary": listed}
    with appearing(folder / f"{name}.parquet") as partial, pq.ParquetWriter(partial, schema, **packed) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(table.num_rows, 1))


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
