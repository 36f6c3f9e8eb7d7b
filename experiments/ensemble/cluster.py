"""Where chunks of runs are run: in processes on this machine, on a Dask cluster, or in this process."""

from __future__ import annotations

import logging
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from multiprocessing import forkserver, get_all_start_methods, get_context, resource_tracker
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from experiments.ensemble.progress import say
from experiments.ensemble.tables import Tables, merge
from experiments.ensemble.worker import Chunk, died, run_chunk
from model import InputError

CONNECT_SECONDS = 30
# A cluster without any worker: after how long it is said, and after how long nobody waits any more.
LONELY_SECONDS, FORSAKEN_SECONDS = 10, 600
NO_START = "worker processes do not start here ({}); try again with --workers 0, or with higher limits (ulimit -a)"
LOUD = ("asyncio", "distributed", "tornado")  # log tracebacks of what they go on without
LONGEST_GREETING = 1 << 20  # bytes; whatever is longer comes from no scheduler
FORKS = "forkserver" in get_all_start_methods()
# Dask's profiler keeps a call tree for every second of an hour, about 500 MiB; runs that take their worker down are
# tried again alone, so that the first time need not be repeated often.
LOCAL_SETTINGS = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.allowed-failures": 1,
    # Nobody asks the web servers of scheduler and workers anything.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # See `warm`; other systems start every process from nothing.
    "distributed.worker.multiprocessing-method": "forkserver" if FORKS else "spawn",
}
# Without a dashboard the scheduler still starts its web server, by default at port 8787 and with a warning where that
# is taken; it cannot be left out, but any free port of this machine alone will do.
LOCAL_OPTIONS: dict[str, Any] = {
    "threads_per_worker": 1,
    "host": "127.0.0.1",
    "dashboard_address": None,
    "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"},
}

# What runs chunks: takes them one after the other, as there is room for them.
Execute = Callable[[Iterator[Chunk]], Iterator[tuple[Chunk, Tables]]]


def check_address(cluster: str) -> None:
    """Refuse what cannot be a scheduler's address at once; Dask would take a minute to give up on it."""
    try:
        parts = urlsplit(cluster)
        complete = parts.scheme == "tcp" and parts.hostname and parts.port
    except ValueError:  # a port that is no number, or too large a one
        complete = False
    if not complete:
        raise InputError(f"--cluster {cluster or '(empty)'}: must be tcp://HOST:PORT, e.g. tcp://127.0.0.1:8786")


def _check_scheduler(cluster: str) -> None:
    """Refuse a port that something else answers at, for example a dashboard's; Dask would wait there for ever.

    A scheduler greets whoever connects, with the length of what follows first.
    """
    parts = urlsplit(cluster)
    with socket.create_connection((str(parts.hostname), parts.port or 0), CONNECT_SECONDS) as line:
        line.settimeout(CONNECT_SECONDS)
        start = line.recv(8, socket.MSG_WAITALL)
    if len(start) < 8 or struct.unpack("<Q", start)[0] > LONGEST_GREETING:
        raise ValueError("what is there is no scheduler; is it the dashboard's port?")


@contextmanager
def executor(cluster: str | None, workers: int | None, chunks: int) -> Iterator[Execute]:
    """Give a function that runs chunks and yields each with its tables, in the order in which they are finished.

    Args:
        cluster: address of a Dask scheduler; this machine when not given.
        workers: processes on this machine, one per core when not given; 0 for this process.
        chunks: how many there will be; more processes are not started.

    Raises:
        InputError: no scheduler with a worker answers; later, all workers are lost.
    """
    if not chunks or (cluster is None and workers == 0):
        yield lambda todo: ((chunk, run_chunk(chunk)) for chunk in todo)
        return
    if cluster is None:
        warm_up()
    import dask  # slow to load, and one run does not need it
    from dask.system import CPU_COUNT
    from distributed import Client, LocalCluster

    for name in LOUD:  # what goes wrong is told in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        if cluster is None:
            stack.enter_context(dask.config.set(LOCAL_SETTINGS))
            processes = min(workers or CPU_COUNT, chunks)
            with _interrupts_held(), _no_start_told():
                local = LocalCluster(n_workers=processes, silence_logs=logging.CRITICAL, **LOCAL_OPTIONS)
            place: Any = stack.enter_context(local)
        else:
            place = cluster
        try:
            if cluster is not None:
                _check_scheduler(cluster)
            client = stack.enter_context(Client(place, timeout=CONNECT_SECONDS, set_as_default=False))
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            if cluster is None:
                raise InputError(NO_START.format(error)) from None
            raise InputError(f"--cluster {cluster}: no scheduler with a worker answers there ({error})") from None
        yield partial(_on_cluster, client)


