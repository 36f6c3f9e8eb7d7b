"""Countries: they put their policies through the week, and know which of them are in force."""

import mesa
import pytest

from agents.country import Country


class Note:
    """A policy that notes what it is asked, and is in force in some weeks."""

    def __init__(self, name: str, weeks: set[int], diary: list[str]) -> None:
        self.name, self._weeks, self._diary = name, weeks, diary

    def decide(self, desk: int) -> None:
        self._diary.append(f"{self.name} decides")

    def turn(self, desk: int) -> bool:
        self._diary.append(f"{self.name} turns")
        return self.in_force(desk)

    def in_force(self, week: int) -> bool:
        return week in self._weeks


@pytest.fixture
def diary() -> list[str]:
    return []


@pytest.fixture
def country(diary) -> Country:
    """A country whose desk is the number of the week."""
    country = Country(mesa.Model(seed=1), "DEU", "Germany")
    country.policies += [Note("ban", {1, 2}, diary), Note("tariff", {2, 3}, diary)]
    return country


def test_a_country_begins_without_policies():
    country = Country(mesa.Model(seed=1), "DEU", "Germany")
    assert (country.zone, country.name, country.policies) == ("DEU", "Germany", [])
    country.decide(0)
    assert country.turn(0) == []


def test_every_policy_decides_once_and_none_turns_by_it(country, diary):
    country.decide(1)
    assert diary == ["ban decides", "tariff decides"]


@pytest.mark.parametrize(("week", "names"), [(0, []), (1, ["ban"]), (2, ["ban", "tariff"]), (3, ["tariff"])])
def test_turning_returns_the_policies_in_force(country, diary, week, names):
    assert [policy.name for policy in country.turn(week)] == names
    assert diary == ["ban turns", "tariff turns"]
    country.model.week = week
    assert [policy.name for policy in country.in_force] == names
