"""Ctrl-C at any moment ends in one line, however often it is pressed; a kill leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from experiments.study import cli
from tests.conftest import ROOT
from tests.test_ensemble import wait_for

posix = pytest.mark.skipif(os.name != "posix", reason="signals")


def started(*arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "experiments.history", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)


def importing(process: subprocess.Popen) -> bool:
    """Whether the program has loaded something big; long before, Python itself would answer."""
    return any("numpy" in part.path for part in psutil.Process(process.pid).memory_maps())


@posix
def test_ctrl_c_while_packages_are_imported(tmp_path):
    process = started("--out", str(tmp_path / "run"))
    wait_for(lambda: importing(process))
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=60)[1] == "Stopped.\n"
    assert process.returncode == 130
    assert not list(tmp_path.iterdir())


@posix
def test_a_second_ctrl_c_changes_nothing_and_a_late_one_ends_all(monkeypatch):
    ends, pressed = [], []
    monkeypatch.setattr(cli.os, "_exit", ends.append)

    def command() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            pressed.append(len(ends))
            monkeypatch.setattr(cli, "PATIENCE_SECONDS", -1)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            pressed.append(len(ends))

    before = signal.getsignal(signal.SIGINT)
    assert cli.run_command(command, []) == 130
    assert pressed == [0, 1]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.slow
@posix
def test_ctrl_c_again_and_again_is_told_in_one_line(tmp_path):
    process = started("--out", str(tmp_path / "run"), "--runs", "200", "--workers", "1")
    wait_for(lambda: [*(tmp_path / "run").glob("chunks/0*")])
    for _ in range(5):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "of 200 runs are in" in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers notice after a moment")
def test_a_kill_takes_workers_and_what_they_were_forked_from_at_once(tmp_path):
    process = started("--out", str(tmp_path / "run"), "--runs", "200", "--workers", "2")
    wait_for(lambda: len(psutil.Process(process.pid).children(recursive=True)) >= 3)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate(timeout=60)
    assert not psutil.wait_procs(children, timeout=2)[1]
