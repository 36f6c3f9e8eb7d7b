"""Faults that take minutes to try: `make faults`. Kills at random moments, full and read-only discs, low limits.

Each ends in equal bytes after the same command again, or in one line that says what to mend.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from experiments.ensemble.results import Results
from tests.conftest import ROOT
from tests.faults.test_damage import damaged_often
from tests.test_ensemble import chunks, contents, driver, expected, wait_for  # noqa: F401

ENSEMBLE_KILLS, HISTORY_KILLS = 20, 10
INTERRUPTS, DAMAGE_ROUNDS = 16, 60
HISTORY = ("--runs", "6", "--weeks", "12", "--workers", "2")
FEW = ("--runs", "2", "--weeks", "4", "--workers", "2")
LONG = 1800  # seconds that nothing may take, on a busy machine


def history(out: Path, *options: str, limit: Callable[[], None] | None = None) -> subprocess.Popen:
    command = [sys.executable, "-m", "experiments.history", "--out", str(out), *options]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=limit,
    )  # fmt: skip


def ended(process: subprocess.Popen) -> tuple[int, str]:
    said = process.communicate(timeout=LONG)[1]
    return process.returncode, said


def published(out: Path) -> dict[str, bytes]:
    """Return what is the same whenever it is made: tables and figures, not how long it took."""
    kept = [path for path in out.rglob("*") if path.suffix in (".parquet", ".png", ".svg")]
    return {str(path.relative_to(out)): path.read_bytes() for path in kept if "chunks" not in path.parts}


def killed_often(start: Callable[[Path], subprocess.Popen], folder: Path, kills: int, seed: int) -> list[Path]:
    """Kill a command at random moments; it goes on in the same folder until one run of it was faster than the kill."""
    rng, outs, done = random.Random(seed), [folder / "0"], 0
    began = time.monotonic()
    assert ended(start(folder / "whole"))[0] == 0
    usual = time.monotonic() - began
    while done < kills:
        process = start(outs[-1])
        try:
            process.wait(timeout=rng.uniform(0.1, 1.0) * usual)
            outs.append(folder / str(len(outs)))
        except subprocess.TimeoutExpired:
            process.kill()
            done += 1
        process.communicate()
    return outs


def test_an_ensemble_killed_at_random_moments(tmp_path, expected):  # noqa: F811
    outs = killed_often(lambda out: driver(out, "--workers", "2"), tmp_path, ENSEMBLE_KILLS, 1)
    for out in outs:
        assert ended(driver(out, "--workers", "2"))[0] == 0
        assert contents(Results(out / "tables")) == expected
        assert not list(out.rglob("*.tmp"))
    print(f"{ENSEMBLE_KILLS} kills in {len(outs)} folders: equal bytes")


def test_history_killed_at_random_moments(tmp_path):
    outs = killed_often(lambda out: history(out, *HISTORY), tmp_path, HISTORY_KILLS, 2)
    whole = published(tmp_path / "whole")
    for out in outs:
        assert ended(history(out, *HISTORY))[0] == 0
        assert published(out) == whole
        assert not list(out.rglob("*.tmp"))
    assert {path.name for path in tmp_path.iterdir()} == {"whole", *(out.name for out in outs)}
    print(f"{HISTORY_KILLS} kills in {len(outs)} folders: equal bytes")


def test_ctrl_c_at_random_moments_before_the_first_run(tmp_path):
    """While packages are imported, files read, code compiled: one line each time, and nothing stays."""
    rng = random.Random(3)
    began = time.monotonic()
    assert ended(history(tmp_path / "whole", "--runs", "1", "--weeks", "2"))[0] == 0
    usual = time.monotonic() - began
    said = []
    for i in range(INTERRUPTS):
        process = history(tmp_path / str(i), "--runs", "200", "--workers", "2")
        time.sleep(rng.uniform(0.1, 1.0) * usual)  # before, Python itself would answer
        os.killpg(process.pid, signal.SIGINT)
        code, text = ended(process)
        assert (code, "Traceback" in text) == (130, False), text
        said.append(text.strip().splitlines()[-1])
    print(f"{INTERRUPTS} times Ctrl-C: {sorted(set(said))}")


def test_files_damaged_again_and_again(tmp_path, expected):  # noqa: F811
    print(f"{damaged_often(tmp_path, DAMAGE_ROUNDS, expected)} files cut, changed or removed: equal bytes each time")


def test_a_worker_that_is_killed_is_replaced(tmp_path, expected):  # noqa: F811
    process = driver(tmp_path, "--workers", "2")
    wait_for(lambda: len(chunks(tmp_path)) >= 2, LONG)
    server = psutil.Process(process.pid).children()
    workers = [child for one in server for child in one.children()]
    assert workers
    workers[0].send_signal(signal.SIGKILL)
    code, said = ended(process)
    assert (code, "Traceback" in said) == (0, False), said
    assert contents(Results(tmp_path / "tables")) == expected


# ---- discs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def disc(tmp_path) -> Iterator[Callable[..., Path]]:
    """Give a small disc: a function that mounts it, or changes its size."""
    place = tmp_path / "disc"
    place.mkdir()

    def mount(options: str) -> Path:
        again = "remount," if os.path.ismount(place) else ""
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(place)], check=False)
        if done.returncode:
            pytest.skip("no disc can be mounted here")
        return place

    yield mount
    if os.path.ismount(place):
        subprocess.run(["umount", str(place)], check=True)


def one_line(code: int, said: str) -> str:
    """Return the last line, having made sure that it is all that is said of a mistake."""
    assert code == 2, said
    assert "Traceback" not in said, said
    return said.strip().splitlines()[-1]


@pytest.mark.parametrize("size", ["40k", "150k", "400k", "1m"])
def test_a_full_disc_is_told_and_nothing_is_lost(size, tmp_path, disc):
    assert ended(history(tmp_path / "whole", *FEW))[0] == 0
    out = disc(f"size={size}") / "run"
    line = one_line(*ended(history(out, *FEW)))
    assert "No space left on device" in line
    kept = {name: (out / "chunks" / name).stat().st_mtime_ns for name in chunks(out)}
    disc("size=100m")
    assert ended(history(out, *FEW))[0] == 0
    assert {name: (out / "chunks" / name).stat().st_mtime_ns for name in kept} == kept
    assert published(out) == published(tmp_path / "whole")


def test_a_disc_that_may_only_be_read_is_told(disc):
    out = disc("size=100m") / "run"
    assert ended(history(out, *FEW))[0] == 0
    before = published(out)
    disc("ro")
    assert "cannot be written" in one_line(*ended(history(out, *FEW)))
    assert "cannot be written" in one_line(*ended(history(out.parent / "new", *FEW)))
    assert published(out) == before


def test_files_that_may_not_grow_are_told(tmp_path):
    limit = 20_000  # bytes

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    one_line(*ended(history(tmp_path / "run", *FEW, limit=small_files)))


# ---- low limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["files", "memory"])
@pytest.mark.parametrize("level", range(5))
def test_low_limits_end_well_or_in_one_line(kind, level, tmp_path):
    which, amount = {
        "files": (resource.RLIMIT_NOFILE, (8, 16, 63, 64, 96)[level]),
        "memory": (resource.RLIMIT_AS, (250, 400, 600, 1300, 2000)[level] << 20),
    }[kind]
    out = tmp_path / "run"
    code, said = ended(history(out, *FEW, limit=lambda: resource.setrlimit(which, (amount, amount))))
    print(kind, amount, code, said.strip().splitlines()[-1:])
    if code:
        one_line(code, said)
    assert ended(history(out, *FEW))[0] == 0
