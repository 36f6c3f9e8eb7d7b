"""What the server does while it already answers: imports, and the first run."""

from __future__ import annotations

import gc
import os
import sys
import threading

BAD_INPUT = 2  # exit code, as on the command line


def check_world() -> None:
    """End the program with one line if the environment names a data folder that cannot be used."""
    folder = os.environ.get("CHOKEPOINT_DATA")
    if not folder:
        return  # the packaged world is read in the background
    from model.errors import InputError
    from model.world import load_world

    try:
        if not os.path.isdir(folder):
            raise InputError("no such folder")
        load_world()
    except (InputError, OSError) as error:
        print(f"CHOKEPOINT_DATA = {folder}: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        os._exit(BAD_INPUT)  # the server would write a traceback around any exception


def start() -> threading.Thread:
    """Load everything that the page needs in the background; return the thread that does it."""
    thread = threading.Thread(target=_load, name="start", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    # What is imported stays: walking a quarter of a million objects for garbage costs 0.3 s, at every full collection.
    gc.disable()
    try:
        from experiments.page.crew import crew
        from experiments.page.session import Session

        session = Session()
        first = [crew().ask(session.job(), 0), crew().ask(session.base_job(), 1)]
        import experiments.page.page  # noqa: F401

        gc.freeze()
        first[0].result()  # compiles the model at its first run on a machine
    finally:
        gc.enable()
