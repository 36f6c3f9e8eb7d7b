"""Reports as templates: a study's sentences lie beside its code in `report.md.j2`, with the numbers where they stand.

A template sets a variable for each part of `study/report.md.j2`, as text in Markdown. Its lines may be broken
anywhere: a paragraph, an item of a list or a row of a table becomes one line. Numbers are written by filters
(`{{ values | text("share") }}` gives median and band), and a list of lines, such as a table, stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import xarray as xr
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from experiments.study.answers import Band, Report, bullets, counted, listed, number, percent, quantity, with_article
from experiments.study.bands import band
from experiments.study.value import value_sentence, value_table, value_totals

STUDIES = Path(__file__).parent.parent
ITEM, ALONE = ("- ", "|", "#", "!["), ("|", "#")  # how lines start that are no continuation, or have none
PARTS = ("title", "question", "answer", "basis", "how_sure", "body", "figures", "left_out", "tables")  # of a template
PICTURE = re.compile(r"!\[(.*)\]\((\w+)\)")


def told(study: str, **said: Any) -> Report:
    """Return a study's report from its template.

    Args:
        study: its package, which holds `report.md.j2`.
        said: what the template names.
    """
    parts = parts_of(f"{study}/report.md.j2", **said)
    missing = [name for name in PARTS if name not in parts]
    if missing:
        raise ValueError(f"{study}/report.md.j2 does not set {listed(missing)}")
    return Report(parts.pop("answer"), parts.pop("body"), {"more": [], "closing": [], **parts})


def parts_of(template: str, **said: Any) -> dict[str, list[str]]:
    """Return the texts that a template sets, by name, as lines of Markdown; the answer as sentences."""
    module = _templates().get_template(template).make_module(said)
    lines = {name: reflowed(text) for name, text in vars(module).items() if isinstance(text, str)}
    return lines | {"answer": texts(lines["answer"])} if "answer" in lines else lines


def written(report: Report, command: str, ran: list[str]) -> str:
    """Return report.md, given the command that repeats it and how the runs went."""
    said = {**report.parts, "answer": report.answer, "body": report.body, "command": command, "ran": ran}
    return _templates().get_template("study/report.md.j2").render(said)


def sentence(text: str, said: Mapping[str, Any]) -> str:
    """Return a text with the numbers that it names, on one line."""
    return " ".join(reflowed(_templates().from_string(text).render(said)))


def value(expression: str, said: Mapping[str, Any]) -> Any:
    """Return what an expression over what it names comes to."""
    return _templates().compile_expression(expression, undefined_to_none=False)(**said)


def reflowed(text: str) -> list[str]:
    """Return lines of Markdown in which a paragraph, an item or a row of a table is one line."""
    lines = [""]
    for line in map(str.strip, text.split("\n")):
        line = line if line.startswith("|") else re.sub(" +", " ", line)  # columns may be empty
        if line and lines[-1] and not f"{line} ".startswith(ITEM) and not lines[-1].startswith(ALONE):
            lines[-1] += f" {line}"
        elif line or lines[-1]:
            lines.append(line)
    return lines[1:] if lines[-1] else lines[1:-1]


def texts(lines: list[str]) -> list[str]:
    """Return the texts of a list in Markdown."""
    return [line.removeprefix("- ") for line in lines if line]


def cell(name: object) -> str:
    """Write a name of the user's or of a world's as it may stand in a table."""
    return " ".join(str(name).replace("|", "/").split())


def picture(line: str) -> tuple[str, ...]:
    """Return caption and name of a figure from a line `![caption](name)`."""
    found = PICTURE.fullmatch(line)
    assert found is not None, line
    return found.groups()


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(STUDIES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda found: "\n".join(found) if isinstance(found, list) else found,
    )  # fmt: skip
    words = (band, bullets, cell, counted, listed, number, percent, picture, quantity, texts, value_sentence,
             value_table, value_totals, with_article)  # fmt: skip
    by_name = {word.__name__: word for word in words}
    made.globals.update(by_name)
    made.filters.update(by_name | {how: _written(how) for how in ("text", "bare", "plain", "moved")})
    return made


def _written(how: str) -> Callable[[Band | xr.DataArray, str], str]:
    """Return a filter that writes values, or their band, by a method of bands."""
    return lambda found, unit: getattr(found if isinstance(found, Band) else band(found), how)(unit)
