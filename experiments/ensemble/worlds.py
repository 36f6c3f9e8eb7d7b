"""The world that an experiment runs in: the packaged one, or another folder of data files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model import InputError
from model.world import World, load_world


def open_world(data: Path | None, fixed: bool = False) -> World:
    """Return the world in a folder, the packaged one when none is given.

    Args:
        data: the folder.
        fixed: leave out the posterior, so that parameters are as declared.

    Raises:
        InputError: in one line, what cannot be used.
    """
    if fixed:
        return replace(open_world(data), posterior=None)
    if data is None:
        return load_world()
    try:
        folder = data.expanduser()
        if not folder.is_dir():
            raise InputError("no such folder")
        for path in folder.iterdir():
            if not (path.is_file() or path.is_dir()):  # a pipe may keep its reader waiting for ever
                raise InputError(f"{path.name} is not a file")
        return load_world(folder)
    except InputError as error:
        raise InputError(f"--data {data}: {error}") from None
    except (OSError, RuntimeError) as error:  # not to be read; a home that is not there
        raise InputError(f"--data {data}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def folder_of(given: Path | None) -> str | None:
    """Return how a folder or file is named in the command that repeats a run: without folders of this machine."""
    if given is None:
        return None
    return given.name if given.is_absolute() else given.as_posix()
