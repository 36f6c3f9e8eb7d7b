"""Run a study again from its results, and say whether every table and the report are the same, or what differs.

`python -m experiments.reproduce RESULTS` reads the manifest there; nothing in that folder is changed.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer
from rich.console import Console

from experiments.ensemble.fingerprint import code_hash, measure_hash, program_files, world_files
from experiments.ensemble.output import MANIFEST, REPORT, processor, versions
from experiments.ensemble.worlds import open_world
from experiments.study.cli import run_command
from experiments.study.options import Data, Workers
from model import InputError

SCENARIO = ".toml"
DIFFERENT = 1  # exit code
HASH = re.compile("[0-9a-f]{64}")
MOST_FILES = 12  # named of those that changed
REPEAT = "\n## How to repeat it"  # what a report says of the machine follows, e.g. how long it took
# Files of the user's that a study copies to its results, by module and option.
KEPT = {"experiments.forecast": {"--posterior": "posterior", "--points": "points/observed_prices.csv"}}
START = ["python", "-m"]  # of the command in every manifest


def main(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="Folder of a finished study")],
    data: Data = None,
    workers: Workers = None,
) -> int:
    """Run a study again and compare every table, byte by byte."""
    manifest = read_manifest(results)
    command = shlex.split(manifest["command"])
    if "--data" in command and data is None:
        world = command[command.index("--data") + 1]
        raise InputError(f"{results}: the study ran in the world {world!r}; give its folder with --data")
    for line in changed(manifest, data):
        _say(f"Not as it was: {line}.")
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again"
        arguments = [*with_scenarios(command, manifest, Path(folder)), "--out", str(again)]
        if data is not None:
            arguments = put(arguments, "--data", data)
        for flag, kept in KEPT.get(command[len(START)], {}).items():
            if flag in arguments:
                arguments = put(arguments, flag, results / kept)
        arguments += [] if workers is None else ["--workers", str(workers)]
        done = subprocess.run([sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise InputError(f"{results}: the study could not be run again (exit code {done.returncode})")
        differing, same_words = differences(results, again), _words(results) == _words(again)
    count = len(tables_in(results))
    if differing:
        _say(f"Different: {len(differing)} of {count} tables: {', '.join(differing)}.")
        return DIFFERENT
    if not same_words:
        _say(f"Identical: {count} tables, byte by byte. Different: the words of {REPORT}.")
        return DIFFERENT
    _say(f"Identical: {count} tables, byte by byte, and the words of {REPORT}.")
    return 0


def read_manifest(results: Path) -> dict[str, Any]:
    """Return the manifest of a finished study.

    Raises:
        InputError: there is none, or it does not say how the study was run.
    """
    path = results.expanduser() / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    command = manifest.get("command") if isinstance(manifest, dict) else None
    if not isinstance(command, str) or shlex.split(command)[:2] != START:
        raise InputError(f"{path}: does not say by which command the study ran; was it finished?")
    return manifest


def changed(manifest: Mapping[str, Any], data: Path | None) -> list[str]:
    """Return what results hang on that is another now than it was: versions, processor, code, data, each file."""
    fingerprint = manifest.get("fingerprint", {})
    now = {f"version of {name}": number for name, number in versions().items()}
    now |= {"processor": processor(), "model code": code_hash(), "world data": open_world(data).data_hash}
    if "measure" in fingerprint:
        now["code of the measure"] = measure_hash(fingerprint["measure"])
    found = []
    for key, value in now.items():
        before = fingerprint.get(key)
        if before != value:
            found.append(key if HASH.fullmatch(value) else f"{key} ({before}, now {value})")
    return found + _changed_files(manifest.get("files", {}), world_files(data) | program_files())


def _changed_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the files that are others now; none where a manifest of a former version does not name them."""
    names = [name for name in sorted({*before, *now}) if before and before.get(name) != now.get(name)]
    gone = {name: " (gone)" for name in names if name not in now} | {n: " (new)" for n in names if n not in before}
    more = [f"{len(names) - MOST_FILES} files more"] if len(names) > MOST_FILES else []
    return [f"file {name}{gone.get(name, '')}" for name in names[:MOST_FILES]] + more


def with_scenarios(command: list[str], manifest: Mapping[str, Any], folder: Path) -> list[str]:
    """Return the command's module and arguments, with scenario files written anew from the manifest.

    Args:
        command: as the manifest has it.
        manifest: with the scenarios in full.
        folder: for the files.
    """
    held = list(manifest.get("scenarios", {}).values())
    arguments, number = [], 0
    for word in command[len(START) :]:
        if word.endswith(SCENARIO) and number < len(held):
            path = folder / f"{number}-{Path(word).name}"
            path.write_text(tomli_w.dumps(_given(held[number])), encoding="utf-8")
            word, number = str(path), number + 1
        arguments.append(word)
    return arguments


def put(arguments: list[str], flag: str, place: Path) -> list[str]:
    """Return arguments with another place for an option, or with the option.

    Raises:
        InputError: there is nothing at that place.
    """
    place = place.expanduser().resolve()
    if not place.exists():
        raise InputError(f"{flag}: what the study used is no longer there, {place}")
    at = arguments.index(flag) if flag in arguments else len(arguments)
    return [*arguments[:at], flag, str(place), *arguments[at + 2 :]]


def tables_in(folder: Path) -> dict[str, Path]:
    """Return the tables of a study by their place in its folder; what is kept to resume from does not count.

    A table as CSV counts where it does not repeat one as Parquet.
    """
    found = sorted(folder.expanduser().rglob("*.parquet"))
    held = {path.with_suffix(".csv") for path in found}
    found += sorted(path for path in folder.expanduser().rglob("*.csv") if path not in held)
    places = {path.relative_to(folder.expanduser()).as_posix(): path for path in found}
    return {name: path for name, path in places.items() if "chunks" not in Path(name).parts}


def differences(before: Path, after: Path) -> list[str]:
    """Return the tables that only one of two folders holds, or whose bytes differ."""
    old, new = tables_in(before), tables_in(after)
    return [name for name in sorted({*old, *new})
            if name not in old or name not in new or _hash(old[name]) != _hash(new[name])]  # fmt: skip


def _words(folder: Path) -> str:
    """Return what a report says of the results; nothing where there is none."""
    path = folder.expanduser() / REPORT
    return path.read_text(encoding="utf-8").partition(REPEAT)[0] if path.exists() else ""


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _given(value: Any) -> Any:
    """Return a scenario without what it leaves open, which TOML has no word for."""
    if isinstance(value, dict):
        return {key: _given(part) for key, part in value.items() if part is not None}
    return [_given(part) for part in value] if isinstance(value, list) else value


def _say(text: str) -> None:
    Console().print(text, soft_wrap=True, highlight=False, markup=False)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.reproduce"))
