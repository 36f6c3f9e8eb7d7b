"""Scenario discovery: boxes in made-up points, the points as scenarios, and a tiny ensemble."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments import RECORD
from experiments.discovery import __main__ as discovery
from experiments.discovery import boxes, inputs, points, report
from experiments.discovery.inputs import LEVERS, WALK, Input, sample
from experiments.ensemble.design import Cell, read_raw
from experiments.study.cli import run_command
from experiments.study.recorded import more_output, recorded_equilibrium
from experiments.study.value import AMOUNTS
from model import parse_scenario
from model.world import load_world

WORLD = load_world()
PLAIN = {one.key: one.low for one in LEVERS}


@pytest.fixture(scope="module")
def made():
    """Three hundred points over forty inputs of which two decide, a choice among them; a twentieth by chance."""
    rng = np.random.default_rng(1)
    varied = [Input(f"x{i}", f"input {i}", 0.0, 10.0) for i in range(39)]
    varied.append(Input("open", "the door", 0, 1, choice=("shut", "open")))
    table = pd.DataFrame({one.key: 10.0 * rng.random(300) for one in varied})
    table["open"] = (table["open"] > 5).astype(float)
    hit = ((table["x3"] > 6.0) & (table["open"] == 1)).to_numpy() | (rng.random(300) < 0.05)
    return table, hit, varied


def test_a_box_that_is_there_is_found(made):
    table, hit, varied = made
    found = boxes.find(table, hit, varied)
    limits = {limit.input.key: limit for limit in found.limits}
    assert set(limits) == {"x3", "open"}
    assert limits["x3"].low == pytest.approx(6.0, abs=0.4)
    assert (limits["open"].low, limits["open"].high) == (1.0, 1.0)
    assert all(limit.p < 1e-4 for limit in found.limits)
    assert found.separates
    assert {(one.key, up) for one, up in found.leaning} == {("x3", True), ("open", True)}
    assert min(found.density, found.held_density) > 0.8
    assert min(found.coverage, found.held_coverage) > 0.6
    said = _said(hit, found)
    assert "Mostly where" in said
    assert "the door open" in said
    assert "input 3 is above 6" in said


def test_chance_is_no_box(made):
    table, hit, varied = made
    for seed in range(3):
        found = boxes.find(table, np.random.default_rng(seed).permutation(hit), varied)
        assert not found.separates
        assert "No box" in _said(hit, found)


def test_too_few_cases_are_said_to_be_so(made):
    table, _, varied = made
    for hit in (np.arange(300) < 5, np.arange(300) >= 5, np.zeros(300, dtype=bool)):
        found = boxes.find(table, hit, varied)
        assert found.few
        assert not found.limits
    assert "nothing to tell apart" in _said(hit, found)


def test_limits_in_words():
    share = Input("x", "share", 0.0, 1.0, "%")
    assert share.between(0.0, 0.4) == "below 40 %"
    assert share.between(0.251, 1.0) == "above 25 %"
    assert share.between(0.2, 0.4) == "20 % to 40 %"
    assert Input("y", "years", 1.0, 10.0, "1/year").between(2.513, 9.99) == "above 2.5 1/year"


def test_points_fill_the_ranges_and_take_the_draws_in_turn():
    table = sample(WORLD, 40)
    pd.testing.assert_frame_equal(table, sample(WORLD, 40))
    for one in LEVERS:
        assert table[one.key].between(one.low, one.high).all()
        assert table[one.key].nunique() == (2 if one.choice else 40)
    assert table["granted_us"].min() < 0.07
    assert WALK not in table
    held = WORLD.posterior.values.drop(columns=WALK)
    assert table[list(held)].to_numpy() == pytest.approx(held.iloc[:40].to_numpy())
    assert [one.key for one in inputs.inputs(WORLD)] == list(table)


def test_the_runs_of_a_point_differ_by_the_plan_alone():
    raw = read_raw(RECORD, WORLD)
    cells = [Cell(name, raw) for name in (points.PLAIN, points.PLAN)]
    jobs = points.Points(cells, range(2), table=sample(WORLD, 2)).jobs(WORLD)
    assert [(job.cell, job.draw, job.seed) for job in jobs] == [(cell.name, i, i) for i in (0, 1) for cell in cells]
    for without, plan in zip(jobs[::2], jobs[1::2], strict=True):
        assert without.parameters == plan.parameters
        more = {policy.title for policy in plan.scenario.policies} - {
            policy.title for policy in without.scenario.policies
        }
        assert more == {points.PLAN}


def test_levers_are_what_the_scenario_says():
    def scenario(**levers):
        calm = recorded_equilibrium(WORLD).delivered
        raw = points.scenario(read_raw(RECORD, WORLD), WORLD, PLAIN | levers, True, calm)
        made = parse_scenario(raw, "point", WORLD)
        return made, {policy.title: policy for policy in made.policies}

    made, policies = scenario(granted_gallium=0.3, granted_us=0.2, enforcement=0.4)
    assert made.mechanism == "auction"
    assert (
        policies[points.BAN].suspensions[-1].end == policies[points.REEXPORTS].suspensions[-1].end == points.EXTENDED_TO
    )
    assert policies[points.REEXPORTS].campaigns[-1].enforcement == 0.4
    phase = policies[points.LICENCES].phases[-1]
    assert phase.start == points.DAY
    assert (phase.approval.granted["gallium"], phase.approval.destinations["USA"]) == (0.3, 0.2)
    assert not phase.approval.by_record
    assert policies[points.SANCTIONS].until is None
    assert not [title for title in policies if title.startswith("US stockpile")]
    made, policies = scenario(
        ban_returns=1.0, sanctions_lifted=1.0, bargaining=1.0, stockpile_months=6.0, rostec_t=20.0
    )
    assert made.mechanism == "bargaining"
    assert policies[points.BAN].suspensions[-1].end == policies[points.SANCTIONS].until == points.DAY
    use_t = float(WORLD.balance()["use_t"]["gallium-4N", "USA"])
    assert policies["US stockpile of gallium-4N"].target_kg == pytest.approx(500.0 * use_t)
    assert policies[points.PLAN].output_t_per_year == pytest.approx(14.0)


def test_nothing_is_added_to_a_plant_that_makes_as_much():
    assert more_output(WORLD, points.ROSTEC, points.GERMANIUM, 5.0, "less", points.DAY, 26) == []


def test_without_the_library_one_line_says_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis", None)
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    assert run_command(discovery.main, ["--points", "12", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error == "discovery needs the package ema-workbench: pip install '.[discovery]'\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_tiny_ensemble_writes_everything(tmp_path, monkeypatch):
    monkeypatch.setattr(boxes, "FEWEST", 1)
    few = ["--points", "12", "--need", "8", "--fall", "20", "--workers", "0", "--csv", "--out", str(tmp_path / "out")]
    assert run_command(discovery.main, few) == 0
    tables = tmp_path / "out" / "tables"
    for name in ("points", "boxes", "tradeoff", "outcomes", "runs", "value_at_risk"):
        assert (tables / f"{name}.csv").is_file()
    table = pd.read_parquet(tables / "points.parquet")
    assert len(table) == 12
    assert table["us_gallium"].between(0.0, 1.0).all()
    assert (table["us_gallium_short"] <= table["us_gallium"] + 1e-12).all()
    assert (table["price_change"] < 0.05).all()  # more metal makes none dearer
    assert set(pd.read_parquet(tables / "value_at_risk.parquet")["zone"]) == {"USA"}
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert text.splitlines()[4].startswith("- The US goes without more than 8 % of its need of gallium in ")
    assert "python -m experiments.discovery --points 12 --need 8 --fall 20 --use 6" in text


def _said(hit: np.ndarray, found: boxes.Found) -> str:
    asked = report.Question("made", "Made up", "it happens", "often", hit)
    labels = {"cell": [points.PLAIN, points.PLAN], "zone": ["USA"], "end_use": ["optics"], "run": [0]}
    nothing = xr.DataArray(np.zeros((2, 1, 1, 1)), labels, tuple(labels))
    risk = xr.Dataset(dict.fromkeys(AMOUNTS, nothing))
    return report.report([report.Outcome(asked, found)], LEVERS, risk, 2 * found.points, 0, WORLD).answer[0]
