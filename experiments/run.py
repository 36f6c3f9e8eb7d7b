"""One scenario of your own: prices, trade, use given up, and who runs short.

`python -m experiments.run --help` lists the options.
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


@placed("results/run")
def main(
    place: Place,
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO.toml", help="Scenario file")],
    seeds: Seeds = 50,
    draws: Draws = 1,
    above: Above = None,
    since: From = "",
    until: Until = "",
) -> None:
    """Run a scenario over many seeds; say what prices, trade and use come to."""
    conduct("run", [scenario], seeds, draws, above or [], (since, until), place)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.run"))
