"""Every kind of policy is tested, told apart by its kind, and works through the desk alone."""

import re
from inspect import getsource
from pathlib import Path
from typing import get_type_hints

import pytest

from model import Scenario
from model.policy import POLICIES, Policy
from model.policy.base import Trigger
from model.policy.desk import Desk
from tests.conftest import ROOT

SOURCES = sorted(path for package in ("model", "agents") for path in (ROOT / package).rglob("*.py"))
OUTSIDE = [path for path in SOURCES if path.parent.name != "policy"]
# What the run calls on a policy; the desk is its only way to the state.
AT_THE_DESK = (
    "decide", "turn", "announce", "note_dependence", "start", "stop", "constrain", "act", "settle",
)  # fmt: skip


def test_every_kind_is_tested_here_and_declares_what_its_keys_mean():
    tests = re.findall(r"^def (test_\w+)", "".join(p.read_text() for p in Path(__file__).parent.glob("*.py")), re.M)
    covered = {name for name in POLICIES if any(name in test for test in tests)}
    assert covered == set(POLICIES)
    for policy in POLICIES.values():
        assert policy.__doc__
        assert "kind" in policy.model_fields


def test_a_scenarios_policies_are_told_apart_by_their_kind():
    items = Scenario.model_json_schema()["properties"]["policies"]["items"]
    assert items["discriminator"]["propertyName"] == "kind"
    assert set(items["discriminator"]["mapping"]) == set(POLICIES)
    assert len(items["oneOf"]) == len(POLICIES)


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_outside_asks_what_kind_of_policy_it_is(path):
    """A new policy is a file of its own, which nothing else has to know of."""
    text = path.read_text(encoding="utf-8")
    named = "|".join({"Policy", *(policy.__name__ for policy in POLICIES.values())})
    assert not re.findall(rf"(?:isinstance|issubclass)\([^)]*\b(?:{named})\b", text)
    assert not re.findall(r"from model\.policy\.(?!base|desk|fields|licences)\w+ import", text)
    # A scenario file alone is read by kind: end-use bans need a licence office to work through.
    if path.name != "scenario.py":
        assert not re.findall(rf"\.kind (?:==|!=|in|not in) [\[({{]?[\"'](?:{'|'.join(POLICIES)})[\"']", text)


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_gets_the_desk_and_nothing_else(kind):
    for name in AT_THE_DESK:
        hints = get_type_hints(getattr(POLICIES[kind], name))
        hints.pop("return")
        assert hints == {"desk": Desk}, name
    source = getsource(POLICIES[kind])
    assert "TradeModel" not in source
    assert not re.findall(r"\b(?:model|desk)\._", source)


def test_the_desk_is_not_the_model():
    assert not {"recorder", "countries", "policies", "scenario", "step", "parameters"} & set(dir(Desk))
    assert get_type_hints(Trigger.met) == {"desk": Desk, "return": bool}
    assert all(issubclass(policy, Policy) for policy in POLICIES.values())
