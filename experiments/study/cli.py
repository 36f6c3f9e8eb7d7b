"""The command line of every experiment: one line for each mistake, exit code 2; one line for Ctrl-C, exit code 130."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from typing import Any

import typer
from rich.console import Console

from experiments import loaded
from model import InputError
from model.errors import nearest

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

BAD_INPUT, INTERRUPTED = 2, 130
LEAST_FILES, MANY_FILES = 64, 4096  # open at once
PATIENCE_SECONDS = 5  # how long a first Ctrl-C may take; until then another one changes nothing, then it ends all
# What the user can mend; any other error of the system is a fault of ours and shows where it happened.
DISC_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG)
LOW_LIMITS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)


def run_command(command: Callable[..., Any], arguments: Sequence[str] | None = None, name: str | None = None) -> int:
    """Run a function as a command line program and return its exit code.

    Args:
        command: a function whose parameters are declared with `typer.Option`.
        arguments: what the user typed; `sys.argv` when not given.
        name: how the program is called in its help.
    """
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    program = typer.main.get_command(app)
    loaded()
    try:
        _check_files()
        with _one_interrupt():
            code = program.main(arguments, prog_name=name, standalone_mode=False)
    except InputError as error:
        return complain(str(error))
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except MemoryError as error:
        return complain(f"not enough memory ({error or 'none left'}); finished runs are kept; {_LESS}")
    except OSError as error:
        if error.errno in LOW_LIMITS:
            return complain(f"the system refuses more ({error.strerror}); finished runs are kept; {_LESS}")
        if error.errno not in DISC_TROUBLE:
            raise
        place = f"{error.filename}: " if error.filename else ""
        return complain(f"{place}cannot write: {error.strerror}; mend that and give the same command again")
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        options = [option for parameter in program.params for option in parameter.opts]
        return complain(_usage_problem(error, options))
    return code if isinstance(code, int) else 0


_LESS = "try again with --workers 1, or with higher limits (ulimit -a shows them)"


def _check_files() -> None:
    """Take as many open files as the system lets this user have: workers and their connections need some each.

    Raises:
        InputError: they are too few even for a few workers, which would wait for each other for ever.
    """
    if resource is None:
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if most == resource.RLIM_INFINITY else min(most, MANY_FILES)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        now = wanted
    if now != resource.RLIM_INFINITY and now < LEAST_FILES:
        raise InputError(f"only {now} files may be open at once; at least {LEAST_FILES} are needed (ulimit -n)")


@contextmanager
def _one_interrupt() -> Iterator[None]:
    """Let the first Ctrl-C stop the program in order, whatever follows within some seconds."""
    if current_thread() is not main_thread():
        yield
        return
    first = None

    def interrupt(*_: object) -> None:
        nonlocal first
        if first is None:
            first = monotonic()
            raise KeyboardInterrupt
        if monotonic() - first > PATIENCE_SECONDS:
            os._exit(INTERRUPTED)  # as a kill: what is finished is on disc

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _usage_problem(error: Any, options: list[str]) -> str:
    unknown = getattr(error, "option_name", None)
    if unknown and "No such option" in str(error.message):
        return f"{unknown}: no such option; {nearest(unknown, options)}"
    return f"{error.format_message().rstrip('.')}; see --help"


def whole_number(text: str) -> int:
    """Turn what the user typed into a number; the message for anything else names the value."""
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a whole number") from None


def complain(message: str) -> int:
    """Print one line on standard error and return the exit code for bad input."""
    print(" ".join(message.split()), file=sys.stderr)
    return BAD_INPUT


def check_range(option: str, value: int, low: int, high: int) -> int:
    """Return `value` if it lies between two whole numbers.

    Raises:
        InputError: names the option, the value and the nearest allowed one.
    """
    if not low <= value <= high:
        raise InputError(f"{option} {value}: must be {low} to {high}; nearest {min(max(value, low), high)}")
    return value


def wide_console() -> Console:
    """Return a console on standard output that does not squeeze tables when it is not a terminal."""
    console = Console(markup=False)  # names in data and scenarios may hold brackets
    return console if console.is_terminal else Console(width=140, markup=False)
