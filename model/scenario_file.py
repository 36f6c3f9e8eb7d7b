"""Scenario files as tables: read from TOML, and completed with the scenario that they start from.

A file may say ``extends = "history"`` and hold only what is different: keys that replace or add, policies to add,
``remove`` with names of inherited policies, and ``[change."name"]`` with what changes in one of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from model.errors import InputError, nearest, shown

# A scenario as its file gives it, before it is checked.
Raw = dict[str, Any]
SHIPPED = Path(__file__).parents[1] / "experiments" / "scenarios"  # names in `extends` are looked up here, too
LONGEST_CHAIN = 10
# What no scenario needs: refused before anything walks through it.
LARGEST_FILE, DEEPEST, LONGEST_LIST, LARGEST_WHOLE = 5_000_000, 12, 1000, 10**18  # bytes, levels, items, a number
MOST_POLICIES = 300
_OWN = ("extends", "remove", "change")


def read_scenario_file(path: Path) -> Raw:
    """Return a scenario file's tables, complete with what it inherits.

    Raises:
        InputError: with one line that names the file.
    """
    return completed(read_toml(path), path)


def completed(raw: Raw, path: Path) -> Raw:
    """Return the tables of a file, complete with what they inherit."""
    return complete(raw, str(path), path.parent, (path.resolve(),))


def read_toml(path: Path) -> Raw:
    """Return the tables of a file; errors are one line."""
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise InputError(f"{path}: cannot be read as a scenario file: not a file")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise InputError(f"{path}: cannot be read as a scenario file: larger than {LARGEST_FILE:,} bytes")
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such scenario file; {_neighbours(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read as a scenario file: {reason}") from None
    return parse_toml(text, str(path))


def parse_toml(text: str, source: str) -> Raw:
    """Return the tables of a text; messages start with `source`."""
    try:
        raw = tomllib.loads(text)
    except ValueError as error:  # a number of thousands of digits, too
        raise InputError(f"{source}: broken TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{source}: broken TOML: too deeply nested") from None
    _check_bounds(raw, source)
    return raw


def _check_bounds(raw: Raw, source: str) -> None:
    waiting: list[tuple[str, Any, int]] = [("", raw, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise InputError(f"{source}: {key}: more than {DEEPEST} tables and lists within each other")
        if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
            raise InputError(f"{source}: {key} = {shown(value)}: must lie between {-LARGEST_WHOLE} and {LARGEST_WHOLE}")
        if isinstance(value, list) and len(value) > LONGEST_LIST:
            raise InputError(f"{source}: {key}: a list of {len(value)}; at most {LONGEST_LIST} are allowed")
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for part, inner in parts:
            name = f"{key}[{int(part) + 1}]" if isinstance(value, list) else f"{key}.{part}" if key else str(part)
            waiting.append((name, inner, depth + 1))


def complete(raw: Raw, source: str, folder: Path | None = None, seen: tuple[Path, ...] = ()) -> Raw:
    """Return tables with all that they inherit.

    Args:
        raw: the tables of one file.
        source: the name that messages start with.
        folder: where else `extends` may look; only among the scenarios of the project when not given.
        seen: files that led here.

    Raises:
        InputError: what it starts from cannot be used, or it changes policies that are not there.
    """
    if "extends" not in raw:
        for key in ("remove", "change"):
            if key in raw:
                raise InputError(f"{source}: {key}: there is nothing to {key}; name a scenario to start from: extends")
        return raw
    path = _found(raw["extends"], source, folder, seen)
    if len(seen) > LONGEST_CHAIN:
        raise InputError(f"{source}: extends: more than {LONGEST_CHAIN} scenarios in a row")
    inherited = complete(read_toml(path), str(path), path.parent, (*seen, path))
    remove, change = _changes(raw, source)
    _check_names(raw, inherited, remove, change, source)
    name = raw.get("name", Path(source).stem)
    own = {key: value for key, value in raw.items() if key not in (*_OWN, "policies")}
    own = {"name": name, "title": str(name).replace("_", " ")} | own
    return vary(inherited, own, add=raw.get("policies", []), remove=remove, change=change)


def vary(
    raw: Mapping[str, Any],
    patch: Mapping[str, Any] | None = None,
    *,
    add: Iterable[Mapping[str, Any]] = (),
    remove: Iterable[str] = (),
    change: Mapping[str, Mapping[str, Any]] | None = None,
) -> Raw:
    """Return a copy of a raw scenario with changes; the original stays as it is.

    Args:
        raw: a scenario as its file gives it.
        patch: merged in: tables key by key and to any depth, other values (lists, too) replaced.
        add: policies to append.
        remove: names of policies to drop.
        change: name of a policy to a patch of it.

    Raises:
        InputError: no policy has that name.
    """
    varied = _merged(raw, patch or {})
    policies = list(varied.get("policies", []))
    names = _names(policies)
    changes = dict(change or {})
    dropped = set(remove)
    for name in [*dropped, *changes]:
        if name not in names:
            raise InputError(f"scenario {varied.get('name')}: no policy is named {name!r}; {nearest(name, names)}")
    kept = [
        _merged(policy, changes.get(name, {}))
        for name, policy in zip(names, policies, strict=True)
        if name not in dropped
    ]
    varied["policies"] = kept + [deepcopy(dict(policy)) for policy in add]
    return varied


def _merged(raw: Mapping[str, Any], patch: Mapping[str, Any]) -> Raw:
    merged = deepcopy(dict(raw))
    for key, value in patch.items():
        old = merged.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(merged[key], value) if nested else deepcopy(value)
    return merged


def _found(name: object, source: str, folder: Path | None, seen: tuple[Path, ...]) -> Path:
    """Return the file that `extends` names: beside the file, or among the scenarios of the project."""
    shipped = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    if not isinstance(name, str) or not name:
        listed = ", ".join(shipped)
        raise InputError(f"{source}: extends = {shown(name)}: must be the name of a scenario; allowed: {listed}")
    places = [] if folder is None else [folder / name, folder / f"{name}.toml"]
    places += [SHIPPED / f"{stem}.toml" for stem in shipped if name in (stem, f"{stem}.toml")]
    for path in (place.resolve() for place in places if _is_file(place)):
        if path in seen:
            if path.parent == SHIPPED.resolve() or len(seen) == 1:
                continue  # a file of the same name as the scenario that it starts from
            raise InputError(f"{source}: extends = {name!r}: leads back to {path.name}")
        return path
    raise InputError(f"{source}: extends = {name!r}: no such scenario; {nearest(name, shipped)}")


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError:  # a name that is too long, a folder that may not be entered
        return False


def _changes(raw: Raw, source: str) -> tuple[list[str], dict[str, Any]]:
    """Return the policies to remove and to change, of the right types."""
    remove, change, add = raw.get("remove", []), raw.get("change", {}), raw.get("policies", [])
    if not isinstance(remove, list) or not all(isinstance(name, str) for name in remove):
        raise InputError(f"{source}: remove = {shown(remove)}: must be a list of names of policies")
    if not isinstance(change, dict) or not all(isinstance(patch, dict) for patch in change.values()):
        raise InputError(f'{source}: change = {shown(change)}: must be tables, each headed [change."name of a policy"]')
    if not isinstance(add, list) or not all(isinstance(policy, dict) for policy in add):
        raise InputError(f"{source}: policies: must be a list of tables, each headed [[policies]]")
    return remove, change


def _check_names(raw: Raw, inherited: Raw, remove: list[str], change: Mapping[str, Any], source: str) -> None:
    there = _names(inherited.get("policies", []))
    for key, names in (("remove", remove), ("change", change)):
        for name in names:
            if name not in there:
                raise InputError(f"{source}: {key}: no policy is named {name!r}; {nearest(name, there)}")
    for name in remove:
        if name in change:
            raise InputError(f"{source}: change: {name!r} is removed, too")
    for name in _names(raw.get("policies", [])):
        if name in there and name not in remove:
            raise InputError(f'{source}: policies: {name!r} is inherited; change it with [change."{name}"]')


def _names(policies: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [policy.get("name") or policy.get("kind") for policy in policies]


def _neighbours(path: Path) -> str:
    there = (
        sorted(p.name for p in path.parent.glob("*.toml") if p.name != "pyproject.toml") if path.parent.is_dir() else []
    )
    return nearest(path.name, there) if there else "no scenario files in that folder"
