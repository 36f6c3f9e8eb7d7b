"""Contracts and relations in whole runs: switched off they leave no trace, controls stop them, books add up."""

import shutil

import numpy as np
import pytest

from agents.contracting import MOST_MAKERS
from model import TradeModel
from model.parameters import load_parameters
from model.state.relations import relations
from model.world import DATA_FOLDER, load_world
from tests.bench.worlds import split_model
from tests.conftest import EFFECTIVE_WEEK, Played, make_scenario, parquet, play

WORLD = load_world()
CHN, USA, DEU, JPN = (WORLD.zone_index[zone] for zone in ("CHN", "USA", "DEU", "JPN"))
ON = {"contract_share": 0.7, "switching_cost": 0.03}
BAN = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"]}
LICENCE = {"kind": "export_licence", "actor": "CHN", "processing_weeks": [2, 6], "approval": {"default": 0.8}}
WEEKS = 40


def contracted(policies=(), weeks=WEEKS):
    """Play week by week; return the model and the flows of contracts, kg, [weeks, G, 2Z, 2Z]."""
    model = TradeModel(make_scenario(policies, weeks=weeks, parameters=ON), seed=1)
    flows = []
    for _ in range(weeks):
        model.step()
        flows.append(model.contracts.delivered.flow)
    return model, np.array(flows)


def test_without_a_share_nothing_of_contracts_leaves_a_trace():
    off = {"contract_share": 0.0, "switching_cost": 0.0}
    more = {"contract_price_weeks": 5, "contract_price_lag_weeks": 9, "relation_spread": 0.1, "familiar_share": 0.2}
    run, plain = play(weeks=20, parameters=off | more), play(weeks=20, parameters=off)
    assert run.model.contracts is None
    for name, table in plain.tables.items():
        assert parquet(run.tables[name]) == parquet(table), name


def test_contracts_move_most_of_what_is_used():
    model, flows = contracted(weeks=10)
    f, p = model.firms, load_parameters(ON)
    need = f["trend_use_kg"][f.users] - f["tolling_kg"][f.users]
    assert model.contracts.signed["agreed_kg"].sum() == pytest.approx(p.contract_share * need.sum(), rel=0.05)
    assert flows.sum(axis=(1, 2, 3)) == pytest.approx(model.contracts.signed["agreed_kg"].sum(), rel=0.1)


def test_nobody_promises_more_than_it_sells():
    model, _ = contracted(weeks=WEEKS)
    f = model.firms
    sold = (f["normal_output_kg"] - f["tolling_kg"])[f.makers]
    signed = model.contracts.signed
    assert (np.bincount(signed["seller"], signed["agreed_kg"], len(sold)) <= 1.05 * sold + 1e-6).all()


def test_in_a_world_of_many_firms_users_sign_with_some_makers_of_a_country_for_as_much():
    one, many = (split_model(make_scenario(weeks=1, parameters=ON), 1, times) for times in (1, 20))
    for model in (one, many):
        model.step()
    signed = many.contracts.signed
    _, makers = np.unique(np.stack([signed["user"], signed["origin"]]), axis=1, return_counts=True)
    assert makers.max() == MOST_MAKERS
    assert signed["agreed_kg"].sum() == pytest.approx(one.contracts.signed["agreed_kg"].sum(), rel=0.05)


def test_in_the_packaged_world_users_sign_with_all_makers_of_a_country():
    f = TradeModel(make_scenario(weeks=1), seed=1).firms
    _, makers = np.unique(np.stack([f["good"], f["zone"]])[:, f.makers], axis=1, return_counts=True)
    assert makers.max() <= MOST_MAKERS


def test_a_ban_stops_deliveries():
    _, flows = contracted([BAN])
    zones = len(WORLD.zones)
    to_usa = flows[:, :, CHN].reshape(WEEKS, -1, 2, zones)[..., USA].sum(axis=(1, 2))
    assert (to_usa[:EFFECTIVE_WEEK] > 0).all()
    assert (to_usa[EFFECTIVE_WEEK:] == 0).all()


def test_deliveries_draw_the_licence_of_their_user():
    model, flows = contracted([LICENCE])
    zones = len(WORLD.zones)
    abroad = np.arange(zones) != CHN
    free, licensed = flows[:, :, CHN, :zones][..., abroad], flows[:, :, CHN, zones:][..., abroad]
    assert free[EFFECTIVE_WEEK:].sum() == 0
    assert licensed[EFFECTIVE_WEEK:].sum() > 0
    (policy,) = model.policies
    files = policy.office.files
    granted = sum(d.kg for d in policy.office.decisions if d.granted)
    shipped = Played(model).flow(origin="CHN", market="licensed").sum()
    assert shipped > 0
    assert shipped <= granted + 1e-6
    # Every kg granted has been shipped, or is there to be shipped, or was let lapse.
    assert files["granted_kg"].sum() + files["cleared_kg"].sum() <= granted - shipped + 1e-3


