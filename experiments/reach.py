"""The code that a function depends on, found by the names in it."""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
WHOLE = "*"  # in place of a name: everything in the module


def reached(module: str, name: str) -> list[str]:
    """Return the code of a function and of everything it reaches by name in its own package and in `experiments`.

    Functions, classes and constants at the top level of a module count one by one: a helper that the function calls
    does, the caption of a figure in the same file does not. Comments and layout do not count. What is found in other
    ways than by name (``getattr``, data files) is not seen.

    Args:
        module: its full name; the module is read, not imported.
        name: of something at its top level.

    Returns:
        Top-level statements as syntax trees in text, sorted, so that moving one to another module changes nothing.
    """
    packages = {"experiments", module.split(".")[0]}
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    places = [(module, name)]
    while places:
        place = places.pop()
        if place in seen:
            continue
        seen.add(place)
        for statement in _statements(*place):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                places += _imported(place[0], statement, packages)
                continue
            found.add(ast.dump(statement))
            for node in ast.walk(statement):
                if isinstance(node, ast.Name):
                    places.append((place[0], node.id))
                elif isinstance(node, ast.Import | ast.ImportFrom):
                    places += _imported(place[0], node, packages)
    return sorted(found)


@cache
def _top_level(module: str) -> list[tuple[set[str], ast.stmt]]:
    """Return the statements of a module, each with the names that it binds; imports name by name."""
    spec = find_spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return []
    bound: list[tuple[set[str], ast.stmt]] = []
    for statement in ast.parse(Path(spec.origin).read_bytes()).body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                one = ast.ImportFrom(statement.module, [alias], statement.level)
                bound.append(({alias.asname or alias.name}, one))
        elif isinstance(statement, ast.Import):
            bound += [({a.asname or a.name.split(".")[0]}, ast.Import([a])) for a in statement.names]
        else:
            bound.append((_names(statement), statement))
    return bound


def _names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds; of a definition its own alone."""
    if isinstance(statement, DEFINITIONS):
        return {statement.name}
    inside = list(ast.walk(statement))
    stored = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    imported = {node.asname or node.name.split(".")[0] for node in inside if isinstance(node, ast.alias)}
    return stored | imported | {node.name for node in inside if isinstance(node, DEFINITIONS)}


def _statements(module: str, name: str) -> list[ast.stmt]:
    return [statement for names, statement in _top_level(module) if name in names or name == WHOLE]


def _imported(module: str, statement: ast.Import | ast.ImportFrom, packages: set[str]) -> list[tuple[str, str]]:
    """Return the places in these packages that an import names; of a whole module, everything."""
    if isinstance(statement, ast.Import):
        return [(alias.name, WHOLE) for alias in statement.names if alias.name.split(".")[0] in packages]
    source = resolve_name("." * statement.level + (statement.module or ""), module.rpartition(".")[0])
    if source.split(".")[0] not in packages:
        return []
    modules = [f"{source}.{alias.name}" for alias in statement.names if _is_package(source)]
    return [(name, WHOLE) for name in modules if find_spec(name)] + [(source, alias.name) for alias in statement.names]


def _is_package(module: str) -> bool:
    spec = find_spec(module)
    return spec is not None and spec.submodule_search_locations is not None
