"""Every policy does what its name says in a run, and nothing else."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from model import InputError, TradeModel, load_scenario
from model.calendar import week_of
from model.columns import Kind, Row
from model.policy import POLICIES, ExportBan, ExportLicence
from model.world import load_world
from tests.conftest import EFFECTIVE_WEEK, SCENARIOS, Played, make_scenario, play

WORLD = load_world()
WEEKLY = 7 / 365.25
KG = 1e-6
E = EFFECTIVE_WEEK
# Everybody gets a licence at once: separates what a licence needs from what the office decides.
OPEN_OFFICE = {
    "kind": "export_licence", "actor": "CHN", "approval": {"default": 1.0}, "processing_weeks": [1, 1],
    "repeat_weeks": [1, 1], "dispatch_weeks": 0,
}  # fmt: skip
SLOW_OFFICE = {"kind": "export_licence", "actor": "CHN", "approval": {"default": 1.0}, "processing_weeks": [9, 17]}


def events(played: Played, text: str) -> list[int]:
    """Return the weeks of events whose text ends with `text`."""
    table = played.tables["events"]
    days = table[table["what"].str.endswith(text)]["date"]
    return [week_of(day.date(), played.model.start) for day in days]


def changed_from(played: Played, other: Played) -> int:
    """Return the first week in which the flows of two runs differ, or the number of weeks."""
    differs = np.flatnonzero(played.flow() != other.flow())
    return int(differs[0]) if differs.size else len(other.weeks)


def test_every_kind_is_tested_here_and_declares_what_its_keys_mean():
    covered = {name for name in POLICIES if any(name in test for test in globals() if test.startswith("test_"))}
    assert covered == set(POLICIES)
    for policy in POLICIES.values():
        assert policy.__doc__
        assert "kind" in policy.model_fields


# --- export_ban -------------------------------------------------------------------------------------------------------


def test_export_ban_on_all_stops_every_export():
    banned, base = play([{"kind": "export_ban", "actor": "CHN"}]), play()
    assert banned.exports("CHN")[:E].min() > 0
    assert banned.exports("CHN")[E:].max() == 0
    assert base.exports("CHN")[E:].min() > 0
    assert banned.flow("CHN", "CHN")[E:].min() > 0
    for good in ("gallium-4N", "germanium-5N"):
        assert banned.price(good, "DEU")[-1] > 1.15 * base.price(good, "DEU")[-1]
        assert banned.price(good, "CHN")[-1] < base.price(good, "CHN")[-1]


def test_export_ban_stops_only_its_targets_and_goods():
    ban = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "goods": ["gallium"]}
    banned = play([ban])
    assert banned.flow("CHN", "JPN", "gallium")[:E].sum() > 0
    assert banned.flow("CHN", "JPN", "gallium")[E:].max() == 0
    assert banned.flow("CHN", "JPN", "germanium")[E:].sum() > 0
    assert banned.flow("CHN", "DEU", "gallium")[E:].sum() > 0
    one_good = play([ban | {"goods": ["gallium-6N"]}])
    assert one_good.flow("CHN", "JPN", "gallium-6N")[E:].max() == 0
    assert one_good.flow("CHN", "JPN", "gallium-4N")[E:].sum() > 0


def test_export_ban_suspended_lets_flow_return_until_it_applies_again():
    pause = {"start": "2023-07-03", "end": "2023-10-02"}  # weeks 26 to 38
    played = play([{"kind": "export_ban", "actor": "CHN", "suspensions": [pause], "until": "2023-11-06"}])
    flow = played.exports("CHN")
    assert flow[E:26].max() == 0
    assert flow[26:39].min() > 0
    assert flow[39:44].max() == 0
    assert flow[44:].min() > 0
    assert events(played, "not in force") == [26, 44]
    assert events(played, "CHN export ban: in force") == [E, 39]


def test_export_ban_also_stops_metal_under_licence():
    ban = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "announced": "2023-06-05"}
    ban["effective"] = "2023-07-03"
    played = play([OPEN_OFFICE, ban])
    assert played.flow("CHN", "JPN")[E:26].sum() > 0
    assert played.flow("CHN", "JPN")[26:].max() == 0
    assert played.flow("CHN", "DEU", market="licensed")[26:].sum() > 0
    c = played.model.columns
    assert c.licensed_kg[c.zone == WORLD.zone_index["JPN"]].max() == 0


def licensed_by_use(policies) -> dict[tuple[str, bool], float]:
    """Return the largest licence balance after the effective week by (zone, is a defence user)."""
    model = TradeModel(make_scenario(policies, weeks=40), seed=1)
    c = model.columns
    defence = np.array([row.end_use == "defence" for row in c.rows])
    most = np.zeros(len(c))
    for _ in range(40):
        model.step()
        if model.week > E + 1:
            most = np.maximum(most, c.licensed_kg)
    zones = {name: c.zone == WORLD.zone_index[name] for name in ("JPN", "USA", "KOR")}
    return {(z, d): most[here & (defence == d)].max(initial=0.0) for z, here in zones.items() for d in (True, False)}


MILITARY_JAPAN = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "end_uses": ["defence"]}
MILITARY_USA = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"], "end_uses": ["defence"]}


def test_export_ban_on_end_uses_refuses_only_these():
    free, banned = licensed_by_use([OPEN_OFFICE]), licensed_by_use([OPEN_OFFICE, MILITARY_JAPAN])
    assert free["JPN", True] > 0
    assert banned["JPN", True] == 0
    assert banned["JPN", False] > 0
    assert banned["USA", True] > 0


def test_export_bans_on_end_uses_in_two_countries_both_hold():
    banned = licensed_by_use([OPEN_OFFICE, MILITARY_JAPAN, MILITARY_USA])
    assert banned["JPN", True] == banned["USA", True] == 0
    assert min(banned["JPN", False], banned["USA", False]) > 0


def test_export_ban_on_end_uses_may_stand_before_the_licence_in_the_file():
    banned = licensed_by_use([MILITARY_JAPAN, OPEN_OFFICE])
    assert banned["JPN", True] == 0
    assert banned["JPN", False] > 0


def test_export_ban_on_end_uses_frightens_a_country_by_their_share():
    model = TradeModel(make_scenario([OPEN_OFFICE, MILITARY_JAPAN]), seed=1)
    policy = next(policy for policy in model.policies if isinstance(policy, ExportBan))
    reach = policy.reach(model)
    assert 0 < reach[WORLD.zone_index["JPN"]] < 0.5
    assert reach.sum() == reach[WORLD.zone_index["JPN"]]


# --- export_licence ---------------------------------------------------------------------------------------------------


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
        good, market = np.nonzero(trades.flow[:, chn, zones:])
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
    assert played.model.columns.licensed_kg.max() == 0


def test_export_licence_approval_depends_on_destination_and_end_use():
    approval = {"default": 1.0, "destinations": {"JPN": 0.0}, "end_uses": {"semiconductor": 0.0}}
    played = play([OPEN_OFFICE | {"approval": approval}])
    c = played.model.columns
    licensor = next(policy for policy in played.model.policies if isinstance(policy, ExportLicence))
    granted = [(c.rows[row], kg) for _, row, yes, kg in licensor.office.decisions if yes]
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
    office_of = next(policy for policy in model.policies if isinstance(policy, ExportLicence))
    n = len(model.columns)
    granted, shipped, rows = np.zeros(n), np.zeros(n), []
    for _ in range(scenario.weeks):
        model.step()
        if office_of.in_force(model.week - 1):
            office = office_of.office
            granted = np.zeros(n)
            for _, row, yes, kg in office.decisions:
                granted[row] += kg if yes else 0.0
            shipped[model.columns.buyers] += model.trades.licensed_bought_kg
            rows.append((granted, shipped.copy(), model.columns.licensed_kg.copy()))
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
    office = next(policy for policy in model.policies if isinstance(policy, ExportLicence)).office
    answers = np.array([yes for _, _, yes, _ in office.decisions])
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
    assert played.model.columns.licensed_kg.max() == 0


def test_export_licence_applications_refer_to_trade_before_the_news_even_without_severity():
    """`severity` says how buyers take the news; what they depended on before does not hang on it."""

    def first_applications(severity):
        played = play([SLOW_OFFICE | {"severity": severity}], weeks=36)
        licensor = next(policy for policy in played.model.policies if isinstance(policy, ExportLicence))
        users = played.model.columns.kind != Kind.TRADER
        asked: dict[int, float] = {}
        for _, row, _, kg in licensor.office.decisions:
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
            parameters={"refusal_risk": 0.0},
        )
        for chance in (1.0, 0.0)
    )
    free = [played.flow(destination="DEU", market="free")[E + 4 :].sum() for played in (approved, refused)]
    assert free[0] > 0.8 * free[1]


# --- reexport_ban -----------------------------------------------------------------------------------------------------


def tracked_into_usa(enforcement: float) -> float:
    ban = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"]}
    reexport = {"kind": "reexport_ban", "actor": "CHN", "targets": ["USA"], "enforcement": enforcement}
    played = play([ban, reexport], weeks=78)
    assert played.flow("CHN", "USA")[E:].max() == 0
    others = [zone for zone in WORLD.zones if zone not in ("USA", "CHN")]
    return sum(played.flow(zone, "USA", column="tracked_kg")[E:].sum() for zone in others)


def test_reexport_ban_lets_less_through_the_harder_it_is_enforced():
    none, some, much = (tracked_into_usa(level) for level in (0.0, 0.1, 0.5))
    assert none > 0
    assert none >= some >= much >= 0
    assert much < 0.7 * none


def test_reexport_ban_campaigns_raise_the_cost_of_passing_metal_on_from_their_dates():
    ban = {"kind": "reexport_ban", "actor": "CHN", "targets": ["USA"], "enforcement": 0.1}
    ban["campaigns"] = [{"start": "2023-08-07", "enforcement": 0.9}, {"start": "2023-06-05", "enforcement": 0.4}]
    japan, usa, good = (WORLD.zone_index["JPN"], WORLD.zone_index["USA"], WORLD.good_index["germanium-HP"])
    model, calm = (TradeModel(make_scenario(policies), seed=1) for policies in ([ban], []))
    more = np.zeros(40)
    for week in range(40):
        costs = [each.run(1).trades.lanes.cost[good, japan] for each in (model, calm)]
        more[week] = costs[0][usa] - costs[1][usa]
        assert abs(costs[0][WORLD.zone_index["FRA"]] - costs[1][WORLD.zone_index["FRA"]]) < 1.0
    assert np.abs(more[:E]).max() == 0
    spans = [more[first:last].mean() for first, last in ((E, 22), (22, 31), (31, 40))]
    assert spans[0] > 0
    assert spans[1] > 2 * spans[0]
    assert spans[2] > 1.5 * spans[1]


def test_reexport_ban_does_not_burden_the_actors_own_shipments():
    """It reaches beyond the actor's border; what the actor ships itself is for an export ban to stop."""
    model = TradeModel(make_scenario([{"kind": "reexport_ban", "actor": "CHN", "targets": ["JPN"]}]), seed=1)
    free = TradeModel(make_scenario(), seed=1)
    for each in (model, free):
        each.run(E + 1)
    chn, jpn = WORLD.zone_index["CHN"], WORLD.zone_index["JPN"]
    assert np.allclose(model.trades.lanes.cost[:, chn, jpn], free.trades.lanes.cost[:, chn, jpn], rtol=0.02)


