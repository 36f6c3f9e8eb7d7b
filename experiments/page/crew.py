"""The page's crew: a few processes that run jobs, the urgent ones first; what nobody waits for any more is dropped."""

from __future__ import annotations

import heapq
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import cache
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the crew starts before anything heavy is imported
    from experiments.page.record import Job

ROOT = Path(__file__).parents[2]
KEPT_WEEKS = {True: 8 * 209, False: 100 * 209}  # of whole and light results, for the next who asks for the same
MOST_WORKERS = 4
PIPE = 1 << 20  # bytes that a worker may write ahead, where the system allows
LONGEST_RUN = 120  # s; the first run after an installation compiles for up to a minute
CRASHED = "the model stopped with these settings; change one and it runs again"
TOO_LONG = f"the model was not done after {LONGEST_RUN} s with these settings; change one and it runs again"


class Crew:
    """Runs jobs in `size` processes; the same job is run once, and its result kept for a while."""

    def __init__(self, size: int, longest: float = LONGEST_RUN) -> None:
        """Start the threads that each look after a process, and the first process; others start with their first job.

        They wait for the first one's first result: whoever opens the page meanwhile needs the processors more.
        """
        self._waiting: list[tuple[int, int, Job]] = []
        self._wanted: dict[Job, list[Future[Any]]] = {}
        self._running: set[Job] = set()
        self._kept: dict[bool, OrderedDict[Job, Any]] = {True: OrderedDict(), False: OrderedDict()}
        self._turn, self._change = count(), threading.Condition()
        self._longest, self._warm = longest, threading.Event()
        first = _worker(first=True)
        for number in range(size):
            looked_after = (first,) if number == 0 else ()
            threading.Thread(target=self._look_after, args=looked_after, daemon=True, name="crew").start()

    def kept(self, job: Job) -> Any:
        """Return the result of a job if it is at hand, else None."""
        with self._change:
            return self._kept[job.full].get(job)

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
            if not isinstance(result, str) and not job.tables:
                kept[job] = result
                while len(kept) > 1 and sum(one.weeks for one in kept.values()) > KEPT_WEEKS[job.full]:
                    kept.popitem(last=False)
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(result)

    def _look_after(self, worker: subprocess.Popen[bytes] | None = None) -> None:
        if worker is None:
            self._warm.wait()
        while True:
            job = self._next()
            worker = worker or _worker()
            late, begun = threading.Timer(self._longest, worker.kill), time.monotonic()
            late.daemon = True
            late.start()
            try:
                assert worker.stdin
                assert worker.stdout
                worker.stdin.write(pickle.dumps(job))
                worker.stdin.flush()
                result = pickle.load(worker.stdout)
            except (OSError, EOFError, pickle.UnpicklingError):
                worker.kill()
                worker.wait()
                worker, result = None, TOO_LONG if time.monotonic() - begun >= self._longest else CRASHED
            late.cancel()
            self._warm.set()
            self._done(job, result)


def _worker(first: bool = False) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "experiments.page.work", *["--first"] * first]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "pipesize": PIPE}
    return subprocess.Popen(command, env=environment, **pipes)


@cache
def crew() -> Crew:
    """Return the server's crew; the first call starts it."""
    return Crew(max(1, min(os.cpu_count() or 1, MOST_WORKERS)))


def follow(
    ask: Callable[[], Sequence[Future[Any]]], stages: Sequence[int], tell: Callable[[list[Any]], bool]
) -> Callable[[], None]:
    """Tell what comes of jobs as soon as so many of the first are done; return what cancels them.

    Args:
        ask: asks the crew for the jobs.
        stages: so many results are told; a stage is left out when the next one is there, too.
        tell: hears of results, and returns whether more are wanted. Never called once all is cancelled.
    """
    futures: list[Future[Any]] = []
    # What is told may be drawn in the same thread, and what is drawn may cancel what tells.
    cancelled, telling = threading.Event(), threading.RLock()

    def cancel() -> None:
        with telling:
            cancelled.set()
        for future in futures:
            future.cancel()

    def work() -> None:
        with suppress(CancelledError):
            futures.extend(ask())
            for upto, later in pairwise((*stages, 0)):
                results = [future.result() for future in futures[:upto]]
                if later and all(future.done() for future in futures[:later]):
                    continue
                with telling:
                    if cancelled.is_set() or not tell(results):
                        break
        cancel()

    threading.Thread(target=work, daemon=True, name="follow").start()
    return cancel
