"""Triggers fire on what was seen last week, and news reaches those whose supply hangs on the actor."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from model import InputError, TradeModel
from model.policy import POLICIES
from model.state.record import Kind
from tests.conftest import make_scenario, play
from tests.policy.helpers import WORLD, E, changed_from, events, here


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
    desk = SimpleNamespace(
        week=0, start=date(2023, 1, 2), world=WORLD, lanes=SimpleNamespace(changed=False), log=told.append, heard=set(),
        free_price=lambda good, zone: next(prices), spread_news=lambda *_: None,
    )  # fmt: skip
    when = {"zone": "DEU", "good": "gallium-4N", "price_above": 100, "for_weeks": 3}
    policy = POLICIES["sanction"].model_validate(
        {"kind": "sanction", "actor": "USA", "targets": ["RUS"], "when": when, "delay_weeks": 1}
    )
    policy.schedule(desk.start)
    in_force = []
    for desk.week in range(8):
        policy.decide(desk)
        in_force.append(policy.turn(desk))
    assert in_force == [False] * 7 + [True]
    assert [event.what for event in told] == ["USA sanction: announced", "USA sanction: in force"]


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


def test_news_raises_perceived_risk_only_where_supply_hangs_on_the_actor():
    policy = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "goods": ["gallium"]}
    model, calm = (TradeModel(make_scenario(p), seed=1).run(E - 1) for p in ([policy], []))
    f = model.firms
    more = f["perceived_risk"] - calm.firms["perceived_risk"]
    aimed = here(model, "JPN") & (f["good"] <= 1) & (f["kind"] >= Kind.TRADER) & (f["kind"] != Kind.STOCKPILE)
    assert (more[aimed] > 0).all()
    assert np.abs(more[~aimed & here(model, "CHN")]).max() == 0
    assert np.abs(more[f["good"] >= 2]).max() < 0.01


def test_users_without_metal_perceive_more_risk():
    """Unmet use feeds perceived risk (`shortage_risk`); with the parameter at 0 it does not."""
    ban = [{"kind": "export_ban", "actor": "CHN", "severity": 0.0}]
    felt, ignored = (
        play(ban, parameters={"shortage_risk": value}, weeks=78).model.firms["perceived_risk"].max()
        for value in (0.2, 0.0)
    )
    short = play(ban, parameters={"shortage_risk": 0.2}, weeks=78).tables["firms"]["short_kg"].sum()
    assert short > 0
    assert ignored == 0
    assert felt > 0.1
