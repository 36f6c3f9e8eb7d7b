"""One process at a time in a folder: a lock that goes with the process, however it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from experiments.ensemble.output import MANIFEST
from model.errors import InputError

LOCK = ".lock"
# Locks that the command of this process keeps, by folder; None outside of one.
_kept: dict[Path, IO[str]] | None = None


@contextmanager
def locks_kept() -> Iterator[None]:
    """Keep the locks of finished ensembles to the end of this block: figures and report belong to the runs."""
    global _kept
    before, _kept = _kept, {}
    try:
        yield
    finally:
        mine, _kept = _kept, before
        for file in mine.values():
            file.close()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a second process out of a folder; nothing of the lock stays where nothing was finished.

    Raises:
        InputError: another process, or this one, works there; nothing can be written there.
    """
    place = folder.resolve()
    try:
        file = (_kept or {}).pop(place, None) or _taken(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from None
    try:
        yield
    finally:
        if _kept is not None and (folder / MANIFEST).exists():
            _kept[place] = file
        else:
            if not (folder / MANIFEST).exists():
                with suppress(OSError):
                    (folder / LOCK).unlink()
            file.close()


def _taken(folder: Path) -> IO[str]:
    """Return the locked file; one that its owner has removed meanwhile does not count."""
    path = folder / LOCK
    while True:
        file = path.open("w")
        try:
            import fcntl
        except ImportError:  # no such locks on Windows
            return file
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise InputError(f"{folder}: in use by another process; wait for it to end") from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()
