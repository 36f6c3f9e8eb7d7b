"""What somebody looks at on the page, apart from what is run."""

from __future__ import annotations

from dataclasses import dataclass


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
