"""The garbage collector at rest while a model is built or run."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Hold back cyclic garbage collection: a week leaves no cycles, and scanning all loaded modules costs a fifth."""
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()
