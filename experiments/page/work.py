"""A worker of the page's crew: reads jobs from its input, writes what came of them to its output, until it is closed.

A process of its own keeps the server's answers quick, uses another processor, and takes a crash of compiled code alone.
"""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, BinaryIO

from experiments.page.record import Job, run
from model.errors import InputError

FAILURES = (InputError, ArithmeticError, ValueError, KeyError, IndexError, RuntimeError, AssertionError, MemoryError)


def outcome(job: Job) -> Any:
    """Return what came of a job, or a text that says why nothing did."""
    try:
        return run(job)
    except InputError as error:
        return " ".join(str(error).split())
    except FAILURES as error:
        return f"the model cannot go on with these settings ({' '.join(str(error).split())[:200]})"


def serve(jobs: BinaryIO, results: BinaryIO) -> None:
    """Answer one job after the other."""
    while True:
        try:
            job = pickle.load(jobs)
        except EOFError:
            return
        pickle.dump(outcome(job), results, protocol=5)
        results.flush()


if __name__ == "__main__":
    # Nothing else may write between the results.
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)
