"""Experiments: studies of the model, the engine that runs them, and the page in the browser."""

import os
import signal
import sys
from pathlib import Path
from types import TracebackType

SCENARIOS = Path(__file__).parent / "scenarios"  # the scenario files that come with the project
RECORD = SCENARIOS / "history.toml"


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


def loaded() -> None:
    """Leave errors to those who know more: all is loaded (`study.cli`)."""
    if sys.excepthook is _not_loaded:
        sys.excepthook = sys.__excepthook__


if sys.argv[:1] == ["-m"]:  # so it is while `python -m experiments.NAME` imports; `study.cli` takes over then
    signal.signal(signal.SIGINT, _leave)
    sys.excepthook = _not_loaded
