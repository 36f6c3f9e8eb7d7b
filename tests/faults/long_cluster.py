"""A cluster on two machines, here two network namespaces, one of which is cut off in the middle: `make faults`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from experiments.ensemble.results import Results
from tests.conftest import ROOT
from tests.test_ensemble import chunks, contents, expected, wait_for  # noqa: F401

HERE, THERE = f"chokepoint-here-{os.getpid()}", f"chokepoint-there-{os.getpid()}"
ADDRESS = {HERE: "10.77.0.1", THERE: "10.77.0.2"}
LINE = {HERE: "cp-here", THERE: "cp-there"}  # the two ends of the cable
SCHEDULER = f"tcp://{ADDRESS[HERE]}:8786"
NOTICED = 300  # seconds; Dask gives a silent worker up after its timeouts of 30 seconds and more


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def machines() -> Iterator[None]:
    try:
        for name in ADDRESS:
            ip("netns", "add", name)
        ip("link", "add", LINE[HERE], "netns", HERE, "type", "veth", "peer", "name", LINE[THERE], "netns", THERE)
        for name, address in ADDRESS.items():
            ip("-n", name, "addr", "add", f"{address}/24", "dev", LINE[name])
            ip("-n", name, "link", "set", LINE[name], "up")
            ip("-n", name, "link", "set", "lo", "up")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no network namespaces can be made here")
    try:
        yield
    finally:
        for name in ADDRESS:
            with suppress(subprocess.CalledProcessError):
                ip("netns", "del", name)


def on(machine: str, *command: str, **more) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    inside = ["ip", "netns", "exec", machine, sys.executable, "-m", *command]
    return subprocess.Popen(inside, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, **more)


def worker(machine: str, place: Path) -> subprocess.Popen:
    return on(machine, "dask", "worker", SCHEDULER, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host",
              ADDRESS[machine], "--local-directory", str(place))  # fmt: skip


def test_a_machine_cut_off_in_the_middle_costs_no_run(tmp_path, machines, expected):  # noqa: F811
    out = tmp_path / "out"
    processes = [on(HERE, "dask", "scheduler", "--host", ADDRESS[HERE], "--port", "8786", "--no-dashboard")]
    try:
        processes += [worker(name, tmp_path / f"{name}-{i}") for name in ADDRESS for i in range(2)]
        run = on(HERE, "tests.test_ensemble", str(out), "--cluster", SCHEDULER)
        processes.append(run)
        wait_for(lambda: len(chunks(out)) >= 3, NOTICED)
        ip("-n", THERE, "link", "set", LINE[THERE], "down")
        said = run.communicate(timeout=NOTICED)[1]
        assert run.returncode == 0, said
        assert contents(Results(out / "tables")) == expected
        print(said.strip().splitlines()[-1])
    finally:
        for process in processes:
            process.kill()
            process.communicate()