# --- export_quota -----------------------------------------------------------------------------------------------------


def per_period(kg: np.ndarray, weeks: int) -> np.ndarray:
    kg = kg[E : E + (len(kg) - E) // weeks * weeks]
    return kg.reshape(-1, weeks).sum(axis=1)


@pytest.mark.parametrize("weeks", [1, 13])
def test_export_quota_caps_each_period_and_good(weeks):
    quota = {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 12, "period_weeks": weeks}
    quota["goods"] = ["gallium-4N"]
    played, base = play([quota]), play()
    most = 12_000 * weeks * WEEKLY
    exported = per_period(played.exports("CHN", "gallium-4N"), weeks)
    assert per_period(base.exports("CHN", "gallium-4N"), weeks).mean() > 1.5 * most
    assert exported.max() <= most + KG
    assert exported.min() > 0.99 * most
    # Metal outside the quota is as free as before.
    rest = played.exports("CHN", "germanium")[E:].sum() / base.exports("CHN", "germanium")[E:].sum()
    assert 0.8 < rest < 1.3


def test_export_quota_of_a_country_without_handling_limits_holds_and_ends():
    quota = {"kind": "export_quota", "actor": "BEL", "tonnes_per_year": 10, "goods": ["germanium-5N"]}
    played, base = play([quota | {"until": "2023-10-02"}]), play()
    most = 10_000 * 13 * WEEKLY
    first, second = played.exports("BEL", "germanium-5N")[E:39].reshape(2, 13).sum(axis=1)
    assert 0.99 * most < first <= most + KG
    assert 0.99 * most < second <= most + KG
    after = slice(39, 52)
    assert played.exports("BEL", "germanium-5N")[after].sum() > 0.6 * base.exports("BEL", "germanium-5N")[after].sum()
    assert played.exports("BEL", "germanium-HP")[E:].sum() > 0.7 * base.exports("BEL", "germanium-HP")[E:].sum()


def test_export_quota_goes_on_where_it_stood_after_a_suspension():
    """Coming back in the middle of a period must neither close the border nor hand the period out again."""
    pause = {"start": "2023-05-15", "end": "2023-05-29"}  # weeks 19 and 20
    quota = {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 80, "goods": ["gallium-4N"]}
    exports = play([quota | {"suspensions": [pause]}]).exports("CHN", "gallium-4N")
    most = 80_000 * 13 * WEEKLY
    assert exports[21:26].sum() > 0
    assert exports[E:19].sum() + exports[21:26].sum() <= most + KG


def test_export_quota_of_nothing_stops_exports_where_home_comes_first():
    played, base = play([{"kind": "export_quota", "actor": "RUS", "tonnes_per_year": 0}]), play()
    assert base.exports("RUS")[E:].sum() > 0
    assert played.exports("RUS")[E:].max() == 0


# --- tariff -----------------------------------------------------------------------------------------------------------


def test_tariff_raises_the_price_where_it_is_taken_by_no_more_than_its_rate():
    taxed, base = play([{"kind": "tariff", "actor": "JPN", "rate_share": 0.2}]), play()
    assert np.array_equal(taxed.price("gallium-4N", "JPN")[:E], base.price("gallium-4N", "JPN")[:E])
    for good in ("gallium-4N", "gallium-6N", "germanium-5N"):
        ratio = taxed.price(good, "JPN")[E + 4 :].mean() / base.price(good, "JPN")[E + 4 :].mean()
        assert 1.01 < ratio <= 1.2 + 0.01, good
        at_origin = taxed.price(good, "CHN")[E + 4 :].mean() / base.price(good, "CHN")[E + 4 :].mean()
        assert at_origin < 1.01, good


def test_tariff_is_the_rate_times_last_weeks_value_at_origin():
    model = TradeModel(make_scenario([{"kind": "tariff", "actor": "JPN", "rate_share": 0.2}]), seed=1).run()
    played, base = Played(model), play()
    standing = {(o, g): WORLD.import_duty[WORLD.good_index[g], WORLD.zone_index[o], WORLD.zone_index["JPN"]]
                for o in ("CHN", "CAN") for g in ("gallium-4N", "gallium-6N")}  # fmt: skip
    for (origin, good), duty in standing.items():
        kg = played.flow(origin, "JPN", good)
        paid = played.flow(origin, "JPN", good, column="tariff_usd")
        value = played.price(good, origin, column="netback_usd_per_kg")
        before, after = np.arange(1, E), np.arange(E, 52)
        assert np.allclose(paid[before], duty * value[before - 1] * kg[before], rtol=1e-9)
        assert np.allclose(paid[after], (duty + 0.2) * value[after - 1] * kg[after], rtol=1e-9)
    assert played.flow("CHN", "JPN", column="tariff_usd")[E:].sum() > 0
    untaxed = played.flow("CHN", "DEU", column="tariff_usd").sum()
    assert untaxed == base.flow("CHN", "DEU", column="tariff_usd").sum() == 0


def test_tariff_on_one_origin_moves_trade_to_others():
    taxed, base = play([{"kind": "tariff", "actor": "JPN", "rate_share": 1.0, "origins": ["CHN"]}]), play()
    assert taxed.flow("CHN", "JPN", "gallium")[E:].sum() < 0.5 * base.flow("CHN", "JPN", "gallium")[E:].sum()
    others = ("CAN", "TWN", "KOR", "ROW")
    elsewhere = [sum(p.flow(z, "JPN", "gallium")[E:].sum() for z in others) for p in (taxed, base)]
    assert elsewhere[0] > elsewhere[1]


# --- sanction ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "into", "out"), [("both", True, True), ("imports", True, False), ("exports", False, True)]
)
def test_sanction_closes_the_named_directions(direction, into, out):
    sanction = {"kind": "sanction", "actor": "BEL", "partners": ["DEU"], "targets": ["CHN", "USA"]}
    played, base = play([sanction | {"direction": direction}]), play()
    for origin, destination, closed in (("CHN", "DEU", into), ("BEL", "USA", out)):
        assert base.flow(origin, destination)[E:].sum() > 0
        assert (played.flow(origin, destination)[E:].sum() == 0) == closed
    zones = WORLD.zone_index
    ours, theirs = [zones["BEL"], zones["DEU"]], [zones["CHN"], zones["USA"]]
    shut = np.zeros((len(zones), len(zones)), dtype=bool)
    shut[np.ix_(theirs, ours)], shut[np.ix_(ours, theirs)] = into, out
    assert (played.model.lanes.closed == shut).all()


