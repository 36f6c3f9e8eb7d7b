"""The page's crew: a few processes that run jobs, the urgent ones first; what nobody waits for any more is dropped."""

from __future__ import annotations

import heapq
import os
import pickle
import subprocess
import sys
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from experiments.page.record import Job

ROOT = Path(__file__).parents[2]
KEPT_FULL, KEPT_LIGHT = 12, 80  # results that are kept for the next visitor who asks for the same
MOST_WORKERS = 4
CRASHED = "the model stopped with these settings; change one and it runs again"


class Crew:
    """Runs jobs in `size` processes; the same job is run once, and its result kept for a while."""

    def __init__(self, size: int) -> None:
        """Start the threads that each look after a process; the processes start with their first job."""
        self._waiting: list[tuple[int, int, Job]] = []
        self._wanted: dict[Job, list[Future[Any]]] = {}
        self._running: set[Job] = set()
        self._kept: dict[bool, OrderedDict[Job, Any]] = {True: OrderedDict(), False: OrderedDict()}
        self._turn, self._change = count(), threading.Condition()
        for _ in range(size):
            threading.Thread(target=self._look_after, daemon=True, name="crew").start()

    def ask(self, job: Job, urgency: int = 0) -> Future[Any]:
        """Return the future result of a job: a `Record` (or `Light`), or a text that says why there is none.

        A cancelled future takes its job out of the queue, if nobody else waits for it. Lower numbers are more urgent.
        """
        future: Future[Any] = Future()
        with self._change:
            kept = self._kept[job.full]
            if job in kept:
                kept.move_to_end(job)
                future.set_result(kept[job])
                return future
            self._wanted.setdefault(job, []).append(future)
            heapq.heappush(self._waiting, (urgency, next(self._turn), job))
            self._change.notify()
        return future

    def _next(self) -> Job:
        with self._change:
            while True:
                while self._waiting:
                    job = heapq.heappop(self._waiting)[2]
                    if job in self._running:
                        continue  # who runs it tells all who wait for it
                    if not all(future.cancelled() for future in self._wanted.get(job, ())):
                        self._running.add(job)
                        return job
                    self._wanted.pop(job, None)
                self._change.wait()

    def _done(self, job: Job, result: Any) -> None:
        with self._change:
            waiting, kept = self._wanted.pop(job, []), self._kept[job.full]
            self._running.discard(job)
            if not isinstance(result, str):
                kept[job] = result
                while len(kept) > (KEPT_FULL if job.full else KEPT_LIGHT):
                    kept.popitem(last=False)
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(result)

    def _look_after(self) -> None:
        worker: subprocess.Popen[bytes] | None = None
        while True:
            job = self._next()
            try:
                worker = worker or _worker()
                assert worker.stdin
                assert worker.stdout
                worker.stdin.write(pickle.dumps(job))
                worker.stdin.flush()
                result = pickle.load(worker.stdout)
            except (OSError, EOFError, pickle.UnpicklingError):
                if worker:
                    worker.kill()
                    worker.wait()
                worker, result = None, CRASHED
            self._done(job, result)


def _worker() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "experiments.page.work"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


@cache
def crew() -> Crew:
    """Return the server's crew."""
    return Crew(max(1, min(os.cpu_count() or 1, MOST_WORKERS)))
