"""The world that an experiment runs in: the packaged one, or another folder of data files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from experiments.study.answers import listed
from model import InputError
from model.world import World, load_world

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FOLDER", help="World: a folder with the files of model/data, which is the default"),
]


def open_world(data: Path | None) -> World:
    """Return the world in a folder, the packaged one when none is given.

    Raises:
        InputError: in one line, what cannot be used.
    """
    if data is None:
        return load_world()
    try:
        folder = data.expanduser()
        if not folder.is_dir():
            raise InputError("no such folder")
        return load_world(folder)
    except InputError as error:
        raise InputError(f"--data {data}: {error}") from None
    except (OSError, RuntimeError) as error:  # not to be read; a home that is not there
        raise InputError(f"--data {data}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def check_holds(world: World, data: Path | None, about: str, names: Iterable[str]) -> None:
    """Refuse a world in which an experiment has nothing to look at.

    Args:
        world: the world.
        data: its folder, for the message.
        about: what the experiment is about.
        names: goods and zones that it names.

    Raises:
        InputError: names what is missing.
    """
    known = {*world.goods, *world.zones, *world.firms["firm"]}
    missing = [name for name in names if name not in known]
    if missing:
        raise InputError(f"--data {data}: this experiment is about {about}; the world has no {listed(missing)}")


def folder_of(world_data: Path | None) -> str | None:
    """Return how a folder is named in the command that repeats a run: without folders of this machine."""
    if world_data is None:
        return None
    return world_data.name if world_data.is_absolute() else world_data.as_posix()
