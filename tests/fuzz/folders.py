"""Data folders by chance: a good one with a cell, a row, a column or the bytes of one file spoiled."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.fuzz.mutate import _flip, _recode

Rows = list[list[str]]
CELLS = ("", " ", "-1", "0", "1e300", "1e400", "-1e300", "nan", "inf", "5e-324", "1e9", "text", "é", "🙂", "\0",
         "x" * 11_000, "x" * 200_000, "9" * 5000,
         "2023-13-01", "0001-01-01", "9999-12-31", "yes", "no", "a\nb", '"', "a,b", "[/red]",
         "CHN", "gallium", "*", "\ufeff", "1_000", "0x10", "\uff11\uff12", "+5", "1e-320")  # fmt: skip


def data_folder(seed: int, base: Path, folder: Path) -> Path:
    """Make a copy of a data folder in which one file is spoiled; the same for the same seed."""
    rng = Random(f"data {seed}")
    shutil.copytree(base, folder, dirs_exist_ok=True)
    path = folder / rng.choice(sorted(p.name for p in base.iterdir() if p.suffix in (".csv", ".json")))
    content = path.read_bytes()
    if path.suffix == ".csv" and rng.random() < 0.8:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
        for _ in range(rng.choice([1, 1, 1, 2, 5])):
            rng.choice(OF_ROWS)(rng, rows)
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        path.write_bytes(stream.getvalue().encode("utf-8", "surrogatepass"))
    else:
        change = rng.choice(OF_BYTES)(rng, content)
        path.unlink()
        if change is not None:
            path.write_bytes(change)
    return folder


def _cell(rng: Random, rows: Rows) -> None:
    row = rng.choice(rows[1:] or rows)
    if row:
        row[rng.randrange(len(row))] = rng.choice(CELLS)


def _number(rng: Random, rows: Rows) -> None:
    """Change a number: much larger or smaller, within what a column may hold or not."""
    places = [(row, i) for row in rows[1:] for i, text in enumerate(row) if text.replace(".", "", 1).isdigit()]
    if places:
        row, i = rng.choice(places)
        row[i] = repr(float(row[i]) * rng.choice([0.0, -1.0, 1e-9, 1e-3, 0.5, 2.0, 1e3, 1e9, 1e15, 1e300]))


def _range(rng: Random, rows: Rows) -> None:
    """Change a number together with its range, so that it gets past the checks of a row."""
    head = rows[0]
    if "low" not in head or len(rows) < 2:
        return
    row, factor = rng.choice(rows[1:]), rng.choice([0.0, 1e-12, 1e-3, 1e3, 1e6, 1e12, 1e100])
    for i, text in enumerate(row):
        if i < len(head) and text.replace(".", "", 1).isdigit() and head[i] not in ("year",):
            row[i] = repr(float(text) * factor)


def _other_row(rng: Random, rows: Rows) -> None:
    """Take a cell from another row: names that are known, in the wrong place."""
    if len(rows) > 2:
        i = rng.randrange(len(rows[0]))
        rng.choice(rows[1:])[i : i + 1] = rng.choice(rows[1:])[i : i + 1]


def _lost_row(rng: Random, rows: Rows) -> None:
    del rows[rng.randrange(len(rows))]
    if not rows:
        rows.append([])


def _lost_rows(rng: Random, rows: Rows) -> None:
    del rows[rng.randrange(1, len(rows) + 1) :]


def _twice(rng: Random, rows: Rows) -> None:
    rows.insert(rng.randrange(len(rows) + 1), list(rng.choice(rows)))


def _many(rng: Random, rows: Rows) -> None:
    rows.extend([list(rows[-1])] * rng.choice([10, 10_000]))


def _width(rng: Random, rows: Rows) -> None:
    row = rng.choice(rows)
    row.append("more") if rng.random() < 0.5 or not row else row.pop()


def _column(rng: Random, rows: Rows) -> None:
    i = rng.randrange(len(rows[0]) or 1)
    for row in rows:
        del row[i : i + 1]


def _shuffled(rng: Random, rows: Rows) -> None:
    body = rows[1:]
    rng.shuffle(body)
    rows[1:] = body


OF_ROWS: tuple[Callable[[Random, Rows], None], ...] = (
    _cell, _cell, _cell, _number, _number, _range, _range, _other_row, _other_row, _lost_row, _lost_rows, _twice, _many,
    _width, _column, _shuffled,
)  # fmt: skip
OF_BYTES: tuple[Callable[[Random, bytes], bytes | None], ...] = (
    _recode, _flip, lambda rng, b: b[: rng.randrange(len(b) + 1)], lambda rng, b: b"\0" + b, lambda rng, b: b"",
    lambda rng, b: rng.randbytes(500), lambda rng, b: b.replace(b",", b";"), lambda rng, b: b.replace(b"\n", b"\r"),
    lambda rng, b: b + b'"', lambda rng, b: b + b"\n" * 1000, lambda rng, b: None,
)  # fmt: skip