@contextmanager
def _no_start_told() -> Iterator[None]:
    """Tell in one line why worker processes do not start; Dask wraps the reason in errors of its own."""
    try:
        yield
    except (RuntimeError, TimeoutError) as error:
        reason: BaseException | None = error
        while reason is not None and not isinstance(reason, OSError):
            reason = reason.__cause__
        raise InputError(NO_START.format(reason or error)) from None


def warm_up() -> None:
    """Start the process that workers are forked from, which loads and compiles everything once for all of them."""
    if FORKS:
        get_context("forkserver").set_forkserver_preload(
            ["experiments.ensemble.leash", "distributed", "experiments.ensemble.warm"]
        )
        with _interrupts_held():
            forkserver.ensure_running()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Put Ctrl-C off; threads and processes started meanwhile never get it, since it is for this process to answer."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it lets Ctrl-C through again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _on_cluster(client: Any, todo: Iterator[Chunk]) -> Iterator[tuple[Chunk, Tables]]:
    """Keep every worker busy with one chunk and one more waiting, however many there are; yield what is finished."""
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    running: dict[Any, Chunk] = {}
    suspects: list[Chunk] = []
    waiting = as_completed(loop=client.loop)

    def top_up() -> None:
        room = 2 * max(1, sum(client.nthreads().values())) - len(running)
        for chunk in islice(todo, max(0, room)):
            future = client.submit(run_chunk, chunk, pure=False)
            running[future] = chunk
            waiting.add(future)

    try:
        top_up()
        for future in _finished(client, waiting):
            chunk = running.pop(future)
            try:
                tables = future.result()
            except KilledWorker:
                suspects.append(chunk)
            else:
                yield chunk, tables
            del future
            top_up()
        for chunk in suspects:
            yield chunk, merge(_alone(client, single, KilledWorker) for single in chunk.singles())
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"the workers cannot go on ({type(error).__name__}: {error}); finished runs are kept"
        ) from error


def _alone(client: Any, chunk: Chunk, killed: type[Exception]) -> Tables:
    """Run one job with nothing beside it, to see whether it is the one that takes its worker process down."""
    from distributed import as_completed

    try:
        only = client.submit(run_chunk, chunk, pure=False)
        return next(_finished(client, as_completed([only], loop=client.loop))).result()
    except killed:
        return died(chunk)


def _finished(client: Any, waiting: Any) -> Iterator[Any]:
    """Yield what is finished; say so when no worker is left, and give up when none comes back.

    Raises:
        InputError: there was no worker for long.
    """
    looked, last_seen, said = monotonic(), monotonic(), False
    while not waiting.is_empty():
        if waiting.has_ready():
            yield next(waiting)
            continue
        with waiting.thread_condition:
            waiting.thread_condition.wait(timeout=0.1)
        if monotonic() - looked < LONELY_SECONDS / 4:
            continue
        looked = monotonic()
        if client.nthreads():
            last_seen, said = looked, False
        elif looked - last_seen > FORSAKEN_SECONDS:
            raise InputError("no worker came back to the cluster; finished runs are kept, the same command goes on")
        elif looked - last_seen > LONELY_SECONDS and not said:
            said = True
            say("No worker is left on the cluster; waiting for one (Ctrl-C stops, finished runs are kept).")
