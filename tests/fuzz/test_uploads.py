"""The files made by hand, loaded on the page: run and shown, or refused with a line, as on the command line."""

import json

import pytest

from experiments.page import agents
from experiments.page.charts import cover, prices, shares
from experiments.page.files import job_of, read_upload, write_scenario
from experiments.page.link import opened, written
from experiments.page.map import world_map
from experiments.page.policies import titles
from experiments.page.record import Record
from experiments.page.record import run as play
from experiments.page.session import Session
from experiments.page.words import answers, did_last, headline, state_of
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
    shown(tables, seed)


def shown(tables: dict, seed: int) -> None:
    """Draw what a window draws, and write what it lets its visitor keep."""
    session = Session()
    session.take_in("mine", tables, seed)
    record, base = play(session.job()), play(session.base_job())
    assert isinstance(record, Record)
    options = [prices(session, record, base, None, False, True), world_map(session, record, False)]
    options += [shares(session, record, what, False, True) for what in ("output", "exports")]
    options += [cover(session, record, what, False, True) for what in ("cover", "lost")]
    assert all(json.dumps(option, allow_nan=False) for option in options)
    for asked, _ in agents.choices(session.world, record):
        assert agents.answer(record, asked, 0, record.weeks)
    for week in (0, record.weeks):
        assert headline(record, None, 0, session.world.zones[0], week)
        assert agents.answer(record, "zone:USA", 0, week)
        for number, act in enumerate(record.acts, start=1):
            assert isinstance(did_last(record, number, week), str)
            assert state_of(record, act, week)
    assert answers(record, None, 0, session.world.zones[0])
    assert len(titles(record)) == len(record.acts)
    assert write_scenario(tables, seed)
    assert opened(written(session)).raw() == session.raw()
