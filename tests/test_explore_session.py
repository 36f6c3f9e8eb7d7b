"""What a window of the page holds: links, runs that belong to their settings, ranges and words."""

import re
import subprocess
import sys
import threading
import time
import tomllib
from concurrent.futures import Future
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from experiments.ensemble.design import Cell
from experiments.page import agents, link
from experiments.page.bands import RUNS, Bands, drawn, range_of
from experiments.page.case import NO_POLICY
from experiments.page.charts import cover, prices, shares
from experiments.page.crew import Crew, follow
from experiments.page.files import read_raw
from experiments.page.map import closed_lanes, world_map
from experiments.page.questions import questions
from experiments.page.record import Job, run, start_model
from experiments.page.runs import start
from experiments.page.session import MOST_PINS, Clock, Session
from experiments.page.view import Results, Setup
from experiments.page.words import (
    COMPARISON_HEAD,
    answers,
    comparison_rows,
    dearer_words,
    headline,
    html_table,
    lost_words,
    percent,
    tonnes,
    who_runs_short,
)
from experiments.study.study import Study
from model.scenario import parse_scenario
from tests.conftest import ROOT

WEEKS = 70


@pytest.fixture
def session():
    return Session()


@pytest.fixture(scope="module")
def runs():
    """A short path of the record, the run to compare with, and two runs of each for bands."""
    session = Session()
    session.change({"weeks": WEEKS})
    job, base = session.job(), session.base_job()
    return run(job), run(base), Bands(*(tuple(run(one) for one in drawn(of, 2)) for of in (job, base)))


# ---- links -----------------------------------------------------------------------------------------------------------


def test_the_first_page_has_no_link(session):
    assert link.written(session) == ""


def test_a_link_brings_the_same_page_back(session):
    session.change({"enforcement": 20, "processing": (5, 30), "seed": 7})
    session.run(replace(session.setup.value, comparison=NO_POLICY))
    session.pin("one & two!")
    session.run(Setup("free_trade", (("weeks", 90),)))
    session.look(good=2, asked="zone:JPN", places=("CHN", "JPN"))
    session.week.value = 12
    other = Session()
    link.restore(other, link.written(session))
    assert other.problem.value == ""
    assert other.setup.value == session.setup.value
    assert other.view.value == session.view.value
    assert other.week.value == 12
    assert list(other.pins.value.values()) == list(session.pins.value.values())
    assert link.written(other) == link.written(session)
    assert len(link.written(session)) < 200


def test_a_loaded_scenario_travels_in_the_link(session):
    session.take_in("mine", read_raw("history") | {"weeks": 30}, 1)
    other = Session()
    link.restore(other, link.written(session))
    assert other.raw() == session.raw()


@pytest.mark.parametrize("query", ["s=nowhere", "seed=abc", "weeks=0", "own=x:AAAA", "own=%ff", "pin=a!b!c!d", "week=x",
                                   "good=lead&ask=me&show=XXX", "restriction=war&enforcement=900"])  # fmt: skip
def test_what_a_link_cannot_say_is_left_out(session, query):
    link.restore(session, query)
    assert session.setup.value == Setup(session.first_scenario)
    assert session.shown_week == session.weeks
    assert session.problem.value or query.startswith(("pin", "week=", "good", "own=%"))


# ---- settings and results -------------------------------------------------------------------------------------------


def test_results_are_fresh_for_their_settings_only(session):
    session.found.value = Results(session.setup.value)
    assert session.fresh
    session.change({"enforcement": 20})
    assert not session.fresh
    session.put_back("enforcement")
    assert session.fresh


def test_a_cancelled_run_tells_nothing(session, monkeypatch):
    """A change during a run cancels it, even when it is about to tell its results."""
    about_to_tell, go_on = threading.Event(), threading.Event()

    def slow(session, setup):
        about_to_tell.set()
        go_on.wait(10)
        return [done("old")]

    monkeypatch.setattr("experiments.page.runs.asked", slow)
    cancel = start(session, session.setup.value)
    assert about_to_tell.wait(10)
    cancel()
    go_on.set()
    time.sleep(0.1)
    assert session.found.value.problem == ""


def done(result):
    """Return a future that is there."""
    future = Future()
    future.set_result(result)
    return future