def test_sanction_ends():
    played = play([{"kind": "sanction", "actor": "DEU", "targets": ["CHN"], "until": "2023-08-07"}])
    assert played.flow("CHN", "DEU")[E:31].max() == 0
    assert played.flow("CHN", "DEU")[31:].sum() > 0


# --- stockpile --------------------------------------------------------------------------------------------------------

PILE = {"kind": "stockpile", "actor": "JPN", "good": "gallium-4N", "target_kg": 5_000, "buy_weeks": 20}
PILE_FIRM = "stockpile-1-JPN-gallium-4N"


def test_stockpile_buys_up_to_its_target_at_its_pace_and_holds():
    played = play([PILE | {"pay_up_to": 3.0}], weeks=78)
    bought, stock = played.firm(PILE_FIRM, "bought_kg"), played.firm(PILE_FIRM, "stock_kg")
    assert bought[:E].max() == 0
    assert bought.max() <= 5_000 / 20 + KG
    held = stock + played.firm(PILE_FIRM, "in_transit_kg")
    assert held.max() <= 5_000 + KG
    assert held[-1] > 0.95 * 5_000
    assert played.firm(PILE_FIRM, "sold_kg").max() == 0
    assert (np.diff(stock) >= -KG).all()


def test_stockpile_pays_no_more_than_its_bound():
    """The bound is a multiple of the price when buying starts, however high and long prices rise in between."""
    ban = {"kind": "export_ban", "actor": "CHN", "announced": "2023-06-05", "effective": "2023-06-05"}
    ban["suspensions"] = [{"start": "2024-07-01", "end": "2027-01-04"}]
    pile = PILE | {"pay_up_to": 1.05, "target_kg": 50_000, "buy_weeks": 104}
    played = play([pile, ban], weeks=130)
    price, bought = played.price("gallium-4N", "JPN"), played.firm(PILE_FIRM, "bought_kg")
    bound = 1.05 * price[E - 1]
    assert bought[:26].sum() > 0
    assert price.max() > 1.3 * bound
    assert price[bought > KG].max() <= bound * (1 + 1e-9)


