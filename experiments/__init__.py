"""Experiments: studies of the model, the engine that runs them, and the page in the browser."""

import os
import signal
import sys
from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"  # the scenario files that come with the project
RECORD = SCENARIOS / "history.toml"


def _leave(*_: object) -> None:
    """End at once: nothing is begun yet, or all is done, and an import cut in two ends in a traceback."""
    os.write(2, b"Stopped.\n")
    os._exit(130)


if sys.argv[:1] == ["-m"]:  # so it is while `python -m experiments.NAME` imports; `study.cli` takes over then
    signal.signal(signal.SIGINT, _leave)
