"""The licence office over suspensions, phases in any order, and two licences on one lane."""

import numpy as np
import pytest

from model import TradeModel
from model.world import load_world
from tests.conftest import EFFECTIVE_WEEK, Played, make_scenario, play

WORLD = load_world()
KG = 1e-6
E = EFFECTIVE_WEEK
OFFICE = {
    "kind": "export_licence", "actor": "CHN", "approval": {"default": 0.5}, "processing_weeks": [4, 8],
    "repeat_weeks": [3, 6], "dispatch_weeks": 0, "order_weeks": 2,
}  # fmt: skip
PAUSED, BACK = 26, 39
PAUSE = {"start": "2023-07-03", "end": "2023-10-02"}


def office_of(model: TradeModel):
    return next(policy for policy in model.policies if policy.kind == "export_licence").office


@pytest.fixture(scope="module")
def suspended() -> TradeModel:
    return TradeModel(make_scenario([OFFICE | {"suspensions": [PAUSE]}], weeks=70), seed=1).run()


def answers(decisions, first: int, last: int) -> dict[int, list[bool]]:
    """Return each applicant's answers of the weeks `first` to `last`, in order."""
    made: dict[int, list[bool]] = {}
    for week, row, granted, _ in decisions:
        if first <= week < last:
            made.setdefault(int(row), []).append(bool(granted))
    return made


def test_the_office_keeps_its_decisions_over_a_suspension(suspended):
    weeks = np.array([week for week, *_ in office_of(suspended).decisions])
    assert (weeks < PAUSED).sum() > 20
    assert (weeks >= BACK).sum() > 20
    assert not ((weeks >= PAUSED) & (weeks < BACK)).any()


def test_luck_goes_on_after_a_suspension(suspended):
    """The n-th application of a buyer has the same luck as in an office that never closed."""
    open_office = TradeModel(make_scenario([OFFICE], weeks=70), seed=1).run()
    whole, parts = answers(office_of(open_office).decisions, 0, 70), office_of(suspended).decisions
    before, after = answers(parts, 0, PAUSED), answers(parts, BACK, 70)
    known = [row for row in after if row in before]
    replayed = 0
    for row in known:
        said, turn = after[row], len(before[row])
        # The next turn follows, or the one after it where an application was pending and lapsed.
        goes_on = [whole[row][first : first + len(said)] for first in (turn, turn + 1)]
        assert any(said[: len(there)] == there for there in goes_on)
        replayed += said[:turn] == before[row][: len(said)]
    assert len(known) > 50
    assert replayed < 0.8 * len(known)


def test_balances_and_applications_lapse_with_the_suspension(suspended):
    """Nothing is licensed when the rule comes back, and who applies again waits as a repeated applicant does."""
    exports = Played(suspended).flow("CHN", market="licensed")
    assert exports[PAUSED:BACK].max() == 0
    assert exports[BACK : BACK + 3].max() == 0
    first = min(week for week, *_ in office_of(suspended).decisions if week >= BACK)
    assert BACK + 3 <= first <= BACK + 6


def test_metal_is_free_while_the_rule_is_suspended(suspended):
    assert Played(suspended).flow("CHN", "JPN", market="free")[PAUSED:BACK].sum() > 0


def test_phases_may_stand_in_any_order():
    phases = [
        {"start": "2023-05-01", "approval": {"default": 0.0}}, {"start": "2023-06-05", "approval": {"default": 1.0}},
        {"start": "2023-08-07", "approval": {"default": 0.2}},
    ]  # fmt: skip
    one, other = (play([OFFICE | {"phases": given}]) for given in (phases, [phases[2], phases[0], phases[1]]))
    assert all(one.tables[name].equals(other.tables[name]) for name in one.tables)


@pytest.mark.parametrize("narrow_first", [True, False])
def test_of_two_licences_on_a_lane_the_stricter_holds(narrow_first):
    deny = {"kind": "export_licence", "actor": "CHN", "approval": {"default": 0.0}}
    rules = [deny | {"name": "narrow", "evasion_kg_per_week": 2.0}, deny | {"name": "wide", "evasion_kg_per_week": 9.0}]
    trade = play(rules if narrow_first else rules[::-1]).tables["trade"]
    out = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN") & (trade["week"] >= "2023-04-03")]
    assert 0 < out["kg"].max() <= 2.0 + KG


def test_a_licence_without_evasion_closes_the_lane_that_another_leaves_open():
    deny = {"kind": "export_licence", "actor": "CHN", "approval": {"default": 0.0}}
    rules = [deny, deny | {"name": "wide", "evasion_kg_per_week": 9.0}]
    assert play(rules).exports("CHN")[E:].max() == play(rules[::-1]).exports("CHN")[E:].max() == 0


BAN = {"kind": "export_ban", "actor": "CHN", "targets": ["JPN"], "end_uses": ["defence"]}


def test_a_ban_on_an_end_use_holds_from_its_first_week_wherever_it_stands_in_the_file():
    """The office asks who is barred; it does not matter whose turn in the week comes first."""
    ban = BAN | {"announced": "2023-09-04", "effective": "2023-09-04"}  # week 35
    office = OFFICE | {"approval": {"default": 1.0}, "order_weeks": 52}
    for rules in ([office, ban], [ban, office]):
        model = TradeModel(make_scenario(rules, weeks=36), seed=1).run(35)
        f = model.firms
        barred = (f["zone"] == WORLD.zone_index["JPN"]) & (f.end_uses() == "defence")
        assert f["licence_balance_kg"][barred].max() > 0
        model.run(1)
        assert f["licence_balance_kg"][barred].max() == 0


def test_a_ban_that_ends_while_the_licence_is_suspended_bars_nobody_afterwards():
    ban = BAN | {"until": "2023-08-07"}
    office = OFFICE | {"approval": {"default": 1.0}, "suspensions": [PAUSE]}
    model = TradeModel(make_scenario([ban, office], weeks=60), seed=1).run()
    f = model.firms
    barred = set(np.flatnonzero((f["zone"] == WORLD.zone_index["JPN"]) & (f.end_uses() == "defence")))
    granted = [week for week, row, yes, _ in office_of(model).decisions if row in barred and yes]
    assert granted
    assert min(granted) >= BACK
