"""What the answers of all questions share: bands over runs, numbers in words, lists and tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np
from numpy.typing import ArrayLike

LOW, HIGH = 0.1, 0.9
MINUS = "−"
# How each unit is written: factor, digits after the point (None: one below 100), sign always shown, text behind it.
UNITS: dict[str, tuple[float, int | None, bool, str]] = {
    "share": (100.0, 1, False, " %"),
    "change": (100.0, 1, True, " %"),
    "points": (100.0, 1, True, " points"),
    "usd_per_kg": (1.0, 0, False, " USD/kg"),
    "usd_per_kg_change": (1.0, 0, True, " USD/kg"),
    "musd": (1.0, 1, True, " million USD"),
    "musd_paid": (1.0, None, False, " million USD"),
    "kg_per_musd": (1.0, None, False, " kg"),
    "busd": (1.0, 1, False, " billion USD"),
    "t_per_yr": (1.0, 1, False, " t/yr"),
    "t_per_yr_change": (1.0, 1, True, " t/yr"),
    "t": (1.0, 1, False, " t"),
    "t_change": (1.0, 1, True, " t"),
    "kg": (1.0, 0, False, " kg"),
    "kg_per_yr": (1.0, 0, False, " kg/yr"),
    "rank": (1.0, 0, False, ""),
    "percent": (100.0, 0, False, " %"),
    "percent_change": (100.0, 0, True, " %"),
    "percent_points": (100.0, 0, True, " points"),
    "times": (1.0, 1, False, " times"),
    "ratio": (1.0, 2, False, " times"),
}


@dataclass(frozen=True)
class Band:
    """Median and 10 to 90 % quantiles of a quantity over runs; NaN where there are none."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, values: np.ndarray | Sequence[float]) -> Band:
        """Return the band of values, one per run; runs without a value do not count."""
        known = np.asarray(values, dtype=float)
        known = known[np.isfinite(known)]
        if not len(known):
            return cls(np.nan, np.nan, np.nan, 0)
        low, median, high = np.quantile(known, [LOW, 0.5, HIGH])
        return cls(float(median), float(low), float(high), len(known))

    def text(self, unit: str) -> str:
        """Write it as `median (low to high)` in a unit of `UNITS`; no band where it is narrower than the digits."""
        if not self.runs:
            return "no value"
        return number(self.median, unit, rounded=True) + UNITS[unit][3] + self._bracket(unit)

    def plain(self, unit: str) -> str:
        """Write it without its unit, for columns that name it: `median (low to high)`; nothing without a value."""
        return number(self.median, unit, rounded=True) + self._bracket(unit, named=False) if self.runs else ""

    def bare(self, unit: str) -> str:
        """Write it without its unit, or that there is none."""
        return self.plain(unit) or self.text(unit)

    def moved(self, unit: str) -> str:
        """Write a change in words: `falls by 2.0 % (−3.0 to −1.0 %)`; without a sign where the band holds none."""
        plain = number(abs(self.median), unit, rounded=True).lstrip("+") + UNITS[unit][3]
        if number(self.median, unit) == number(0.0, unit):
            start = "does not change"
        elif not self.clear:
            start = "may rise or fall"
        else:
            start = f"{'falls' if self.median < 0 else 'rises'} by {plain}"
        return start + self._bracket(unit)

    @property
    def clear(self) -> bool:
        """Whether the band of a change lies on one side of no change."""
        return self.low > 0.0 or self.high < 0.0

    def _bracket(self, unit: str, named: bool = True) -> str:
        low, high = (number(end, unit, rounded=True) for end in (self.low, self.high))
        return f" ({low} to {high}{UNITS[unit][3] * named})" if low != high else ""


# Numbers under one market rule: in words, to the unit and the values of the runs (or their band).
Asked = Mapping[str, tuple[str, ArrayLike | Band]]


@dataclass(frozen=True)
class Report:
    """What a report says: the sentences of its answer, further sections, and other parts by name, lines of Markdown."""

    answer: Sequence[str]
    body: Sequence[str]
    parts: Mapping[str, Sequence[str]]


def number(value: float, unit: str, rounded: bool = False) -> str:
    """Write a value without its unit, as precise as the unit deserves; `rounded` to two digits, three behind a 1."""
    factor, digits, signed, _ = UNITS[unit]
    digits = int(abs(value * factor) < 99.95) if digits is None else digits
    if rounded and np.isfinite(value) and value:
        power = floor(log10(abs(value * factor)))
        leading_one = abs(value * factor) < 1.95 * 10.0**power
        digits = min(digits, 1 + leading_one - power)
    shown = round(value * factor, digits) + 0.0  # no minus zero
    sign = MINUS if shown < 0 else "+" if signed and shown > 0 else ""
    return f"{sign}{abs(shown):,.{max(digits, 0)}f}"


def quantity(value: float, unit: str) -> str:
    """Write a value with its unit."""
    return number(value, unit) + UNITS[unit][3]


def percent(share: float) -> str:
    """Write a share as whole per cents."""
    return quantity(share, "percent")


def counted(number: int, what: str) -> str:
    """Write how many there are of something: `1 run`, `1,000 runs`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return a table as lines of Markdown; columns numbered in `right` are set flush right."""
    rule = "".join("---:|" if i in right else "---|" for i in range(len(heads)))
    cells = ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in (heads, *rows)]
    return [cells[0], "|" + rule, *cells[1:]]


def bullets(texts: Sequence[str]) -> list[str]:
    """Return texts as a list in Markdown."""
    return [f"- {text}" for text in texts]


def listed(names: Sequence[str], comma: str = ", ") -> str:
    """Return names as a list in words: `a, b and c`."""
    return " and ".join(filter(None, [comma.join(names[:-1]), *names[-1:]]))


def with_article(country: str) -> str:
    """Return a country's name as it stands in a sentence: the United States."""
    return f"the {country}" if country.startswith(("United ", "Rest ", "rest ")) else country
