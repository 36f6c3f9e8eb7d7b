"""What the server does while it already answers: imports, compiled code, fonts and axes of the first page."""

from __future__ import annotations

import gc
import os
import threading


def check_world() -> None:
    """End the program with one line if the environment names a data folder that cannot be used."""
    if not os.environ.get("CHOKEPOINT_DATA"):
        return  # the packaged world is read in the background
    from experiments.page_world import page_world
    from model.errors import InputError

    try:
        page_world()
    except InputError as error:
        raise SystemExit(str(error)) from None


def start() -> threading.Thread:
    """Load everything that the page needs in the background; return the thread that does it."""
    thread = threading.Thread(target=_load, name="start", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    # What is imported stays: walking a quarter of a million objects for garbage costs 0.3 s, at every full collection.
    gc.disable()
    try:
        from experiments.page_panels import rehearse

        rehearse()
        gc.freeze()
    finally:
        gc.enable()
