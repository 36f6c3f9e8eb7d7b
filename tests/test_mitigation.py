"""The mitigation experiment: what its cells change, what a run is reduced to, and a tiny ensemble."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from experiments.ensemble.design import read_raw
from experiments.mitigation import __main__ as mitigation
from experiments.mitigation.cells import (
    CELLS,
    ENDS,
    NOTHING,
    PROTECTED,
    STARTS,
    UNDISTURBED,
    Measure,
    cells,
    plants,
    scenario,
)
from experiments.mitigation.quantities import charged, costs, regions, tables
from experiments.study.cli import run_command
from experiments.study.observe import observe
from model import TradeModel, parse_scenario
from model.calendar import WEEKS_PER_YEAR
from model.state.record import Kind
from model.world import load_world

HISTORY = read_raw(mitigation.RECORD)
STOCKED = "stockpile, 6 months"


def policies(name: str) -> list[dict]:
    return scenario(HISTORY, load_world(), CELLS[name])["policies"]


def added(name: str) -> set[str]:
    """Return the kinds of policies that a cell has more of than the record."""
    before, after = (Counter(policy["kind"] for policy in rules) for rules in (HISTORY["policies"], policies(name)))
    return set(after - before)


@pytest.fixture(scope="module")
def played() -> dict[str, TradeModel]:
    world = load_world()
    # Targets are set by the use that is expected; drivers would move actual use away from it.
    return {
        name: TradeModel(parse_scenario(scenario(HISTORY, world, CELLS[name]) | {"drivers": False}, name), seed=1).run()
        for name in (NOTHING, STOCKED)
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("mitigation") / "run"
    arguments = ["--runs", "2", "--parameter-draws", "1", "--only", "more recycling; new plants", "--workers", "0"]
    assert run_command(mitigation.main, [*arguments, "--out", str(out)]) == 0
    return out


def test_every_cell_is_a_valid_scenario():
    made = cells(HISTORY, load_world())
    assert [cell.name for cell in made] == list(CELLS)
    for cell in made:
        parsed = parse_scenario(dict(cell.scenario), cell.name)
        assert parsed.start + timedelta(weeks=parsed.weeks) == STARTS + timedelta(weeks=104)


def test_a_measure_adds_its_policies_and_nothing_else():
    assert added(UNDISTURBED) == set()
    assert added(NOTHING) == {"export_ban"}
    assert added(STOCKED) == {"export_ban", "stockpile"}
    assert added("new plants") == {"export_ban", "capacity_support"}
    assert added("more recycling") == {"export_ban", "recycling_support"}
    assert added("ban on US and EU") == {"export_ban", "reexport_ban"}
    faster = scenario(HISTORY, load_world(), Measure(substitution=True))
    assert list(faster["parameters"]) == ["substitution_rate"]
    strict = [p for p in policies("ban on US and EU, strict") if p["kind"] == "reexport_ban"][-1]
    assert strict["enforcement"] == 0.5


def test_plants_on_record_do_not_open_twice():
    names = {plant["name"] for plant in plants(load_world())}
    assert names.isdisjoint({"erg-pavlodar", "stl-big-hill"})
    late = {plant["name"]: plant["effective"] for plant in plants(load_world(), late_weeks=52)}
    soon = {plant["name"]: plant["effective"] for plant in plants(load_world())}
    assert all(late[name] == soon[name] + timedelta(weeks=52) for name in late)


def test_stockpiles_are_filled_before_the_disruption_rest_and_are_released_in_it(played):
    model = played[STOCKED]
    firms = model.tables()["firms"]
    own = firms[firms["firm"].astype(str).str.startswith("stockpile-") & (firms["zone"] == "USA")]
    weekly = own.groupby("week")[["stock_kg", "bought_kg", "sold_kg"]].sum()
    before, during = weekly.loc[: pd.Timestamp(STARTS) - pd.Timedelta(days=1)], weekly.loc[pd.Timestamp(STARTS) :]
    cost = costs(model)
    assert (cost["held_kg"] > 0.2 * cost["target_kg"]).all()  # bought at no more than the limit price
    assert before["sold_kg"].sum() == 0
    assert before["bought_kg"].loc[: pd.Timestamp("2024-12-30")].sum() == 0
    assert during["sold_kg"].sum() > 0.3 * before["stock_kg"].iloc[-1]


def test_a_stockpile_of_six_months_is_half_a_years_trend_use_at_the_disruption(played):
    model = played[STOCKED]
    firms = model.tables()["firms"]
    then = firms[(firms["kind"] == "buyer") & (firms["week"] == pd.Timestamp(STARTS))]
    weekly_kg = then.groupby(["good", "zone"], observed=True)["trend_use_kg"].sum()
    piles = [policy for policy in model.policies if policy.kind == "stockpile" and policy.actor in PROTECTED]
    assert len(piles) > 10
    for pile in piles:
        half_a_year = 0.5 * WEEKS_PER_YEAR * weekly_kg[pile.good, pile.actor]
        assert pile.target_kg == pytest.approx(half_a_year, rel=2e-3, abs=0.1)


def test_stores_of_users_are_read_at_both_ends_of_the_disruption(played):
    model = played[STOCKED]
    seen = observe(model, {"use": tables()["use"]}, regions(load_world()))["use"]
    firms = model.tables()["firms"]
    own = firms[firms["kind"] == "buyer"].assign(held=lambda table: table["stock_kg"] + table["in_transit_kg"])
    for column, day in (("stored_before_kg", STARTS - timedelta(weeks=1)), ("stored_kg", ENDS - timedelta(weeks=1))):
        assert seen[column].sum() == pytest.approx(own.loc[own["week"] == pd.Timestamp(day), "held"].sum())


def test_use_adds_up_by_place_with_the_thrift_on_record(played):
    model = played[NOTHING]
    use = observe(model, tables(), regions(model.world))["use"].set_index(["metal", "place"])
    parts = use[["used_kg", "short_kg", "cut_back_kg", "substituted_kg"]].sum(axis=1)
    assert np.allclose(parts, use["trend_kg"])
    firms = model.tables()["firms"]
    users = firms[(firms["kind"] == "buyer") & (firms["zone"] == "JPN") & firms["good"].str.startswith("gallium")]
    users = users[users["week"] >= pd.Timestamp(STARTS)]
    left = (users["trend_use_kg"] * users["long_run_response"]).sum()
    assert use.loc[("gallium", "Japan"), "substituted_kg"] == pytest.approx(users["trend_use_kg"].sum() - left)
    rows = model.firms.of(Kind.BUYER)
    last = model.tables()["firms"].query("kind == 'buyer'").tail(rows.stop - rows.start)
    assert np.array_equal(last["long_run_response"], model.firms["long_run_response"][rows])


def test_effects_compare_with_the_run_of_the_same_seed(finished):
    effects = pd.read_parquet(finished / "tables" / "effects.parquet")
    assert set(effects["cell"]) == {UNDISTURBED, NOTHING, "new plants", "more recycling"}
    nothing = effects[effects["cell"] == NOTHING]
    assert (nothing["avoided_t"] == 0).all()
    recycling = effects[effects["cell"] == "more recycling"]
    # No programme wins more metal than there is scrap: of germanium some is left, of gallium hardly any.
    germanium = recycling[recycling["metal"] == "germanium"]
    assert (germanium["avoided_t"] > 0).all()
    assert (germanium["charge_musd"] > 0).all()
    assert (recycling["more_recycled_t"] < recycling["recycled_t"] / 2).all()


def test_plants_are_charged_by_years_served_and_not_in_two_years():
    assert charged(15.0, ENDS - timedelta(days=365)) == pytest.approx(15.0 * 0.1 / (1.0 - 1.1**-15), rel=1e-3)
    assert charged(100.0, STARTS) < 0.3 * 100.0


def test_what_is_avoided_is_net_of_what_is_lost_before(finished):
    effects = pd.read_parquet(finished / "tables" / "effects.parquet").set_index(["cell", "metal", "seed"]).sort_index()
    lost = effects["lost_t"] + effects["lost_before_t"]
    for cell in ("new plants", "more recycling"):
        assert np.allclose(effects.loc[cell, "avoided_t"], lost[NOTHING] - lost[cell])


def test_a_stop_never_spares_use(finished):
    effects = pd.read_parquet(finished / "tables" / "effects.parquet").set_index(["cell", "metal", "seed"]).sort_index()
    given_up = effects["lost_t"] + effects["substituted_t"]
    assert (given_up[NOTHING] > given_up[UNDISTURBED]).all()


def test_the_report_answers_first(finished):
    report = (finished / "report.md").read_text(encoding="utf-8")
    answers = [line for line in report.splitlines() if line.startswith("- ")]
    first = int(answers[0].startswith("- The two market rules disagree"))
    assert answers[first].startswith("- Gallium: when China stops all exports")
    for part in (
        "most per USD: ",
        "## How sure",
        "## Where",
        "What the model leaves out",
        "sh\npython -m experiments.mitigation --seeds 2 --parameter-draws 1 --only 'more recycling; new plants'",
        "The 8 runs took",
    ):
        assert part in report
    assert "nan" not in report
    for name in ("mitigation_frontier", "mitigation_paths"):
        assert (finished / "figures" / f"{name}.png").stat().st_size > 10_000


def test_an_unknown_cell_is_one_line(capsys, tmp_path):
    assert run_command(mitigation.main, ["--only", "stockpile 6 month", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith("--only stockpile 6 month: no such cell; nearest")
    assert "\n" not in error
