"""Files in and out of the page: scenario files written and read back, tables as a zip of CSV."""

from __future__ import annotations

import codecs
import io
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from typing import Any

import pandas as pd
import tomli_w

from experiments import SCENARIOS
from experiments.page.record import Job
from model.errors import InputError
from model.scenario import load_scenario, parse_scenario
from model.scenario_file import complete, parse_toml
from model.world import DATA_VARIABLE, load_world

LARGEST_UPLOAD_BYTES = 200_000
SEED_LINE = "# seed = "


@cache
def scenario_names() -> tuple[str, ...]:
    """Return the scenarios that come with the project and fit the page's world, the record first."""
    names = sorted((path.stem for path in SCENARIOS.glob("*.toml")), key=lambda name: (name != "history", name))
    found = []
    for name in names:
        with suppress(InputError):  # it names what is not in this world
            load_scenario(SCENARIOS / f"{name}.toml", load_world())
            found.append(name)
    return tuple(found)


@cache
def read_raw(name: str) -> dict[str, Any]:
    """Return a scenario that comes with the project, as its tables; nobody changes them."""
    return load_scenario(SCENARIOS / f"{name}.toml").given()


def job_of(raw: Mapping[str, Any], seed: int) -> Job:
    """Return a run; what it is called is left out, so that what was run under another name is not run again."""
    return Job(write_toml({**raw, "name": "page", "title": ""}), seed)


def read_upload(name: str, size: int, content: bytes) -> tuple[dict[str, Any], int]:
    """Check a file that somebody loaded; return its tables and the seed noted in it (1 when there is none).

    Raises:
        InputError: with one line, as on the command line.
    """
    if max(size, len(content)) > LARGEST_UPLOAD_BYTES:
        raise InputError(
            f"{name}: {size / 1e3:,.0f} kB; a scenario file has at most {LARGEST_UPLOAD_BYTES / 1e3:.0f} kB"
        )
    text = _decoded(name, content)
    # An upload may start from the scenarios of the project, from no other file of this machine.
    raw = parse_toml(text, name)
    tables = parse_scenario(complete(raw, name), name, named="extends" in raw).given()
    noted = [line.removeprefix(SEED_LINE) for line in text.splitlines() if line.startswith(SEED_LINE)]
    return tables, int(noted[0]) if noted and noted[0].isdecimal() and len(noted[0]) < 10 else 1


def _decoded(name: str, content: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16 where its first bytes say so; what some editors put first is left out."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"byte {error.start + 1} is not {'UTF-16' if wide else 'UTF-8'}; save it as UTF-8"
        raise InputError(f"{name}: cannot be read as a scenario file: {why}") from None


def write_scenario(raw: Mapping[str, Any], seed: int) -> str:
    """Return a scenario file that gives the page's numbers when it is run with the same seed."""
    data = "--data FOLDER " if os.environ.get(DATA_VARIABLE) else ""
    head = (
        "# Chosen on the page. The same path on the command line, and the same bands:\n"
        f"#   python -m experiments.history {data}--scenario FILE --seed {seed} --runs 1 --fixed\n"
        f"#   python -m experiments.history {data}--scenario FILE --seed {seed} --runs 20\n"
        f"{SEED_LINE}{seed}\n"
    )
    return head + write_toml(raw)


def write_toml(table: Mapping[str, Any]) -> str:
    """Return TOML for nested tables, lists of tables, numbers, texts, flags and dates."""
    return tomli_w.dumps(_plain(table))


def _plain(value: Any) -> Any:
    """Return a value in the types that TOML has: members of enumerations become their text."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, bool | int | float | date) else str(value)


def zip_tables(tables: Mapping[str, pd.DataFrame], scenario_file: str) -> bytes:
    """Return a zip with one CSV per table and the scenario file that they come from."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, table in tables.items():
            archive.writestr(f"{name}.csv", table.to_csv(index=False, float_format="%.6g"))
        archive.writestr("scenario.toml", scenario_file)
    return buffer.getvalue()
