"""Runs what the settings say, apart from the page: the path, the run to compare with, then the bands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

import solara

from experiments.page.bands import FIRST_RUNS, Bands, drawn
from experiments.page.crew import crew
from experiments.page.record import Record
from experiments.page.session import Results, Session, Setup
from model.errors import InputError

FIRST, BASE, LATER = 0, 1, 2  # urgency of runs


@solara.component
def Runs(session: Session) -> None:
    """Run again whenever the setup changes; a change cancels what is left of the run before.

    Nothing is run before the browser has told its link.
    """
    setup, arrived = session.setup.value, session.arrived.value
    solara.use_effect(lambda: start(session, setup) if arrived else None, [setup, arrived])


def start(session: Session, setup: Setup) -> Callable[[], None]:
    """Start a setup's runs; return what cancels them."""
    cancelled, waiting = threading.Event(), list[Future[Any]]()

    def tell(**found: Any) -> None:
        """Show results; an older run that ends late waits for its turn and finds itself cancelled."""
        with session.telling:
            if not cancelled.is_set():
                session.found.value = Results(setup, **found)

    def cancel() -> None:
        cancelled.set()
        for future in waiting:
            future.cancel()

    def work() -> None:
        try:
            _run(session, setup, waiting, tell)
        except CancelledError:
            return
        finally:
            cancel()

    threading.Thread(target=work, daemon=True, name="runs").start()
    return cancel


def _run(session: Session, setup: Setup, waiting: list[Future[Any]], tell: Callable[..., None]) -> None:
    try:
        job, base_job = session.job(setup), session.base_job(setup)
    except InputError as error:
        tell(problem=" ".join(str(error).split()))
        return
    waiting += [crew().ask(job, FIRST), crew().ask(base_job, BASE)]
    for pair in zip(drawn(job), drawn(base_job), strict=True):
        waiting += [crew().ask(one, LATER) for one in pair]
    record = waiting[0].result()
    if not isinstance(record, Record):
        tell(problem=str(record))
        return
    tell(record=record)
    base = waiting[1].result()
    base = base if isinstance(base, Record) else None
    tell(record=record, base=base)
    done: list[tuple[Any, Any]] = []
    for one, other in zip(waiting[2::2], waiting[3::2], strict=True):
        both = one.result(), other.result()
        done += [] if any(isinstance(result, str) for result in both) else [both]
        if len(done) == FIRST_RUNS:
            tell(record=record, base=base, bands=Bands(*zip(*done, strict=True)))
    if done:
        tell(record=record, base=base, bands=Bands(*zip(*done, strict=True)))