def test_stockpile_releases_above_its_price_at_its_pace():
    full = PILE | {"initial_kg": 5_000, "release_above_usd_per_kg": 1.0, "release_weeks": 25}
    played, base = play([full]), play()
    sold, stock = played.firm(PILE_FIRM, "sold_kg"), played.firm(PILE_FIRM, "stock_kg")
    assert stock[:E].min() == stock[:E].max() == 5_000
    assert sold[:E].max() == 0
    assert sold.max() <= 5_000 / 25 + KG
    assert sold.sum() > 0.9 * 5_000
    assert played.firm(PILE_FIRM, "bought_kg").max() == 0
    assert played.price("gallium-4N", "JPN")[E:39].mean() < base.price("gallium-4N", "JPN")[E:39].mean()


def test_stockpile_below_its_release_price_keeps_its_metal():
    full = PILE | {"initial_kg": 5_000, "release_above_usd_per_kg": 100_000.0}
    played = play([full])
    assert played.firm(PILE_FIRM, "stock_kg").min() == 5_000
    assert played.firm(PILE_FIRM, "sold_kg").max() == 0


def test_stockpile_releases_to_its_own_users_only():
    """Greece makes no gallium: whatever left the country would come out of its stockpile."""
    pile = PILE | {"actor": "GRC", "target_kg": 50_000, "initial_kg": 50_000, "release_above_usd_per_kg": 1.0}
    played = play([pile])
    assert played.exports("GRC", "gallium-4N").sum() == 0


