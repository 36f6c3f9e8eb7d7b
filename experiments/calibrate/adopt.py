"""Make a finished fit the world's own: its posterior goes into the data folder, its central draw becomes the defaults.

`python -m experiments.calibrate.adopt results/calibrate` (`--data FOLDER` for another world than the packaged one).
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.ensemble.output import write_text
from experiments.ensemble.worlds import open_world
from experiments.fit.prior import prior_of
from experiments.study.cli import run_command, wide_console
from model import InputError
from model.posterior import ABOUT, FILE, read_posterior
from model.world import DATA_FOLDER, World

TABLE = "parameters.csv"


def main(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="Folder of a finished fit")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FOLDER", help="The world that it was made for")
    ] = None,
) -> None:
    """Put the posterior of a finished fit into a data folder; its central draw becomes the defaults."""
    adopt(result.expanduser(), (data or DATA_FOLDER).expanduser(), open_world(data, fixed=True))
    wide_console().print(f"Posterior and defaults are in {data or 'the packaged data'}", highlight=False, markup=False)


def adopt(result: Path, folder: Path, world: World) -> None:
    """Copy the two files of a posterior and rewrite the values of `parameters.csv`.

    Raises:
        InputError: no posterior there, or one for other ranges than the world's.
    """
    found = read_posterior(result, world.parameter_table)
    if found is None or "central" not in found.about:
        raise InputError(
            f"{result}: no finished fit there ({FILE}, {ABOUT}); `python -m experiments.calibrate` makes one"
        )
    if found.about.get("prior") != prior_of(world).digest():
        raise InputError(f"{result}: fitted to other ranges of parameters than those of the data; fit again")
    central = found.draw(int(found.about["central"]))
    defaults = _with_values((folder / TABLE).read_text(encoding="utf-8"), central)
    for name in (FILE, ABOUT):
        write_text(folder / name, (result / name).read_text(encoding="utf-8"))
    write_text(folder / TABLE, defaults)


def _with_values(text: str, values: dict[str, float]) -> str:
    """Return a table of parameters with other values; all else stays as it is written."""
    head, *rows = list(csv.reader(io.StringIO(text)))
    name, metal, value = map(head.index, ("name", "metal", "value"))
    for row in rows:
        key = f"{row[name]}_{row[metal]}" if row[metal] else row[name]
        if key in values:
            row[value] = f"{values[key]:g}"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.calibrate.adopt"))
