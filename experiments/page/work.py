"""A worker of the page's crew: reads jobs from its input, writes what came of them to its output, until it is closed.

A process of its own keeps the server's answers quick, uses another processor, and takes a crash of compiled code alone.
"""

from __future__ import annotations

import gc
import os
import sys

GIVES_WAY = 5  # steps of urgency below the server and the browser
gc.disable()  # what is imported stays; looking through it for garbage takes as long as a run


def give_way() -> None:
    """Step back behind the server and the browser, where the system knows of such steps."""
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY)


if __name__ == "__main__" and "--first" not in sys.argv:
    give_way()  # the page is already there; somebody waits for the first worker's first run

import pickle  # noqa: E402
from typing import Any, BinaryIO  # noqa: E402

from experiments.page.files import job_of, read_raw, scenario_names  # noqa: E402
from experiments.page.record import Job, run, start_model  # noqa: E402
from model.errors import InputError  # noqa: E402

FAILURES = (InputError, ArithmeticError, ValueError, KeyError, IndexError, RuntimeError, AssertionError, MemoryError)


def outcome(job: Job) -> Any:
    """Return what came of a job, or a text that says why nothing did."""
    try:
        return start_model(job).run().tables() if job.tables else run(job)
    except InputError as error:
        return " ".join(str(error).split())
    except FAILURES as error:
        return f"the model cannot go on with these settings ({' '.join(str(error).split())[:200]})"


def serve(jobs: BinaryIO, results: BinaryIO, ahead: Job | None) -> None:
    """Answer one job after the other; one is run before anybody asks."""
    known = {}
    if ahead:
        known[ahead] = outcome(ahead)
        give_way()
    gc.freeze()
    gc.enable()
    while True:
        try:
            job = pickle.load(jobs)
        except EOFError:
            return
        result = known.pop(job, None) or outcome(job)
        try:
            pickle.dump(result, results, protocol=5)
            results.flush()
        except BrokenPipeError:  # the server is gone
            os._exit(0)


if __name__ == "__main__":
    # Nothing else may write between the results.
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers, job_of(read_raw(scenario_names()[0]), 1) if "--first" in sys.argv else None)
