"""A world is a folder: a metal that nobody has heard of runs with no code changed."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model import InputError, TradeModel, load_scenario
from model.world import load_world
from tests.conftest import ROOT

FOLDER = Path(__file__).parent / "worlds" / "novium"
KG = 1e-6


@pytest.fixture(scope="module")
def world():
    return load_world(FOLDER)


@pytest.fixture(scope="module")
def played(world):
    return TradeModel(load_scenario(FOLDER / "controls.toml", world), seed=1, world=world).run()


def test_the_scenario_starts_where_its_world_says(played, world):
    assert played.start == world.start
    assert world.zones[played.tracked] == "ORE"


def test_free_trade_is_steady(world):
    prices = TradeModel(seed=1, world=world).run(104).tables()["prices"]
    raw = prices[(prices["good"] == "novium-raw") & (prices["zone"] == "MID")].set_index("week")["usd_per_kg"]
    assert raw.iloc[-13:].mean() == pytest.approx(raw.iloc[:13].mean(), rel=0.05)
    assert raw.mean() == pytest.approx(40, rel=0.3)


def test_controls_raise_the_price_abroad_and_a_ban_leaves_no_direct_flow(played, world):
    tables = played.tables()
    prices = tables["prices"][(tables["prices"]["market"] == "free") & (tables["prices"]["good"] == "novium-raw")]
    wide = prices.pivot(index="week", columns="zone", values="usd_per_kg")
    assert wide.loc["2020-10":"2020-12", "MID"].mean() > 1.1 * wide.loc["2020-01":"2020-03", "MID"].mean()
    trade = tables["trade"]
    direct = trade[(trade["origin"] == "ORE") & (trade["destination"] == "FAR")]
    assert direct.loc[direct["week"] >= "2021-01-04", "kg"].sum() == 0
    assert direct.loc[direct["week"] < "2020-04-06", "kg"].sum() > 0


def test_the_refining_step_of_the_world_is_used(played):
    firms = played.tables()["firms"]
    fine = firms[(firms["kind"] == "refiner") & (firms["good"] == "novium-fine")]
    raw = firms[firms["kind"] == "refiner_input"]
    assert fine["produced_kg"].sum() == pytest.approx(0.9 * raw["consumed_kg"].sum())
    assert fine["produced_kg"].sum() > 0


def test_mass_balances(world):
    model = TradeModel(load_scenario(FOLDER / "controls.toml", world), seed=2, world=world)
    f = model.firms
    for _ in range(60):
        before = f["stock_kg"] + f["in_transit_kg"]
        model.step()
        flows = f["produced_kg"] + f["bought_kg"] - f["sold_kg"] - f["consumed_kg"]
        assert np.abs(f["stock_kg"] + f["in_transit_kg"] - before - flows).max() < KG


def test_headlines_follow_the_world(played):
    names = list(played.datacollector.get_model_vars_dataframe())
    assert names == ["novium-raw in ORE (USD/kg)", "novium-raw in MID (USD/kg)"]


def test_names_are_checked_against_that_world(world, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('name = "bad"\n[[policies]]\nkind = "export_ban"\nactor = "CHN"\n'
                    "announced = 2020-04-06\neffective = 2020-05-04\n")  # fmt: skip
    with pytest.raises(InputError, match=r"unknown country 'CHN'.*allowed: ORE, MID, FAR"):
        load_scenario(path, world)
    path.write_text('name = "bad"\n[parameters]\ngrowth_gallium = 0.1\n')
    with pytest.raises(InputError, match='growth_gallium: unknown parameter; nearest "growth_novium"'):
        load_scenario(path, world)


def test_history_runs_on_it_and_writes_figures_and_a_report(tmp_path):
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "experiments.history",
        "--data",
        str(FOLDER),
        "--scenario",
        str(FOLDER / "controls.toml"),
    ]
    done = subprocess.run([*command, "--runs", "1", "--jobs", "0", "--out", str(out)], cwd=ROOT, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Novium, raw" in done.stdout
    assert "novium" in (out / "report.md").read_text(encoding="utf-8")
    assert len(list((out / "figures").glob("*.png"))) == 5


def test_a_folder_that_is_no_world_is_refused_in_one_line(tmp_path):
    command = [sys.executable, "-m", "experiments.lapse", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "zones.csv" in done.stderr


def test_the_page_s_model_runs_on_it():
    """The page takes the world of the environment, offers what that world can run and names its goods."""
    text = """
from experiments.page.record import run
from experiments.page.session import Session
record = run(Session().job())
print(record.world.goods, record.weeks)
"""
    environment = os.environ | {"CHOKEPOINT_DATA": str(FOLDER)}
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "('novium-raw', 'novium-fine') 209"
