"""The main experiment end to end: files, columns, the same bytes whatever the number of processes, and the report."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from experiments.ensemble.output import FORMER, TABLES, processor
from experiments.ensemble.results import Results
from experiments.history import __main__ as history
from experiments.history.figures import by_month
from experiments.history.quantities import measure, tables
from experiments.history.report import FIGURES
from experiments.history.scorecard import headline, shown
from experiments.study import record
from experiments.study.cli import run_command
from experiments.study.shown import shown_of
from model import TradeModel, load_scenario
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
    assert run_command(history.main, [*ARGUMENTS, "--jobs", "0", "--csv", "--out", str(out)]) == 0
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
    assert manifest["scenario_hash"] in manifest["fingerprint"].values()
    assert [session["runs"] for session in manifest["sessions"]] == [2]
    assert manifest["data_hash"] == load_world().data_hash
    assert manifest["processor"] == manifest["fingerprint"]["processor"] == processor()
    assert {"data/firms.csv", "model/trade_model.py", "experiments/history/report.md.j2"} <= set(manifest["files"])
    assert {"chokepoint", "python", "numpy", "mesa"} <= set(manifest["versions"])
    assert str(ROOT) not in json.dumps(manifest)


def test_figures_are_there_and_not_empty(first):
    assert {path.stem for path in (first / "figures").glob("*.png")} == set(FIGURES)
    for name in FIGURES:
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
    weekly = abroad.groupby(["run", "week"])["kg"].sum().unstack()
    weekly = weekly.reindex(columns=pd.date_range("2023-01-02", periods=40, freq="7D")).fillna(0.0)
    by_day = (weekly / 7).reindex(columns=pd.date_range(weekly.columns.min(), weekly.columns.max()), method="ffill")
    by_month = by_day.T.groupby(by_day.columns.to_period("M")).sum().T
    july = (by_month["2023-07"] / by_month["2023-06"]).median()
    text = (first / "report.md").read_text()
    jump_line = next(line for line in text.splitlines() if line.startswith("| Gallium, Rotterdam: week of 3 July"))
    july_line = next(line for line in text.splitlines() if line.startswith("| China's gallium exports: July"))
    assert jump_line.split("|")[2].strip() == shown(jump, "percent_change")
    assert july_line.split("|")[2].strip() == f"{july:.1f} times"
    assert "+27 %" in jump_line
    assert shown(jump, "percent_change") in second[1]
    assert str(second[0] / "report.md") in second[1]
    assert re.search(r"In the week of 3 July 2023, when China announced export licences", text.split("##")[0])


def test_numbers_do_not_wait_for_figures(tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(history, "draw", stop)
    arguments = ["--runs", "1", "--weeks", "30", "--out", str(tmp_path / "run")]
    assert run_command(history.main, arguments) == 130
    assert "Model and record" in capsys.readouterr().out
    slow = "{'matplotlib', 'scipy.stats', 'xarray', 'distributed'}"
    code = f"import sys, experiments.history.__main__; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_report_leaves_out_what_the_run_does_not_hold(first):
    text = (first / "report.md").read_text()
    assert "December over June 2023" not in text
    assert "The run ends before these weeks." in text
    assert "## Value at risk" not in text
    assert not (first / "value_at_risk.parquet").exists()
    assert "python -m experiments.history --runs 2 --seed 5 --weeks 40 --csv" in text


def test_the_same_command_goes_on_and_another_needs_fresh(tmp_path, capsys):
    out = tmp_path / "run"
    assert run_command(history.main, ["--runs", "1", "--weeks", "3", "--csv", "--out", str(out)]) == 0
    assert (out / "prices.csv").read_text().splitlines()[1].split(",")[1] == "2023-01-02"
    (out / "notes.txt").write_text("mine")
    other = ["--runs", "1", "--weeks", "2", "--out", str(out)]
    assert run_command(history.main, other) == 2
    assert "holds runs of another ensemble; changed: scenario of cell" in capsys.readouterr().err
    assert run_command(history.main, [*other, "--fresh"]) == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert not (out / "prices.csv").exists()
    assert json.loads((out / "manifest.json").read_text())["weeks"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_of_the_former_version_is_refused_or_replaced(tmp_path, capsys):
    out = tmp_path / "run"
    out.mkdir()
    (out / "manifest.json").write_text(json.dumps(dict.fromkeys(FORMER, "history")))
    for name in ("prices.csv", "report.md", "notes.txt"):
        (out / name).write_text("former")
    arguments = ["--runs", "1", "--weeks", "2", "--out", str(out)]
    assert run_command(history.main, arguments) == 2
    assert capsys.readouterr().err == (
        f"--out {out}: holds a run of a former version; choose another or start over with --fresh\n"
    )
    assert run_command(history.main, [*arguments, "--fresh"]) == 0
    assert not (out / "prices.csv").exists()
    assert (out / "report.md").read_text() != (out / "notes.txt").read_text() == "former"


def test_runs_of_a_stopped_command_are_kept(tmp_path, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    out = tmp_path / "run"
    arguments = ["--runs", "1", "--weeks", "2", "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setattr(history, "draw", stop)
        assert run_command(history.main, arguments) == 130
    assert not (out / "report.md").exists()
    before = (out / "chunks" / "000000").stat().st_mtime_ns
    assert run_command(history.main, arguments) == 0
    assert (out / "chunks" / "000000").stat().st_mtime_ns == before
    assert (out / "report.md").exists()
    with monkeypatch.context() as patched:
        patched.setattr(TradeModel, "run", stop)
        assert (
            run_command(history.main, ["--runs", "1", "--weeks", "2", "--out", str(tmp_path / "deep" / "run")]) == 130
        )
    assert "No run was finished, nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.slow
def test_killed_and_resumed_equals_uninterrupted(first, tmp_path):
    out = tmp_path / "run"
    arguments = ["--runs", "12", "--weeks", "40", "--seed", "5", "--out", str(out)]
    process = subprocess.Popen([sys.executable, "-m", "experiments.history", *arguments, "--jobs", "1"], cwd=ROOT)
    deadline = time.monotonic() + 60
    while len([*out.glob("chunks/[0-9]*")]) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len([*out.glob("chunks/[0-9]*")])
    assert 2 <= kept < 12
    assert not (out / "prices.parquet").exists()
    assert run_command(history.main, [*arguments, "--jobs", "0"]) == 0
    for name in TABLES:
        table, whole = (pd.read_parquet(folder / f"{name}.parquet") for folder in (first, out))
        pd.testing.assert_frame_equal(table, whole[whole["run"] < 2].reset_index(drop=True), check_categorical=False)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["seeds"] == list(range(5, 17))
    assert [session["runs"] for session in manifest["sessions"]] == [12 - kept]


def test_full_disc_is_one_line(tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "figure.png")

    monkeypatch.setattr(history, "draw", full)
    assert run_command(history.main, ["--runs", "1", "--weeks", "2", "--out", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said == "figure.png: cannot write: No space left on device; mend that and give the same command again"


def test_headline_compares_with_the_record():
    rows = {row.key: row for row in record.compared_rows(load_world())}
    assert rows["jump"].observed == pytest.approx(0.27, abs=0.01)
    assert rows["ge_rise"].observed == pytest.approx(0.16, abs=0.01)
    assert rows["ratio"].observed == pytest.approx(1.9, abs=0.1)
    assert rows["april"].observed == pytest.approx(0.66, abs=0.01)
    assert rows["gallium_july"].observed == pytest.approx(4.7, abs=0.05)
    assert all(row.source and np.isfinite(row.observed) for row in rows.values())
    assert all(np.isnan(row.observed) for row in record.forecast_rows())


@pytest.fixture(scope="module")
def short():
    """A run of six weeks, and what the experiment measures of it."""
    scenario = load_scenario(history.RECORD).model_copy(update={"weeks": 6, "spin_up_weeks": 4})
    view = shown_of(load_world(), scenario)
    model = TradeModel(scenario, seed=3).run()
    return measure(model, tables(view, []))


def test_what_figures_show_matches_the_tables(short):
    trade = short["trade"]
    out = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN")]
    assert np.isclose(out["kg"].sum(), short["exports"]["kg"].sum(), rtol=1e-12)
    firms = short["firms"]
    used = firms[(firms["zone"] == "JPN") & firms["kind"].isin(["buyer", "refiner_input"])]
    used = used[used["good"].str.startswith("gallium") & (used["week"] == pd.Timestamp("2023-01-02"))]
    cover = (used["stock_kg"] + used["in_transit_kg"]).sum() / used["consumed_kg"].sum()
    measured = short["users"].query("metal == 'gallium' and zone == 'JPN'")["cover_weeks"].iloc[0]
    assert np.isclose(cover, measured)
    shares = short["shares"].query("good == 'gallium-4N'").groupby("seller", observed=False)["exported_kg"].sum()
    sellers = short["sellers"].query("metal == 'gallium'").groupby("zone", observed=False)["exported_kg"].sum()
    assert np.allclose(shares, sellers.reindex(shares.index))


def test_months_are_made_of_days():
    weeks = pd.date_range("2023-01-02", periods=9, freq="7D")  # to 5 March
    monthly = by_month(xr.DataArray(np.full(9, 7.0), {"week": weeks}, "week"))
    assert [str(month)[:7] for month in monthly["week"].values] == ["2023-01", "2023-02"]
    assert monthly.values.tolist() == pytest.approx([30.0, 28.0])


def test_another_scenario_is_not_scored_and_shortages_are_told(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text('extends = "history"\nname = "mine"\nremove = ["China: state germanium purchase"]\n')
    out = tmp_path / "run"
    assert run_command(history.main, ["--scenario", str(own), "--runs", "2", "--weeks", "30", "--out", str(out),
                                      "--workers", "0"]) == 0  # fmt: skip
    text = (out / "report.md").read_text()
    assert "bserved value" not in text
    assert "Error" not in text
    assert "Scorecard" not in text
    assert "nothing that was observed says how good these numbers are" in text
    assert "- End users went short of gallium in none of 2 runs and of germanium in none of 2 runs; all other" in text


def test_value_at_risk_is_told_of_the_first_year_of_the_controls(tmp_path):
    out = tmp_path / "run"
    assert run_command(history.main, ["--runs", "1", "--weeks", "78", "--out", str(out), "--workers", "0"]) == 0
    text = (out / "report.md").read_text()
    assert "In the year from 2023-07-03, all countries together: " in text
    rows = pd.read_parquet(out / "tables" / "value_at_risk.parquet")
    bound = rows.pivot(index=["zone", "end_use"], columns="amount", values="median").fillna(0.0)
    assert (bound["lost_at_most_usd"] >= bound.get("lost_output_usd", 0.0)).all()
    assert bound["lost_at_most_usd"].sum() > 0.0


def test_misses_come_first(first):
    answers = [line for line in (first / "report.md").read_text().splitlines() if line.startswith("- ")]
    # Where the market rules disagree the report says so before anything else.
    if answers[0].startswith("- The two market rules disagree on "):
        answers = answers[1:]
    assert re.match(r"- The bands of the runs miss \d+ of \d+ observations, worst ", answers[0])
    assert answers[1].startswith("- End users went short of gallium in none of 2 runs")


def test_every_row_of_the_scorecard_is_in_the_report(first):
    table = (first / "report.md").read_text().partition("\n## Scorecard\n")[2].partition("\n## ")[0]
    card = pd.read_parquet(first / "tables" / "scorecard.parquet")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if line.startswith("| ")]
    assert rows == ["Observation", *card["what"]]


def test_rows_whose_weeks_a_run_does_not_hold_are_left_out():
    """A run of seven weeks ends on 19 February 2023: inside a month."""
    world, start = load_world(), date(2023, 1, 2)
    spans = {"jan": ("2023-01-02", "2023-01-31"), "feb": ("2023-02-01", "2023-02-28"), "week": ("2023-02-13",) * 2}
    rows = [record.Row(key, record.exported("gallium", span)) for key, span in spans.items()]
    rows += [record.Row("novium", record.quote("novium-raw", "DEU", spans["jan"]))]
    rows += [record.Row("ratio", record.over(record.exported("gallium", spans["jan"]), spans["feb"]))]
    assert [row.key for row in record.held(rows, world, start, 7)] == ["jan", "week"]
    assert [row.key for row in record.held(rows, world, start, 9)] == ["jan", "feb", "week", "ratio"]
    assert not record.held(rows, world, date(2023, 2, 20), 1)


def test_the_table_holds_rows_with_values_only(tmp_path):
    rows = [record.Row(key, record.exported("gallium", record.JUNE, key)) for key in ("one", "none", "no row")]
    numbers = pd.DataFrame({"key": ["one", "one", "none"], "value": [1.0, 3.0, np.nan]})
    table = headline(rows, numbers)
    assert table["key"].tolist() == ["one"]
    assert table.loc[0, ["median", "unit", "what"]].tolist() == [2.0, "t", "one"]


def test_the_numbers_of_a_run_are_those_of_its_table(first):
    numbers = Results(first / "tables").table("numbers").pivot(index="run", columns="key", values="value")
    prices = pd.read_parquet(first / "prices.parquet").query("good == 'gallium-4N' and zone == 'DEU' and run == 1")
    free = prices[prices["market"] == "free"].set_index("week")["usd_per_kg"]
    assert numbers.loc[1, "jump"] == pytest.approx(free["2023-07-03"] / free["2023-06-26"] - 1, rel=1e-12)
