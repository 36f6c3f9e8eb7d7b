"""Templates of reports: broken lines join, tables stand, what is not named is refused."""

import pytest
import xarray as xr
from jinja2 import UndefinedError

from experiments.study import prose
from experiments.study.prose import reflowed, sentence, told, value


def test_a_paragraph_an_item_and_a_row_are_one_line():
    text = "\n## Head\nOne  two\n three.\n\n\n- first\n  item\n- second\n\n| a | b |\n|---|---|\n| 1 | 2 |\nafter\n\n"
    assert reflowed(text) == [
        "## Head", "One two three.", "", "- first item", "- second", "", "| a | b |", "|---|---|", "| 1 | 2 |", "after",
    ]  # fmt: skip
    assert reflowed("-\n  of one\n") == ["- of one"], "an item may begin with a condition"
    assert reflowed("\n") == []


def test_numbers_are_written_where_they_stand():
    runs = xr.DataArray([0.1, 0.2, 0.3], dims="run")
    assert sentence('It is\n{{ runs | text("share") }}\n', {"runs": runs}) == "It is 20 % (12.0 to 28 %)"
    assert value("runs.max() > bound", {"runs": runs, "bound": 0.2})


def test_what_nobody_names_is_refused():
    with pytest.raises(UndefinedError, match="nowhere"):
        sentence("{{ nowhere }}", {})


def test_a_part_that_a_template_leaves_out_is_named(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.md.j2").write_text("{% set title = 'A' %}{% set question = 'B' %}", encoding="utf-8")
    monkeypatch.setattr(prose, "STUDIES", tmp_path)
    prose._templates.cache_clear()
    try:
        with pytest.raises(
            ValueError, match=r"^mine/report\.md\.j2 does not set answer, basis, how_sure, .*and tables$"
        ):
            told("mine")
    finally:
        prose._templates.cache_clear()
