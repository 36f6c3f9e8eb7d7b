"""Experiments: studies of the model, the engine that runs them, and the page in the browser."""

import os
import signal
import sys
from pathlib import Path
from types import TracebackType

SCENARIOS = Path(__file__).parent / "scenarios"  # the scenario files that come with the project
RECORD = SCENARIOS / "history.toml"
LEAST_MEMORY_MB = 1400  # of address space: libraries and a run


def _leave(*_: object) -> None:
    """End at once: nothing is begun yet, or all is done, and an import cut in two ends in a traceback."""
    os.write(2, b"Stopped.\n")
    os._exit(130)


def _not_loaded(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell in one line what the system refuses to load; a module that is not there is a fault of the setup, or ours."""
    if issubclass(kind, (ImportError, MemoryError, OSError)) and not issubclass(kind, ModuleNotFoundError):
        reason = " ".join(str(error).split())[:180]
        sys.stderr.write(f"The program cannot be loaded ({reason}); is memory or are files limited? See ulimit -a.\n")
        sys.stderr.flush()
        os._exit(2)
    sys.__excepthook__(kind, error, trace)


def _check_memory() -> None:
    """End at once where memory is too little: libraries that find none wait for ever, or end the process."""
    try:
        import resource
    except ImportError:  # Windows
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most != resource.RLIM_INFINITY and most < LEAST_MEMORY_MB << 20:
        os.write(
            2, b"only %d MB of memory may be used; at least %d are needed (ulimit -v)\n" % (most >> 20, LEAST_MEMORY_MB)
        )
        os._exit(2)


def loaded() -> None:
    """Leave errors to those who know more: all is loaded (`study.cli`)."""
    if sys.excepthook is _not_loaded:
        sys.excepthook = sys.__excepthook__


if sys.argv[:1] == ["-m"]:  # so it is while `python -m experiments.NAME` imports; `study.cli` takes over then
    _check_memory()
    signal.signal(signal.SIGINT, _leave)
    sys.excepthook = _not_loaded