def test_stockpile_holds_when_it_ends():
    full = PILE | {"initial_kg": 5_000, "release_above_usd_per_kg": 1.0, "until": "2023-07-03"}
    played = play([full])
    stock = played.firm(PILE_FIRM, "stock_kg")
    assert 0 < stock[26] == stock[-1] < 5_000


def test_stockpiles_of_one_country_and_good_are_told_apart():
    early, late = PILE | {"target_kg": 1_000}, PILE | {"target_kg": 2_000, "effective": "2023-05-01"}
    played = play([early | {"pay_up_to": 3.0}, late | {"pay_up_to": 3.0}], weeks=78)
    c = played.model.columns
    piles = c.of(Kind.STOCKPILE)
    assert sorted(np.round(c.stock_kg[piles])) == pytest.approx([1_000, 2_000], rel=0.1)


# --- capacity_support -------------------------------------------------------------------------------------------------

PLANT = {
    "kind": "capacity_support", "actor": "DEU", "good": "gallium-4N", "name": "Stade", "capacity_t_per_year": 30,
    "output_t_per_year": 25, "cost_usd_per_kg": 100, "ramp_weeks": 10,
}  # fmt: skip
PLANT_FIRM = "plant-1-DEU-gallium-4N"


def test_capacity_support_opens_a_plant_that_ramps_up():
    played = play([PLANT])
    made = played.firm(PLANT_FIRM, "produced_kg")
    full = 25_000 * WEEKLY
    assert made[:E].max() == 0
    assert (np.diff(made[E : E + 10]) > 0).all()
    assert made[E] == pytest.approx(full / 10, rel=0.1)
    assert made[E + 12 :].mean() == pytest.approx(full, rel=0.15)
    assert made.max() <= 1.1 * 30_000 * WEEKLY
    assert played.firm(PLANT_FIRM, "sold_kg").sum() > 0.7 * made.sum()


@pytest.mark.parametrize(("zone", "good"), [("CAN", "germanium-5N"), ("BEL", "germanium-5N"), ("KAZ", "gallium-4N")])
def test_capacity_support_gives_a_plant_that_exports_after_its_ramp(zone, good):
    plant = PLANT | {"actor": zone, "good": good, "capacity_t_per_year": 40, "output_t_per_year": 30}
    more, base = play([plant], weeks=104), play(weeks=104)
    late = slice(-26, None)
    made = more.firm(f"plant-1-{zone}-{good}", "produced_kg")[late].sum()
    gained = more.exports(zone, good)[late].sum() - base.exports(zone, good)[late].sum()
    assert made > 5_000
    assert gained > 0.5 * made


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("zone", ["CHN", "DEU", "USA", "JPN"])
def test_capacity_support_never_raises_the_price_in_the_long_run(seed, zone):
    after = slice(-26, None)
    with_plant, without = play([PLANT], seed, weeks=156), play((), seed, weeks=156)
    world = [p.tables["shares"].groupby("good", observed=True)["produced_kg"].sum() for p in (with_plant, without)]
    assert world[0]["gallium-4N"] > world[1]["gallium-4N"]
    ratio = with_plant.price("gallium-4N", zone)[after].mean() / without.price("gallium-4N", zone)[after].mean()
    assert ratio < 1.0


def test_capacity_support_ramps_up_an_existing_firm():
    ramp = {"kind": "capacity_support", "actor": "RUS", "good": "germanium-5N", "firm": "jsc-germanium"}
    played = play([ramp | {"output_t_per_year": 10, "ramp_weeks": 10}])
    more = played.firm("jsc-germanium", "produced_kg") - play().firm("jsc-germanium", "produced_kg")
    assert np.abs(more[:E]).max() == 0
    assert more[E + 12 :].mean() == pytest.approx(10_000 * WEEKLY, rel=0.2)
    assert played.exports("RUS", "germanium-5N").sum() > play().exports("RUS", "germanium-5N").sum()


def test_capacity_support_keeps_a_firms_own_idea_of_normal_stock():
    """A firm that keeps six weeks of output in stock still does after support of (nearly) nothing."""
    support = {"kind": "capacity_support", "actor": "CHN", "good": "gallium-4N", "firm": "fangyuan"}
    model = TradeModel(make_scenario([support | {"output_t_per_year": 1e-6}], weeks=20), seed=1).run()
    plain = TradeModel(make_scenario(weeks=20), seed=1).run()
    row = model.row_of("fangyuan", good="gallium-4N")
    assert plain.columns.rows[row].stock_weeks == 6
    assert model.columns.norm_stock_kg[row] == pytest.approx(plain.columns.norm_stock_kg[row], rel=0.05)