def test_what_is_told_may_cancel_what_tells():
    """What is told is drawn at once, maybe with new settings, which end the run: no thread may wait for itself."""
    told, cancel = threading.Event(), threading.Event()

    def tell(results):
        cancel.wait(10)
        ends[0]()
        told.set()
        return True

    ends = [follow(lambda: [done(1), done(2)], (1, 2), tell)]
    cancel.set()
    assert told.wait(10)


def test_stages_that_are_there_are_told_at_once():
    told, ended, last = [], threading.Event(), Future()

    def tell(results):
        told.append(results)
        ended.set() if len(results) == 4 else last.set_result("d")
        return True

    follow(lambda: [done("a"), done("b"), done("c"), last], (1, 2, 3, 4), tell)
    assert ended.wait(10)
    assert told == [["a", "b", "c"], ["a", "b", "c", "d"]]


def test_values_that_are_none_are_refused_with_words(session):
    session.move("seed", "3.7")
    assert "Seed: '3.7' is not a whole number" in session.problem.value
    assert session.setup.value.changes == ()


def test_an_upload_never_hides_what_comes_with_the_project(session):
    mine = read_raw("free_trade")
    session.take_in("history", mine, 1)
    assert session.setup.value.scenario == "history (2)"
    assert session.filed("history") == read_raw("history")
    session.take_in("history", mine | {"weeks": 9}, 1)
    assert list(session.uploads) == ["history (2)", "history (3)"]
    assert not Session().uploads


def test_four_pins_are_kept_and_gone_back_to(session):
    for number in range(MOST_PINS + 1):
        session.change({"seed": number + 2})
        session.pin(f"seed {number + 2}")
    assert list(session.pins.value) == ["seed 3", "seed 4", "seed 5", "seed 6"]
    session.run(session.pins.value["seed 4"])
    assert session.setup.value.seed == 4
    session.unpin("seed 4")
    assert len(session.pins.value) == MOST_PINS - 1


def test_windows_share_nothing(session):
    other = Session()
    session.change({"enforcement": 20})
    session.look(good=1)
    assert (other.setup.value.changes, other.view.value.good) == ((), 0)


def test_every_question_can_be_run(session):
    for text, _, setup in questions(session).values():
        session.run(setup)
        session.job()
        session.base_job()
        assert session.problem.value == "", text


def test_the_clock_shows_week_after_week(session, runs):
    session.found.value = Results(session.setup.value, record=runs[0])
    clock = Clock(session)
    assert session.shown_week == 0
    for week in (1, 2):
        clock.step()
        assert session.shown_week == week
    session.week.value = WEEKS
    clock.step()
    assert session.shown_week == 0  # after the last it begins again


def test_a_job_is_run_once_however_many_wait():
    crew, job = Crew(1), Session().job()
    asked = [crew.ask(Job(job.text.replace("weeks = 209", "weeks = 3"), 1)) for _ in range(3)]
    first, *others = [future.result(120) for future in asked]
    assert first.weeks == 3
    assert all(other is first for other in others)
    asked = [crew.ask(Job("weks = 3", seed)) for seed in range(3)]
    asked[1].cancel()
    assert "weks" in asked[0].result(120)
    assert "weks" in asked[2].result(120)


# ---- ranges and words ------------------------------------------------------------------------------------------------


def test_ranges():
    found = range_of(np.array([*range(11), np.nan]))
    assert found == (1.0, 5.0, 9.0, 10 / 11)
    assert np.isnan(range_of(np.array([np.nan])).median)
    values = np.random.default_rng(1).normal(size=(7, 4, 3))
    values[2:5, 1, 2] = np.nan
    found = range_of(values)
    for at in np.ndindex(4, 3):
        known = values[:, *at][np.isfinite(values[:, *at])]
        assert found.at(*at) == pytest.approx((*np.quantile(known, [0.1, 0.5, 0.9]), (known > 0).mean()))


