"""The code names no metal, good, country, firm or year of the world it runs: they stand in the data."""

import re

import pytest

from model.world import load_world
from tests.conftest import ROOT

SOURCES = sorted(path for package in ("model", "agents") for path in (ROOT / package).rglob("*.py"))
WORLD = load_world()


def any_of(names, before=r"(?<![\w-])", after=r"(?![\w-])") -> str:
    return before + "(?:" + "|".join(re.escape(name) for name in sorted(set(names))) + ")" + after


# Words of a source file, docstrings and comments included. Years up to 2019 may stand in citations.
NAMED = {
    "metal": re.compile(any_of(WORLD.metals, r"(?<![a-z])", r"(?![a-z])"), re.IGNORECASE),
    "good": re.compile(any_of([*WORLD.goods, *WORLD.good_table["name"]]), re.IGNORECASE),
    "country": re.compile(any_of(WORLD.zone_table["name"])),
    "country code": re.compile(any_of(WORLD.zones, r"[\"'`]", r"[\"'`]")),
    "firm": re.compile(any_of([*WORLD.firms["firm"], *WORLD.firms["name"]]), re.IGNORECASE),
    "year": re.compile(r"(?<!\d)20[23]\d(?!\d)"),
}


def found(text: str) -> list[tuple[str, str, str]]:
    return [
        (what, name, line.strip())
        for line in text.splitlines()
        for what, names in NAMED.items()
        for name in names.findall(line)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_code_names_nothing_of_the_world(path):
    assert found(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("# gallium keeps for about a year", "metal"), ("GERMANIUM_KG = 1.0", "metal"), ("good = 'gallium-4N'", "good"),
        ("Exports of China fall", "country"), ('anchor = world.zone_index["CHN"]', "country code"),
        ("The actor, e.g. `USA`", "country code"), ('stream("order-noise/jsc-germanium")', "firm"),
        ("serves Sojitz first", "firm"), ("start = date(2023, 1, 2)", "year"), ("year = 2030", "year"),
    ],
)  # fmt: skip
def test_a_name_would_be_found(line, what):
    assert what in {each for each, _, _ in found(line)}


@pytest.mark.parametrize("line", ["Samuelson (1952)", "(Frenzel et al. 2016)", "le=2080", "the rest of the world"])
def test_literature_and_common_words_may_stand(line):
    assert found(line) == []
