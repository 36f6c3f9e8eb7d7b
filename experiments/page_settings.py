"""From a scenario to the positions of the page's controls, and from the controls back to a scenario."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from datetime import date

from experiments.page_choices import (
    AS_FILED,
    AS_IT_IS,
    EVERYWHERE,
    NO_POLICY,
    NOT_AT_ALL,
    SURPLUS,
    WITHOUT_CHINA,
    Raw,
    Settings,
    month_start,
    start_of,
)
from experiments.page_policies import (
    approval_of,
    first_restriction,
    policies_of,
    ramps_rostec,
    restriction,
    restricts,
    rostec_ban,
    rostec_base,
    rostec_output,
    shuts_russia,
    stockpiles,
)
from model.parameters import parameter_table
from model.scenario import Scenario

PILE = re.compile(r"(US|EU) stockpile: (\d+) months of use")
USUAL_LICENCE: Raw = {"approval": {"end_uses": {"trading": 0.1, "defence": 0.1}}}
PARAMETERS = {"growth_gallium": 100, "growth_germanium": 100, "precaution": 1}  # control's unit to the parameter's


def read_settings(raw: Raw, seed: int = 1) -> Settings:
    """Return the positions that describe a scenario as it is, rounded to the controls' own steps."""
    own = raw.get("parameters", {})
    declared = parameter_table()["value"]
    value = {name: float(own.get(name, declared[name])) for name in declared.index}
    licence, reexports = first_restriction(raw, "export_licence"), first_restriction(raw, "reexport_ban")
    restrictions = [p["effective"] for p in policies_of(raw) if restricts(p) and "effective" in p]
    approval = (licence or {}).get("approval", {})
    others = approval.get("default", 0.6)
    piles = {match[1]: int(match[2]) for p in policies_of(raw) if (match := PILE.fullmatch(p.get("name", "")))}
    added = [p.get("output_t_per_year", 0) for p in policies_of(raw) if ramps_rostec(p)]
    plan = Settings(
        approval_us=_percent(approval.get("destinations", {}).get("USA", others if licence else 0.4)),
        approval_others=_percent(others),
        processing=tuple((licence or {}).get("processing_weeks", (9, 17))),
        enforcement=_percent((reexports or {}).get("enforcement", 0.05)),
        rostec_t=round(rostec_base()[0] + sum(added)),
        rostec_exports=NOT_AT_ALL if any(shuts_russia(p) for p in policies_of(raw)) else SURPLUS,
        stockpile_us=piles.get("US", 0),
        stockpile_eu=piles.get("EU", 0),
        growth_gallium=round(100 * value["growth_gallium"], 1),
        growth_germanium=round(100 * value["growth_germanium"], 1),
        precaution=round(value["precaution"], 1),
        weeks=raw.get("weeks", Scenario.model_fields["weeks"].default),
        seed=seed,
    )
    return replace(plan, start_month=_months_between(start_of(raw), min(restrictions))) if restrictions else plan


def apply_settings(raw: Raw, chosen: Settings) -> Raw:
    """Return the scenario with everything changed that is not chosen as it stands there; `raw` stays as it is."""
    standing = replace(read_settings(raw), seed=chosen.seed)
    result = deepcopy(raw)
    if chosen == standing:
        return result
    policies = policies_of(result)
    if chosen.restriction == AS_IT_IS:
        _adjust(policies, chosen, standing)
    else:
        made = restriction(chosen, month_start(raw, chosen), first_restriction(raw, "export_licence") or USUAL_LICENCE)
        policies = [p for p in policies if not restricts(p)] + made
    policies = _russia(policies, chosen, standing, start_of(raw))
    for who, name in (("US", "stockpile_us"), ("EU", "stockpile_eu")):
        if getattr(chosen, name) != getattr(standing, name):
            policies = [p for p in policies if not p.get("name", "").startswith(f"{who} stockpile: ")]
            policies += stockpiles(who, getattr(chosen, name), start_of(raw))
    moved = [name for name in PARAMETERS if abs(getattr(chosen, name) - getattr(standing, name)) > 1e-9]
    own = {name: getattr(chosen, name) / PARAMETERS[name] for name in moved}
    if own or "parameters" in result:
        result["parameters"] = result.get("parameters", {}) | own
    name = str(result.get("name", "scenario"))
    return result | {"name": f"{name.removesuffix('_changed')}_changed", "weeks": chosen.weeks, "policies": policies}


def _adjust(policies: list[Raw], chosen: Settings, standing: Settings) -> None:
    """Change the scenario's own licences and ban on re-exports where the controls were moved."""
    approval = (chosen.approval_us, chosen.approval_others) != (standing.approval_us, standing.approval_others)
    for policy in filter(restricts, policies):
        if policy["kind"] == "export_licence" and approval:
            for practice in (policy, *policy.get("phases", [])):
                practice["approval"] = approval_of(chosen, practice.get("approval", {}))
        if policy["kind"] == "export_licence" and chosen.processing != standing.processing:
            policy["processing_weeks"] = list(chosen.processing)
        if policy["kind"] == "reexport_ban" and chosen.enforcement != standing.enforcement:
            policy["enforcement"] = chosen.enforcement / 100
            policy.pop("campaigns", None)


def _russia(policies: list[Raw], chosen: Settings, standing: Settings, first: date) -> list[Raw]:
    if chosen.rostec_t != standing.rostec_t:
        policies = [p for p in policies if not ramps_rostec(p)] + rostec_output(chosen.rostec_t, first)
    if chosen.rostec_exports != standing.rostec_exports:
        policies = [p for p in policies if not shuts_russia(p)] + rostec_ban(chosen, first)
        if chosen.rostec_exports == EVERYWHERE:
            policies = [p for p in policies if not (p.get("kind") == "sanction" and "RUS" in p.get("targets", ()))]
    return policies


def to_compare(chosen: Raw, filed: Raw, comparison: str) -> Raw:
    """Return the scenario to compare with, over the same weeks."""
    other = deepcopy(filed if comparison == AS_FILED else chosen) | {"weeks": chosen.get("weeks", 209)}
    if comparison == NO_POLICY:
        other["policies"] = []
    if comparison == WITHOUT_CHINA:
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
