"""Bargaining inside the model: the books balance, and nobody's meetings hang on what does not concern them."""

import numpy as np
import pytest

from model.state.firms import Business
from model.state.record import Kind
from model.world import load_world
from tests.conftest import play
from tests.test_model_metamorphic import IDLE, same_bits

WORLD = load_world()
WEEKS = 30
BARGAINING = {"mechanism": "bargaining", "weeks": WEEKS}
BAN = {"kind": "export_ban", "actor": "CHN"}
LICENCE = {"kind": "export_licence", "actor": "CHN", "processing_weeks": [2, 6]}


def table(played, name: str, metal: str):
    """Return a table's rows of one metal."""
    whole = played.tables[name]
    return whole[whole["good"].astype(str).str.startswith(metal)]


def test_metal_and_money_add_up_and_metal_moves():
    played = play([LICENCE], **BARGAINING)
    trade, firms = played.tables["trade"], played.tables["firms"]
    assert played.exports("CHN").sum() > 0
    assert played.flow(market="licensed").sum() > 0
    for place, column in (("origin", "sold_kg"), ("destination", "bought_kg")):
        moved = trade.groupby(["week", "good", place], observed=False)["kg"].sum()
        booked = firms.groupby(["week", "good", "zone"], observed=False)[column].sum()
        assert np.abs(moved.to_numpy() - booked.to_numpy()).max() < 1e-6
    records = played.model.firms
    costs = trade[trade["week"] == trade["week"].max()][["lane_cost_usd", "tariff_usd"]].to_numpy().sum()
    assert records["paid_usd"].sum() == pytest.approx(records["received_usd"].sum() + costs, abs=1e-6)


def test_another_seed_meets_others():
    one, other = (play([LICENCE], seed=seed, **BARGAINING).tables["trade"] for seed in (1, 2))
    assert not same_bits(one, other)
    auction = play([LICENCE], weeks=WEEKS).tables["trade"]
    assert not same_bits(one, auction)


@pytest.mark.parametrize("kind", IDLE)
def test_an_idle_firm_leaves_everybody_elses_meetings_as_they_were(kind):
    base, more = (play([LICENCE], extra_rows=rows, **BARGAINING) for rows in ([], IDLE[kind]))
    firms = more.tables["firms"]
    assert same_bits(firms[firms["firm"] != "idle"], base.tables["firms"])
    for name in ("prices", "trade", "shares"):
        assert same_bits(more.tables[name], base.tables[name]), name


def test_a_policy_on_gallium_leaves_germanium_as_it_was():
    base, banned = play(**BARGAINING), play([BAN | {"goods": ["gallium"]}], **BARGAINING)
    assert banned.exports("CHN", "gallium")[-10:].max() == 0
    for name in ("prices", "trade", "shares", "firms"):
        assert not same_bits(table(banned, name, "gallium"), table(base, name, "gallium")), name
        assert same_bits(table(banned, name, "germanium"), table(base, name, "germanium")), name


def test_one_more_buyer_of_gallium_leaves_germanium_as_it_was():
    zone, good = WORLD.zone_index["DEU"], WORLD.good_index["gallium-4N"]
    row = Business("busy", Kind.BUYER, zone, good, end_use="led", use_kg_per_year=5000, cover_weeks=8, elasticity=0.2)
    base, more = (play(extra_rows=rows, **BARGAINING) for rows in ([], [row]))
    assert more.firm("busy", "consumed_kg").sum() > 0
    for name in ("prices", "trade", "shares", "firms"):
        assert same_bits(table(more, name, "germanium"), table(base, name, "germanium")), name
