"""The interface in code that the README promises works as written."""

import re
import shlex
import subprocess
import sys
import tomllib

import numpy as np
import pandas as pd

import model as package
from model import TradeModel, load_scenario
from tests.conftest import ROOT, SCENARIOS

# Columns in their order; further ones may follow.
COLUMNS = {
    "prices": ["run", "week", "good", "zone", "market", "usd_per_kg", "netback_usd_per_kg"],
    "trade": [
        "run", "week", "good", "origin", "destination", "market", "kg", "usd", "lane_cost_usd", "tariff_usd",
        "rent_usd",
    ],
    "shares": ["run", "week", "good", "seller", "share_of_production", "share_of_world_trade"],
    "firms": [
        "run", "week", "firm", "kind", "zone", "good", "stock_kg", "in_transit_kg", "produced_kg", "bought_kg",
        "sold_kg", "consumed_kg", "short_kg",
    ],
    "events": ["run", "date", "what", "policy", "actor", "action", "goods", "kg"],
    "policies": ["run", "week", "policy", "number", "spent_usd"],
}  # fmt: skip
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_public_names():
    assert set(package.__all__) == {"InputError", "Scenario", "TradeModel", "load_scenario", "parse_scenario"}
    assert all(getattr(package, name).__doc__ for name in package.__all__)


def test_load_step_run_and_tables():
    m = TradeModel(load_scenario(SCENARIOS / "history.toml"), seed=1)
    m.step()
    assert m.week == 1
    m.run()
    assert m.week == m.scenario.weeks
    tables = m.tables()
    assert list(tables) == list(COLUMNS)
    for name, columns in COLUMNS.items():
        assert isinstance(tables[name], pd.DataFrame)
        assert list(tables[name].columns)[: len(columns)] == columns
        assert len(tables[name]) > 0
    assert tables["prices"]["week"].nunique() == m.scenario.weeks


def test_tables_are_tidy(played_history):
    tables, world = played_history.tables, played_history.model.world
    keys = {
        "prices": ["week", "good", "zone", "market"],
        "trade": ["week", "good", "origin", "destination", "market"],
        "shares": ["week", "good", "seller"],
        "firms": ["week", "firm", "kind", "good"],
        "policies": ["week", "number"],
    }
    for name, key in keys.items():
        table = tables[name]
        assert not table.duplicated(key).any(), name
        assert not table.isna().any().any() or name == "prices"
        assert np.isfinite(table.select_dtypes("float").fillna(0.0).to_numpy()).all(), name
    weeks = pd.DatetimeIndex(tables["prices"]["week"].unique())
    assert (weeks.dayofweek == 0).all()
    assert (np.diff(weeks) == np.timedelta64(7, "D")).all()
    assert set(tables["prices"]["zone"]) == set(world.zones)
    assert set(tables["prices"]["good"]) == set(world.goods)
    assert set(tables["prices"]["market"]) == {"free", "licensed"}
    assert tables["prices"]["usd_per_kg"].min() > 0
    assert tables["events"]["date"].is_monotonic_increasing


def test_tables_have_the_same_columns_and_types_whether_or_not_anything_happened(played_history, played_free_trade):
    assert len(played_free_trade.tables["events"]) == 0
    for name, table in played_history.tables.items():
        empty = played_free_trade.tables[name]
        assert [(column, kind.name) for column, kind in empty.dtypes.items()] == [
            (column, kind.name) for column, kind in table.dtypes.items()
        ], name


def test_free_metal_has_a_price_in_every_week_zone_and_good(played_history):
    prices = played_history.tables["prices"]
    world = played_history.model.world
    free = prices[prices["market"] == "free"]
    assert len(free) == played_history.model.scenario.weeks * len(world.zones) * len(world.goods)


def test_without_arguments_it_is_free_trade(free_trade):
    plain = free_trade.model_copy(update={"drivers": False, "recorded_markets": False})
    m = TradeModel(seed=1)
    assert m.scenario.policies == []
    m.run(3)
    assert m.tables()["prices"].equals(TradeModel(plain, seed=1).run(3).tables()["prices"])


def test_the_readmes_python_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    names = {"__name__": "readme"}
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL), start=1):
        exec(compile(block, f"README.md, Python block {number}", "exec"), names)


def test_the_readmes_scenarios_do_what_they_say(tmp_path):
    whole, extending = re.findall(r"```toml\n(.*?)```", README, flags=re.DOTALL)
    events = TradeModel(package.parse_scenario(tomllib.loads(whole), "README.md"), seed=1).run().tables()["events"]
    assert {"CHN export ban: in force", "DEU stockpile: in force"} <= set(events["what"])
    (tmp_path / "question.toml").write_text(extending, encoding="utf-8")
    question = package.load_scenario(tmp_path / "question.toml")
    titles = {policy.title: policy for policy in question.policies}
    assert question.weeks == 260
    assert "China: state germanium purchase" not in titles
    assert titles["China: ban on the US"].suspensions == []


def test_the_readmes_commands_and_files_are_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)", README, flags=re.MULTILINE))
    assert {"history", "test"} <= named <= targets
    for module in re.findall(r"python -m ((?:experiments|tests)[\w.]*)", README):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module
    for path in re.findall(r"\]\((?!http|#)([^)]+)\)", README):
        assert (ROOT / path.split("#")[0]).exists(), path


def test_make_faults_runs_the_long_ones_too():
    """A file named beside its folder is dropped by pytest without a word."""
    shown = subprocess.run(["make", "-n", "faults"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    command = shlex.split(next(line for line in shown.splitlines() if "pytest" in line))[1:]
    command = [sys.executable, *command, "--collect-only", "-q"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in (ROOT / "tests" / "faults").glob("long_*.py"):
        assert file.name in found
