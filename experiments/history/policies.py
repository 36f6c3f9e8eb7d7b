"""The policies of a scenario and what became of them, as a table of the report."""

from __future__ import annotations

import pandas as pd

from experiments.study.answers import markdown
from model import Scenario
from model.events import Action
from model.policy import Policy


def policy_table(scenario: Scenario, events: pd.DataFrame, runs: int) -> list[str]:
    """Return the scenario's policies with their dates, as lines of Markdown.

    Args:
        scenario: what was run.
        events: the events of all runs.
        runs: how many there were.
    """
    heads, rows = ("Policy", "By", "Kind", "Announced", "In force from", "Until", "Suspended"), []
    for policy in scenario.policies:
        pauses = ", ".join(f"{pause.start} to {pause.end}" for pause in policy.suspensions)
        start = policy.effective or _fired(policy, events, runs)
        dates = (policy.announced or "", start, policy.until or "", pauses)
        rows.append([str(cell) for cell in (policy.title, policy.actor, policy.kind.replace("_", " "), *dates)])
    return markdown(heads, rows) if rows else ["None."]


def _fired(policy: Policy, events: pd.DataFrame, runs: int) -> str:
    """Return what a policy waits for, and when it came."""
    rule = policy.when
    assert rule is not None
    if rule.policy is not None:
        condition = f'"{rule.policy}" is announced'
    else:
        side, bound = ("above", rule.price_above) if rule.price_above is not None else ("below", rule.price_below)
        condition = f"{rule.good} in {rule.zone} is {side} {bound:g} USD/kg for {_weeks(rule.for_weeks)}"
    delay = f"{_weeks(policy.delay_weeks)} after" if policy.delay_weeks else "as soon as"
    came = events[(events["policy"] == policy.title) & (events["action"] == Action.ANNOUNCED)]
    found = (
        f"came in {came['run'].nunique()} of {runs} runs, first on {came['date'].min():%Y-%m-%d}"
        if len(came)
        else "never came"
    )
    return f"{delay} {condition}: {found}"


def _weeks(number: int) -> str:
    return f"{number} week{'s' * (number != 1)}"
