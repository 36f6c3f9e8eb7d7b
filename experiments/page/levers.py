"""What can be changed in a scenario: each lever reads and writes one thing, says what it means, and leaves the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from model.world import load_world

Raw = dict[str, Any]  # a scenario as the tables of its file
Value = Any  # a number, a choice, or a pair of whole numbers
Changes = Mapping[str, Value]  # by key of the lever


@dataclass(frozen=True, kw_only=True)
class Lever:
    """One control.

    Attributes:
        key, group, label: its id in links, the heading it stands under, its name.
        meaning: one line for people.
        source: where its default comes from; empty where the scenario file says it.
        read, write: its value in a scenario; the scenario with another one (a new one, the old stays).
        choices: values to texts; empty for numbers.
        least, most, step, unit: of a number.
        plausible: in words.
        kept: exceptions that stay when it is moved, in words.
        usable: whether it does anything in a scenario.
        pair: whether the value is a range.
        typed: whether it is typed, not slid.
    """

    key: str
    group: str
    label: str
    meaning: str
    read: Callable[[Raw], Value]
    write: Callable[[Raw, Value], Raw]
    source: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    least: float = 0
    most: float = 100
    step: float = 1
    unit: str = ""
    plausible: str = ""
    kept: Callable[[Raw], str] = lambda raw: ""
    usable: Callable[[Raw], bool] = lambda raw: True
    pair: bool = False
    typed: bool = False

    def parse(self, text: str) -> Value:
        """Return a value from a link or a form.

        Raises:
            ValueError: with words that name the control, when it is no value of it.
        """
        if self.choices:
            if text not in self.choices:
                raise ValueError(f"{self.label}: {text[:40]!r} is none of {', '.join(self.choices)}")
            return text
        try:
            found = [self._number(part) for part in text.split("~")]
            if len(found) != 1 + self.pair or found != sorted(found):
                raise ValueError(text)
        except ValueError:
            kind = "a whole number" if self.whole else "a number"
            kind = "two whole numbers, the lower first," if self.pair else kind
            said = f"{text[:40]!r} is not {kind} from {self.least:g} to {self.most:g}"
            raise ValueError(f"{self.label}: {said}") from None
        return tuple(found) if self.pair else found[0]

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return float(self.step).is_integer()

    def _number(self, text: str) -> float | int:
        number = int(text) if self.whole else float(text)
        if not self.least <= number <= max(self.most, self.least):
            raise ValueError(text)
        return number

    def written(self, value: Value) -> str:
        """Return a value as it stands in a link."""
        return "~".join(map(str, value)) if self.pair else f"{value:.6g}" if isinstance(value, float) else str(value)

    def shown(self, value: Value) -> str:
        """Return a value as people read it."""
        if self.choices:
            return self.choices.get(value, str(value))
        if self.unit == " 1/year":
            return f"{100 * value:.3g} % a year"
        numbers = value if self.pair else [value]
        return " to ".join(str(number) if self.typed else f"{number:,.6g}" for number in numbers) + self.unit


def apply(raw: Raw, changes: Changes, levers: Mapping[str, Lever]) -> Raw:
    """Return a scenario with what was changed, and nothing else; without changes it is the same."""
    result = deepcopy(raw)
    moved = [lever for lever in levers.values() if lever.key in changes and lever.key != "seed"]
    for lever in moved:
        if lever.read(result) != changes[lever.key]:
            result = lever.write(result, changes[lever.key])
    if result == raw:
        return result
    name = str(raw.get("name", "scenario")).removesuffix("_changed")
    told = "; ".join(f"{lever.label}: {lever.shown(changes[lever.key])}" for lever in moved)
    title = str(raw.get("title") or name).split(" · ")[0]
    return result | {"name": f"{name}_changed", "title": f"{title} · changed: {told}"[:240]}


def settled(raw: Raw, changes: Changes, levers: Mapping[str, Lever]) -> dict[str, Value]:
    """Return only the changes that change something, in the order of the levers."""
    kept = {key: changes[key] for key in levers if key in changes}
    for key in list(kept):
        others = {other: value for other, value in kept.items() if other != key}
        with_it, without = (_content(apply(raw, one, levers)) for one in (kept, others))
        if with_it == without and (key != "seed" or kept[key] == levers[key].read(raw)):
            del kept[key]
    return kept


def _content(raw: Raw) -> Raw:
    return {key: value for key, value in raw.items() if key not in ("name", "title")}


def policies_of(raw: Raw) -> list[Raw]:
    """Return a scenario's policies."""
    return raw.get("policies", [])


def with_policies(raw: Raw, policies: list[Raw]) -> Raw:
    """Return the scenario with other policies; what waited for one that is gone goes, too."""
    names = {p.get("name") or f"{p['actor']} {p['kind'].replace('_', ' ')}" for p in policies}
    kept = [p for p in policies if (p.get("when") or {}).get("policy") in (None, *names)]
    return raw | {"policies": kept} if len(kept) == len(policies) else with_policies(raw, kept)


def start_of(raw: Raw) -> date:
    """Return the scenario's first day."""
    start = raw.get("start")
    return start if isinstance(start, date) else load_world().start


def month_of(raw: Raw, months: int) -> date:
    """Return the first day of the month so many months after the scenario's first."""
    whole = start_of(raw).month - 1 + months
    return date(start_of(raw).year + whole // 12, whole % 12 + 1, 1)


def months_between(first: date, day: date) -> int:
    """Return the months from one day's month to another's, at least none."""
    return max((day.year - first.year) * 12 + day.month - first.month, 0)
