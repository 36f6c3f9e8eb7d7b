"""Loaded first by the process that workers are forked from: it and they end with the process that started them.

They would notice by themselves, but not while something is being loaded or compiled. Linux only.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress

SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def _end_with_parent() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGKILL)


_end_with_parent()
os.register_at_fork(after_in_child=_end_with_parent)