def test_capacity_support_of_a_refiner_raises_what_it_buys_in():
    support = {"kind": "capacity_support", "actor": "RUS", "good": "germanium-HP", "firm": "jsc-germanium-refining"}
    model = TradeModel(make_scenario([support | {"capacity_t_per_year": 4, "output_t_per_year": 4}]), seed=1).run()
    c = model.columns
    made = model.row_of("jsc-germanium-refining", Kind.REFINER, Kind.REFINER)
    taken = model.row_of("jsc-germanium-refining", Kind.REFINER_INPUT, Kind.REFINER_INPUT)
    assert c.use_kg[taken] == pytest.approx(c.output_kg[made] / c.yield_share[made], rel=0.02)


def test_capacity_support_of_a_refining_line_takes_metal_in():
    line = PLANT | {"good": "gallium-6N", "input_good": "gallium-4N", "output_t_per_year": 5}
    played = play([line])
    firm = "plant-1-DEU-gallium-6N"
    made, used = played.firm(firm, "produced_kg"), played.firm(firm, "consumed_kg")
    assert made[:E].max() == 0
    assert made[E + 15 :].mean() > 0.5 * 5_000 * WEEKLY
    assert np.allclose(made, 0.98 * used)


def test_capacity_support_taken_away_leaves_nothing():
    model = TradeModel(make_scenario([PLANT | {"until": "2023-10-02"}]), seed=1).run()
    row = model.row_of(PLANT_FIRM)
    assert model.columns.capacity_kg[row] == pytest.approx(0, abs=1e-6)
    assert model.columns.output_kg[row] == pytest.approx(0, abs=1e-6)
    assert Played(model).firm(PLANT_FIRM, "produced_kg")[40:].max() == pytest.approx(0, abs=1e-6)


def test_capacity_support_for_a_good_the_firm_does_not_make_is_refused_before_week_0():
    support = {"kind": "capacity_support", "actor": "RUS", "good": "gallium-4N", "firm": "jsc-germanium"}
    with pytest.raises(InputError, match="jsc-germanium"):
        TradeModel(make_scenario([support | {"output_t_per_year": 1}]), seed=1)


def test_capacity_support_of_two_plants_without_names_opens_two():
    plain = {key: value for key, value in PLANT.items() if key != "name"}
    played = play([plain, plain | {"capacity_t_per_year": 10, "output_t_per_year": 8}])
    c = played.model.columns
    plants = sorted(c.capacity_kg[i] for i in range(len(c)) if c.firm[i].startswith("plant-"))
    assert plants == pytest.approx([10_000 * WEEKLY, 30_000 * WEEKLY], rel=0.06)


# --- price_floor ------------------------------------------------------------------------------------------------------

FLOOR = {"kind": "price_floor", "actor": "CAN", "good": "germanium-5N", "floor_usd_per_kg": 2500}


def made_in(played: Played, zone: str, good: str, column: str = "produced_kg") -> np.ndarray:
    firms = played.tables["firms"]
    keep = (firms["zone"] == zone) & (firms["good"] == good) & firms["kind"].isin(["producer", "recycler", "refiner"])
    return firms[keep].groupby("week")[column].sum().to_numpy()


def test_price_floor_above_the_market_raises_output_that_is_still_sold():
    floored, base = play([FLOOR], weeks=104), play(weeks=104)
    late = slice(-26, None)
    made, sold = made_in(floored, "CAN", "germanium-5N")[late], made_in(floored, "CAN", "germanium-5N", "sold_kg")[late]
    assert made.sum() > 1.03 * made_in(base, "CAN", "germanium-5N")[late].sum()
    assert sold.sum() > 0.9 * made.sum()
    assert floored.price("germanium-5N", "USA")[late].mean() <= 1.005 * base.price("germanium-5N", "USA")[late].mean()


def test_price_floor_pays_the_difference_and_no_more():
    model = TradeModel(make_scenario([FLOOR]), seed=1)
    c, policy, spent = model.columns, model.policies[0], 0.0
    ours = (c.zone == WORLD.zone_index["CAN"]) & (c.good == WORLD.good_index["germanium-5N"]) & (c.kind <= Kind.REFINER)
    for _ in range(52):
        model.step()
        support = c.support_usd
        assert (support[~ours] == 0).all()
        sold = c.sold_kg - c.tolled_kg
        due = sold * 2500 - (c.received_usd - c.tolled_usd)
        paid = ours & (sold > 1e-3) & (model.week > E)
        assert np.allclose(support[paid], np.maximum(due[paid], 0.0), atol=1e-6)
        spent += support.sum()
    assert spent > 0
    assert policy.spent_usd == pytest.approx(spent)


def test_price_floor_below_the_market_and_offtake_cost_less():
    costs = []
    for change in ({}, {"offtake_t_per_year": 2}, {"floor_usd_per_kg": 1}):
        costs.append(play([FLOOR | change]).model.policies[0].spent_usd)
    assert costs[0] > costs[1] > costs[2] == 0


