"""What is installed: only what is imported, only what may be passed on, and nothing that warns when it is loaded."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.packages import PACKAGES, declared, licence, needed, pinned, plain, requirements, size_mb, with_table

OWN = {"model", "agents", "experiments", "tests"}
# Under which name a package is installed, where that is another than the one it is imported by.
INSTALLED = {"tomli_w": "tomli-w", "distributed": "dask", "salib": "SALib", "PIL": "pillow"}
# Declared, though nothing imports it: tools, plugins, and what the page serves or must not get another version of.
NOT_IMPORTED = {
    "core": set(),
    "explore": {"solara-assets", "ipyvue", "ipyvuetify"},
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


def everything() -> list[str]:
    return [one for some in requirements().values() for one in some]


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


def test_every_package_may_be_passed_on():
    told = {name: licence(package) for name, package in needed(everything()).items()}
    assert len(told) > 60
    assert {
        name for name, text in told.items() if not MAY_BE_PASSED_ON.search(text) or MAY_NOT.search(text)
    } == NOT_PASSED_ON
    assert not NOT_PASSED_ON & needed(one for one in everything() if not one.startswith("ema")).keys()
    assert not NOT_PASSED_ON & set().union(*used().values())


def test_versions_of_all_that_is_needed_are_pinned():
    assert needed(everything()).keys() <= pinned().keys()


def test_what_is_installed_is_listed_with_its_licence():
    """Another Python or system may need fewer packages, never others."""
    text = PACKAGES.read_text(encoding="utf-8")
    assert set(with_table(text).splitlines()) <= set(text.splitlines()), "run `make packages`"


def test_the_core_stays_small():
    core = needed(requirements()["core"])
    assert len(core) < 70
    assert sum(map(size_mb, core.values())) < 800


@pytest.mark.slow
def test_nothing_warns_when_it_is_loaded_and_the_record_is_run():
    files = [path for folder in ("model", "agents", "experiments") for path in sorted((ROOT / folder).rglob("*.py"))]
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in files
        if part_of(path) == "core" and path.name != "leash.py"  # that one would bind this process
    ]
    code = "import importlib\nfor name in " + repr(modules) + ": importlib.import_module(name)"
    code += '\nimport model\nscenario = model.load_scenario("experiments/scenarios/history.toml")'
    code += "\nmodel.TradeModel(scenario, seed=1).run(4).tables()"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
