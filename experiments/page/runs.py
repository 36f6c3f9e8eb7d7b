"""Runs what the settings say, apart from the page: the path, the run to compare with, then the bands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

import solara

from experiments.page.bands import FIRST_RUNS, RUNS, Bands, drawn
from experiments.page.crew import crew
from experiments.page.record import Record
from experiments.page.session import Session
from experiments.page.view import Results, Setup
from model.errors import InputError

FIRST, BASE, LATER = 0, 1, 2  # urgency of runs
STAGES = (1, 2, 2 + 2 * FIRST_RUNS, 2 + 2 * RUNS)  # so many results are shown: path, run to compare with, bands


@solara.component
def Runs(session: Session) -> None:
    """Run again whenever the setup changes; a change cancels what is left of the run before."""
    setup = session.setup.value
    solara.use_effect(lambda: start(session, setup), [setup])


def start(session: Session, setup: Setup) -> Callable[[], None]:
    """Start a setup's runs; return what cancels them."""
    cancelled, waiting = threading.Event(), list[Future[Any]]()

    def tell(**found: Any) -> None:
        """Show results; an older run that ends late waits for its turn and finds itself cancelled."""
        now = Results(setup, **found)
        with session.telling:
            if not cancelled.is_set() and not now.same(session.found.peek()):
                session.found.value = now

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
        waiting += asked(session, setup)
    except InputError as error:
        tell(problem=" ".join(str(error).split()))
        return
    for number, upto in enumerate(STAGES):
        results = [future.result() for future in waiting[:upto]]
        if isinstance(results[0], str):
            tell(problem=results[0])
            return
        if upto < len(waiting) and all(future.done() for future in waiting[: STAGES[number + 1]]):
            continue  # what comes next is already there
        tell(**found(results))


def asked(session: Session, setup: Setup) -> list[Future[Any]]:
    """Ask for the path, the run to compare with, and the runs of both bands in turn.

    Raises:
        InputError: with one line, if the settings do not go together.
    """
    job, base_job = session.job(setup), session.base_job(setup)
    pairs = zip(drawn(job), drawn(base_job), strict=True)
    return [
        crew().ask(job, FIRST),
        crew().ask(base_job, BASE),
        *(crew().ask(one, LATER) for both in pairs for one in both),
    ]


def found(results: list[Any]) -> dict[str, Any]:
    """Return what so many results of `asked` are: path, run to compare with, bands."""
    base = results[1] if len(results) > 1 and isinstance(results[1], Record) else None
    pairs = zip(results[2::2], results[3::2], strict=True)
    done = [both for both in pairs if not any(isinstance(result, str) for result in both)]
    return {"record": results[0], "base": base, "bands": Bands(*zip(*done, strict=True)) if done else None}


def at_hand(session: Session) -> None:
    """Show what others have already run, before the page is drawn for the first time."""
    setup = session.setup.value
    try:
        jobs = session.job(setup), session.base_job(setup)
    except InputError:
        return
    pairs = [crew().kept(one) for both in zip(*map(drawn, jobs), strict=True) for one in both]
    results = [crew().kept(job) for job in jobs] + pairs
    known = [upto for upto in STAGES if None not in results[:upto]]
    if known:
        session.found.value = Results(setup, **found(results[: known[-1]]))