def test_bands_are_the_runs_of_history(session):
    """Run i has seed S + i and draw i of the posterior, but for what somebody set on the page."""
    session.change({"precaution": 2.0, "weeks": 3, "seed": 5})
    jobs, world = drawn(session.job()), session.world
    scenario = parse_scenario(tomllib.loads(session.job().text), "here", world)
    theirs = Study([Cell("one", scenario)], {}, range(5, 5 + RUNS)).design(world.posterior).jobs(world)
    assert [job.seed for job in jobs] == [one.seed for one in theirs]
    assert not any(job.full for job in jobs)
    for job, one in zip(jobs, theirs, strict=True):
        values = start_model(job).scenario.parameters
        assert values == scenario.parameters | one.parameters
        assert values["precaution"] == 2.0
        assert len(values) > 50


def test_bands_pair_runs_with_the_same_random_numbers(runs):
    record, base, bands = runs
    usa = record.world.zone_index["USA"]
    at = (WEEKS, 0, usa)
    recent = slice(WEEKS - 13, WEEKS)
    own = record.series.paid_usd[recent, 0, usa].sum() / record.series.bought_kg[recent, 0, usa].sum()
    assert record.series.paid[at] == pytest.approx(own, rel=1e-5)
    paid = record.series.paid[at] / base.series.paid[at] - 1
    assert bands.runs[0].paid[at] != pytest.approx(record.series.paid[at], rel=1e-5)
    ratios = [a.paid[at] / b.paid[at] - 1 for a, b in zip(bands.runs, bands.base, strict=True)]
    found = bands.dearer(0).at(WEEKS, usa)
    assert min(ratios) <= found.low <= found.high <= max(ratios)
    assert abs(paid - found.median) < 1.0
    same = Bands(bands.runs, bands.runs)
    assert same.dearer(0).at(WEEKS, usa)[:3] == (0.0, 0.0, 0.0)
    prices = bands.of("free", 0)
    assert (prices.low <= prices.median).all()
    assert (prices.median <= prices.high).all()


def test_numbers_in_words():
    assert (tonnes(3120), tonnes(140), percent(-0.0149), percent(0.004)) == ("3.1 t", "140 kg", "−1 %", "0 %")
    assert (tonnes(-0.4), tonnes(-0.6)) == ("0 kg", "−1 kg")
    one, more, same = (range_of(np.array(values)) for values in ([0.5], [0.4, 0.6], np.zeros(3)))
    assert dearer_words(one, 1) == "pay 50 % more (the range follows)"
    assert dearer_words(more, 2) == "pay 50 % more (+42 % to +58 %; dearer in 100 % of runs)"
    assert dearer_words(same, 3) == "pay the same"
    assert "nothing to buy" in dearer_words(range_of(np.array([np.nan])), 1)
    assert "no more use" in lost_words(range_of(np.array([10.0])))


def test_the_headline_names_its_dates_and_holds_at_the_start(runs):
    record, base, bands = runs
    paths, same = (Results(None, record, one).compared for one in (base, record))
    said = headline(record, bands, 0, "USA", WEEKS)
    assert said.startswith("5 Feb 2024 to 29 Apr 2024: US buyers of gallium, crude pay")
    assert "of runs)" in said
    assert "range follows" in headline(record, paths, 0, "USA", WEEKS)
    assert headline(record, bands, 0, "KAZ", 0).startswith("Nothing has happened yet: Kazakhstan buyers")
    assert who_runs_short(record, bands, 0, 0) == ""
    assert comparison_rows(record, bands, 0, 0) == []
    assert who_runs_short(record, same, 0, WEEKS).endswith("beyond the run compared with.")


def test_every_week_has_its_words_and_figures_their_range(runs):
    record, base, bands = runs
    found = answers(record, bands, 0, "JPN")
    assert len(found) == WEEKS + 1
    assert "Nothing has happened" in found[0]
    assert re.search(r"Japan [\d.]+\u00a0t \([\d.,]+\u00a0(t|kg) to ", found[WEEKS])
    table = comparison_rows(record, bands, 0, WEEKS)
    assert [len(row) for row in table] == [len(COMPARISON_HEAD)] * len(table)
    assert all(" to " in row[3] for row in table[:5])
    assert sum(" to " in row[1] for row in table[:5]) >= 4  # both runs may agree to the digits shown
    assert all("follows" in row[3] for row in comparison_rows(record, Results(None, record, base).compared, 0, WEEKS))


