"""The house keeps its order: who may import whom, no circles, small rooms."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("model", "agents", "experiments")
STUDIES = (
    "history", "compare", "rostec", "export_ban", "lapse", "mitigation", "mechanism", "calibrate", "forecast",
    "sensitivity", "discovery",
)  # fmt: skip
FITTED = ("calibrate", "forecast", "sensitivity", "history")  # may use the fit, too
# What may be imported from a folder, by the start of the module's name; the rest of the three packages may not.
MAY = {
    "agents": ("agents.",),
    "model.market": ("model.market.", "model.state.", "model.world", "model.streams", "agents.rule", "agents.books"),
    "model": ("model.", "agents."),
    "experiments.ensemble": ("experiments.ensemble.", "model."),
    "experiments.fit": ("experiments.fit.", "experiments.ensemble.", "experiments.study.", "model."),
    "experiments.figures": ("experiments.figures.", "experiments.study.", "experiments.ensemble.output", "model."),
    "experiments.study": ("experiments.study.", "experiments.ensemble.", "experiments.figures.", "model."),
    "experiments.page": ("experiments.", "model.", "agents."),
    **{
        f"experiments.{study}": (
            f"experiments.{study}.",
            "experiments.ensemble.",
            "experiments.study.",
            "experiments.figures.",
            "model.",
            *(("experiments.fit.",) if study in FITTED else ()),
        )
        for study in STUDIES
    },
    "experiments": ("experiments.", "model."),
}


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


@pytest.mark.parametrize("name", modules())
def test_no_module_leads_back_to_itself(name):
    assert not circle(name), " -> ".join(circle(name))


@pytest.mark.parametrize("name", modules())
def test_who_may_import_whom(name):
    allowed = next(MAY[folder] for folder in MAY if f"{name}.".startswith(f"{folder}."))
    strangers = [one for one in imports(name) if not f"{one}.".startswith(allowed) and one != "experiments"]
    assert not strangers, f"{name} imports {strangers}"


@pytest.mark.parametrize("name", modules())
def test_rooms_are_small(name):
    assert len(modules()[name].read_text(encoding="utf-8").splitlines()) <= 250
