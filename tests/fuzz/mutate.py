"""Scenario files by chance: a valid one, then types, ranges, dates, names, nesting, duplicates and bytes spoiled."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from random import Random
from typing import Any

import tomli_w

from model.world import World
from tests.fuzz.valid import Table, policy, scenario

LARGE = (1e9, 1e18, 1e300, 1e308, -1e308, 5e-324, 10**18, 10**19, -(10**40), 2**31, 2**63, -1, 0, 0.5, -0.0)
ODD = ("", " ", "\0", "\n", "\t", "a\nb", "x" * 5000, "é" * 100, "\u202e", "\ufeff", "🙂", "[/red]", "$\\frac$", "%s%n",
       "../../etc/passwd", "nan", "inf", "true", "2023-13-45", "null", "\x7f", "\x1b[31m")  # fmt: skip
DATES = (date(1, 1, 1), date(9999, 12, 31), date(1899, 12, 31), date(2200, 1, 6), date(2023, 1, 3), date(2262, 4, 12))
ENCODINGS = ("utf-16", "utf-8-sig", "latin-1", "utf-32", "cp1252", "utf-7")
KEYS = ("name", "kind", "actor", "targets", "when", "weeks", "start", "policies", "parameters", "extends", "remove",
        "change", "__class__", "until", "severity", "goods", "phases", "suspensions", "approval")  # fmt: skip


def scenario_file(seed: int, world: World) -> bytes:
    """Return the bytes of a scenario file; the same for the same seed."""
    rng = Random(f"scenario {seed}")
    raw = scenario(rng, world)
    for _ in range(rng.choice([0, 0, 1, 1, 1, 2])):
        rng.choice(OF_TABLES)(rng, raw, world)
    text = tomli_w.dumps(_writable(raw))
    for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 2])):
        text = rng.choice(OF_TEXT)(rng, text)
    content = text.encode("utf-8", "surrogatepass")
    return rng.choice(OF_BYTES)(rng, content) if rng.random() < 0.1 else content


# ---- tables --------------------------------------------------------------------------------------------------------


def _places(table: Any, found: list[tuple[Any, Any]] | None = None) -> list[tuple[Any, Any]]:
    """Return all places of a scenario: the table or list, and the key in it."""
    found = [] if found is None else found
    for key, value in list(table.items() if isinstance(table, dict) else enumerate(table)):
        found.append((table, key))
        if isinstance(value, dict | list):
            _places(value, found)
    return found


def _a_value(rng: Random, world: World) -> Any:
    return rng.choice([
        lambda: rng.choice(LARGE), lambda: rng.choice(ODD), lambda: rng.choice(DATES), lambda: float("nan"),
        lambda: float("inf"), lambda: rng.random() < 0.5, list, dict, lambda: [1, "a"], lambda: {"a": {"b": [1]}},
        lambda: rng.choice(world.zones).lower(), lambda: rng.choice(world.goods)[:-1], lambda: rng.uniform(-10, 10),
        lambda: [rng.choice(world.zones)] * rng.choice([2, 900, 1001, 5000]), lambda: rng.randint(-5, 2100),
    ])()  # fmt: skip


def _other_value(rng: Random, raw: Table, world: World) -> None:
    table, key = rng.choice(_places(raw))
    table[key] = _a_value(rng, world)


def _other_key(rng: Random, raw: Table, world: World) -> None:
    table, key = rng.choice([place for place in _places(raw) if isinstance(place[0], dict)])
    table[rng.choice([key[:-1], key + "s", key.upper(), *ODD[5:], *KEYS])] = table.pop(key)


def _new_key(rng: Random, raw: Table, world: World) -> None:
    tables = [raw, *(table[key] for table, key in _places(raw) if isinstance(table[key], dict))]
    rng.choice(tables)[rng.choice(KEYS)] = _a_value(rng, world)


def _lost_key(rng: Random, raw: Table, world: World) -> None:
    table, key = rng.choice(_places(raw))
    del table[key]


def _beyond(rng: Random, raw: Table, world: World) -> None:
    """Set a parameter at, or beyond, one of its limits."""
    if not isinstance(raw.get("parameters"), dict):
        return
    table, key = world.parameter_table, rng.choice(list(world.parameter_table.index))
    end = float(table.at[key, rng.choice(["minimum", "maximum"])])
    raw["parameters"][str(key)] = rng.choice([end, end + 1e-9, end - 1e-9, 3 * end, -end, end * 1e9, str(end)])


def _deep(rng: Random, raw: Table, world: World) -> None:
    table: Table = {}
    inner = table
    for _ in range(rng.choice([5, 13, 60])):
        inner["a"] = rng.choice([{}, {"b": 1}])
        inner = inner["a"]
    raw[rng.choice(KEYS)] = table


def _many(rng: Random, raw: Table, world: World) -> None:
    """Repeat a policy, up to 10,000 times, under one name or many."""
    one, count, renamed = policy(rng, world, 30), rng.choice([2, 20, 300, 301, 10_000]), rng.random() < 0.7
    if count == 300 and rng.random() < 0.7:
        count = 20
    # Copies, so that what is spoiled after this is spoiled in one of them.
    more = [deepcopy(one) | ({"name": f"p{i}"} if renamed else {}) for i in range(count)]
    if isinstance(raw.get("policies"), list):
        raw["policies"] += more


def _dates(rng: Random, raw: Table, world: World) -> None:
    places = [place for place in _places(raw) if isinstance(place[0][place[1]], date)]
    if places:
        table, key = rng.choice(places)
        table[key] = rng.choice([*DATES, str(table[key]), "soon", 20230101])


OF_TABLES: tuple[Callable[[Random, Table, World], None], ...] = (
    _other_value, _other_value, _other_value, _other_key, _new_key, _lost_key, _beyond, _beyond, _deep, _many, _dates,
)  # fmt: skip


def _writable(value: Any) -> Any:
    """Return what TOML can hold: no none."""
    if isinstance(value, dict):
        return {str(key): _writable(inner) for key, inner in value.items()}
    return [_writable(inner) for inner in value] if isinstance(value, list | tuple) else value


# ---- text and bytes ------------------------------------------------------------------------------------------------


def _cut(rng: Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _twice(rng: Random, text: str) -> str:
    """Say a line, or all, twice."""
    lines = text.splitlines(keepends=True) or [""]
    at = rng.randrange(len(lines))
    return text + text if rng.random() < 0.3 else "".join([*lines[: at + 1], lines[at], *lines[at + 1 :]])


def _swap(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    rng.shuffle(lines)
    return "".join(lines)


def _sign(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    signs = [*"[]{}\"=,.#\n\\'", "\0", "é", "\ud800", "[[", '"""']
    return text[:at] + rng.choice(signs) + text[at + rng.randint(0, 3) :]


