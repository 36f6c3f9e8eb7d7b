"""A policy refuses what it does not use, in the one line that names file, key, value and what is allowed."""

from datetime import date

import pytest

from model import InputError, TradeModel, parse_scenario
from model.policy import POLICIES
from model.policy.goods import GoodsPolicy, Restriction
from tests.conftest import make_scenario
from tests.test_model_metamorphic import LATE

DATES = {"announced": date(2023, 3, 6), "effective": date(2023, 4, 3)}
ON_GOODS = {kind for kind, policy in POLICIES.items() if issubclass(policy, GoodsPolicy)}
FRIGHTENING = {kind for kind, policy in POLICIES.items() if issubclass(policy, Restriction)}


def parse(kind: str, **keys):
    policy = {"kind": kind, **DATES, **LATE[kind], **keys}
    return parse_scenario({"name": "x", "policies": [policy]}, "some/file.toml").policies[0]


def refused(kind: str, **keys) -> str:
    with pytest.raises(InputError) as error:
        parse(kind, **keys)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("kind", POLICIES)
def test_goods_are_for_policies_that_look_at_them(kind):
    if kind in ON_GOODS:
        assert parse(kind, goods=["gallium"]).goods == ["gallium"]
        return
    line = refused(kind, goods=["gallium"])
    assert line.startswith("some/file.toml: policies[1].goods = ['gallium']: unknown key; nearest \"good\"; allowed: ")
    assert "announced" in line


@pytest.mark.parametrize("kind", POLICIES)
def test_severity_is_for_policies_that_withhold_metal(kind):
    if kind in FRIGHTENING:
        assert parse(kind, severity=0.5).severity == 0.5
        return
    line = refused(kind, severity=0.5)
    assert line.startswith("some/file.toml: policies[1].severity = 0.5: unknown key; ")
    assert "allowed: kind, actor" in line


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("export_ban", {"delay_weeks": 4}, ["delay_weeks 4", "when"]),
        ("sanction", {"severity": 1.0, "direction": "imports"}, ["severity 1", "imports"]),
        ("stockpile", {"release_weeks": 9}, ["release_weeks 9", "release_above_usd_per_kg"]),
        (
            "capacity_support",
            {"actor": "CHN", "firm": "fangyuan", "cost_usd_per_kg": 90.0},
            ["cost_usd_per_kg 90", "fangyuan"],
        ),
        (
            "capacity_support",
            {"actor": "BEL", "firm": "umicore-recycling", "good": "germanium-5N"},
            ["umicore-recycling is a recycler", "recycling_support"],
        ),
        (
            "capacity_support",
            {"actor": "JPN", "firm": "sumitomo-electric", "good": "gallium-6N"},
            ["sumitomo-electric does not make gallium-6N", "allowed: jinmei"],
        ),
    ],
)
def test_a_key_without_the_key_it_belongs_to_is_refused(kind, keys, words):
    line = refused(kind, **keys)
    assert line.startswith("some/file.toml: policies[1]: ")
    for word in words:
        assert word in line


def test_news_of_a_sanction_or_a_reexport_ban_reaches_its_targets_only():
    for kind, targets in (("sanction", ["JPN"]), ("reexport_ban", ["JPN"])):
        policy = {"kind": kind, "actor": "CHN", "targets": targets, "severity": 1.0, "goods": ["germanium"]}
        model = TradeModel(make_scenario([policy], weeks=10, spin_up_weeks=8), seed=1).run()
        news, japan = model.firms["news"], model.firms["zone"] == model.world.zone_index["JPN"]
        assert news[japan].max() > 0
        assert news[~japan].max() == 0
