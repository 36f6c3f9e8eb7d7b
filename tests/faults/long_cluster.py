"""A cluster on two machines, here two network namespaces, one of which is cut off in the middle: `make faults`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from experiments.ensemble.results import Results
from tests.faults.machines import ADDRESS, HERE, SCHEDULER, cut, ended, on, scheduler, two_machines, worker
from tests.test_ensemble import chunks, contents, expected, wait_for  # noqa: F401

NOTICED = 300  # seconds; Dask gives a silent worker up after its timeouts of 30 seconds and more


@pytest.fixture
def machines() -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(two_machines())
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("no network namespaces can be made here")
        yield


def test_a_machine_cut_off_in_the_middle_costs_no_run(tmp_path, machines, expected):  # noqa: F811
    out = tmp_path / "out"
    processes = [scheduler()]
    try:
        processes += [worker(name, tmp_path / f"{name}-{i}") for name in ADDRESS for i in range(2)]
        run = on(HERE, "tests.test_ensemble", str(out), "--cluster", SCHEDULER, stderr=subprocess.PIPE)
        processes.append(run)
        wait_for(lambda: len(chunks(out)) >= 3, NOTICED)
        cut()
        said = run.communicate(timeout=NOTICED)[1]
        assert run.returncode == 0, said
        assert contents(Results(out / "tables")) == expected
        print(said.strip().splitlines()[-1])
    finally:
        ended(processes)
