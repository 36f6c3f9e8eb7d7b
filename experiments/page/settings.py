"""From a scenario to the positions of the page's controls, and from the controls back to a scenario."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date

from experiments.page.case import Case, page_case
from experiments.page.choices import (
    AS_FILED,
    AS_IT_IS,
    EVERYWHERE,
    NO_POLICY,
    NOT_AT_ALL,
    SURPLUS,
    UNRESTRICTED,
    Raw,
    Settings,
    month_start,
    start_of,
)
from experiments.page.policies import (
    approval_of,
    first_restriction,
    grower_ban,
    grower_output,
    keeps_home,
    policies_of,
    ramps,
    restriction,
    restricts,
    stockpiles,
)
from model.parameters import parameter_table
from model.scenario import Scenario
from model.world import load_world

# Of a scenario that says nothing else.
USUAL_WEEKS: int = Scenario.model_fields["weeks"].default
USUAL_CHANCES = {"trading": 0.1, "defence": 0.1}


def read_settings(raw: Raw, seed: int = 1) -> Settings:
    """Return the positions that describe a scenario as it is, rounded to the controls' own steps."""
    case, policies = page_case(), policies_of(raw)
    own, declared = raw.get("parameters", {}), parameter_table(load_world())["value"]
    licence, reexports = first_restriction(raw, "export_licence"), first_restriction(raw, "reexport_ban")
    restrictions = [p["effective"] for p in policies if restricts(p) and "effective" in p]
    approval = (licence or {}).get("approval", {})
    others = approval.get("default", 0.6)
    piles = dict(pile for p in policies if (pile := case.pile_of(p.get("name", ""))))
    added = sum(p.get("output_t_per_year", 0) for p in policies if ramps(p, case.grower))
    plan = Settings(
        approval_target=_percent(approval.get("destinations", {}).get(case.target, others if licence else 0.4)),
        approval_others=_percent(others),
        processing=tuple((licence or {}).get("processing_weeks", (9, 17))),
        enforcement=_percent((reexports or {}).get("enforcement", 0.05)),
        grower_t=round(case.grower.output_t + added) if case.grower else 0,
        grower_exports=NOT_AT_ALL if any(keeps_home(p, case.grower) for p in policies) else SURPLUS,
        stockpiles=tuple(piles.get(who, 0) for who in case.piles),
        growth=tuple(round(100 * float(own.get(key, declared[key])), 1) for key in case.growth),
        precaution=round(float(own.get("precaution", declared["precaution"])), 1),
        weeks=raw.get("weeks", USUAL_WEEKS),
        seed=seed,
    )
    return replace(plan, start_month=_months_between(start_of(raw), min(restrictions))) if restrictions else plan


def apply_settings(raw: Raw, chosen: Settings) -> Raw:
    """Return the scenario with everything changed that is not chosen as it stands there; `raw` stays as it is."""
    case, standing = page_case(), replace(read_settings(raw), seed=chosen.seed)
    result = deepcopy(raw)
    if chosen == standing:
        return result
    policies = policies_of(result)
    if chosen.restriction == AS_IT_IS:
        _adjust(policies, chosen, standing)
    else:
        made = restriction(chosen, month_start(raw, chosen), first_restriction(raw, "export_licence") or _usual())
        policies = [p for p in policies if not restricts(p)] + made
    policies = _grower(policies, chosen, standing, start_of(raw))
    for who, months, before in zip(case.piles, chosen.stockpiles, standing.stockpiles, strict=True):
        if months != before:
            policies = [p for p in policies if not p.get("name", "").startswith(f"{who} stockpile: ")]
            policies += stockpiles(who, months, start_of(raw))
    own = _parameters(case, chosen, standing)
    if own or "parameters" in result:
        result["parameters"] = result.get("parameters", {}) | own
    name = str(result.get("name", "scenario"))
    return result | {"name": f"{name.removesuffix('_changed')}_changed", "weeks": chosen.weeks, "policies": policies}


def _usual() -> Raw:
    """Return the licence rule of a scenario that has none, with the end uses that the world knows."""
    known = {use: chance for use, chance in USUAL_CHANCES.items() if use in load_world().end_uses}
    return {"approval": {"end_uses": known}}


def _parameters(case: Case, chosen: Settings, standing: Settings) -> dict[str, float]:
    """Return the parameters whose controls were moved, in their own units."""
    now, before = (dict(zip(case.growth, one.growth, strict=True)) for one in (chosen, standing))
    moved = {key: now[key] / 100 for key in case.growth if abs(now[key] - before[key]) > 1e-9}
    if abs(chosen.precaution - standing.precaution) > 1e-9:
        moved["precaution"] = chosen.precaution
    return moved


def _adjust(policies: list[Raw], chosen: Settings, standing: Settings) -> None:
    """Change the scenario's own licences and ban on re-exports where the controls were moved."""
    approval = (chosen.approval_target, chosen.approval_others) != (standing.approval_target, standing.approval_others)
    for policy in filter(restricts, policies):
        if policy["kind"] == "export_licence" and approval:
            for practice in (policy, *policy.get("phases", [])):
                practice["approval"] = approval_of(chosen, practice.get("approval", {}))
        if policy["kind"] == "export_licence" and chosen.processing != standing.processing:
            policy["processing_weeks"] = list(chosen.processing)
        if policy["kind"] == "reexport_ban" and chosen.enforcement != standing.enforcement:
            policy["enforcement"] = chosen.enforcement / 100
            policy.pop("campaigns", None)


def _grower(policies: list[Raw], chosen: Settings, standing: Settings, first: date) -> list[Raw]:
    """Change what the producer that serves its own country first makes, and where it may sell it."""
    grower = page_case().grower
    if grower is None:
        return policies
    if chosen.grower_t != standing.grower_t:
        policies = [p for p in policies if not ramps(p, grower)] + grower_output(grower, chosen.grower_t, first)
    if chosen.grower_exports != standing.grower_exports:
        policies = [p for p in policies if not keeps_home(p, grower)] + grower_ban(grower, chosen, first)
        if chosen.grower_exports == EVERYWHERE:
            policies = [p for p in policies if not (p.get("kind") == "sanction" and grower.zone in p["targets"])]
    return policies


def to_compare(chosen: Raw, filed: Raw, comparison: str) -> Raw:
    """Return the scenario to compare with, over the same weeks."""
    other = deepcopy(filed if comparison == AS_FILED else chosen) | {"weeks": chosen.get("weeks", USUAL_WEEKS)}
    if comparison == NO_POLICY:
        other["policies"] = []
    if comparison == UNRESTRICTED:
        other["policies"] = _answered([p for p in policies_of(other) if not restricts(p)])
    return other


def _answered(policies: list[Raw]) -> list[Raw]:
    """Leave out policies that wait for one that is not there, and those that wait for them."""
    names = {p.get("name") or f"{p['actor']} {p['kind'].replace('_', ' ')}" for p in policies}
    kept = [p for p in policies if (p.get("when") or {}).get("policy") in (None, *names)]
    return kept if len(kept) == len(policies) else _answered(kept)


def _months_between(first: date, day: date) -> int:
    return max((day.year - first.year) * 12 + day.month - first.month, 0)


def _percent(share: float) -> int:
    return round(100 * share)
