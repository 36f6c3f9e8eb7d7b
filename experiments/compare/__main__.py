"""Your own scenarios side by side: what differs in prices, trade and use, how surely, and who runs short.

`python -m experiments.compare --help` lists the options.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.compare.command import Above, Draws, From, Until, conduct
from experiments.study.cli import run_command
from experiments.study.options import Seeds, placed
from experiments.study.study import Place
from model import InputError


@placed("results/compare")
def main(
    place: Place,
    scenarios: Annotated[list[Path], typer.Argument(metavar="A.toml B.toml ...", help="Scenario files")],
    seeds: Seeds = 50,
    draws: Draws = 1,
    above: Above = None,
    since: From = "",
    until: Until = "",
) -> None:
    """Run scenarios with the same random numbers; say how the others differ from the first."""
    if len(scenarios) < 2:
        raise InputError(f"{scenarios[0]}: one scenario; give another to compare it with, or use experiments.run")
    conduct("compare", scenarios, seeds, draws, above or [], (since, until), place)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.compare"))
