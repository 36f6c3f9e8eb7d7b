"""Export licences: the office's time and answers, phases, balances, evasion, and two offices side by side."""

import numpy as np
import pytest

from agents.books import LICENSED
from model import TradeModel, load_scenario
from model.state.record import Kind
from tests.conftest import SCENARIOS, make_scenario, play
from tests.policy.helpers import KG, OPEN_OFFICE, SLOW_OFFICE, WORLD, E, events, licence_of


def test_export_licence_processing_leaves_a_gap_of_nine_weeks():
    played = play([SLOW_OFFICE | {"dispatch_weeks": 0}])
    exports = played.exports("CHN")
    assert exports[:E].min() > 0
    assert exports[E : E + 9].max() == 0
    assert exports[E + 9 : E + 18].sum() > 0
    assert events(played, "kg")[0] >= E + 9


def test_export_licence_dispatch_comes_on_top_of_the_decision():
    exports = play([SLOW_OFFICE | {"dispatch_weeks": 3}]).exports("CHN")
    assert exports[E : E + 12].max() == 0
    assert exports[E + 12 :].sum() > 0


def test_export_licence_lets_nothing_out_on_the_free_market():
    played = play([OPEN_OFFICE])
    abroad = sum(played.flow("CHN", zone, market="free")[E:].sum() for zone in WORLD.zones if zone != "CHN")
    assert abroad == 0
    assert played.flow("CHN", market="licensed")[:E].max() == 0
    assert played.flow("CHN", market="licensed")[E + 1 :].sum() > 0
    licensed = played.tables["trade"][played.tables["trade"]["market"] == "licensed"]
    assert set(licensed["origin"]) == {"CHN"}
    assert "CHN" not in set(licensed["destination"])


def test_export_licence_lets_sellers_compete_for_its_holders():
    """Licensed metal costs China's price plus the lane, licence and premium included, however few hold a licence."""
    model = TradeModel(make_scenario([OPEN_OFFICE | {"approval": {"default": 0.3}}]), seed=1)
    chn, zones, deals = WORLD.zone_index["CHN"], len(WORLD.zones), 0
    for _ in range(52):
        trades = model.run(1).trades
        good, market = np.nonzero(trades.spot_flow[:, chn, zones:])
        market += zones
        landed = trades.netback[good, chn] + trades.lanes.cost[good, chn, market]
        assert np.allclose(trades.delivered[good, market], landed, rtol=1e-9)
        assert (trades.rent[good, chn, market] == 0).all()
        deals += len(good)
    assert deals > 100


def test_export_licence_without_approvals_is_a_ban():
    played = play([OPEN_OFFICE | {"approval": {"default": 0.0}}])
    assert played.exports("CHN")[E:].max() == 0
    assert played.flow(market="licensed").max() == 0
    assert played.model.firms["licence_balance_kg"].max() == 0


def test_export_licence_approval_depends_on_destination_and_end_use():
    approval = {"default": 1.0, "destinations": {"JPN": 0.0}, "end_uses": {"semiconductor": 0.0}}
    played = play([OPEN_OFFICE | {"approval": approval}])
    decisions = licence_of(played.model).office.decisions
    granted = [(played.model.firms.businesses[row], kg) for _, row, yes, kg in decisions if yes]
    assert granted
    assert all(row.zone != WORLD.zone_index["JPN"] for row, _ in granted)
    assert all(row.end_use != "semiconductor" for row, _ in granted)
    assert played.flow("CHN", "JPN")[E:].max() == 0


def test_export_licence_phases_change_the_practice_from_their_date():
    refuse, grant = {"default": 0.0}, {"default": 1.0}
    office = OPEN_OFFICE | {"approval": refuse, "phases": [{"start": "2023-08-07", "approval": grant}]}  # week 31
    exports = play([office]).exports("CHN")
    assert exports[E:31].max() == 0
    assert exports[31:34].sum() > 0


def test_export_licence_covers_its_destinations_and_goods_only():
    played = play([SLOW_OFFICE | {"destinations": ["JPN"], "goods": ["gallium"]}])
    assert played.flow("CHN", "JPN", "gallium")[E : E + 9].max() == 0
    assert played.flow("CHN", "JPN", "germanium", market="free")[E : E + 9].sum() > 0
    assert played.flow("CHN", "DEU", "gallium", market="free")[E : E + 9].sum() > 0


def test_export_licence_evasion_is_bounded_per_week_and_destination():
    office = OPEN_OFFICE | {"approval": {"default": 0.0}, "evasion_kg_per_week": 7.0}
    trade = play([office]).tables["trade"]
    out = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN")]
    out = out[out["week"] >= np.datetime64("2023-04-03")]
    assert set(out["market"]) == {"free"}
    assert out["kg"].max() <= 7.0 + KG
    assert out["kg"].sum() > 0


