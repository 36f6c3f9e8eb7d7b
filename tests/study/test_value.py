"""Value at risk: a worked example, the range of the table, and what a run measures for it."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from experiments.study.observe import observe
from experiments.study.quantity import measured
from experiments.study.value import (
    AMOUNTS,
    BACK,
    DEARER,
    LOST,
    MOST,
    SAMPLES,
    value_at_risk,
    value_rows,
    value_sentence,
    value_table,
    value_totals,
    values_per_kg,
)
from model import InputError, TradeModel, load_scenario
from model.world import load_world
from tests.conftest import ROOT

NOVIUM = ROOT / "tests" / "worlds" / "novium"
LABELS = {
    "cell": ["calm", "ban"],
    "metal": ["novium"],
    "zone": ["ORE", "MID"],
    "end_use": ["lamps", "alloys", "refining"],
}


@pytest.fixture(scope="module")
def world():
    return load_world(NOVIUM)


@pytest.fixture
def use():
    """Two runs: in the ban Midland's lamps want 100 kg, and 200 kg in the second run."""
    shape = (*map(len, LABELS.values()), 2)
    names = ("used_kg", "short_kg", "cut_back_kg", "paid_usd_per_kg", "calm_usd_per_kg")
    found = xr.Dataset({name: ((*LABELS, "run"), np.zeros(shape)) for name in names}, LABELS)
    found["usd_per_kg"] = found["paid_usd_per_kg"].isel(end_use=0, drop=True) + 100.0
    lamps = {"cell": "ban", "metal": "novium", "zone": "MID", "end_use": "lamps"}
    for name, value in (
        ("used_kg", 1000.0),
        ("cut_back_kg", 50.0),
        ("paid_usd_per_kg", 90.0),
        ("calm_usd_per_kg", 60.0),
    ):
        found[name].loc[lamps] = value
    found["short_kg"].loc[lamps] = [100.0, 200.0]
    return found


