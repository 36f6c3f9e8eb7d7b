"""An export ban stops what it names, for as long as it holds, and frightens those it is aimed at."""

import numpy as np
import pytest

from model import TradeModel
from tests.conftest import make_scenario, play
from tests.policy.helpers import OPEN_OFFICE, WORLD, E, events, here


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
    assert played.model.firms["licence_balance_kg"][here(played.model, "JPN")].max() == 0


def licensed_by_use(policies) -> dict[tuple[str, bool], float]:
    """Return the largest licence balance after the effective week by (zone, is a defence user)."""
    model = TradeModel(make_scenario(policies, weeks=40), seed=1)
    defence = model.firms.end_uses() == "defence"
    most = np.zeros(len(model.firms))
    for _ in range(40):
        model.step()
        if model.week > E + 1:
            most = np.maximum(most, model.firms["licence_balance_kg"])
    zones = {name: here(model, name) for name in ("JPN", "USA", "KOR")}
    return {(z, d): most[at & (defence == d)].max(initial=0.0) for z, at in zones.items() for d in (True, False)}


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
    policy = next(policy for policy in model.policies if policy.kind == "export_ban")
    exposure = policy.exposure(model.desk)
    assert 0 < exposure[WORLD.zone_index["JPN"]] < 0.5
    assert exposure.sum() == exposure[WORLD.zone_index["JPN"]]


def test_export_ban_on_end_uses_counts_their_share_of_the_goods_it_names():
    """What a country uses of other metals has nothing to do with it."""
    model = TradeModel(make_scenario([OPEN_OFFICE, MILITARY_USA | {"goods": ["germanium"]}], spin_up_weeks=0), seed=1)
    f, world = model.firms, model.world
    germanium = np.array([world.metal_of_good[good] == "germanium" for good in f["good"]])
    here_kg = f["trend_use_kg"] * (f["zone"] == world.zone_index["USA"]) * germanium
    share = here_kg[f.end_uses() == "defence"].sum() / here_kg.sum()
    assert model.policies[1].exposure(model.desk)[world.zone_index["USA"]] == pytest.approx(share)
