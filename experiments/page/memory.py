"""Memory that nobody needs any more goes back to the system, though Python and the C library would keep it."""

import ctypes
import gc
import sys
import threading
from typing import Any

# Options of glibc's mallopt, and their values: what is larger (bytes) leaves when it is freed; so many heaps.
OPTIONS = {-3: 1 << 17, -8: 2}
WAIT = 10  # s from a window's end; what others leave meanwhile goes with it
_booked = threading.Lock()


def give_large_arrays_back() -> None:
    """Have the C library return the arrays of runs when they are freed; by itself it learns to keep them."""
    for option, value in OPTIONS.items():
        _of_glibc("mallopt", option, value)


def tidy_soon() -> None:
    """Some seconds later, look for garbage and give back what is free: a server at rest would never do it."""
    if _booked.acquire(blocking=False):
        timer = threading.Timer(WAIT, _tidy)
        timer.daemon = True
        timer.start()


def _tidy() -> None:
    _booked.release()
    gc.collect()
    _of_glibc("malloc_trim", 0)


def _of_glibc(name: str, *values: Any) -> None:
    if sys.platform == "linux" and (function := getattr(ctypes.CDLL(None), name, None)):
        function(*values)