# --- recycling_support ------------------------------------------------------------------------------------------------

SCRAP = {"kind": "recycling_support", "actor": "JPN", "increase_share": 1.0, "ramp_weeks": 10, "goods": ["gallium"]}


def recycled(played: Played, zone: str, metal: str) -> np.ndarray:
    firms = played.tables["firms"]
    keep = (firms["kind"] == "recycler") & (firms["zone"] == zone) & firms["good"].astype(str).str.startswith(metal)
    return firms[keep].groupby("week")["produced_kg"].sum().to_numpy()


def test_recycling_support_raises_recycling_of_its_metal_and_lowers_the_price():
    more, base = play([SCRAP | {"public_cost_usd_per_kg": 10}], weeks=104), play(weeks=104)
    assert np.array_equal(recycled(more, "JPN", "gallium")[:E], recycled(base, "JPN", "gallium")[:E])
    ratio = recycled(more, "JPN", "gallium")[E + 10 :] / recycled(base, "JPN", "gallium")[E + 10 :]
    assert ratio.mean() == pytest.approx(2.0, rel=0.1)
    assert np.allclose(recycled(more, "JPN", "germanium"), recycled(base, "JPN", "germanium"), rtol=0.02)
    assert np.allclose(recycled(more, "DEU", "gallium"), recycled(base, "DEU", "gallium"), rtol=0.1)
    for zone in ("JPN", "CHN"):
        cheaper = [p.price("gallium-4N", zone)[-26:].mean() for p in (more, base)]
        assert cheaper[0] < cheaper[1]
    added = recycled(more, "JPN", "gallium") - recycled(base, "JPN", "gallium")
    assert more.model.policies[0].spent_usd == pytest.approx(10 * added[E:].sum(), rel=0.1)


def test_recycling_support_is_sold_freely_and_ends():
    c = play([SCRAP]).model.columns
    plain = play().model.columns
    rows = np.flatnonzero((c.kind == Kind.RECYCLER) & (c.zone == WORLD.zone_index["JPN"]) & (c.good <= 1))
    captive, before = (x.captive_share[rows] * x.output_kg[rows] for x in (c, plain))
    assert np.allclose(captive, before, rtol=0.05)
    ended = play([SCRAP | {"until": "2023-10-02"}]).model.columns
    assert np.allclose(ended.capacity_kg[rows], plain.capacity_kg[rows], rtol=1e-6)
    assert np.allclose(ended.captive_share[rows], plain.captive_share[rows], rtol=1e-6)


# --- triggers ---------------------------------------------------------------------------------------------------------


def triggered(delay_weeks: int, for_weeks: int, **keys) -> list[dict]:
    ban = {"kind": "export_ban", "actor": "CHN"}
    when = {"zone": "DEU", "good": "germanium-5N", "for_weeks": for_weeks} | (keys or {"price_above": 1700})
    return [ban, {"kind": "export_ban", "actor": "BEL", "name": "answer", "when": when, "delay_weeks": delay_weeks}]


@pytest.mark.parametrize(("delay_weeks", "for_weeks"), [(0, 1), (3, 6)])
def test_trigger_fires_after_so_many_weeks_and_an_export_ban_follows(delay_weeks, for_weeks):
    played = play(triggered(delay_weeks, for_weeks), weeks=78)
    dear = played.price("germanium-5N", "DEU") > 1700
    # The news of week w rests on the prices of the weeks before it.
    runs = [w for w in range(for_weeks, 78) if dear[w - for_weeks : w].all()]
    assert runs, "the price never stays above the bound: choose a lower one"
    assert events(played, "answer: announced") == [runs[0]]
    assert events(played, "answer: in force") == [runs[0] + delay_weeks]
    exports = played.exports("BEL")
    assert exports[: runs[0] + delay_weeks].min() > 0
    assert exports[runs[0] + delay_weeks :].max() == 0


def test_trigger_that_is_never_met_changes_nothing():
    never, base = play(triggered(0, 1, price_above=1e6)), play(triggered(0, 1)[:1])
    assert events(never, "answer: announced") == []
    assert changed_from(never, base) == 52


def test_trigger_counts_consecutive_weeks_only():
    prices = iter([90, 110, 110, 90, 110, 110, 110, 110])
    told = []
    model = SimpleNamespace(
        week=0, start=date(2023, 1, 2), world=WORLD, lanes_changed=False, log=told.append,
        free_price=lambda good, zone: next(prices), spread_news=lambda *_: None,
    )  # fmt: skip
    when = {"zone": "DEU", "good": "gallium-4N", "price_above": 100, "for_weeks": 3}
    policy = POLICIES["sanction"].model_validate(
        {"kind": "sanction", "actor": "USA", "targets": ["RUS"], "when": when, "delay_weeks": 1}
    )
    policy.schedule(model.start)
    in_force = []
    for model.week in range(8):
        policy.decide(model)
        in_force.append(policy.turn(model))
    assert in_force == [False] * 7 + [True]
    assert told == ["USA sanction: announced", "USA sanction: in force"]


