"""What the levers on licences and re-exports read and write: one chance at a time; exceptions stay."""

from __future__ import annotations

from copy import deepcopy

from experiments.page.case import Case
from experiments.page.levers import Raw, Value, policies_of
from experiments.page.world import zone_name
from experiments.study.answers import listed

RESTRICTING = ("export_licence", "export_ban", "reexport_ban", "export_quota")


def restricts(case: Case, policy: Raw) -> bool:
    """Return whether a policy restricts the exports of the country that the page is about."""
    return policy.get("actor") == case.restrictor and policy.get("kind") in RESTRICTING


def of_kind(case: Case, raw: Raw, kind: str) -> list[Raw]:
    """Return the country's restrictions of a kind."""
    return [policy for policy in policies_of(raw) if restricts(case, policy) and policy["kind"] == kind]


def practices(policy: Raw) -> list[Raw]:
    """Return a licence rule's approvals: its first practice, then the later ones."""
    return [policy.setdefault("approval", {}), *(phase["approval"] for phase in policy.get("phases", []))]


def grant(case: Case, raw: Raw, zone: str) -> int:
    """Return the chance of a country, of all others without one, in per cent."""
    rule = deepcopy(next(iter(of_kind(case, raw, "export_licence")), {}))
    approval = practices(rule)[0]
    default = approval.get("default", 0.6)
    return round(100 * (approval.get("destinations", {}).get(zone, default) if zone else default))


def granted(case: Case, raw: Raw, percent: Value, zone: str) -> Raw:
    """Return the scenario with one chance changed, in every phase; all other chances stay what they are."""
    policies = deepcopy(policies_of(raw))
    for policy in policies:
        if not (restricts(case, policy) and policy["kind"] == "export_licence"):
            continue
        for approval in practices(policy):
            own = approval.setdefault("destinations", {})
            if zone:
                own[zone] = percent / 100
                continue
            own.setdefault(case.target, approval.get("default", 0.6))  # it has a control of its own
            approval["default"] = percent / 100
            for other in ("by_record", "granted"):  # would stand in place of what was chosen
                approval.pop(other, None)
    return raw | {"policies": policies}


def exceptions(case: Case, raw: Raw) -> str:
    """Return the chances that the two controls leave alone."""
    rules = of_kind(case, raw, "export_licence")
    if not rules:
        return ""
    said, named = [], case.world.end_use_table.set_index("end_use")["name"]
    phases = [("", rules[0].get("approval", {}))]
    phases += [(f"from {phase['start']:%-d %b %Y} ", phase["approval"]) for phase in rules[0].get("phases", [])]
    told: dict[str, float] = {}
    for when, approval in phases:
        by_chance: dict[float, list[str]] = {}
        for zone, chance in approval.get("destinations", {}).items():
            if zone != case.target and told.get(zone) != chance:
                by_chance.setdefault(chance, []).append(zone_name(case.world, zone))
                told[zone] = chance
        said += [f"{when}{listed(zones)} {100 * chance:.0f} %" for chance, zones in by_chance.items()]
    uses = phases[0][1].get("end_uses", {})
    said += [f"{str(named.get(use, use)).lower()} {100 * chance:.0f} % of it" for use, chance in uses.items()]
    recorded = any(approval.get("by_record") for _, approval in phases)
    follow = " As filed, all chances follow what the record shows by metal and date." if recorded else ""
    return (f"Kept: {'; '.join(said)}." if said else "") + follow


def times(case: Case, raw: Raw) -> tuple[int, ...]:
    """Return the shortest and longest time to a first decision, weeks."""
    return tuple(next(iter(of_kind(case, raw, "export_licence")), {}).get("processing_weeks", (9, 17)))


def repeats(case: Case, raw: Raw) -> str:
    """Return how long later decisions take, which the control leaves alone."""
    low, high = next(iter(of_kind(case, raw, "export_licence")), {}).get("repeat_weeks", (6, 12))
    return f"Kept: later applications {low} to {high} weeks." if of_kind(case, raw, "export_licence") else ""


def each(case: Case, raw: Raw, kind: str, given: Raw) -> Raw:
    """Return the scenario with something given in every restriction of a kind."""
    changed = [p | given if restricts(case, p) and p["kind"] == kind else p for p in policies_of(raw)]
    return raw | {"policies": changed}


def caught(case: Case, raw: Raw) -> int:
    """Return the chance that a re-export is caught, in per cent."""
    return round(100 * next(iter(of_kind(case, raw, "reexport_ban")), {}).get("enforcement", 0.05))


def campaigns(case: Case, raw: Raw) -> str:
    """Return the campaigns, which the control leaves alone."""
    found = [c for p in of_kind(case, raw, "reexport_ban") for c in p.get("campaigns", [])]
    said = [f"{100 * one['enforcement']:.0f} % from {one['start']:%-d %b %Y}" for one in found]
    return f"Kept: campaigns, {listed(said)}." if said else ""
