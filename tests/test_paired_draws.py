"""Studies run over draws of the posterior: run i takes draw i and seed S + i, and tables say which."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from experiments.ensemble.design import Cell, Design, factorial
from experiments.ensemble.worlds import open_world
from experiments.history import __main__ as history
from experiments.study.cli import run_command
from experiments.study.study import Study
from model.posterior import ABOUT, FILE
from model.world import load_world
from tests.conftest import ROOT

DATA = ROOT / "model" / "data"
RAW = {"name": "short", "weeks": 4, "spin_up_weeks": 2}
PRECAUTION = (3.0, 4.0, 5.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The packaged data with a posterior of three draws of one parameter."""
    folder = tmp_path_factory.mktemp("paired") / "data"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns(FILE, ABOUT))
    lines = [f"{i},0.333333,{value}" for i, value in enumerate(PRECAUTION)]
    (folder / FILE).write_text("\n".join(["draw,weight,precaution", *lines, ""]), encoding="utf-8")
    (folder / ABOUT).write_text('{"cut": "2024-06-30"}', encoding="utf-8")
    return folder


def test_run_i_takes_draw_i_and_seed_s_plus_i(folder):
    world = open_world(folder)
    jobs = Study([Cell("short", RAW)], {}, range(7, 12)).design(world.posterior).jobs(world)
    taken = {job.seed: (job.draw, dict(job.parameters)) for job in jobs}
    assert taken == {7 + i: (i % 3, {"precaution": PRECAUTION[i % 3]}) for i in range(5)}


def test_cells_share_draws_and_seeds(folder):
    world = open_world(folder)
    cells = factorial(RAW, {"tariff": {"no": None, "more": {"spin_up_weeks": 3}}})
    jobs = Study(cells, {}, range(3)).design(world.posterior).jobs(world)
    parts = [[(job.seed, job.draw, dict(job.parameters)) for job in jobs if job.cell == cell.name] for cell in cells]
    assert parts[0] == parts[1]
    assert len(parts[0]) == 3


def test_draws_leave_alone_what_a_scenario_sets(folder):
    world = open_world(folder)
    own = Cell("own", {**RAW, "parameters": {"precaution": 2.5}})
    jobs = Study([own, Cell("other", RAW)], {}, range(2)).design(world.posterior).jobs(world)
    assert [dict(job.parameters) for job in jobs] == [{}, {}, {"precaution": 3.0}, {"precaution": 4.0}]
    assert jobs[0].scenario.parameters == {"precaution": 2.5}


def test_a_study_that_draws_itself_crosses_its_draws_with_all_seeds(folder):
    world = open_world(folder)
    draws = [{"news_rate": 0.5}, {"news_rate": 0.6}]
    jobs = Study([Cell("short", RAW)], {}, range(3), draws).design(world.posterior).jobs(world)
    assert [(job.draw, job.seed) for job in jobs] == [(draw, seed) for draw in (0, 1) for seed in range(3)]


def test_fixed_and_a_world_without_one_have_the_declared_parameters(folder, tmp_path):
    assert open_world(folder).posterior is not None
    assert open_world(folder, fixed=True).posterior is None
    jobs = Study([Cell("short", RAW)], {}, range(2)).design(None).jobs()
    assert [(job.draw, dict(job.parameters), job.seed) for job in jobs] == [(0, {}, 0), (0, {}, 1)]
    assert Design([Cell("short", RAW)], range(2)).jobs() == jobs


@pytest.fixture(scope="module")
def replayed(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("replayed")
    few = ["--data", str(folder), "--runs", "4", "--seed", "11", "--weeks", "3", "--workers", "0", "--csv"]
    assert run_command(history.main, [*few, "--out", str(out / "drawn")]) == 0
    assert run_command(history.main, [*few, "--fixed", "--out", str(out / "fixed")]) == 0
    return out


def test_tables_carry_the_draw(replayed):
    runs = pd.read_csv(replayed / "drawn" / "tables" / "runs.csv").set_index("seed").sort_index()
    assert list(runs.index) == [11, 12, 13, 14]
    assert runs["draw"].tolist() == [0, 1, 2, 0]
    assert runs["precaution"].tolist() == [3.0, 4.0, 5.0, 3.0]
    quotes = pd.read_csv(replayed / "drawn" / "tables" / "quotes.csv")
    assert quotes.groupby("seed")["draw"].first().tolist() == [0, 1, 2, 0]


def test_fixed_runs_have_no_draws_and_say_so(replayed):
    runs = pd.read_csv(replayed / "fixed" / "tables" / "runs.csv")
    assert runs["draw"].tolist() == [0, 0, 0, 0]
    assert "precaution" not in runs
    assert (replayed / "fixed" / "report.md").read_text(encoding="utf-8").count("--fixed") == 1
    assert "--fixed" not in (replayed / "drawn" / "report.md").read_text(encoding="utf-8")
    assert load_world().data_hash  # the packaged world is as it was


def test_a_draw_changes_what_its_run_says(replayed):
    """Before any policy precaution is idle, but a run is still one of its draw: drawn and fixed share seeds."""
    drawn, fixed = (pd.read_csv(replayed / name / "tables" / "runs.csv") for name in ("drawn", "fixed"))
    assert sorted(drawn["seed"]) == sorted(fixed["seed"])
    assert len(drawn.merge(fixed, on="seed")) == 4
