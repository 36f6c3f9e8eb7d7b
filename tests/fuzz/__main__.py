"""`python -m tests.fuzz`: scenario files and data folders by chance, each to run soundly or be refused in a line.

Cases are numbered: the same number is the same case, so that a run can be taken up where it ended (`--start`), shared
between processes, and a fault looked at alone (`--start N --cases 1 --keep FOLDER`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from random import Random

from model import InputError, parse_scenario
from model.soundness import UnsoundRun
from model.world import DATA_FOLDER, World, load_world
from tests.conftest import ROOT
from tests.fuzz.folders import data_folder
from tests.fuzz.judge import Outcome, Verdict, judge_folder, judge_scenario, judged, play, warm_up
from tests.fuzz.mutate import scenario_file
from tests.fuzz.valid import scenario
from tests.fuzz.worlds import world_folder

NOVIUM = ROOT / "tests" / "worlds" / "novium"


def scenario_case(number: int, place: Path) -> Verdict:
    """Play the scenario of a number; every third is of the packaged world, the others of a small one."""
    data = None if number % 3 == 0 else NOVIUM
    path = place / "case.toml"
    path.write_bytes(scenario_file(number, load_world(data)))
    return judge_scenario(path, data)


def folder_case(number: int, place: Path) -> Verdict:
    """Play on the data folder of a number."""
    return judge_folder(data_folder(number, DATA_FOLDER if number % 3 == 0 else NOVIUM, place / "data"))


def world_case(number: int, place: Path) -> Verdict:
    """Play a valid scenario by chance in a world by chance (each serves ten numbers): nothing may be refused."""
    world, rng = _world(number // 10), Random(f"play {number}")
    try:
        return play(parse_scenario(scenario(rng, world, weeks=20), "case", world), world, seed=number)
    except InputError as error:
        # Extremes within all limits may add up to what no run can go on with; that is said.
        return ("line" if isinstance(error, UnsoundRun) else "refused"), str(error)


@lru_cache(maxsize=2)
def _world(number: int) -> World:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        return load_world(world_folder(Random(f"world {number}"), NOVIUM, Path(place)))


AT_ONCE = 50  # cases that one process judges
CASES = {"scenarios": scenario_case, "data": folder_case, "worlds": world_case}


def outcomes(what: str, numbers: Sequence[int], keep: Path | None = None) -> Iterator[tuple[int, Outcome]]:
    """Judge cases, each in a folder of its own, which goes with it unless kept."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        cases = [partial(_case, what, number, keep or Path(place) / str(number)) for number in numbers]
        yield from zip(numbers, judged(cases), strict=True)


def _case(what: str, number: int, place: Path) -> Verdict:
    place.mkdir(parents=True, exist_ok=True)
    return CASES[what](number, place)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("what", nargs="?", choices=sorted(CASES), default="scenarios")
    options.add_argument("--cases", type=int, default=200, help="how many")
    options.add_argument("--start", type=int, default=0, help="number of the first")
    options.add_argument("--seconds", type=float, default=float("inf"), help="end after so long; say where to go on")
    options.add_argument("--keep", type=Path, help="keep the files of the last case here")
    given = options.parse_args()
    warm_up()
    found: Counter[str] = Counter()
    until, number = time.monotonic() + given.seconds, given.start
    while number < given.start + given.cases and time.monotonic() < until:
        some = range(number, min(number + AT_ONCE, given.start + given.cases))
        for number, outcome in outcomes(given.what, some, given.keep):
            found[outcome.kind] += 1
            if not outcome.kept:
                print(f"{given.what} {number}: {outcome.kind}: {outcome.said}", flush=True)
        number += 1
        print(f"\r{number}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    told = ", ".join(f"{count} {kind}" for kind, count in found.most_common())
    print(f"{given.what} {given.start} to {number - 1}: {told}; go on with --start {number}")
    return int(sum(found.values()) != found["run"] + found["line"])


if __name__ == "__main__":
    sys.exit(main())
