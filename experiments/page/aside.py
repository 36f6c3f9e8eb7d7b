"""Runs beside the present ones, for panels: in the background, kept while they are wanted, dropped after that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import solara

from experiments.page import files
from experiments.page.bands import FIRST_RUNS, drawn
from experiments.page.crew import crew, follow
from experiments.page.levers import Raw, policies_of, with_policies
from experiments.page.record import Job
from experiments.page.series import Light

PATH, ASIDE = 1, 3  # urgency: of what is told first, with the run compared with; of the rest, after the bands
T = TypeVar("T")
FEW = 4  # turns of draws that make a first range


def use_runs(
    found: Mapping[Any, Sequence[Job]], take: Callable[[Light], Any] = lambda run: run
) -> dict[Any, list[Any]]:
    """Return what has come of runs so far, in a component: after the first of each, some turns later, and in the end.

    Args:
        found: by key the path, then draws and seeds; when they change, runs that nobody wants any more are cancelled.
        take: what is kept of a run.

    Returns:
        What was taken, in the same places; None of a run that is not there yet, of one that has failed why.
    """
    told: solara.Reactive[dict[Job, Any]] = solara.use_reactive({})
    jobs = tuple(job for turn in zip(*found.values(), strict=True) for job in turn)
    solara.use_effect(lambda: _start(jobs, len(found), take, told), [jobs])
    return {key: [told.value.get(job) for job in own] for key, own in found.items()}


def _start(
    jobs: tuple[Job, ...], first: int, take: Callable[[Light], Any], told: solara.Reactive[dict[Job, Any]]
) -> Callable[[], None] | None:
    """Ask for the runs that are missing; return what cancels them."""
    got = {job: result for job, result in told.peek().items() if job in jobs}
    missing = [job for job in jobs if job not in got]

    def tell(results: list[Any]) -> bool:
        new = {job: one if isinstance(one, str) else take(one) for job, one in zip(missing, results, strict=False)}
        told.value = got | new
        return True

    def ask() -> list[Future[Any]]:
        return [crew().ask(job, PATH if job in jobs[:first] else ASIDE) for job in missing]

    return follow(ask, (first, first * (1 + FEW), len(missing)), tell) if missing else None


def several(paths: Mapping[Any, Job], runs: int = FIRST_RUNS) -> dict[Any, list[Job]]:
    """Return of every path the path itself and its runs over draws and seeds."""
    return {key: [job._replace(full=False), *drawn(job, runs)] for key, job in paths.items()}


def there(run: Any) -> bool:
    """Return whether a run has come, and has not failed."""
    return run is not None and not isinstance(run, str)


def aligned(*runs: Sequence[T | None]) -> list[tuple[T, ...]]:
    """Return runs with the same draw and seed side by side, without the paths as soon as there are others.

    Args:
        runs: those of several scenarios, the path first; None where one has failed or is not there yet.
    """
    turns = [tuple(one for one in turn if there(one)) for turn in zip(*runs, strict=False)]
    whole = [turn for turn in turns if len(turn) == len(runs)]
    return whole[1:] or whole


def without(raw: Raw, numbers: Sequence[int]) -> Raw:
    """Return a scenario without some of its policies, counted from 1, and without what waits for them."""
    return with_policies(raw, [p for i, p in enumerate(policies_of(raw), start=1) if i not in numbers])


def licensed(raw: Raw) -> Raw:
    """Return a scenario without bans on end uses where nobody licenses: they work through the licence office."""
    offices = {p["actor"] for p in policies_of(raw) if p["kind"] == "export_licence"}
    gone = [
        i for i, p in enumerate(policies_of(raw), start=1)
        if p["kind"] == "export_ban" and p.get("end_uses") and p["actor"] not in offices
    ]  # fmt: skip
    return without(raw, gone)


def job_of(raw: Raw, seed: int) -> Job:
    """Return the run of a scenario that a panel has made."""
    return files.job_of(licensed(raw), seed)
