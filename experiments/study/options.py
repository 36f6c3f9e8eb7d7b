"""The options of experiments that run ensembles, their messages, and the command that repeats a run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.ensemble.lock import locks_kept
from experiments.study.cli import check_range, whole_number
from experiments.study.study import Place
from model import InputError
from model.errors import nearest


def whole(flag: str, low: int, high: int, text: str, *others: str) -> Any:
    """Return an option that takes a whole number from `low` to `high`.

    Args:
        flag: its name, e.g. `--weeks`.
        low: lowest value.
        high: highest value.
        text: its help.
        others: further names of it.
    """

    def check(value: int | None) -> int | None:
        return None if value is None else check_range(flag, value, low, high)

    return typer.Option(flag, *others, parser=whole_number, callback=check, metavar="NUMBER", help=text)


Out = Annotated[Path, typer.Option("--out", help="Folder for the results")]
Seeds = Annotated[int, whole("--seeds", 1, 100_000, "Runs per cell and draw, seeds 0, 1, 2, ...", "--runs")]
ParameterDraws = Annotated[int, whole("--parameter-draws", 1, 10_000, "Draws of parameters, each with all seeds")]
Only = Annotated[str, typer.Option("--only", help='Cells beside those to compare with, "; " between; all if empty')]
Cluster = Annotated[str | None, typer.Option("--cluster", metavar="TCP://HOST:PORT", help="Running Dask scheduler")]
Workers = Annotated[int | None, whole("--workers", 0, 1024, "Processes; all cores if not given; 0: this one", "--jobs")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start over, whatever the folder holds")]
Fixed = Annotated[bool, typer.Option("--fixed", help="Parameters as declared, without draws of the posterior")]
Csv = Annotated[bool, typer.Option("--csv", help="Write the tables as CSV, too")]

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="World: a folder with the files of model/data, which is the default"),
]


def placed(folder: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator: a command's parameter `place` is given by the options that all studies share.

    Args:
        folder: where the results lie if `--out` is not given.
    """
    kinds = {"data": Data, "out": Out, "csv": Csv, "cluster": Cluster, "workers": Workers, "fresh": Fresh,
             "fixed": Fixed}  # fmt: skip
    usual = Place(Path(folder))

    def decorate(main: Callable[..., None]) -> Callable[..., None]:
        @wraps(main)
        def command(**given: Any) -> None:
            with locks_kept():
                main(place=Place(**{name: given.pop(name) for name in kinds}), **given)

        plain = signature(main, eval_str=True)
        own = [parameter for name, parameter in plain.parameters.items() if name != "place"]
        shared = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=getattr(usual, name), annotation=kind)
            for name, kind in kinds.items()
        ]
        command.__signature__ = plain.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        return command

    return decorate


def day_of(flag: str, text: str) -> date:
    """Return the day that an option names.

    Raises:
        InputError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{flag} {text}: must be a day, e.g. 2023-12-31") from None


def chosen(only: str, cells: Iterable[str], always: Sequence[str]) -> list[str]:
    """Return the cells to run, in order: those that `--only` names and those to compare with, or all.

    Raises:
        InputError: a name is not known.
    """
    names = list(cells)
    wanted = [name.strip() for name in only.split(";") if name.strip()] or names
    for name in wanted:
        if name not in names:
            raise InputError(f"--only {name}: no such cell; {nearest(name, names)}")
    return [name for name in names if name in (*always, *wanted)]


def command(experiment: str, *arguments: str, **options: object) -> str:
    """Return the command that repeats an experiment, without folders of this machine.

    Args:
        experiment: its name.
        arguments: what stands without a flag.
        options: values of its options; True for a switch; a list for one that is repeated; empty, False and None are
            left out.
    """
    parts = ["python", "-m", f"experiments.{experiment}", *arguments]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None and one is not False and one != "":
                parts.append(f"--{name.replace('_', '-')}")
                parts += [] if one is True else [str(one)]
    return shlex.join(parts)
