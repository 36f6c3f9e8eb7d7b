"""The sensitivity study: samples, effects against functions whose answer is known, and a tiny ensemble."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments.fit.distance import target_of
from experiments.sensitivity import __main__ as sensitivity
from experiments.sensitivity import analysis
from experiments.sensitivity.plan import Plan, plan_of
from experiments.sensitivity.quantities import observed, outcomes, place_of
from experiments.study.cli import run_command
from experiments.study.observe import Observed
from model import TradeModel, load_scenario
from model.parameters import parameter_table
from model.world import load_world

WORLD = load_world()
THREE = Plan(("a", "b", "c"), np.array([0.5, 1.0, 5.0]), np.array([0.0, 0.0, 0.0]), np.array([1.0, 2.0, 10.0]))


def found(sample: np.ndarray) -> xr.Dataset:
    """Return an outcome that hangs on `a` (4 over its range) and `b` (2), not on `c`."""
    value = 4.0 * sample[:, 0] + 1.0 * sample[:, 1]
    return xr.Dataset({"y": ("draw", value)}, {"draw": np.arange(len(sample))})


def test_every_parameter_with_a_range_takes_part():
    plan, table = plan_of(WORLD), parameter_table(WORLD)
    assert set(plan.names) == set(table.index[table["low"] < table["high"]])
    rows = plan.alone()
    assert (rows[0] == plan.default).all()
    assert ((rows[1:] != rows[0]).sum(axis=1) <= 1).all()
    sample = plan.trajectories(2)
    assert sample.shape == (2 * (len(plan.names) + 1), len(plan.names))
    assert (sample >= plan.low - 1e-9).all()
    assert (sample <= plan.high + 1e-9).all()
    assert (plan.trajectories(2) == sample).all()


def test_swings_are_the_ends_of_the_ranges():
    table = analysis.swings(THREE, found(THREE.alone())).set_index("parameter")
    assert table["default"].tolist() == [3.0, 3.0, 3.0]
    assert table.loc["a", ["low", "high"]].tolist() == [1.0, 5.0]
    assert table.loc["c", ["low", "high"]].tolist() == [3.0, 3.0]


def test_morris_effects_of_a_known_function():
    sample = THREE.trajectories(6)
    table = analysis.morris(THREE, sample, found(sample)).set_index("parameter")
    assert table["effect"].to_numpy() == pytest.approx([4.0, 2.0, 0.0], abs=1e-9)
    assert table["share"].to_numpy() == pytest.approx([2 / 3, 1 / 3, 0.0], abs=1e-9)
    assert analysis.leaders(table.reset_index(), 2) == ["a", "b"]


def test_each_outcome_has_its_leaders():
    shares = pd.DataFrame([("x", "a", 0.7), ("x", "b", 0.2), ("x", "c", 0.1), ("y", "a", 0.4), ("y", "c", 0.6)],
                          columns=["outcome", "parameter", "share"])  # fmt: skip
    assert analysis.leaders(shares, 1) == ["a", "c"]
    assert analysis.leaders(shares, 2) == ["a", "c", "b"]


def test_what_moves_an_outcome_by_less_than_a_fiftieth_is_idle():
    rows = [("y", "a", 1.0, 0.0, 2.0), ("y", "b", 1.0, 1.0, 1.02), ("y", "c", 1.0, 0.9, 1.0), ("z", "a", 5.0, 5.0, 5.0)]
    swings = pd.DataFrame(rows, columns=["outcome", "parameter", "default", "low", "high"])
    assert analysis.widths(swings).tolist() == pytest.approx([2.0, 0.02, 0.1, 0.0])
    assert analysis.idle(swings).to_dict() == {"y": 1, "z": 1}


def test_observations_are_moved_in_tolerances_of_the_fit():
    scenario = load_scenario(sensitivity.RECORD).model_copy(update={"weeks": sensitivity.WEEKS})
    seen = list(observed(WORLD, scenario).values())
    assert len(seen) > 80
    kinds = {place_of(row, WORLD) for row in seen}
    assert {"gallium-4N,\nRotterdam", "gallium\nexports,\nto all", "germanium\nexports,\nto one country"} <= kinds
    row = next(row for row in seen if row.quantity.where.get("zone") == "DEU" and row.observed > 1)
    sample = THREE.trajectories(6)
    # The parameter `a` alone moves a price, by four tenths of its log over its range.
    values = xr.Dataset({row.key: ("draw", row.observed * np.exp(0.4 * sample[:, 0]))})
    told = analysis.constraints(THREE, sample, values, [row], WORLD).set_index("parameter")
    tolerance = float(target_of([row], WORLD).tolerance[0])
    assert told["tolerances"].to_numpy() == pytest.approx([0.4 / tolerance, 0.0, 0.0], abs=1e-9)


def test_chance_in_the_analysis_is_seeded():
    """SALib takes a seed of 0 for none, and then draws from the stream that the whole process shares."""
    values, path = found(THREE.saltelli(64)), THREE.trajectories(6)
    assert analysis.sobol(THREE, values).equals(analysis.sobol(THREE, values))
    assert analysis.morris(THREE, path, found(path)).equals(analysis.morris(THREE, path, found(path)))


def test_sobol_indices_of_a_known_function():
    table = analysis.sobol(THREE, found(THREE.saltelli(256))).set_index("parameter")
    assert table["total"].to_numpy() == pytest.approx([0.8, 0.2, 0.0], abs=0.05)
    assert table["first"].to_numpy() == pytest.approx([0.8, 0.2, 0.0], abs=0.1)


def test_gaps_are_filled_and_counted():
    values = np.array([[[1.0, 3.0], [np.nan, np.nan], [5.0, 5.0]]])
    data = xr.Dataset({"y": (("cell", "draw", "seed"), values)}, {"cell": ["x"], "draw": [0, 1, 2], "seed": [0, 1]})
    filled, gaps = analysis.by_draw(data)
    assert filled["y"].values.tolist() == [2.0, 3.5, 5.0]
    assert gaps == 1


@pytest.mark.slow
def test_outcomes_and_observations_can_be_read():
    scenario = load_scenario(sensitivity.RECORD).model_copy(update={"weeks": sensitivity.WEEKS})
    seen = Observed(TradeModel(scenario, seed=1).run())
    rows = observed(WORLD, scenario)
    for quantity in [*outcomes(WORLD.zones).values(), *(row.quantity for row in rows.values())]:
        assert np.isfinite(float(seen.read(quantity).found))


@pytest.mark.slow
def test_a_tiny_ensemble_writes_everything(tmp_path, monkeypatch):
    names = ("precaution", "growth_gallium", "risk_decay")
    monkeypatch.setattr(sensitivity, "plan_of", lambda world: plan_of(world).only(names))
    few = ["--seeds", "1", "--trajectories", "2", "--sobol", "8", "--leading", "2", "--workers", "0", "--csv"]
    assert run_command(sensitivity.main, [*few, "--out", str(tmp_path / "out")]) == 0
    tables = tmp_path / "out" / "tables"
    for name in ("swings", "effects", "indices", "told", "outcomes", "observed", "runs"):
        assert (tables / f"{name}.csv").is_file()
    swings = pd.read_parquet(tables / "swings.parquet").set_index(["outcome", "parameter"])
    row = swings.loc[("jump", "precaution")]
    assert row["low"] < row["default"] < row["high"]  # without precaution no announcement moves a price
    assert abs(row["low"]) < 0.05
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert report.splitlines()[4].startswith("- Announcement jump of gallium, Rotterdam: ")
    for name in ("sensitivity_tornado", "sensitivity_record"):
        assert (tmp_path / "out" / "figures" / f"{name}.png").stat().st_size > 10_000
