"""`--data`: another folder of data files runs in the history experiment and in ensembles, or is refused in one line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from experiments.ensemble.design import Cell, Design
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.output import TABLES
from experiments.export_ban import __main__ as export_ban
from experiments.history import __main__ as history
from experiments.history.report import FIGURES
from experiments.lapse import __main__ as lapse
from experiments.mechanism import __main__ as mechanism
from experiments.mechanism.patterns import patterns
from experiments.mitigation import __main__ as mitigation
from experiments.rostec import __main__ as rostec
from experiments.study.cli import run_command
from experiments.study.record import compared_rows
from experiments.study.shown import shown_of
from model import InputError, TradeModel, load_scenario, parse_scenario
from model.world import DATA_FOLDER, load_world
from tests.conftest import ROOT, SCENARIOS

NOVIUM = ROOT / "tests" / "worlds" / "novium"
CONTROLS = NOVIUM / "controls.toml"
ENSEMBLES = (rostec, export_ban, lapse, mitigation, mechanism)


@pytest.fixture(scope="module")
def world():
    return load_world(NOVIUM)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return run_history(tmp_path_factory.mktemp("novium") / "run", "--jobs", "2")


def run_history(out: Path, *more: str) -> Path:
    arguments = ["--data", str(NOVIUM), "--scenario", str(CONTROLS), "--runs", "2", "--weeks", "60", "--out", str(out)]
    assert run_command(history.main, [*arguments, *more]) == 0
    return out


def prices(model: TradeModel) -> dict[str, pd.DataFrame]:
    return {"prices": model.tables()["prices"][["good", "zone", "market", "usd_per_kg"]].astype({"good": str})}


def said(capsys) -> str:
    """Return the one line on standard error."""
    error = capsys.readouterr().err.strip()
    assert error
    assert "\n" not in error
    return error


# ---- history ---------------------------------------------------------------------------------------------------------


def test_what_is_shown_comes_from_the_world(world):
    view = shown_of(world, load_scenario(CONTROLS, world))
    assert (view.exporter, view.quoted, view.users) == ("ORE", ("ORE", "MID"), ("MID", "ORE", "FAR"))
    assert [str(day) for span in view.spans.values() for day in span] == [
        "2020-01-06", "2020-03-30", "2020-10-05", "2021-03-29",
    ]  # fmt: skip
    assert view.fitted_to is None
    packaged = shown_of(load_world(), load_scenario(SCENARIOS / "history.toml"))
    assert packaged.quoted == ("CHN", "DEU", "USA")
    assert set(packaged.users) == {"CHN", "USA", "JPN", "DEU", "KOR", "RUS"}
    assert [str(day) for day in packaged.spans["after"]] == ["2024-01-01", "2024-06-24"]
    assert str(packaged.fitted_to) == "2024-06-30"


def test_history_speaks_of_nothing_but_the_world(finished, world):
    report = (finished / "report.md").read_text(encoding="utf-8")
    assert report.startswith("# Oreland licenses novium, then bans Farland\n")
    assert re.search(r"- Novium, raw, in Midland costs \d+ USD/kg \(.*\) in 2020 and \d+ USD/kg", report)
    assert "| Exports of novium from Oreland, 2020 |" in report
    assert "January to February 2021" in report
    assert "--data novium" in report
    assert "nan" not in report
    for word in ("China", "Rotterdam", "gallium", "germanium", "United States", "2023", "2024"):
        assert word not in report, word
    for name in FIGURES:
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000
        drawn = (finished / "figures" / f"{name}.svg").read_text(encoding="utf-8")
        assert not re.search("China|Rotterdam|allium|ermanium", drawn)
    assert json.loads((finished / "manifest.json").read_text())["data_hash"] == world.data_hash


def test_workers_run_in_the_same_world(finished, tmp_path):
    alone = run_history(tmp_path / "run", "--jobs", "0")
    for name in TABLES:
        assert (alone / f"{name}.parquet").read_bytes() == (finished / f"{name}.parquet").read_bytes()


def test_the_record_in_another_folder_is_still_the_record(tmp_path):
    shutil.copytree(DATA_FOLDER, tmp_path / "copy")
    arguments = ["--data", str(tmp_path / "copy"), "--runs", "1", "--weeks", "2", "--out", str(tmp_path / "run")]
    assert run_command(history.main, arguments) == 0
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "## Model and record, to June 2024" in report
    assert "--data copy" in report


def test_rows_need_their_observations(tmp_path):
    shutil.copytree(DATA_FOLDER, tmp_path / "copy")
    quotes = tmp_path / "copy" / "observed_prices.csv"
    quotes.write_text(quotes.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    poorer = load_world(tmp_path / "copy")
    assert {row.key for row in compared_rows(poorer)} == {
        "gallium_july", "germanium_july", "gallium_stop", "germanium_stop", "gallium_rush", "april",
    }  # fmt: skip
    assert not compared_rows(load_world(NOVIUM))
    with pytest.raises(InputError, match="observations hold nothing of: jump, ge_rise"):
        patterns(poorer)


# ---- ensembles -------------------------------------------------------------------------------------------------------


def test_an_ensemble_runs_on_it_in_any_process(tmp_path, world):
    raw = {"name": "novium", "weeks": 4, "spin_up_weeks": 2}
    design = Design([Cell("only", raw)], range(2), [{"growth_novium": 0.01}])
    made = [
        run_ensemble(design, prices, tmp_path / str(workers), data=NOVIUM, workers=workers, progress=False)
        for workers in (0, 1)
    ]
    here, there = ((results.folder / "prices.parquet").read_bytes() for results in made)
    assert here == there
    assert set(made[0].table("prices")["good"]) == {"novium-raw", "novium-fine"}
    manifest = json.loads((tmp_path / "0" / "manifest.json").read_text())
    assert manifest["fingerprint"]["world data"] == world.data_hash
    with pytest.raises(InputError, match="changed: world data"):
        run_ensemble(
            Design([Cell("only", parse_scenario(raw, "novium", world))], range(2)), prices, tmp_path / "0", workers=0
        )


@pytest.mark.parametrize("experiment", ENSEMBLES)
def test_an_experiment_refuses_a_world_without_its_metals(experiment, capsys, tmp_path):
    assert run_command(experiment.main, ["--data", str(NOVIUM), "--out", str(tmp_path / "run")]) == 2
    assert re.match(r"--data .*novium: this experiment is about .*; the world has no gallium", said(capsys))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("experiment", [history, *ENSEMBLES])
def test_a_folder_that_is_no_world_is_one_line(experiment, capsys, tmp_path):
    def refused(folder: Path) -> str:
        assert run_command(experiment.main, ["--data", str(folder), "--out", str(tmp_path / "run")]) == 2
        return said(capsys)

    assert refused(tmp_path / "none") == f"--data {tmp_path / 'none'}: no such folder"
    shutil.copytree(NOVIUM, tmp_path / "broken")
    (tmp_path / "broken" / "lanes.csv").unlink()
    assert "lanes.csv" in refused(tmp_path / "broken")
    shutil.copytree(NOVIUM, tmp_path / "odd")
    (tmp_path / "odd" / "goods.csv").write_text("good,metal\n")
    assert "goods.csv, row 1" in refused(tmp_path / "odd")
    assert not (tmp_path / "run").exists()


def test_the_record_does_not_fit_another_world(capsys, tmp_path):
    assert run_command(history.main, ["--data", str(NOVIUM), "--out", str(tmp_path / "run")]) == 2
    error = said(capsys)
    assert "history.toml: policies[1].actor = 'USA': unknown country" in error
    assert error.endswith("give a scenario of that world with --scenario")
