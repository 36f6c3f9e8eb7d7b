"""What is installed: only what is imported, only what may be passed on, and nothing that warns when it is loaded."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tests.conftest import ROOT

OWN = {"model", "agents", "experiments", "tests"}
# Under which name a package is installed, where that is another than the one it is imported by.
INSTALLED = {"tomli_w": "tomli-w", "distributed": "dask", "salib": "SALib"}
# Declared, though nothing imports it: tools, plugins, and what the page serves or must not get another version of.
NOT_IMPORTED = {
    "core": set(),
    "explore": {"solara-assets", "ipyvue"},
    "forecast": set(),
    "discovery": set(),
    "test": {"pytest-xdist", "ruff", "mypy"},
}
# Under the GPL, needed by ema-workbench alone, of which PRIM is used: nobody here imports it or passes it on.
NOT_PASSED_ON = {"platypus-opt"}
MAY_BE_PASSED_ON = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla|ISC|Zlib|CC0|matplotlib", re.I
)
MAY_NOT = re.compile(r"\bA?GPL|GNU (Affero )?General|Proprietary", re.I)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {plain(re.split(r"[\[<>=!~; ]", one)[0]) for one in requirements}


def declared() -> dict[str, set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {part: names(some) for part, some in
            {"core": project["dependencies"], **project["optional-dependencies"]}.items()}  # fmt: skip


def part_of(path: Path) -> str:
    """Return which extra a file may count on."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "tests":
        return "test"
    if parts[:2] in (("experiments", "page"), ("experiments", "explore.py")):
        return "explore"
    extra = parts[1] if parts[0] == "experiments" else ""
    return extra if extra in ("forecast", "discovery") else "core"


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found = [node.module or ""]
        for name in found:
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top not in OWN:
                yield plain(INSTALLED.get(top, top))


def used() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {part: set() for part in NOT_IMPORTED}
    for package in OWN:
        for path in (ROOT / package).rglob("*.py"):
            found[part_of(path)] |= set(imported(path))
    return found


def test_what_is_imported_is_declared():
    may = declared()
    everything = set().union(*may.values())
    for part, some in used().items():
        allowed = everything if part == "test" else may["core"] | may[part]
        assert some <= allowed, f"{part}: imported, but not declared"


def test_what_is_declared_is_imported():
    uses = used()
    for part, some in declared().items():
        assert some == (some & uses[part]) | NOT_IMPORTED[part], f"{part}: declared, but not imported"


def needed(names: set[str]) -> dict[str, metadata.Distribution]:
    """Return the installed packages that some need, themselves included."""
    found: dict[str, metadata.Distribution] = {}
    left = set(names)
    while left:
        name = left.pop()
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for another system or an extra that is not asked for
            continue
        asked = [one for one in found[name].requires or () if "extra ==" not in one]
        left |= {plain(re.split(r"[\[<>=!~;( ]", one)[0]) for one in asked} - found.keys()
    return found


def licence(package: metadata.Distribution) -> str:
    """Return what a package says of its licence: an expression, classifiers and first words, or else its file."""
    about = package.metadata
    classes = [text.rpartition("::")[2].strip() for text in about.get_all("Classifier") or () if "License ::" in text]
    said = about.get("License-Expression") or "; ".join([*classes, (about.get("License") or "")[:60]])
    if said:
        return said
    texts = [file.read_text() for file in package.files or () if file.name.upper().startswith("LICEN")]
    return "; ".join(text[:60] for text in texts)


def test_every_package_may_be_passed_on():
    told = {name: licence(package) for name, package in needed(set().union(*declared().values())).items()}
    assert len(told) > 60
    assert {
        name for name, text in told.items() if not MAY_BE_PASSED_ON.search(text) or MAY_NOT.search(text)
    } == NOT_PASSED_ON
    assert not NOT_PASSED_ON & needed(set().union(*declared().values()) - {"ema-workbench"}).keys()
    assert not NOT_PASSED_ON & set().union(*used().values())


def test_versions_of_all_that_is_needed_are_pinned():
    pinned = names([line for line in (ROOT / "constraints.txt").read_text().splitlines() if line[:1] != "#"])
    assert needed(set().union(*declared().values())).keys() <= pinned


@pytest.mark.slow
def test_nothing_warns_when_it_is_loaded():
    files = [path for folder in ("model", "agents", "experiments") for path in sorted((ROOT / folder).rglob("*.py"))]
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in files
        if part_of(path) == "core" and path.name != "leash.py"  # that one would bind this process
    ]
    code = "import importlib\nfor name in " + repr(modules) + ": importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
