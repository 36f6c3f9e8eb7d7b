"""Weeks and dates. Week 0 is the scenario's first Monday; spin-up weeks are negative."""

from __future__ import annotations

from datetime import date, timedelta

WEEKS_PER_YEAR = 365.25 / 7
FIRST_START, LAST_START = date(1900, 1, 1), date(2200, 1, 1)  # tables count in nanoseconds, which end in 2262


def week_of(day: date, start: date) -> int:
    """Return the index of the week in which a dated act counts.

    An act counts from the week in which it holds for most of the working days: one dated Monday to Thursday counts
    in its own week, one dated Friday to Sunday in the next.

    Args:
        day: the date of the act.
        start: the Monday on which week 0 begins.
    """
    return (day - start + timedelta(days=3)).days // 7


def monday(week: int, start: date) -> date:
    """Return the Monday of a week."""
    return start + timedelta(weeks=week)
