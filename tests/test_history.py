"""The main experiment end to end: files, columns, the same bytes whatever the number of processes, and the report."""

import errno
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from experiments.ensemble.output import SIGNS, TABLES, check_folder, staged
from experiments.history import __main__ as history
from experiments.history import report
from experiments.study import record as history_rows
from experiments.study.cli import run_command
from experiments.study.series import all_series, run_once, run_seeds
from model import InputError, load_scenario
from model.world import load_world

ROOT = Path(__file__).parent.parent
COLUMNS = {
    "prices": ["run", "week", "good", "zone", "market", "usd_per_kg", "netback_usd_per_kg"],
    "trade": ["run", "week", "good", "origin", "destination", "market", "kg", "usd", "lane_cost_usd", "tariff_usd"],
    "shares": ["run", "week", "good", "seller", "share_of_production", "share_of_world_trade"],
    "firms": ["run", "week", "firm", "kind", "zone", "good", "stock_kg", "in_transit_kg", "produced_kg", "bought_kg"],
    "events": ["run", "date", "what"],
    "policies": ["run", "week", "policy", "number", "spent_usd"],
}
ARGUMENTS = ["--runs", "2", "--weeks", "40", "--seed", "5"]


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Path:
    """One small run of the experiment, in this process, with CSV."""
    out = tmp_path_factory.mktemp("history") / "new" / "run"
    assert run_command(history.main, [*ARGUMENTS, "--jobs", "1", "--csv", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> tuple[Path, str]:
    """The same by the command line, with two processes; folder and what it printed."""
    out = tmp_path_factory.mktemp("history") / "run"
    command = [sys.executable, "-m", "experiments.history", *ARGUMENTS, "--jobs", "2", "--out", str(out)]
    environment = os.environ | {"COLUMNS": "160"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=environment)
    return out, done.stdout


def test_tables_have_their_columns(first):
    for name, columns in COLUMNS.items():
        table = pd.read_parquet(first / f"{name}.parquet")
        assert list(table.columns)[: len(columns)] == columns
        assert sorted(table["run"].unique()) == [0, 1]
        assert len(pd.read_csv(first / f"{name}.csv")) == len(table)
    weeks = pd.read_parquet(first / "prices.parquet")["week"].unique()
    assert len(weeks) == 40
    assert weeks.min() == pd.Timestamp("2023-01-02")


def test_bytes_do_not_depend_on_the_number_of_processes(first, second):
    for name in TABLES:
        assert (first / f"{name}.parquet").read_bytes() == (second[0] / f"{name}.parquet").read_bytes()
        assert not (second[0] / f"{name}.csv").exists()


def test_tables_are_streamed_run_by_run(first):
    assert pq.ParquetFile(first / "firms.parquet").metadata.num_row_groups == 2


def test_manifest_says_where_results_come_from(first):
    manifest = json.loads((first / "manifest.json").read_text())
    assert manifest["seeds"] == [5, 6]
    assert manifest["weeks"] == manifest["scenario_content"]["weeks"] == 40
    assert manifest["scenario"] == "history"
    assert manifest["data_hash"] == load_world().data_hash
    assert {"chokepoint", "python", "numpy", "mesa"} <= set(manifest["versions"])
    assert str(ROOT) not in json.dumps(manifest)


def test_figures_are_there_and_not_empty(first):
    assert {path.stem for path in (first / "figures").glob("*.png")} == set(history.FIGURES)
    for name in history.FIGURES:
        assert (first / "figures" / f"{name}.png").stat().st_size > 20_000
        assert "</svg>" in (first / "figures" / f"{name}.svg").read_text()[-20:]


def test_printed_table_and_report_agree_with_the_tables(first, second):
    prices = pd.read_parquet(first / "prices.parquet")
    rotterdam = prices[(prices["good"] == "gallium-4N") & (prices["zone"] == "DEU") & (prices["market"] == "free")]
    wide = rotterdam.pivot(index="week", columns="run", values="usd_per_kg")
    jump = (wide.loc["2023-07-03"] / wide.loc["2023-06-26"] - 1).median()
    trade = pd.read_parquet(first / "trade.parquet")
    abroad = trade[
        (trade["origin"] == "CHN") & (trade["destination"] != "CHN") & trade["good"].str.startswith("gallium")
    ]
    by_month = abroad.groupby(["run", abroad["week"].dt.to_period("M")])["kg"].sum().unstack()
    july = (by_month["2023-07"] / by_month["2023-06"]).median()
    text = (first / "report.md").read_text()
    jump_line = next(line for line in text.splitlines() if line.startswith("| Gallium, Rotterdam: week of 3 July"))
    july_line = next(line for line in text.splitlines() if line.startswith("| China's gallium exports: July"))
    assert jump_line.split("|")[2].strip() == report.shown(jump, "%")
    assert july_line.split("|")[2].strip() == f"{july:.1f} times"
    assert "+27 %" in jump_line
    assert report.shown(jump, "%") in second[1]
    assert str(second[0] / "report.md") in second[1]
    assert re.search(r"In the week of 3 July 2023, when China announced export licences", text.split("##")[0])


def test_numbers_do_not_wait_for_figures(tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(history, "draw", stop)
    arguments = ["--runs", "1", "--weeks", "30", "--jobs", "1", "--out", str(tmp_path / "run")]
    assert run_command(history.main, arguments) == 130
    assert "Model and record" in capsys.readouterr().out
    code = "import sys, experiments.history.__main__; print(sorted({'matplotlib', 'scipy.stats'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_report_leaves_out_what_the_run_does_not_hold(first):
    text = (first / "report.md").read_text()
    assert "December over June 2023" not in text
    assert "The run ends before these weeks." in text
    assert "python -m experiments.history --runs 2 --seed 5 --weeks 40 --csv" in text


def test_second_run_replaces_the_first_and_keeps_other_files(first, tmp_path):
    out = tmp_path / "run"
    assert run_command(history.main, ["--runs", "1", "--weeks", "3", "--csv", "--out", str(out)]) == 0
    (out / "notes.txt").write_text("mine")
    assert run_command(history.main, ["--runs", "1", "--weeks", "2", "--out", str(out)]) == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert not (out / "prices.csv").exists()
    assert json.loads((out / "manifest.json").read_text())["weeks"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_nothing_remains_of_an_interrupted_run(tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(history, "draw", stop)
    out = tmp_path / "deep" / "run"
    assert run_command(history.main, ["--runs", "1", "--weeks", "2", "--out", str(out)]) == 130
    assert "Interrupted: nothing was written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_full_disc_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "figure.png")

    monkeypatch.setattr(history, "draw", full)
    assert run_command(history.main, ["--runs", "1", "--weeks", "2", "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said == "figure.png: cannot write: No space left on device; mend that and give the same command again"
    assert list(tmp_path.iterdir()) == []


def test_staged_leaves_an_earlier_run_alone_when_it_fails(tmp_path):
    out = tmp_path / "run"
    ours = json.dumps(dict.fromkeys(SIGNS["experiment"], "history"))
    with staged(out) as stage:
        (stage / "manifest.json").write_text(ours)

    def fail() -> None:
        with staged(out) as stage:
            (stage / "manifest.json").write_text("[]")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    assert (out / "manifest.json").read_text() == ours
    assert check_folder(out, "experiment") == out
    with pytest.raises(InputError, match="holds other files"):  # the runs of an ensemble are not history's to replace
        check_folder(out, "fingerprint")
    (tmp_path / "other").write_text("")
    with pytest.raises(InputError, match="holds other files"):
        check_folder(tmp_path, "experiment")


def test_headline_compares_with_the_record():
    rows = {row.key: row for row in history_rows.compared_rows(load_world())}
    assert rows["jump"].observed == pytest.approx(0.27, abs=0.01)
    assert rows["ge_rise"].observed == pytest.approx(0.16, abs=0.01)
    assert rows["ratio"].observed == pytest.approx(1.9, abs=0.1)
    assert rows["april"].observed == pytest.approx(0.66, abs=0.01)
    assert rows["gallium_july"].observed == pytest.approx(4.7, abs=0.05)
    assert all(row.source and row.observed is not None for row in rows.values())
    assert all(row.observed is None for row in history_rows.forecast_rows())


def test_runs_come_in_order_and_series_match_the_tables():
    scenario = load_scenario(history.RECORD).model_copy(update={"weeks": 6, "spin_up_weeks": 4})
    runs = list(run_seeds(scenario, [9, 3]))
    assert [(run.number, run.seed) for run in runs] == [(0, 9), (1, 3)]
    again = run_once(scenario, 3, 1)
    pd.testing.assert_frame_equal(again.tables["trade"], runs[1].tables["trade"])
    trade = again.tables["trade"]
    out = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN")]
    assert np.isclose(out["kg"].sum(), again.series["exports"].to_numpy().sum(), rtol=1e-12)
    firms = again.tables["firms"]
    used = firms[(firms["zone"] == "JPN") & firms["kind"].isin(["buyer", "refiner_input"])]
    used = used[used["good"].str.startswith("gallium") & (used["week"] == pd.Timestamp("2023-01-02"))]
    cover = (used["stock_kg"] + used["in_transit_kg"]).sum() / used["consumed_kg"].sum()
    assert np.isclose(cover, all_series(again.tables)["cover"][("gallium", "JPN")].iloc[0])


def test_a_run_may_end_inside_a_month():
    scenario = load_scenario(history.RECORD).model_copy(update={"weeks": 7, "spin_up_weeks": 4})
    run = run_once(scenario, 1, 0)
    assert date(2023, 2, 13) == run.series["prices"].index[-1].date()
    assert np.isfinite(history_rows.exports(run.series, "gallium", "2023-01"))
    assert np.isnan(history_rows.exports(run.series, "gallium", "2023-02"))
    assert np.isnan(history_rows.price(run.series, "gallium-4N", "DEU", "2023-02-06", "2023-02-28"))
