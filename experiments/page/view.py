"""What a window is at: what is run, what came of it, what was kept, and what somebody looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from experiments.page.bands import Bands
from experiments.page.case import UNRESTRICTED
from experiments.page.levers import Value
from experiments.page.record import Record


@dataclass(frozen=True)
class Setup:
    """What is run: a scenario by name, what was changed in it, and what it is compared with."""

    scenario: str
    changes: tuple[tuple[str, Value], ...] = ()
    comparison: str = UNRESTRICTED

    @property
    def seed(self) -> int:
        """The seed of the path."""
        return int(dict(self.changes).get("seed", 1))


@dataclass(frozen=True, eq=False)
class Results:
    """What came of a setup so far; never shown as what came of another one."""

    setup: Setup | None
    record: Record | None = None
    base: Record | None = None
    bands: Bands | None = None
    problem: str = ""

    @cached_property
    def compared(self) -> Bands | None:
        """The bands, until they are there the two paths alone; None before there is something to compare with."""
        paths = Bands((self.record.series,), (self.base.series,)) if self.record and self.base else None
        return self.bands or paths

    def same(self, other: Results) -> bool:
        """Return whether others hold the very same."""
        one, two = (
            (found.setup, found.problem, found.record, found.base, found.bands and len(found.bands.runs))
            for found in (self, other)
        )
        return one == two


@dataclass(frozen=True)
class View:
    """What is looked at.

    Attributes:
        good: its number.
        places: whose prices are drawn.
        asked: the country or firm (`zone:DEU`).
        why: the place and week (`DEU~26`) whose change of price is split into causes; empty while nobody asks.
        without: numbers of the policies that somebody asks about.
        scored: whether all policies are scored.
    """

    good: int
    places: tuple[str, ...]
    asked: str
    why: str = ""
    without: tuple[int, ...] = ()
    scored: bool = False
