"""`python -m experiments.calibrate`: what it refuses, what it leaves, and that studies can draw from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import reproduce
from experiments.calibrate import __main__ as calibrate
from experiments.calibrate import adopt
from experiments.calibrate.report import by_kind
from experiments.fit import sampler
from experiments.fit.distance import Target
from experiments.study.cli import run_command
from model.parameters import parameter_table
from model.posterior import ABOUT, FILE
from model.world import load_world
from tests.conftest import ROOT

DATA = ROOT / "model" / "data"
FEW = ["--draws", "20", "--budget", "40", "--cut", "2023-02-28", "--workers", "0"]


def bare(folder: Path) -> Path:
    """Return a copy of the packaged data without a posterior."""
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns(FILE, ABOUT))
    return folder


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """The record with few weeks of spin-up: runs of eleven weeks."""
    path = tmp_path_factory.mktemp("record") / "short.toml"
    path.write_text('extends = "history"\nspin_up_weeks = 2\n', encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibrate, "RECORD", path)
        for module in (calibrate, sampler):
            patch.setattr(module, "ROUNDS", 1)
        yield path


@pytest.fixture(scope="module")
def finished(short, tmp_path_factory):
    out = tmp_path_factory.mktemp("calibrate") / "run"
    assert run_command(calibrate.main, [*FEW, "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["--cut", "2023-13-01"], "--cut 2023-13-01: must be a day, e.g. 2023-12-31"),
        (["--cut", "2022-06-30"], "--cut 2022-06-30: nothing was observed from 2023-01-02 to then; nearest 2024-06-30"),
        (["--draws", "19"], "--draws 19: must be 20 to 10000; nearest 20"),
        (["--draws", "300", "--budget", "599"], "--budget 599: "),
        (["--budget", "many"], "Invalid value for '--budget': 'many' is not a whole number; see --help"),
        (["--seed", "-1"], "--seed -1: must be 0 to 2147483648; nearest 0"),
        (["--data", "nowhere"], "--data nowhere: no such folder"),
        (["--drawz", "30"], '--drawz: no such option; nearest "--draws"'),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, typed, answer):
    assert run_command(calibrate.main, [*typed, "--workers", "0", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(answer)
    assert said.count("\n") == 1
    assert not (tmp_path / "out" / "rounds").exists()


def test_a_fit_up_to_an_earlier_day_knows_nothing_later(finished):
    world = load_world(finished / "known")
    assert world.observed_prices["end_date"].max() < pd.Timestamp("2023-03-01")
    assert world.grants.empty  # the first shares of licences are read off exports of late 2023
    assert json.loads((finished / ABOUT).read_text())["data_hash"] == world.data_hash


def test_it_leaves_a_posterior_that_a_world_can_hold(finished, tmp_path):
    assert load_world(bare(tmp_path / "bare")).posterior is None
    folder = bare(tmp_path / "data")  # another one: a world is read once
    for name in (FILE, ABOUT):
        shutil.copy(finished / name, folder / name)
    world = load_world(folder)
    assert world.posterior is not None
    assert len(world.posterior) == 20
    table = parameter_table(world)
    assert list(world.posterior.values) == list(table.index[table["low"] < table["high"]])
    limits = table.loc[list(world.posterior.values)]
    assert (world.posterior.values >= limits["low"].to_numpy() - 1e-12).all(axis=None)
    assert (world.posterior.values <= limits["high"].to_numpy() + 1e-12).all(axis=None)
    about = world.posterior.about
    assert (about["cut"], about["draws"], about["budget"], about["seed"]) == ("2023-02-28", 20, 40, 0)
    assert 0 <= about["central"] < 20


def test_a_fit_becomes_the_world_s_own(finished, tmp_path, capsys):
    """The central draw is the new default, and nothing else of the table moves."""
    folder = bare(tmp_path / "data")
    before = pd.read_csv(folder / "parameters.csv", dtype=str)
    assert run_command(adopt.main, [str(finished), "--data", str(folder)]) == 0
    shutil.copytree(folder, tmp_path / "again")  # a world is read once
    after, world = pd.read_csv(folder / "parameters.csv", dtype=str), load_world(tmp_path / "again")
    assert before.drop(columns="value").equals(after.drop(columns="value"))
    assert world.posterior is not None
    central = world.posterior.draw(world.posterior.about["central"])
    assert world.parameter_table["value"][list(central)].to_dict() == pytest.approx(central)
    fixed = ~world.parameter_table.index.isin(list(central))
    assert (before["value"] == after["value"])[fixed].all()


def test_no_other_fit_is_adopted(finished, tmp_path, capsys):
    away = tmp_path / "none"
    assert run_command(adopt.main, [str(away), "--data", str(bare(tmp_path / "whole"))]) == 2
    assert f"{away}: no finished fit there" in capsys.readouterr().err
    folder = bare(tmp_path / "data")
    table = pd.read_csv(folder / "parameters.csv", dtype=str)
    table.loc[table["name"] == "trader_margin", "high"] = "0.3"
    table.to_csv(folder / "parameters.csv", index=False)
    assert run_command(adopt.main, [str(finished), "--data", str(folder)]) == 2
    assert "fitted to other ranges" in capsys.readouterr().err
    assert not (folder / FILE).exists()


def test_the_report_says_how_near_and_what_was_learnt(finished):
    text = (finished / "report.md").read_text(encoding="utf-8")
    assert text.splitlines()[2] == f"Which values of {len(parameters(finished))} parameters agree with what was " \
        "observed up to 28 February 2023?"  # fmt: skip
    assert "python -m experiments.calibrate --cut 2023-02-28 --draws 20 --budget 40" in text
    manifest = json.loads((finished / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == "python -m experiments.calibrate --cut 2023-02-28 --draws 20 --budget 40 --seed 0"
    assert manifest["fingerprint"]["world data"] == load_world().data_hash
    assert reproduce.changed(manifest, None) == []
    assert "posterior.csv" in reproduce.tables_in(finished)
    for name in ("calibrate_parameters", "calibrate_errors"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000
        assert f"(figures/{name}.png)" in text
    kinds = pd.read_csv(finished / "fit_by_kind.csv")
    assert kinds["observations"].sum() == json.loads((finished / ABOUT).read_text())["observations"]
    assert kinds["covered"].between(0, 1).all()


def parameters(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "fit_parameters.csv")


def test_what_the_record_tells_most_of_comes_first(finished):
    told = parameters(finished)
    assert told["spread_left"].is_monotonic_increasing
    assert (told["low"] <= told["median"]).all()
    assert (told["median"] <= told["high"]).all()


def test_the_same_command_goes_on_and_gives_the_same(short, finished):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("chunks/*/*")}
    draws = (finished / FILE).read_bytes()
    assert run_command(calibrate.main, [*FEW, "--out", str(finished)]) == 0
    assert before
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("chunks/*/*")} == before
    assert (finished / FILE).read_bytes() == draws


def test_errors_of_the_median_draw_by_kind():
    target = Target(("a", "b"), ("price", "month"), np.ones(2), np.array([0.1, 0.5]), np.ones(2))
    errors = np.array([[1.0, -1.0], [2.0, 1.0], [3.0, 3.0]])
    before = np.array([[4.0, 0.0], [6.0, 0.0], [8.0, 0.0]])
    made = SimpleNamespace(target=target, before=before, particles=SimpleNamespace(errors=errors),
                           settings=SimpleNamespace(seed=0), rounds=[SimpleNamespace(widened=1.0)])  # fmt: skip
    table = by_kind(made).set_index("kind")
    prices, months = table.loc["Market prices"], table.loc["Exports by month"]
    assert (prices["off_before"], prices["off"], prices["covered"]) == pytest.approx((0.6, 0.2, 0.0))
    assert (months["off_before"], months["off"], months["covered"]) == pytest.approx((0.0, 0.5, 1.0))
