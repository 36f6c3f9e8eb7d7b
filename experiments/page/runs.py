"""Runs what the settings say, apart from the page: the path, the run to compare with, then the bands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import solara

from experiments.page.bands import FIRST_RUNS, RUNS, Bands, drawn
from experiments.page.crew import crew, follow
from experiments.page.record import Job, Record
from experiments.page.session import Session
from experiments.page.view import Results, Setup
from model.errors import InputError

BANDS = 2  # urgency of bands; the path's is 0, that of the run to compare with 1
STAGES = (1, 2, 2 + 2 * FIRST_RUNS, 2 + 2 * RUNS)  # so many results are shown: path, run to compare with, bands


@solara.component
def Runs(session: Session) -> None:
    """Run again whenever the setup changes; a change cancels what is left of the run before."""
    setup = session.setup.value
    solara.use_effect(lambda: start(session, setup), [setup])


def start(session: Session, setup: Setup) -> Callable[[], None]:
    """Start a setup's runs; return what cancels them."""

    def tell(results: list[Any]) -> bool:
        now = found(setup, results)
        if not now.same(session.found.peek()):
            session.found.value = now
        return not now.problem

    return follow(lambda: asked(session, setup), STAGES, tell)


def jobs_of(session: Session, setup: Setup) -> list[Job]:
    """Return the path, the run to compare with, and the runs of both bands in turn.

    Raises:
        InputError: with one line, if the settings do not go together.
    """
    both = session.job(setup), session.base_job(setup)
    return [*both, *(one for pair in zip(*map(drawn, both), strict=True) for one in pair)]


def asked(session: Session, setup: Setup) -> list[Future[Any]]:
    """Ask for a setup's runs; settings that do not go together end with words, as a run that fails does."""
    try:
        return [crew().ask(job, min(at, BANDS)) for at, job in enumerate(jobs_of(session, setup))]
    except InputError as error:
        failed: Future[Any] = Future()
        failed.set_result(" ".join(str(error).split()))
        return [failed]


def found(setup: Setup, results: list[Any]) -> Results:
    """Return what the first results of a setup's runs are: path, run to compare with, bands; or why there are none."""
    if isinstance(results[0], str):
        return Results(setup, problem=results[0])
    base = results[1] if len(results) > 1 and isinstance(results[1], Record) else None
    pairs = zip(results[2::2], results[3::2], strict=True)
    done = [both for both in pairs if not any(isinstance(result, str) for result in both)]
    return Results(setup, results[0], base, Bands(*zip(*done, strict=True)) if done else None)


def at_hand(session: Session) -> None:
    """Show what others have already run, before the page is drawn for the first time."""
    setup = session.setup.value
    try:
        results = [crew().kept(job) for job in jobs_of(session, setup)]
    except InputError:
        return
    known = [upto for upto in STAGES if None not in results[:upto]]
    if known:
        session.found.value = found(setup, results[: known[-1]])
