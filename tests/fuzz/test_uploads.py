"""The files made by hand, loaded on the page: taken in and run, or refused with a line, as on the command line."""

import pytest

from experiments.page.files import job_of, read_upload
from experiments.page.work import outcome
from model import InputError
from model.errors import LONGEST_LINE
from tests.fuzz.hand_made import CASES

WIDE = ("UTF-16",)  # the page reads what the command line does not


@pytest.mark.parametrize("what", CASES)
def test_a_file_made_by_hand_on_the_page(what):
    content, words = CASES[what]
    try:
        tables, seed = read_upload("case.toml", len(content), content)
    except InputError as error:
        line = str(error)
        assert words or "a scenario file has at most 200 kB" in line, line
        assert line.startswith("case.toml: ")
        assert line.isprintable()
        assert len(line) <= LONGEST_LINE
        return
    assert not words or what in WIDE
    assert not isinstance(outcome(job_of(tables, seed)), str)
