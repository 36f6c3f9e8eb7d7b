"""What mypy cannot be told: functions without types are compiled rules."""

import ast

import pytest

from tests.conftest import ROOT

FILES = sorted([*(ROOT / "model").rglob("*.py"), *(ROOT / "agents").rglob("*.py")])


def _untyped(function: ast.FunctionDef) -> bool:
    arguments = [a for a in (*function.args.args, *function.args.kwonlyargs) if a.arg not in ("self", "cls")]
    typed = function.returns is not None or any(one.annotation is not None for one in arguments)
    return not typed and (bool(arguments) or function.name != "__init__")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_without_types_is_a_compiled_rule(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and _untyped(node):
            assert [getattr(one, "id", "") for one in node.decorator_list] == ["rule"], node.name