def test_export_licence_for_one_actor_leaves_other_exporters_free():
    played = play([OPEN_OFFICE | {"approval": {"default": 0.0}}])
    assert played.exports("CAN")[E:].min() > 0


@pytest.fixture(scope="module")
def licensed_weeks():
    """The record with licences only, followed week by week: granted so far, shipped so far, balances, by buyer row."""
    scenario = load_scenario(SCENARIOS / "history.toml").model_copy(update={"weeks": 130})
    model = TradeModel(scenario, seed=2)
    licensor = licence_of(model)
    n = len(model.firms)
    granted, shipped, rows = np.zeros(n), np.zeros(n), []
    for _ in range(scenario.weeks):
        model.step()
        if licensor.in_force(model.week - 1):
            office = licensor.office
            granted = np.zeros(n)
            for _, row, yes, kg in office.decisions:
                granted[row] += kg if yes else 0.0
            shipped[model.firms.buyers] += model.trades.bought_kg[:, LICENSED]
            rows.append((granted, shipped.copy(), model.firms["licence_balance_kg"].copy()))
    return model, rows


def test_export_licence_shipments_never_exceed_what_was_granted(licensed_weeks):
    _, rows = licensed_weeks
    assert rows[-1][1].sum() > 1000
    for granted, shipped, balance in rows:
        assert (shipped <= granted + KG).all()
        assert (shipped + balance <= granted + KG).all()
        assert (balance >= 0).all()


def test_export_licence_lets_some_grants_lapse_and_refuses_some(licensed_weeks):
    model, rows = licensed_weeks
    granted, shipped, balance = rows[-1]
    assert (granted - shipped - balance).sum() > 1
    answers = np.array([yes for _, _, yes, _ in licence_of(model).office.decisions])
    assert 0.1 < answers.mean() < 0.9


def test_export_licence_lapses_after_its_validity():
    office = SLOW_OFFICE | {
        "processing_weeks": [4, 4], "repeat_weeks": [20, 20], "dispatch_weeks": 0, "validity_weeks": 3,
    }  # fmt: skip
    exports = play([office]).exports("CHN")
    assert exports[E : E + 4].max() == 0
    assert exports[E + 4 : E + 7].min() > 0
    assert exports[E + 7 : E + 24].max() == 0
    assert exports[E + 24 : E + 30].sum() > 0


def test_export_licence_ends_and_trade_is_free_again():
    played = play([OPEN_OFFICE | {"approval": {"default": 0.0}, "until": "2023-08-07"}])
    assert played.exports("CHN")[E:31].max() == 0
    assert played.flow("CHN", "JPN", market="free")[31:].sum() > 0
    assert played.model.firms["licence_balance_kg"].max() == 0


def test_export_licence_applications_refer_to_trade_before_the_news_even_without_severity():
    """`severity` says how buyers take the news; what they depended on before does not hang on it."""

    def first_applications(severity):
        played = play([SLOW_OFFICE | {"severity": severity}], weeks=36)
        users = played.model.firms["kind"] != Kind.TRADER
        asked: dict[int, float] = {}
        for _, row, _, kg in licence_of(played.model).office.decisions:
            if users[row]:
                asked.setdefault(row, kg)
        return asked

    assert sum(first_applications(1.0).values()) > 1000
    assert first_applications(0.0) == pytest.approx(first_applications(1.0), rel=1e-6)


def test_two_export_licences_of_different_actors_keep_their_own_balances():
    other = OPEN_OFFICE | {"actor": "CAN", "name": "Canada"}
    alone, both = play([OPEN_OFFICE]), play([OPEN_OFFICE, other])
    assert both.flow("CAN", "USA", market="licensed")[E:].sum() > 0
    # Canada's office must not use up or overwrite China's licences: flows to a country Canada hardly serves stay close.
    mine, theirs = (x.flow("CHN", "JPN", "germanium", "licensed")[E:].sum() for x in (both, alone))
    assert mine == pytest.approx(theirs, rel=0.3)


def test_export_licence_for_a_closed_lane_does_not_keep_its_holder_off_the_free_market():
    """A paper that cannot be used (a sanction closes the lane) must not replace the order for free metal."""
    closed = {"kind": "sanction", "actor": "DEU", "targets": ["CHN"]}
    approved, refused = (
        play(
            [OPEN_OFFICE | {"approval": {"default": 1.0, "destinations": {"DEU": chance}}}, closed],
            weeks=78,
            parameters={"decision_weight": 0.0},
        )
        for chance in (1.0, 0.0)
    )
    free = [played.flow(destination="DEU", market="free")[E + 4 :].sum() for played in (approved, refused)]
    assert free[0] > 0.8 * free[1]
