"""The judge of the fuzzer: what sleeps or spins for too long has hung, what dies has crashed, the next case goes on."""

import os
import sys
import time
from functools import partial

import pytest

from tests.fuzz import judge
from tests.fuzz.judge import judged


def spin() -> judge.Verdict:
    while True:
        pass


def sleep() -> judge.Verdict:
    time.sleep(3600)
    return "run", ""


def nap() -> judge.Verdict:
    time.sleep(0.2)
    return "run", ""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system whether a process sleeps")
def test_every_end_of_a_case_is_told_and_the_next_one_is_judged(monkeypatch):
    monkeypatch.setattr(judge, "PATIENCE", 2)
    monkeypatch.setattr(judge, "SECONDS", 0.5)
    cases = [nap, spin, sleep, partial(os._exit, 3), lambda: 1 / 0, nap]
    assert [outcome.kind for outcome in judged(cases)] == ["run", "hang", "hang", "crash", "traceback", "run"]
