"""Two machines of one's own: two network namespaces with a cable between them, and a Dask cluster over both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.conftest import ROOT

HERE, THERE = f"chokepoint-here-{os.getpid()}", f"chokepoint-there-{os.getpid()}"
ADDRESS = {HERE: "10.77.0.1", THERE: "10.77.0.2"}
LINE = {HERE: f"cph{os.getpid()}", THERE: f"cpt{os.getpid()}"}  # the two ends of the cable
SCHEDULER = f"tcp://{ADDRESS[HERE]}:8786"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def cut() -> None:
    """Pull the cable."""
    ip("-n", THERE, "link", "set", LINE[THERE], "down")


@contextmanager
def two_machines() -> Iterator[None]:
    """Make both.

    Raises:
        OSError, subprocess.CalledProcessError: none can be made here.
    """
    try:
        for name in ADDRESS:
            ip("netns", "add", name)
        ip("link", "add", LINE[HERE], "netns", HERE, "type", "veth", "peer", "name", LINE[THERE], "netns", THERE)
        for name, address in ADDRESS.items():
            ip("-n", name, "addr", "add", f"{address}/24", "dev", LINE[name])
            ip("-n", name, "link", "set", LINE[name], "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for name in ADDRESS:
            with suppress(OSError, subprocess.CalledProcessError):
                ip("netns", "del", name)


def on(machine: str, *command: str, **more) -> subprocess.Popen:
    """Start a module on a machine."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    inside = ["ip", "netns", "exec", machine, sys.executable, "-m", *command]
    return subprocess.Popen(inside, cwd=ROOT, env=environment, text=True, **more)


def scheduler() -> subprocess.Popen:
    return on(HERE, "dask", "scheduler", "--host", ADDRESS[HERE], "--port", "8786", "--no-dashboard",
              stderr=subprocess.DEVNULL)  # fmt: skip


def worker(machine: str, place: Path) -> subprocess.Popen:
    return on(machine, "dask", "worker", SCHEDULER, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host",
              ADDRESS[machine], "--local-directory", str(place), stderr=subprocess.DEVNULL)  # fmt: skip


def ended(processes: list[subprocess.Popen]) -> None:
    """End processes that are still there."""
    for process in processes:
        process.kill()
        process.communicate()
