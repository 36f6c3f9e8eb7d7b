"""The lapse experiment: its three variants, differences by seed, and a tiny ensemble from command to report."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr

from experiments.lapse import __main__ as lapse
from experiments.lapse import report
from experiments.lapse.report import DAY, REGIONS, YEAR
from experiments.study.bands import against
from experiments.study.cli import run_command
from experiments.study.observe import observe
from model import TradeModel, parse_scenario


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("lapse") / "run"
    assert run_command(lapse.main, ["--seeds", "2", "--out", str(out), "--workers", "0", "--csv"]) == 0
    return out


@pytest.fixture(scope="module")
def scenarios():
    return {cell.name: parse_scenario(dict(cell.scenario), cell.name) for cell in lapse.design()}


def in_force(scenario, kind, day):
    """Return whether any Chinese policy of a kind applies on a day, military users aside."""
    found = []
    for policy in scenario.policies:
        if policy.actor == "CHN" and policy.kind == kind and not getattr(policy, "end_uses", []):
            paused = any(pause.start <= day < pause.end for pause in policy.suspensions)
            found.append(policy.effective <= day and not paused and (policy.until is None or day < policy.until))
    return any(found)


def test_three_ways_on(scenarios):
    before, after = DAY.replace(day=26), DAY.replace(month=12)
    for scenario in scenarios.values():
        assert not in_force(scenario, "export_ban", before)
        assert in_force(scenario, "export_licence", before)
    for kind in ("export_ban", "reexport_ban"):
        assert [in_force(scenarios[name], kind, after) for name in ("extended", "lapse", "free trade")] == [0, 1, 0]
    held = [in_force(scenarios[name], "export_licence", after) for name in ("extended", "lapse", "free trade")]
    assert held == [1, 1, 0]
    assert {scenario.weeks for scenario in scenarios.values()} == {256}


def _levels(*usd):
    """Return prices by cell, the same for all metals and regions: two runs for each cell."""
    labels = {"cell": ["extended", "lapse", "free trade"], "metal": list(report.METALS), "region": list(REGIONS)}
    values = xr.DataArray(list(usd), {"cell": labels["cell"], "run": [0, 1]}, ("cell", "run"))
    full = values.expand_dims({name: labels[name] for name in ("metal", "region")})
    return xr.Dataset({"usd_per_kg": full})


def test_overlapping_bands_are_said():
    levels = _levels([100.0, 120.0], [101.0, 121.0], [50.0, 60.0])
    said = report.told_apart(levels, against(levels, "extended"))
    assert said == {"overlap": "all prices (lapse)", "unclear": []}
    levels = _levels([100.0, 120.0], [101.0, 119.0], [99.0, 121.0])
    said = report.told_apart(levels, against(levels, "extended"))
    assert said["overlap"] == "all prices"
    assert "germanium in Japan (free trade)" in said["unclear"]
    levels = _levels([100.0, 120.0], [200.0, 220.0], [50.0, 60.0])
    assert report.told_apart(levels, against(levels, "extended"))["overlap"] == ""


def test_china_s_own_row_holds_all_its_exports():
    labels = {"cell": ["lapse"], "region": ["USA", "China"]}
    year = xr.Dataset({name: (list(labels), [row]) for name, row in
                       (("from_china_t", [2.0, 0.0]), ("exports_t", [0.0, 9.0]))}, labels)  # fmt: skip
    found = lapse.all_exports_of_china(year)
    assert list(found) == ["from_china_t"]
    assert found["from_china_t"].values.tolist() == [[2.0, 9.0]]


@pytest.mark.slow
def test_the_measure_covers_the_year_after(scenarios):
    model = TradeModel(scenarios["lapse"].model_copy(update={"spin_up_weeks": 4}), seed=1).run()
    tables = observe(model, report.tables(model.start), REGIONS)
    weeks = tables["weekly"]["week"]
    assert (weeks >= pd.Timestamp("2026-11-30")).sum() == YEAR * 2 * len(REGIONS)
    assert weeks.max() == pd.Timestamp("2027-11-22")
    assert not tables["year"].isna().any().any()


@pytest.mark.slow
def test_variants_differ_after_the_day_only(finished):
    weekly = pd.read_parquet(finished / "tables" / "weekly.parquet")
    wide = weekly.pivot(index=["seed", "metal", "region", "week"], columns="cell", values="usd_per_kg")
    before = wide.index.get_level_values("week") < pd.Timestamp("2026-11-30")
    assert (wide[before].nunique(axis=1) == 1).all()
    assert (wide[~before].nunique(axis=1) > 1).any()


@pytest.mark.slow
def test_the_ban_stops_shipments(finished):
    levels = pd.read_parquet(finished / "tables" / "levels.parquet")
    to_usa = levels[(levels["region"] == "USA") & (levels["quantity"] == "from_china_t")]
    assert (to_usa.loc[to_usa["cell"] == "lapse", "high"] == 0).all()
    assert (to_usa.loc[to_usa["cell"] == "extended", "high"] > 0).any()
    prices = levels[(levels["region"] == "Europe") & (levels["quantity"] == "usd_per_kg")]
    mean = prices.pivot(index="metal", columns="cell", values="median")
    assert (mean["free trade"] < mean["extended"]).all()


@pytest.mark.slow
def test_report_and_figures(finished):
    report = (finished / "report.md").read_text(encoding="utf-8")
    assert report.startswith("# When the suspension of the US ban ends\n")
    assert "If the suspension lapses" in report
    assert "What the model leaves out" in report
    assert "no value" not in report
    assert "## Value at risk\n" in report
    assert "| Japan | chips and wafers |" in report
    assert (finished / "tables" / "value_at_risk.csv").is_file()
    assert (finished / "tables" / "changes.csv").is_file()
    for name in ("lapse_prices", "lapse_changes", "lapse_flows"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000
        assert (finished / "figures" / f"{name}.svg").is_file()
        assert f"figures/{name}.png" in report


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--seeds", "0"], "--seeds 0"), (["--seeds", "x"], "'x'"), (["--wokers", "3"], "--workers")],
)
def test_bad_input_is_one_line(arguments, says, capsys, tmp_path):
    assert run_command(lapse.main, [*arguments, "--out", str(tmp_path / "x")]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert says in line
