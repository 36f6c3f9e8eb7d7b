"""`python -m experiments.forecast`: what runs, what it refuses, and that it sees nothing of after the cut."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import RECORD, reproduce
from experiments.ensemble.design import checked, read_raw
from experiments.fit.known import known_scenario
from experiments.forecast import __main__ as forecast
from experiments.forecast import points
from experiments.forecast.contest import FROM_LAST, MODEL, NO_CHANGE, price_samples
from experiments.forecast.runs import cells_of, central, jobs
from experiments.study.cli import run_command
from experiments.study.observations import observations
from experiments.study.shown import shown_of
from model.posterior import ABOUT, FILE, Posterior
from model.world import load_world
from tests.conftest import ROOT

CUT = date(2023, 12, 31)
WORLD = load_world()
DATA = ROOT / "model" / "data"
THREE = Posterior(pd.DataFrame({"precaution": [3.0, 4.0, 5.0]}), np.full(3, 1 / 3), {"central": 1})


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A posterior of two draws that says it was fitted up to the cut."""
    folder = tmp_path_factory.mktemp("fitted")
    (folder / FILE).write_text("draw,weight,precaution\n0,0.5,3.5\n1,0.5,4.5\n", encoding="utf-8")
    (folder / ABOUT).write_text(json.dumps({"cut": "2023-12-31", "central": 1}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def finished(fitted, tmp_path_factory):
    out = tmp_path_factory.mktemp("forecast") / "run"
    few = ["--runs", "2", "--posterior", str(fitted), "--workers", "0"]
    assert run_command(forecast.main, [*few, "--out", str(out)]) == 0
    return out


@pytest.mark.slow
def test_a_forecast_is_reproduced_with_the_posterior_that_it_kept(finished, capsys):
    capsys.readouterr()
    assert run_command(reproduce.main, [str(finished), "--workers", "0"]) == 0
    count = len(reproduce.tables_in(finished))
    assert capsys.readouterr().out == f"Identical: {count} tables, byte by byte, and the words of report.md.\n"


# ---- what runs -------------------------------------------------------------------------------------------------------


def test_switches_choose_what_is_drawn():
    assert cells_of(True, True) == ("both", "parameters", "drivers")
    assert cells_of(False, True) == ("drivers",)
    assert cells_of(True, False) == ("parameters",)
    assert cells_of(False, False) == ("neither",)


def test_run_i_takes_draw_i_and_seed_s_plus_i():
    plan = jobs(("both", "parameters", "drivers"), {"name": "x", "weeks": 2}, THREE, 4, 10, WORLD)
    taken = {(job.cell, job.seed): (job.parameters.get("precaution"), job.scenario.drivers) for job in plan}
    assert len(plan) == 12
    for i, value in enumerate((3.0, 4.0, 5.0, 3.0)):
        assert taken["both", 10 + i] == (value, True)
        assert taken["parameters", 10 + i] == (value, False)
        assert taken["drivers", 10 + i] == (4.0, True)  # the central draw
    (alone, _) = jobs(("drivers",), {"name": "x", "weeks": 2}, None, 2, 10, WORLD)
    assert dict(alone.parameters) == {}


def test_the_central_draw_is_the_one_that_the_manifest_names():
    assert central(THREE) == {"precaution": 4.0}
    assert central(Posterior(THREE.values, THREE.weights, {})) == {"precaution": 3.0}


# ---- points ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def markets():
    view = shown_of(WORLD, checked(known_scenario(read_raw(RECORD), CUT), "x"))
    rows = points.after_cut(WORLD, view, CUT, 2080)
    seen = [row for row in observations(WORLD, view) if points.ended(row) <= CUT]
    return points.markets(points.Seen(WORLD, seen, rows, WORLD, view.start, 78), view)


def test_a_market_starts_before_the_cut_and_is_scored_after_it(markets):
    assert [market.name for market in markets] == [
        "Gallium, China", "Gallium, Rotterdam", "Germanium, China", "Germanium, Rotterdam",
    ]  # fmt: skip
    for market in markets:
        assert market.last <= CUT
        assert market.history.index.max() <= pd.Period(CUT, "M")
        assert all(points.middle(row) > CUT for row in market.targets)
    rotterdam = markets[1]
    # 1, 15, 18 and 25 December: 505, 550, 550 and 505; the high side of a range in October is no start.
    assert np.exp(rotterdam.start) == pytest.approx((505.0**2 * 550.0**2) ** 0.25)
    assert np.exp(rotterdam.observed()) == pytest.approx([598.0, 575.0])


def test_export_values_are_no_market_prices(markets):
    quotes = [row.observed for market in markets for row in market.targets]
    assert 1500.0 in quotes  # germanium in Rotterdam
    series = WORLD.observed_prices.set_index("series")["usd_per_kg"]
    assert not {float(value) for value in series[series.index.str.startswith("fob_china")] if value != 1500.0} & {
        *quotes
    }
    assert sum(len(market.targets) for market in markets) == 7


def test_what_began_before_the_cut_is_not_scored():
    """A total of November to February says nothing that was not known in part."""
    totals = WORLD.observed_export_totals.head(1).assign(
        month=pd.Timestamp(2023, 11, 1), end_month=pd.Timestamp(2024, 2, 1)
    )
    view = shown_of(WORLD, checked(read_raw(RECORD), "x"))
    rows = points.after_cut(replace(WORLD, observed_export_totals=totals), view, CUT, 2080)
    assert rows
    assert not [row for row in rows if row.key.startswith("observed/total")]
    later = replace(WORLD, observed_export_totals=totals.assign(month=pd.Timestamp(2024, 1, 1)))
    kept = points.after_cut(later, view, CUT, 2080)
    assert len([row for row in kept if row.key.startswith("observed/total")]) == 1


def test_a_model_moved_to_the_last_quotes_keeps_its_changes(markets):
    """Two runs that stand at 1,000 and 500 at the cut and rise by a tenth and a fifth."""
    market = markets[1]
    starts, targets = np.ones(len(market.starts)), np.ones(len(market.targets))
    values = np.array([[*1000.0 * starts, *1100.0 * targets], [*500.0 * starts, *600.0 * targets]])
    found = SimpleNamespace(values=lambda rows, cell=None: values)
    plain, moved = price_samples(found, market)
    assert np.exp(plain[:, 0]) == pytest.approx([1100.0, 600.0])
    assert np.exp(moved[:, 0] - market.start) == pytest.approx([1.1, 1.2])


# ---- the command -----------------------------------------------------------------------------------------------------


def test_it_reports_every_market_and_rival(finished):
    report = (finished / "report.md").read_text(encoding="utf-8")
    assert report.startswith("# A forecast made on 31 December 2023\n")
    lines = report.splitlines()
    assert lines[4].startswith("- Gallium, China: by CRPS (")
    for name in ("model", FROM_LAST, "no change", "random walk", "ETS", "static equilibrium", "USGS's rule"):
        assert f"| Gallium, Rotterdam | {name} |" in report
    assert "python -m experiments.forecast --cut 2023-12-31 --runs 2" in report
    assert "parameters alone" in report
    assert "Share of all exports" in report
    assert (finished / "figures" / "forecast_prices.png").stat().st_size > 10_000
    scores = pd.read_csv(finished / "forecast_prices.csv")
    assert scores[scores["contender"] == MODEL]["point"].nunique() == 7
    assert (scores["crps"] >= 0).all()


def test_the_model_moved_to_the_last_quotes_starts_there(finished):
    scores = pd.read_csv(finished / "forecast_prices.csv").set_index(["contender", "point"])
    exports = pd.read_csv(finished / "forecast_exports.csv")
    point = scores.loc[NO_CHANGE].index[0]
    assert scores.loc[(FROM_LAST, point), "median"] != pytest.approx(scores.loc[(MODEL, point), "median"])
    assert set(exports["contender"]) == {"model", "no change", "as before the controls"}
    assert set(exports["what"]) == {"Exports of gallium", "Exports of germanium"}


def test_points_of_a_file_are_scored_as_those_of_the_data(finished, fitted, tmp_path):
    file = tmp_path / "later.csv"
    shutil.copy(DATA / "observed_prices.csv", file)
    few = ["--runs", "2", "--posterior", str(fitted), "--workers", "0", "--points", str(file)]
    assert run_command(forecast.main, [*few, "--out", str(tmp_path / "out")]) == 0
    again = pd.read_csv(tmp_path / "out" / "forecast_prices.csv")
    scores = pd.read_csv(finished / "forecast_prices.csv")
    pd.testing.assert_frame_equal(again, scores)
    assert pd.read_csv(tmp_path / "out" / "forecast_exports.csv").empty


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["--cut", "2024-06-30"], "--cut 2024-06-30: nothing that began after it was observed"),
        (["--cut", "tomorrow"], "--cut tomorrow: must be a day"),
        (["--points", "nowhere.csv"], "--points nowhere.csv: cannot be read"),
        (["--runs", "1"], "--runs 1: must be 2 to 10000; nearest 2"),
        (["--posterior", "empty"], "--posterior empty: holds no posterior.csv"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, typed, answer):
    assert run_command(forecast.main, [*typed, "--workers", "0", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(answer)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("about", "answer"),
    [
        ({"cut": "2024-06-30"}, "was fitted up to 2024-06-30, after the cut 2023-12-31"),
        ({}, "does not say up to which day"),
    ],
)
def test_a_posterior_that_knows_more_is_refused(fitted, tmp_path, capsys, about, answer):
    folder = tmp_path / "late"
    shutil.copytree(fitted, folder)
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    few = ["--posterior", str(folder), "--workers", "0", "--out", str(tmp_path / "out")]
    assert run_command(forecast.main, few) == 2
    assert answer in capsys.readouterr().err


def test_a_file_of_points_is_checked_as_data_are(tmp_path, capsys):
    file = tmp_path / "later.csv"
    table = pd.read_csv(DATA / "observed_prices.csv", dtype=str, keep_default_na=False)
    table.loc[2, "zone"] = "XXX"
    table.to_csv(file, index=False)
    assert run_command(forecast.main, ["--points", str(file), "--workers", "0", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"--points {file}: observed_prices.csv, row 4, column 'zone': 'XXX' is unknown")
