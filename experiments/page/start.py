"""What the server does first, and what it does while it already answers: imports, and the first run."""

from __future__ import annotations

import gc
import os
import sys
import threading

from experiments.page.crew import crew
from experiments.page.memory import give_large_arrays_back

DATA_VARIABLE = "CHOKEPOINT_DATA"
BAD_INPUT = 2  # exit code, as on the command line


def first_things() -> None:
    """Start what takes longest, and prepare for many imports.

    Pandas is imported before anybody is answered: Solara looks into it whenever its name is known, and it must not
    find it half imported.
    """
    gc.disable()  # what is imported stays; looking through all of it for garbage would take half a second
    sys.setswitchinterval(0.001)  # s; the server answers between the imports
    give_large_arrays_back()
    if not os.environ.get(DATA_VARIABLE):  # else only once the data have been checked
        crew()
    import pandas  # noqa: F401


def check_world() -> None:
    """End the program with one line if the environment names a data folder that cannot be used."""
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        return  # the packaged world is read in the background
    from model.errors import InputError
    from model.world import load_world

    try:
        if not os.path.isdir(folder):
            raise InputError("no such folder")
        load_world()
    except (InputError, OSError) as error:
        print(f"{DATA_VARIABLE} = {folder}: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        os._exit(BAD_INPUT)  # the server would write a traceback around any exception


def start() -> threading.Thread:
    """Load everything that the page needs in the background; return the thread that does it."""
    thread = threading.Thread(target=_load, name="start", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    try:
        import experiments.page.frame  # before the rest, as it is slower the more is there
        from experiments.page.session import Session

        session = Session()
        first = [crew().ask(session.job(), 0), crew().ask(session.base_job(), 1)]
        import experiments.page.page  # noqa: F401

        gc.freeze()
        first[0].result()  # compiles the model at its first run on a machine
    finally:
        gc.enable()
