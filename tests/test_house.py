"""The house keeps its order: who may import whom, no circles, and no metal, country, firm or year in the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from model.world import load_world
from tests.conftest import ROOT

PACKAGES = ("model", "agents", "experiments")
# What may be imported from a folder, by the start of the module's name; the rest of the three packages may not.
MAY = {
    "agents": ("agents.",),
    "model.market": ("model.market.", "model.state.", "model.world", "model.streams", "agents.rule", "agents.books"),
    "model": ("model.", "agents."),
}
YEAR = re.compile(r"\b20[2-3]\d\b")


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, Path]:
    return {name_of(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


@cache
def imports(name: str) -> frozenset[str]:
    """Return the modules of the project that a module imports, for types only included."""
    found = set()
    for node in ast.walk(ast.parse(modules()[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            inside = {one for one in whole if one in modules()}
            found |= inside or {node.module}
    return frozenset(one for one in found if one in modules() and one != name)


def circle(start: str) -> list[str]:
    """Return a way from a module back to itself, or nothing."""
    seen, ways = set(), [[start]]
    while ways:
        way = ways.pop()
        for one in imports(way[-1]):
            if one == start:
                return [*way, one]
            if one not in seen:
                seen.add(one)
                ways.append([*way, one])
    return []


@pytest.mark.parametrize("name", [name for name in modules() if not name.startswith("experiments")])
def test_no_module_leads_back_to_itself(name):
    assert not circle(name), " -> ".join(circle(name))


@pytest.mark.parametrize("name", [name for name in modules() if not name.startswith("experiments")])
def test_who_may_import_whom(name):
    allowed = next(MAY[folder] for folder in MAY if f"{name}.".startswith(f"{folder}."))
    strangers = [one for one in imports(name) if not f"{one}.".startswith(allowed)]
    assert not strangers, f"{name} imports {strangers}"


@pytest.mark.parametrize("name", [name for name in modules() if not name.startswith("experiments")])
def test_no_metal_country_firm_or_year_is_named_in_the_code(name):
    world, text = load_world(), modules()[name].read_text(encoding="utf-8")
    for zone in world.zones:
        assert not re.search(rf"""["'`]{zone}["'`]""", text), zone
    for title in world.zone_table["name"][world.zone_table["zone"] != "ROW"]:
        assert title not in text, title
    for firm in world.firms["firm"]:
        assert not re.search(rf"""["'`]{re.escape(firm)}["'`]""", text), firm
    for metal in world.metals:
        assert metal not in text.lower(), metal
    assert not YEAR.search(text), YEAR.search(text)


@pytest.mark.parametrize("name", [name for name in modules() if not name.startswith("experiments")])
def test_rooms_are_small(name):
    assert len(modules()[name].read_text(encoding="utf-8").splitlines()) <= 250