def test_use_given_up_for_its_price_counts(runs):
    record, base, _ = runs
    abroad = [z for z, zone in enumerate(record.world.zones) if zone != "CHN"]
    cut, cut_there = (one.series.cut[:, 0, abroad].sum() for one in (record, base))
    assert cut > cut_there + 100
    assert "Use given up beyond the run compared with" in who_runs_short(
        record, Results(None, record, base).compared, 0, WEEKS
    )


def test_series_agree_with_the_recorded_tables(runs):
    record = runs[0]
    model = start_model(record.job).run()
    tables, zones = model.tables(), model.world.zones
    firms = tables["firms"][tables["firms"]["kind"].isin(["buyer", "refiner_input"])]
    used = firms.groupby(["zone"], observed=False)["consumed_kg"].sum().reindex(zones, fill_value=0.0)
    np.testing.assert_allclose(record.series.used.sum(axis=(0, 1)), used, rtol=1e-9)
    bought = tables["trade"][tables["trade"]["market"] != "tolled"].groupby("destination", observed=False)
    np.testing.assert_allclose(record.series.paid_usd.sum(axis=(0, 1)), bought["usd"].sum().reindex(zones), rtol=1e-9)


def test_every_agent_answers(runs):
    record, world = runs[0], runs[0].world
    for asked, _ in agents.choices(world, record):
        for week in (0, 1, WEEKS):
            assert "<table" in agents.answer(record, asked, 0, week, runs[2])
    assert "Not in this run" in agents.answer(record, "firm:nobody", 0, 3)
    said = agents.answer(record, "zone:USA", 0, WEEKS, runs[2])
    assert "<b>Why.</b>" in said
    assert said.count("(10 to 90 %: ") == 3  # no figure of the bands without its range


def test_names_from_files_are_escaped(session):
    assert "<script>" not in html_table(("a", "b"), [["<script>", "<b>"]], "<script>")
    tariff = {"kind": "tariff", "actor": "USA", "name": "<script>", "rate_share": 0.1}
    dated = tariff | dict.fromkeys(("announced", "effective"), date(2023, 1, 2))
    session.take_in("mine", read_raw("free_trade") | {"weeks": 2, "policies": [dated]}, 1)
    assert "<script>" not in agents.answer(run(session.job()), "zone:USA", 0, 2)


@pytest.mark.parametrize("dark", [True, False])
def test_charts_are_numbers_for_the_browser(session, runs, dark):
    import json

    record, base, bands = runs
    for good in range(len(session.world.goods)):
        session.look(good=good)
        options = [prices(session, record, base, bands, dark, False), world_map(session, record, dark)]
        options += [shares(session, record, what, dark, True) for what in ("output", "exports")]
        options += [cover(session, record, what, dark, True) for what in ("cover", "lost")]
        assert all(json.dumps(option, allow_nan=False) for option in options)
        sums = np.array([[row[1] for row in one["data"]] for one in options[2]["series"]]).sum(axis=0)
        np.testing.assert_allclose(sums, 100.0, atol=0.5)


def test_a_closed_lane_names_its_policy(session):
    session.change({"restriction": "total-ban", "start": 0, "weeks": 5})
    found = closed_lanes(run(session.job()), 0, 5, 1000.0)
    assert ("CHN", "JPN", "China: total ban (chosen)") in found


@pytest.mark.skipif(sys.platform != "linux", reason="an option of its C library")
def test_arrays_that_nobody_needs_leave_the_memory():
    """Small things that stay between large ones kept a server of many visitors twice as large as it had to be."""
    code = """
import numpy as np, psutil
from experiments.page.memory import give_large_arrays_back
give_large_arrays_back()
now = lambda: psutil.Process().memory_info().rss / 1e6
np.ones(2_000_000).sum()  # from here on the library would keep whatever is smaller
before = now()
both = [(np.ones(100_000), bytes(5000)) for _ in range(200)]
assert now() > before + 100
both = [small for _, small in both]
assert now() < before + 20, now() - before
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_pages_are_not_drawn_while_pandas_is_half_imported():
    """Solara looks into pandas as soon as its name is known: a page opened meanwhile showed a traceback."""
    text = "import sys, experiments.page.start as s; s.start = lambda: print(hasattr(sys.modules.get('pandas'), '{}'))"
    code = text.format("DataFrame") + "; import experiments.explore"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