def _number(rng: Random, text: str) -> str:
    """Write another number, as no writer would: endless digits, other bases, exponents."""
    numbers = list(re.finditer(r"(?<== )-?\d+(\.\d+)?(e[-+]?\d+)?$", text, re.MULTILINE))
    if not numbers:
        return text
    one = rng.choice(numbers)
    other = rng.choice(["9" * 20000, "9" * 400, "0x" + "f" * 20000, "1e400", "-1e400", "1e-400", "+inf", "nan", "1_0",
                        "0b1", "0o17", "1" + "0" * 4000 + ".0", "00", "1e5", "-0", "0.1e1", "07:32:00"])  # fmt: skip
    return text[: one.start()] + other + text[one.end() :]


def _nest(rng: Random, text: str) -> str:
    deep = rng.choice([20, 500, 2000])
    return text + f"\nz = {'[' * deep}{']' * deep}\n" if rng.random() < 0.5 else f"{'.'.join('a' * deep)} = 1\n" + text


OF_TEXT: tuple[Callable[[Random, str], str], ...] = (_cut, _twice, _swap, _sign, _sign, _number, _number, _nest)


def _recode(rng: Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace")


def _flip(rng: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 3, 30])):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


OF_BYTES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _recode, _flip, lambda rng, b: b[: rng.randrange(len(b) + 1)], lambda rng, b: b"\0" * 1000 + b,
    lambda rng, b: b.replace(b"\n", b"\r"), lambda rng, b: b.replace(b"\n", b"\r\n"), lambda rng, b: b"",
    lambda rng, b: rng.randbytes(500), lambda rng, b: b + b"#" * 6_000_000,
)  # fmt: skip
