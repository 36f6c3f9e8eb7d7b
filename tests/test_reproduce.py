"""`experiments.reproduce`: the same bytes again, and words for what differs."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from experiments import reproduce
from experiments.compare import __main__ as compare
from experiments.discovery import __main__ as discovery
from experiments.history import __main__ as history
from experiments.study.cli import run_command
from tests.conftest import ROOT

NOVIUM = ROOT / "tests" / "worlds" / "novium"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A short history, and a comparison of two files that are gone afterwards."""
    folder = tmp_path_factory.mktemp("reproduce")
    few = ["--weeks", "30", "--runs", "2", "--workers", "0"]
    assert run_command(history.main, [*few, "--out", str(folder / "history")]) == 0
    for name, line in (("calm", ""), ("worried", "[parameters]\nprecaution = 7.0\n")):
        (folder / f"{name}.toml").write_text(f'extends = "history"\nweeks = 30\n{line}', encoding="utf-8")
    files = [str(folder / "calm.toml"), str(folder / "worried.toml")]
    assert run_command(compare.main, [*files, "--seeds", "1", "--workers", "0", "--out", str(folder / "compare")]) == 0
    for file in files:
        (folder / file).unlink()
    few = ["--points", "12", "--workers", "0", "--csv"]
    assert run_command(discovery.main, [*few, "--out", str(folder / "discovery")]) == 0
    return folder


def reproduced(capsys, *arguments: str) -> tuple[int, str, str]:
    code = run_command(reproduce.main, [*arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.slow
@pytest.mark.parametrize("study", ["history", "compare", "discovery"])
def test_a_study_gives_the_same_bytes_again(finished, study, capsys):
    code, out, _ = reproduced(capsys, str(finished / study), "--workers", "0")
    count = len(reproduce.tables_in(finished / study))
    assert (code, out) == (0, f"Identical: {count} tables, byte by byte.\n")
    assert count > 5


@pytest.mark.slow
def test_what_differs_is_named(finished, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(finished / "history", copy)
    prices = pd.read_parquet(copy / "prices.parquet")
    prices.loc[0, "usd_per_kg"] += 1.0
    prices.to_parquet(copy / "prices.parquet", index=False)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["fingerprint"]["version of numpy"] = "1.0"
    manifest["fingerprint"]["world data"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    code, out, _ = reproduced(capsys, str(copy), "--workers", "0")
    assert code == 1
    assert "Not as it was: version of numpy (1.0, now " in out
    assert "Not as it was: world data.\n" in out
    assert out.splitlines()[-1].startswith("Different: 1 of ")
    assert out.splitlines()[-1].endswith("tables: prices.parquet.")


def test_a_folder_without_results_is_refused_in_one_line(tmp_path, capsys):
    code, _, error = reproduced(capsys, str(tmp_path))
    assert code == 2
    assert error == f"{tmp_path}/manifest.json: cannot be read: No such file or directory\n"
    (tmp_path / "manifest.json").write_text('{"runs": 3}', encoding="utf-8")
    assert "does not say by which command the study ran" in reproduced(capsys, str(tmp_path))[2]
    command = "python -m experiments.history --data novium --runs 1"
    (tmp_path / "manifest.json").write_text(json.dumps({"command": command}), encoding="utf-8")
    assert "ran in the world 'novium'; give its folder with --data" in reproduced(capsys, str(tmp_path))[2]


def test_tables_that_are_csv_alone_count(tmp_path):
    for name in ("posterior.csv", "tables/runs.csv", "tables/runs.parquet", "rounds/00/chunks/0/x.parquet"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list(reproduce.tables_in(tmp_path)) == ["tables/runs.parquet", "posterior.csv"]


def test_a_forecast_from_a_posterior_of_its_own_is_not_fitted_anew(tmp_path, capsys):
    command = "python -m experiments.forecast --cut 2023-12-31 --posterior mine"
    (tmp_path / "manifest.json").write_text(json.dumps({"command": command}), encoding="utf-8")
    code, _, error = reproduced(capsys, str(tmp_path))
    assert code == 2
    assert "used a posterior of its own, 'mine'" in error


def test_an_option_is_left_out_with_its_value():
    assert reproduce.without(["a", "--data", "b", "c"], "--data") == ["a", "c"]
    assert reproduce.without(["a"], "--data") == ["a"]
