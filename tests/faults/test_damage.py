"""Files that a failing disc has changed, a clock that goes backwards, two processes at once: never a wrong number."""

from __future__ import annotations

import os
import time
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.results import Results
from tests.test_ensemble import DESIGN, RUNS, contents, driver, expected, prices  # noqa: F401

ROUNDS = 4
TENTH_OF_FILES = 10


def damage(path: Path, rng: np.random.Generator) -> None:
    """Cut a file short, turn one of its bits, or remove it."""
    data = bytearray(path.read_bytes())
    match rng.integers(5) if data else 0:
        case 0:
            path.unlink()
        case 1:
            path.write_bytes(data[: rng.integers(len(data))])
        case _:
            data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
            path.write_bytes(data)


def damaged_often(place: Path, rounds: int, wanted: dict[str, bytes]) -> int:
    """Damage a tenth of all files again and again; the same command mends them each time. Return how many were."""
    run = partial(run_ensemble, DESIGN, prices, place, workers=0, jobs_per_chunk=1, progress=False)
    run()
    rng, count = np.random.default_rng(20261126), 0
    for _ in range(rounds):
        files = sorted(path for path in place.rglob("*") if path.is_file() and path.name != "manifest.json")
        for path in rng.choice(np.array(files, dtype=object), max(len(files) // TENTH_OF_FILES, 1), replace=False):
            damage(path, rng)
            count += 1
        assert contents(run()) == wanted
    return count


def test_damaged_files_are_made_again(tmp_path, expected):  # noqa: F811
    """Chunks are known by their sums, and tables are joined anew: what one flipped bit says is never believed."""
    assert damaged_often(tmp_path, ROUNDS, expected) > ROUNDS


def test_a_clock_set_back_changes_nothing(tmp_path, expected, monkeypatch):  # noqa: F811
    run = partial(run_ensemble, DESIGN, prices, tmp_path, workers=0, jobs_per_chunk=4, progress=False)
    run()
    later = time.time() + 400 * 86_400
    for path in tmp_path.rglob("*"):
        os.utime(path, (later, later))
    (tmp_path / "chunks" / "000001" / "peak.arrow").unlink()
    hours = count()
    monkeypatch.setattr(time, "time", lambda: 1e9 - 3600.0 * next(hours))
    monkeypatch.setattr(time, "time_ns", lambda: int(1e18) - 3_600_000_000_000 * next(hours))
    assert contents(run()) == expected


@pytest.mark.slow
def test_of_two_processes_on_one_folder_one_is_refused(tmp_path, expected):  # noqa: F811
    pytest.importorskip("fcntl")
    both = [driver(tmp_path, "--workers", "0") for _ in range(2)]
    said = [process.communicate(timeout=300)[1] for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) in ([0, 2], [0, 0])  # the second may have begun after the first had ended
    for code, text in zip(codes, said, strict=True):
        assert code == 0 or "in use by another process; wait for it to end" in text.splitlines()[-1]
    assert contents(Results(tmp_path / "tables")) == expected
    assert len([*(tmp_path / "chunks").glob("0*")]) == RUNS
