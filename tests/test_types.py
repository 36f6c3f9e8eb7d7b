"""What mypy cannot be told: functions without types are compiled rules; and nothing warns, not even on import."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import ROOT

FILES = sorted([*(ROOT / "model").rglob("*.py"), *(ROOT / "agents").rglob("*.py")])
EVERYTHING = """
import importlib, pkgutil
import agents, experiments, model
for package in (model, agents, experiments):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if "page" not in found.name and not found.name.endswith(("__main__", "explore")):
            importlib.import_module(found.name)
from experiments.history import __main__
model.TradeModel(model.load_scenario("experiments/scenarios/history.toml")).run(4).tables()
"""


def _untyped(function: ast.FunctionDef) -> bool:
    arguments = [a for a in (*function.args.args, *function.args.kwonlyargs) if a.arg not in ("self", "cls")]
    typed = function.returns is not None or any(one.annotation is not None for one in arguments)
    return not typed and (bool(arguments) or function.name != "__init__")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_without_types_is_a_compiled_rule(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and _untyped(node):
            assert [getattr(one, "id", "") for one in node.decorator_list] == ["rule"], node.name


def test_nothing_warns_on_import_or_in_a_run_of_the_record():
    done = subprocess.run([sys.executable, "-W", "error", "-c", EVERYTHING], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stderr
