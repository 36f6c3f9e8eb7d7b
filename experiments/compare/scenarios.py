"""The scenarios that a user compares: read, told apart by name, and when they begin to differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from experiments.ensemble.design import Cell
from model import InputError, Scenario, load_scenario
from model.calendar import monday, week_of
from model.world import World

HALF_YEAR = 26  # weeks
MOST = 6  # scenarios that a figure can tell apart


def read_cells(paths: Sequence[Path], world: World) -> list[Cell]:
    """Return one cell for each scenario file, named after the scenario.

    Parameters that a file sets are left alone by draws, in all of the scenarios.

    Raises:
        InputError: a file cannot be used, two scenarios have one name, or they start on different days.
    """
    if len(paths) > MOST:
        raise InputError(f"{len(paths)} scenarios: at most {MOST} can be compared")
    scenarios = [load_scenario(path, world) for path in paths]
    for (one, first), (other, second) in combinations(zip(paths, scenarios, strict=True), 2):
        if first.name == second.name:
            raise InputError(f"{other}: name = {second.name!r}: {one} has the same name; give each one of its own")
        if first.start != second.start:
            raise InputError(f"{other}: start = {second.start}: {one} starts on {first.start}; weeks must agree")
    held = frozenset(name for scenario in scenarios for name in scenario.parameters)
    return [Cell(scenario.name, scenario, {"scenario": scenario.name}, held) for scenario in scenarios]


def window(scenarios: Sequence[Scenario], first: date | None = None, last: date | None = None) -> tuple[date, date]:
    """Return the Mondays between which scenarios are compared.

    Args:
        scenarios: those compared.
        first: what the user wants to begin with; else the first day on which the scenarios differ, or their start.
        last: what the user wants to end with; else the end of the shortest scenario.

    Raises:
        InputError: no week lies between them.
    """
    start = scenarios[0].start
    weeks = min(scenario.weeks for scenario in scenarios)
    begin = max(week_of(first_difference(scenarios), start) if first is None else (first - start).days // 7, 0)
    end = min(weeks if last is None else (last - start).days // 7 + 1, weeks)
    if first is None and begin >= end:
        begin = 0  # what differs comes after the end
    if begin >= end:
        raise InputError(f"--from {first} --until {last}: no week of {start} to {monday(weeks - 1, start)} lies there")
    return monday(begin, start), monday(end - 1, start)


def calm_weeks(scenario: Scenario) -> tuple[date, date]:
    """Return the first and last Monday of the weeks that others are held against: the first half year of a run."""
    return scenario.start, monday(min(HALF_YEAR, scenario.weeks) - 1, scenario.start)


def first_difference(scenarios: Sequence[Scenario]) -> date:
    """Return the first day on which something is decided or in force in one scenario and not in the others."""
    start = scenarios[0].start
    plain = [scenario.model_dump(exclude={"name", "title", "weeks", "policies"}) for scenario in scenarios]
    if len(scenarios) < 2 or any(one != plain[0] for one in plain):
        return start
    policies = [[policy.model_dump() for policy in scenario.policies] for scenario in scenarios]
    days: list[date] = []
    for one, other in combinations(policies, 2):
        differ = [policy for policy in (*one, *other) if policy not in one or policy not in other]
        for policy in differ:
            same = next((p for p in (*one, *other) if p is not policy and p.get("name") == policy.get("name")), {})
            days += _days_of(policy, same)
    return min(days, default=start + timedelta(weeks=min(scenario.weeks for scenario in scenarios)))


def _days_of(policy: dict[str, Any], other: dict[str, Any]) -> list[date]:
    """Return the days of a policy that its counterpart does not share; those of both, if they differ otherwise."""
    own, others = _dates(policy), _dates(other)
    if other and own != others and _undated(policy) == _undated(other):
        return sorted(own ^ others)
    return sorted(own)


def _dates(value: Any) -> set[date]:
    """Return all days in a policy, however deep."""
    if isinstance(value, date):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return set().union(*map(_dates, parts)) if parts else set()


def _undated(value: Any) -> Any:
    """Return a policy without its days, and without what then is empty."""
    if isinstance(value, dict):
        parts = {key: _undated(part) for key, part in value.items() if not isinstance(part, date)}
        return {key: part for key, part in parts.items() if part not in ({}, [], None)}
    if isinstance(value, list | tuple):
        return [part for part in map(_undated, value) if part not in ({}, [], None)]
    return value