def test_a_quota_holds_with_contracts():
    quota = {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 20, "period_weeks": 13}
    run = play([quota], weeks=WEEKS, parameters=ON)
    first = run.exports("CHN", good="gallium-4N")[EFFECTIVE_WEEK : EFFECTIVE_WEEK + 13].sum()
    assert 0 < first <= 20_000 * 13 / 52.1 + 1


def test_the_formula_is_the_mean_of_a_quarter_and_a_month_old():
    model = TradeModel(make_scenario(weeks=30, parameters=ON), seed=1)
    seen = []
    for _ in range(30):
        seen.append(model.netback_quote[:, : len(WORLD.zones)].copy())
        model.step()
    # The formula has seen this week's quote, as everybody had at its start, and ends four weeks before it.
    assert model.contracts.delivered.price == pytest.approx(np.mean(seen[-17:-4], axis=0))


def test_the_order_of_rows_in_files_makes_no_difference(tmp_path):
    folder, rng = tmp_path / "data", np.random.default_rng(1)
    shutil.copytree(DATA_FOLDER, folder)
    for name in ("demand", "supply", "firms"):
        header, *rows = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        (folder / f"{name}.csv").write_text("\n".join([header, *rng.permutation(rows)]) + "\n", encoding="utf-8")
    scenario = make_scenario([LICENCE], weeks=30, parameters=ON)
    one, other = (TradeModel(scenario, seed=1, world=world).run().tables() for world in (WORLD, load_world(folder)))
    for name in ("prices", "trade", "shares"):
        assert parquet(one[name]) == parquet(other[name]), name


def test_the_same_seed_gives_the_same_bytes():
    scenario = make_scenario([LICENCE], weeks=30, parameters=ON)
    one, other = (TradeModel(scenario, seed=1).run().tables() for _ in range(2))
    assert all(parquet(one[name]) == parquet(other[name]) for name in one)


# --- who supplies whom ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pattern():
    """Return supply, need and the pattern of a world in which one country has much and all need something."""
    rng, shape = np.random.default_rng(1), (len(WORLD.goods), len(WORLD.zones))
    supply, need = rng.random(shape), 1.0 + rng.random(shape)
    supply[:, CHN] = need.sum(axis=1) - supply.sum(axis=1) + supply[:, CHN]
    home = np.minimum(supply, need)
    cost, closed = np.ones((*shape, shape[1])), np.zeros((*shape, shape[1]), bool)
    closed[:, CHN, DEU] = True
    spread = np.full(shape[0], 0.05)
    return (
        supply,
        need,
        {shut: relations(WORLD, supply, need, home, cost, closed & shut, spread) for shut in (False, True)},
    )


def test_quantities_bind_and_recorded_shares_are_held_to(pattern):
    supply, need, flows = pattern
    flow = flows[False]
    assert (flow.sum(axis=2) <= supply * (1 + 1e-9)).all()
    assert flow.sum(axis=1) == pytest.approx(need)
    gallium = [g for g, metal in enumerate(WORLD.metal_of_good) if metal == "gallium"]
    exports = flow[gallium, CHN].sum() - flow[gallium, CHN, CHN].sum()
    assert flow[gallium, CHN, JPN].sum() / exports < 0.514  # it needs no more than that
    assert flow[gallium, CHN, JPN].sum() == pytest.approx((need - np.minimum(supply, need))[gallium, JPN].sum())


def test_nothing_is_expected_on_a_closed_lane(pattern):
    assert pattern[2][True][:, CHN, DEU].max() == 0
    assert pattern[2][False][:, CHN, DEU].min() > 0


def test_recorded_shares_are_met_where_there_is_room():
    """The packaged world at its start: Japan gets of China's gallium what is on record, Germany all that it buys.

    More than a sixth of China's exports it cannot use: the European Union as a whole is on record with 40 to 45 t a
    year (`demand.csv`), and what enters Germany to go on to others is no use of its own.
    """
    model, flows = contracted(weeks=10)
    gallium = [g for g, metal in enumerate(WORLD.metal_of_good) if metal == "gallium"]
    by_country = flows[:, gallium, CHN].sum(axis=(0, 1)).reshape(2, -1).sum(axis=0)
    by_country[CHN] = 0.0
    share = by_country / by_country.sum()
    assert share[JPN] == pytest.approx(0.514, abs=0.1)
    assert 0.15 < share[DEU] < 0.352
    abroad = model.sources.received_from[gallium, :, DEU].sum(axis=0)
    abroad[DEU] = 0.0
    assert abroad[CHN] > 0.9 * abroad.sum()