def test_a_worked_example(use, world):
    risk = value_at_risk(use, world).sel(cell="ban", zone="MID", end_use="lamps")
    assert risk.sizes["run"] == SAMPLES
    assert (risk[DEARER] == 1000 * (90 - 60)).all()
    assert (risk[BACK] == 50 * 100).all()
    assert (risk[MOST] / risk[LOST]).values == pytest.approx(np.tile([1.5, 1.25], SAMPLES // 2))
    first, second = risk[LOST][::2], risk[LOST][1::2]
    assert (first.min(), second.max()) == (pytest.approx(100 * 1000, rel=0.02), pytest.approx(200 * 16000, rel=0.02))
    assert float(first.median()) == pytest.approx(100 * 4000, rel=0.1)
    assert float(first.quantile(0.1)) == pytest.approx(100 * 1000 * 4**0.2, rel=0.1)


def test_values_stand_where_asked_in_their_range(use, world):
    found = values_per_kg(use, world, np.array([0.0, 0.25, 0.5, 0.75, 1.0])).sel(metal="novium")
    assert found.sel(end_use="lamps").values == pytest.approx([1000, 2000, 4000, 8000, 16000])
    assert found.sel(end_use="alloys").values[[0, 2, 4]] == pytest.approx([100, 500, 2500])
    assert (found.sel(end_use="refining") == 0).all()


def test_stock_building_makes_nothing():
    world = load_world()
    labels = {"metal": ["gallium"], "zone": ["CHN"], "end_use": ["stockholding", "led"], "run": [0]}
    use = xr.Dataset(
        {name: (list(labels), np.ones((1, 1, 2, 1))) for name in ("used_kg", "short_kg", "cut_back_kg")}, labels
    )
    assert values_per_kg(use, world, np.array([0.0, 1.0])).values.reshape(-1) == pytest.approx([0, 0, 5000, 80000])


def test_cells_share_the_draws(use, world):
    use["short_kg"].loc[{"cell": "calm"}] = 2 * use["short_kg"].sel(cell="ban")
    lost = value_at_risk(use, world)[LOST].sel(zone="MID", end_use="lamps")
    assert lost.sel(cell="calm").values == pytest.approx(2 * lost.sel(cell="ban").values)
    assert value_at_risk(use, world).identical(value_at_risk(use, world))


def test_without_shortage_nothing_is_lost(use, world):
    calm = value_at_risk(use, world).sel(cell="calm")
    assert all((calm[name] == 0).all() for name in AMOUNTS)
    assert value_table(calm, world) == []
    assert value_sentence(calm).startswith("no output is lost for want of metal (at most 0.0 million USD, ")
    assert "users pay 0.0 million USD more" in value_sentence(calm)


def test_whoever_bought_nothing_paid_nothing_more_and_added_use_is_not_given_up(use, world):
    use["paid_usd_per_kg"].loc[{"cell": "ban"}] = np.nan
    use["cut_back_kg"].loc[{"cell": "ban", "end_use": "lamps"}] = -50.0
    risk = value_at_risk(use, world).sel(cell="ban", zone="MID", end_use="lamps")
    assert (risk[DEARER] == 0).all()
    assert (risk[BACK] == 0).all()


def test_a_use_without_a_value_is_refused_in_one_line(use, world):
    use["used_kg"].loc[{"end_use": "refining"}] = 1.0
    with pytest.raises(InputError, match=r"^value_added.csv has no row for novium with end use 'refining', [^\n]*$"):
        value_at_risk(use, world)


def test_the_report_has_the_largest_first_and_only_what_matters(use, world):
    use["used_kg"].loc[{"cell": "ban", "end_use": "alloys"}] = 1e4
    use["paid_usd_per_kg"].loc[{"cell": "ban", "end_use": "alloys"}] = [[[500.0, 500.0], [5.0, 5.0]]]
    ban = value_at_risk(use, world).sel(cell="ban")
    lines = value_table(ban, world)
    assert lines[0].startswith("| Country | End use | Lost output |")
    assert [line.split(" | ")[:2] for line in lines[2:]] == [["| Midland", "lamps"], ["| Oreland", "alloys"]]
    assert "| 5.0 |" in lines[3]
    assert len(value_table(ban, world, most=1)) == 3
    assert value_sentence(ban).startswith("output worth 0.")
    totals = value_totals(value_at_risk(use, world), ["calm", "ban"])
    assert totals[2] == "| calm | 0.0 | 0.0 | 0.0 | 0.0 |"
    assert totals[3].startswith("| ban | 0.")
    rows = value_rows(ban)
    assert set(rows["amount"]) == set(AMOUNTS)
    assert not ((rows["zone"] == "ORE") & (rows["end_use"] == "lamps")).any()
    assert (rows["samples"] == SAMPLES).all()


def test_what_a_run_measures_for_it(world):
    scenario = load_scenario(NOVIUM / "controls.toml", world).model_copy(update={"weeks": 60})
    model = TradeModel(scenario, seed=1, world=world).run()
    span, calm = ("2020-10-05", "2021-02-22"), ("2020-01-06", "2020-03-30")
    tables = observe(model, measured(span, calm))
    buyers = model.tables()["firms"].query("kind == 'buyer'")
    within = buyers[buyers["week"].between(*span)]
    lamps = tables["metal_used"].set_index(["metal", "zone", "end_use"]).loc[("novium", "MID", "lamps")]
    own = within[within["firm"] == "mid-lamps"]
    assert lamps["used_kg"] == pytest.approx(own["consumed_kg"].sum(), rel=1e-9)
    assert lamps["short_kg"] == pytest.approx(own["short_kg"].sum(), abs=1e-9)
    assert lamps["paid_usd_per_kg"] == pytest.approx(own["paid_usd"].sum() / own["bought_kg"].sum(), rel=1e-9)
    before = buyers[buyers["week"].between(*calm) & (buyers["firm"] == "mid-lamps")]
    assert lamps["calm_usd_per_kg"] == pytest.approx(before["paid_usd"].sum() / before["bought_kg"].sum(), rel=1e-9)
    use = xr.merge([tables["metal_used"].set_index(["metal", "zone", "end_use"]).to_xarray(),
                    tables["metal_quoted"].set_index(["metal", "zone"]).to_xarray()]).expand_dims(run=[0])  # fmt: skip
    risk = value_at_risk(use.drop_vars("run"), world)
    assert not risk.to_array().isnull().any()
    assert float(risk[DEARER].sel(zone="MID", end_use="lamps")[0]) == pytest.approx(
        lamps["used_kg"] * (lamps["paid_usd_per_kg"] - lamps["calm_usd_per_kg"]), rel=1e-9
    )
