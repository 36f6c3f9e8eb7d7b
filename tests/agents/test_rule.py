"""Rules are compiled, may call each other, and what was compiled is kept only as long as every source is the same."""

import importlib
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest
from numba.core.registry import CPUDispatcher

import agents
from agents import rule as rules
from agents.rule import rule
from tests.records import record


@rule
def _half(firm):
    return 0.5 * firm.stock_kg


@rule
def _take_half_away(firm):
    firm.stock_kg -= _half(firm)
    return firm.stock_kg > 0.0


@rule
def _ratio(one, other):
    return one / other


def test_a_rule_calls_another_and_writes_into_the_record():
    firm = record(stock_kg=8.0)
    assert _take_half_away(firm)
    assert firm["stock_kg"] == 4


def test_numbers_divide_as_in_numpy():
    """A loop over all firms must not end in the middle because one has nothing."""
    assert np.isnan(_ratio(0.0, 0.0))
    assert _ratio(1.0, 0.0) == np.inf


def rules_of_agents() -> dict[str, list[CPUDispatcher]]:
    """Return the rules that each module of the agents declares."""
    found = {}
    for one in pkgutil.iter_modules(agents.__path__):
        module = importlib.import_module(f"agents.{one.name}")
        theirs = [value for value in vars(module).values() if isinstance(value, CPUDispatcher)]
        found[one.name] = [value for value in theirs if value.__module__ == module.__name__]
    return found


def test_every_rule_of_the_agents_can_be_called_from_compiled_code():
    """None needs the interpreter, and every module but the countries' and the words for books has at least one."""
    found = rules_of_agents()
    for name, ours in found.items():
        assert all(one.targetoptions["nopython"] and one.targetoptions["nogil"] for one in ours), name
    assert {name for name, ours in found.items() if not ours} == {"books", "country", "rule"}


def test_every_rule_of_the_agents_is_called_by_a_test_of_its_own():
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    names = {one.__name__ for ours in rules_of_agents().values() for one in ours}
    assert {name for name in names if not re.search(rf"\b{name}\(", text)} == set()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of sources that stands for the project's."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "one.py").write_text("a = 1\n")
    (tmp_path / "deep" / "two.py").write_text("b = 1\n")
    monkeypatch.setattr(rules, "_PACKAGES", (tmp_path,))
    rules._stamp.cache_clear()
    yield tmp_path
    rules._stamp.cache_clear()


@pytest.mark.parametrize("name", ["one.py", "deep/two.py"])
def test_a_change_of_any_source_gives_another_stamp(folder, name):
    before = rules._stamp()
    (folder / name).write_text("a = 2\n")
    assert rules._stamp() == before  # within a process the sources are read once
    rules._stamp.cache_clear()
    assert rules._stamp() != before


def test_the_same_sources_give_the_same_stamp(folder):
    before = rules._stamp()
    (folder / "notes.txt").write_text("no source\n")
    rules._stamp.cache_clear()
    assert rules._stamp() == before