def test_trigger_by_another_policy_answers_its_announcement():
    ban = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"], "name": "the ban"}
    answer = {"kind": "sanction", "actor": "DEU", "targets": ["CHN"], "name": "answer", "delay_weeks": 4}
    played = play([answer | {"when": {"policy": "the ban"}}, ban], weeks=40)
    assert events(played, "answer: announced")[0] == events(played, "the ban: announced")[0] + 1
    start = events(played, "answer: in force")[0]
    assert start == events(played, "answer: announced")[0] + 4
    assert played.flow("CHN", "DEU")[:start].sum() > 0
    assert played.flow("CHN", "DEU")[start:].max() == 0


def test_trigger_by_a_policy_that_is_not_there_is_refused():
    answer = {"kind": "sanction", "actor": "DEU", "targets": ["CHN"], "when": {"policy": "the bann"}}
    with pytest.raises(InputError, match="the bann"):
        make_scenario([answer, {"kind": "export_ban", "actor": "CHN", "name": "the ban"}])


def test_trigger_below_a_price_and_not_before_its_opening():
    cheap = {"price_below": 1e6}
    waiting = triggered(0, 2, **cheap)
    waiting[1]["announced"] = "2023-07-03"  # week 26
    assert events(play(waiting), "answer: announced") == [27]


# --- announcements, and home first ------------------------------------------------------------------------------------


def test_news_raises_perceived_risk_only_where_supply_hangs_on_the_actor():
    policy = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "goods": ["gallium"]}
    model, calm = (TradeModel(make_scenario(p), seed=1).run(E - 1) for p in ([policy], []))
    c = model.columns
    more = c.risk - calm.columns.risk
    aimed = (c.zone == WORLD.zone_index["JPN"]) & (c.good <= 1) & (c.kind >= Kind.TRADER) & (c.kind != Kind.STOCKPILE)
    assert (more[aimed] > 0).all()
    assert np.abs(more[~aimed & (c.zone == WORLD.zone_index["CHN"])]).max() == 0
    assert np.abs(more[c.good >= 2]).max() < 0.01


def test_users_without_metal_perceive_more_risk():
    """Unmet use feeds perceived risk (`shortage_risk`); with the parameter at 0 it does not."""
    ban = [{"kind": "export_ban", "actor": "CHN", "severity": 0.0}]
    felt, ignored = (
        play(ban, parameters={"shortage_risk": value}, weeks=78).model.columns.risk.max() for value in (0.2, 0.0)
    )
    short = play(ban, parameters={"shortage_risk": 0.2}, weeks=78).tables["firms"]["short_kg"].sum()
    assert short > 0
    assert ignored == 0
    assert felt > 0.1


def test_rostec_exports_only_what_its_own_country_does_not_need():
    """With Russian users that need more than Rostec makes, nothing it makes leaves, though abroad pays more."""
    zone, good = WORLD.zone_index["RUS"], WORLD.good_index["germanium-5N"]
    thirsty = Row(
        "thirsty", Kind.BUYER, zone, good, end_use="infrared", use_kg_per_year=30_000, cover_weeks=8, elasticity=0.2
    )
    base, needed = play(), play(extra_rows=[thirsty])
    assert base.exports("RUS", "germanium-5N").sum() > 0
    assert needed.exports("RUS", "germanium-5N").sum() == 0
    assert needed.flow("RUS", "RUS", "germanium-5N").sum() > base.flow("RUS", "RUS", "germanium-5N").sum()


def test_a_new_russian_plant_keeps_metal_for_russian_users_as_rostec_does():
    """The country puts its own users first, so whoever makes metal there does: old firm, new plant or new line."""
    plant = {"kind": "capacity_support", "actor": "RUS", "good": "germanium-5N", "capacity_t_per_year": 15}
    plant |= {"output_t_per_year": 12, "cost_usd_per_kg": 700, "ramp_weeks": 4}
    line = plant | {"good": "germanium-HP", "input_good": "germanium-5N"}
    zone, good = WORLD.zone_index["RUS"], WORLD.good_index["germanium-5N"]
    thirsty = Row(
        "thirsty", Kind.BUYER, zone, good, end_use="infrared", use_kg_per_year=20_000, cover_weeks=8, elasticity=0.2
    )
    alone, needed = play([plant, line]), play([plant, line], extra_rows=[thirsty])
    assert needed.firm("plant-1-RUS-germanium-5N", "produced_kg").sum() > 0
    assert alone.exports("RUS", "germanium-5N").sum() > 0
    assert needed.exports("RUS", "germanium-5N").sum() == 0
    c = needed.model.columns
    makers = c.kind <= Kind.REFINER
    assert c.domestic_first.tolist() == ((c.zone == zone) & makers).tolist()


def test_rostec_sends_nothing_where_sanctions_close_the_lane(played_history):
    for zone in ("USA", "DEU", "BEL", "JPN", "CAN", "FRA"):
        assert played_history.flow("RUS", zone).max() == 0
        assert played_history.flow(zone, "RUS").max() == 0


def test_russia_takes_high_purity_germanium_from_china(played_free_trade):
    assert played_free_trade.flow("CHN", "RUS", "germanium-HP").sum() > 0
    assert played_free_trade.exports("RUS", "germanium-HP").sum() == 0
