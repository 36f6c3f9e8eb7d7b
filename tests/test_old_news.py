"""A policy announced before the first simulated week is no news: it is in force, or pending, and frightens nobody."""

import numpy as np
import pytest

from model import TradeModel
from model.world import load_world
from tests.conftest import make_scenario

WORLD = load_world()
OLD = {"announced": "2015-01-05", "effective": "2015-02-02"}
# Weeks before 2 January 2023 that are simulated, and the Monday on which they begin.
SPIN_UPS = {0: "2023-01-02", 8: "2022-11-07"}
JAPAN = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"]}
SCARY = {
    "ban": JAPAN,
    "licence": {"kind": "export_licence", "actor": "CHN"},
    "quota": {"kind": "export_quota", "actor": "CHN", "tonnes_per_year": 100},
    "re-exports": {"kind": "reexport_ban", "actor": "CHN", "targets": ["JPN"], "severity": 1.0},
}


def calmed(**keys) -> dict:
    """Return settings under which news alone frightens (no shortage, no refusal)."""
    return {"parameters": {"shortage_risk": 0.0, "decision_weight": 0.0}, **keys}


def told(model: TradeModel, what: str) -> list[int]:
    return [event.week for event in model.recorder.events if event.what.endswith(what)]


def fear(model: TradeModel) -> float:
    """Return the largest risk that anybody perceives."""
    return model.firms["perceived_risk"].max()


@pytest.mark.parametrize("spin_up", SPIN_UPS)
@pytest.mark.parametrize("kind", SCARY)
def test_an_old_policy_is_in_force_from_the_first_week_and_no_news(kind, spin_up):
    model = TradeModel(make_scenario([SCARY[kind] | OLD], **calmed(weeks=3, spin_up_weeks=spin_up)), seed=1).run()
    assert told(model, ": announced") == []
    assert told(model, ": in force") == [-spin_up]
    assert model.policies[0].in_force(-spin_up)
    assert model.firms["news"].max() == fear(model) == 0


@pytest.mark.parametrize("spin_up", SPIN_UPS)
def test_a_policy_announced_in_the_first_week_is_news(spin_up):
    policy = JAPAN | {"announced": SPIN_UPS[spin_up], "effective": "2023-02-06"}
    model = TradeModel(make_scenario([policy], **calmed(weeks=1, spin_up_weeks=spin_up)), seed=1).run()
    assert told(model, ": announced") == [-spin_up]
    assert fear(model) > 0


@pytest.mark.parametrize("spin_up", SPIN_UPS)
def test_an_old_announcement_is_pending_until_it_takes_effect(spin_up):
    policy = JAPAN | {"announced": "2015-01-05", "effective": "2023-01-23"}
    model = TradeModel(make_scenario([policy], **calmed(weeks=5, spin_up_weeks=spin_up)), seed=1).run()
    assert told(model, ": announced") == []
    assert told(model, ": in force") == [3]
    assert fear(model) == 0


@pytest.mark.parametrize("spin_up", SPIN_UPS)
def test_the_end_of_a_suspension_is_news_though_the_policy_is_old(spin_up):
    for start in ("2022-06-06", "2023-01-09"):  # suspended from before the first week, and later
        policy = JAPAN | OLD | {"suspensions": [{"start": start, "end": "2023-01-23"}]}
        model = TradeModel(make_scenario([policy], **calmed(weeks=5, spin_up_weeks=spin_up)), seed=1)
        assert fear(model.run(3)) == 0
        assert fear(model.run(1)) > 0
        assert told(model, ": in force")[-1] == 3


def test_a_suspension_that_ends_in_the_first_week_is_news():
    policy = JAPAN | OLD | {"suspensions": [{"start": "2022-06-06", "end": "2023-01-02"}]}
    model = TradeModel(make_scenario([policy], **calmed(weeks=1, spin_up_weeks=0)), seed=1).run()
    assert fear(model) > 0


@pytest.mark.parametrize("effective", ["2015-02-02", "2023-02-06"])
@pytest.mark.parametrize("kind", ["ban", "licence"])
def test_dependence_is_kept_as_it_was_before_an_old_restriction(kind, effective):
    policy = SCARY[kind] | OLD | {"effective": effective}
    spot = {"contract_share": 0.0}  # contracts begin from who supplies whom, which a run without them does not know
    model = TradeModel(make_scenario([policy], weeks=8, spin_up_weeks=8, parameters=spot), seed=1)
    calm = TradeModel(make_scenario(weeks=8, start=SPIN_UPS[8], spin_up_weeks=0, parameters=spot), seed=1)
    china = WORLD.zone_index["CHN"]
    before = calm.sources.share_from(china)
    model.run()
    assert np.array_equal(model.sources.share_before(china), before)
    assert not np.array_equal(model.sources.share_from(china), before)


def test_a_restriction_that_is_over_before_the_first_week_is_forgotten():
    policy = JAPAN | OLD | {"until": "2016-01-04"}
    model = TradeModel(make_scenario([policy], weeks=8, spin_up_weeks=8), seed=1).run()
    china = WORLD.zone_index["CHN"]
    assert np.array_equal(model.sources.share_before(china), model.sources.share_from(china))
