"""The levers on the restrictions of the country that the page is about: bans, licences, re-exports."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from functools import partial
from typing import Any

from experiments.page.case import Case
from experiments.page.levers import Lever, Raw, Value, month_of, months_between, policies_of, start_of, with_policies
from experiments.page.world import people, with_article, zone_name
from experiments.study.answers import listed

LICENCE, BAN, REEXPORTS, QUOTA = RESTRICTING = ("export_licence", "export_ban", "reexport_ban", "export_quota")
AS_IT_IS, NONE, LICENCES = "as-it-is", "none", "licences"
TARGET_BAN, BOTH, TOTAL_BAN = "target-ban", "both", "total-ban"
FIRST_MONTH = 7  # months after the scenario's first, for a restriction that the page makes
USUAL_CHANCE, USUAL_CAUGHT, USUAL_CHANCES = 0.6, 0.05, {"trading": 0.1, "defence": 0.1}


def levers(case: Case) -> Iterator[Lever]:
    """Yield the levers on restrictions."""
    name, target = zone_name(case.world, case.restrictor), with_article(case.world, case.target)
    group = f"{name}'s restrictions"
    choices = {
        AS_IT_IS: "As in the scenario", NONE: "None", LICENCES: "Export licences", TARGET_BAN: f"Ban on {target}",
        BOTH: f"Licences and a ban on {target}", TOTAL_BAN: "Total ban",
    }  # fmt: skip
    yield Lever(
        key="restriction", group=group, label=f"{name} restricts exports", choices=choices,
        meaning=f"Replaces all restrictions of {name} in the scenario by one rule; nobody else's.",
        read=partial(_chosen, case), write=partial(_restrict, case),
    )  # fmt: skip
    yield Lever(
        key="start", group=group, label="It starts", meaning="Months from the scenario's first month on.", most=130,
        unit=" months on", read=partial(_start, case), write=partial(_begin, case),
        usable=lambda raw: _chosen(case, raw) not in (AS_IT_IS, NONE),
        kept=lambda raw: f"{month_of(raw, _start(case, raw)):%B %Y}." if _chosen(case, raw) != AS_IT_IS else "",
    )  # fmt: skip
    yield Lever(
        key="pause", group=group, label=f"Ban on {target} paused until", most=130, unit=" months on",
        meaning="When the pause of the ban ends, and the ban is back; months from the scenario's first.",
        read=lambda raw: months_between(start_of(raw), max(_pauses(case, raw), default=start_of(raw))),
        write=partial(_resume, case), usable=lambda raw: bool(_pauses(case, raw)),
        kept=lambda raw: f"The ban is back on {max(_pauses(case, raw)):%-d %B %Y}." if _pauses(case, raw) else "",
    )  # fmt: skip
    licence: dict[str, Any] = {"group": group, "usable": lambda raw: bool(of_kind(case, raw, LICENCE))}
    granted = licence | {
        "unit": " %", "source": "fitted to the record up to June 2024 in the record, else as filed",
        "plausible": "0 to 100 %", "kept": partial(_exceptions, case),
    }  # fmt: skip
    yield Lever(
        key="grant-target", label=f"Licences granted to {people(case.world, case.target)} buyers",
        meaning="Chance that an application is granted, before its end use counts.",
        read=lambda raw: _chance(case, raw, case.target),
        write=lambda raw, value: _grant(case, raw, value, case.target), **granted,
    )  # fmt: skip
    yield Lever(
        key="grant-others", label="Licences granted to all others",
        meaning="The same for countries without a chance of their own; moved, it holds for all metals and dates.",
        read=lambda raw: _chance(case, raw, ""), write=lambda raw, value: _grant(case, raw, value, ""), **granted,
    )  # fmt: skip
    yield Lever(
        key="processing", label="A first decision takes", unit=" weeks", least=1, most=104, pair=True,
        meaning="Shortest and longest time from a first application to its decision.", plausible="9 to 17 weeks",
        source="45 working days by law; reports of 2023",
        read=lambda raw: tuple(_rule(case, raw, LICENCE).get("processing_weeks", (9, 17))),
        write=lambda raw, value: _each(case, raw, LICENCE, {"processing_weeks": list(value)}),
        kept=partial(_repeats, case), **licence,
    )  # fmt: skip
    yield Lever(
        key="enforcement", group=group, label="Re-exports caught", unit=" %", most=50,
        meaning=f"Chance that a shipment through a third country to {target} is caught.",
        source="assumed", plausible="0 to 20 %", usable=lambda raw: bool(of_kind(case, raw, REEXPORTS)),
        read=lambda raw: round(100 * _rule(case, raw, REEXPORTS).get("enforcement", USUAL_CAUGHT)),
        write=lambda raw, value: _each(case, raw, REEXPORTS, {"enforcement": value / 100}),
        kept=partial(_campaigns, case),
    )  # fmt: skip


def restricts(case: Case, policy: Raw) -> bool:
    """Return whether a policy restricts the exports of the country that the page is about."""
    return policy.get("actor") == case.restrictor and policy.get("kind") in RESTRICTING


def of_kind(case: Case, raw: Raw, kind: str) -> list[Raw]:
    """Return the country's restrictions of a kind."""
    return [policy for policy in policies_of(raw) if restricts(case, policy) and policy["kind"] == kind]


def _rule(case: Case, raw: Raw, kind: str) -> Raw:
    """Return the first restriction of a kind; an empty one where there is none."""
    return next(iter(of_kind(case, raw, kind)), {})


def _each(case: Case, raw: Raw, kind: str, given: Raw) -> Raw:
    """Return the scenario with something given in every restriction of a kind."""
    changed = [p | given if restricts(case, p) and p["kind"] == kind else p for p in policies_of(raw)]
    return raw | {"policies": changed}


# ---- the rule itself ------------------------------------------------------------------------------------------------


def _chosen(case: Case, raw: Raw) -> str:
    """Return the choice that made the restrictions, by their names; as they are in the file where it was none."""
    found = {p.get("name", "") for p in policies_of(raw) if restricts(case, p)}
    known = {LICENCES: ("licences",), TARGET_BAN: ("ban", "re-exports"), BOTH: ("licences", "ban", "re-exports"),
             TOTAL_BAN: ("total ban",)}  # fmt: skip
    made = {choice: {_name(case, name) for name in names} for choice, names in known.items()}
    return next((choice for choice, names in made.items() if found == names), AS_IT_IS if found else NONE)


def _name(case: Case, what: str) -> str:
    """Return the name of a restriction that the page makes: `China: ban on the US (chosen)`."""
    name, target = zone_name(case.world, case.restrictor), with_article(case.world, case.target)
    said = {"licences": "export licences", "ban": f"ban on {target}", "re-exports": f"re-exports to {target}"}
    return f"{name}: {said.get(what, what)} (chosen)"


def _restrict(case: Case, raw: Raw, choice: str) -> Raw:
    if choice == AS_IT_IS:
        return raw
    day, made = month_of(raw, FIRST_MONTH), list[Raw]()
    both = {"actor": case.restrictor, "announced": day, "effective": day}
    if choice in (LICENCES, BOTH):
        uses = {use: chance for use, chance in USUAL_CHANCES.items() if use in case.world.end_uses}
        pattern = _rule(case, raw, LICENCE) or {"approval": {"default": USUAL_CHANCE, "end_uses": uses}}
        dropped = ("suspensions", "until", "phases", "when", "delay_weeks")
        rule = {key: deepcopy(value) for key, value in pattern.items() if key not in dropped} | both
        made.append(rule | {"kind": LICENCE, "name": _name(case, "licences"), "announced": day - timedelta(days=29)})
    if choice in (TARGET_BAN, BOTH):
        aimed = both | {"targets": [case.target]}
        caught = _rule(case, raw, REEXPORTS).get("enforcement", USUAL_CAUGHT)
        made.append({"kind": BAN, "name": _name(case, "ban")} | aimed)
        made.append({"kind": REEXPORTS, "name": _name(case, "re-exports"), "enforcement": caught} | aimed)
    if choice == TOTAL_BAN:
        made.append({"kind": BAN, "name": _name(case, "total ban")} | both)
    return with_policies(raw, [p for p in policies_of(raw) if not restricts(case, p)] + made)


# ---- its dates ------------------------------------------------------------------------------------------------------


def _start(case: Case, raw: Raw) -> int:
    days = [p["effective"] for p in policies_of(raw) if restricts(case, p) and "effective" in p]
    return months_between(start_of(raw), min(days)) if days else FIRST_MONTH


def _begin(case: Case, raw: Raw, months: int) -> Raw:
    later = month_of(raw, months) - month_of(raw, _start(case, raw))
    moved = [
        p | {key: p[key] + later for key in ("announced", "effective")} if restricts(case, p) else p
        for p in policies_of(raw)
    ]
    return raw | {"policies": moved}


def _paused(case: Case, raw: Raw) -> list[Raw]:
    """Return the last pauses of bans on the target."""
    aimed = [p for p in policies_of(raw) if restricts(case, p) and case.target in p.get("targets", [])]
    return [max(p["suspensions"], key=lambda pause: pause["end"]) for p in aimed if p.get("suspensions")]


def _pauses(case: Case, raw: Raw) -> list[date]:
    return [pause["end"] for pause in _paused(case, raw)]


def _resume(case: Case, raw: Raw, months: int) -> Raw:
    """Return the scenario with another end of the last pause; it never ends before it began."""
    changed = deepcopy(raw)
    for last in _paused(case, changed):
        last["end"] = max(month_of(raw, months), last["start"] + timedelta(days=7))
    return changed


# ---- one chance at a time; exceptions stay --------------------------------------------------------------------------


def _chance(case: Case, raw: Raw, zone: str) -> int:
    """Return the chance of a country, of all others without one, in per cent."""
    approval = _rule(case, raw, LICENCE).get("approval", {})
    return round(100 * approval.get("destinations", {}).get(zone, approval.get("default", USUAL_CHANCE)))


def _grant(case: Case, raw: Raw, percent: Value, zone: str) -> Raw:
    """Return the scenario with one chance changed, in every phase; all other chances stay what they are."""
    changed = deepcopy(raw)
    for policy in of_kind(case, changed, LICENCE):
        for practice in (policy, *policy.get("phases", [])):
            approval = practice.setdefault("approval", {})
            own = approval.setdefault("destinations", {})
            if zone:
                own[zone] = percent / 100
                continue
            own.setdefault(case.target, approval.get("default", USUAL_CHANCE))  # it has a control of its own
            approval["default"] = percent / 100
            for other in ("by_record", "granted"):  # would stand in place of what was chosen
                approval.pop(other, None)
    return changed


def _exceptions(case: Case, raw: Raw) -> str:
    """Return the chances that the two controls leave alone."""
    rule, said, told = _rule(case, raw, LICENCE), list[str](), dict[str, float]()
    if not rule:
        return ""
    phases = [("", rule.get("approval", {}))]
    phases += [(f"from {phase['start']:%-d %b %Y} ", phase["approval"]) for phase in rule.get("phases", [])]
    for when, approval in phases:
        by_chance: dict[float, list[str]] = {}
        for zone, chance in approval.get("destinations", {}).items():
            if zone != case.target and told.get(zone) != chance:
                by_chance.setdefault(chance, []).append(zone_name(case.world, zone))
                told[zone] = chance
        said += [f"{when}{listed(zones)} {100 * chance:.0f} %" for chance, zones in by_chance.items()]
    named = case.world.end_use_table.set_index("end_use")["name"]
    uses = phases[0][1].get("end_uses", {})
    said += [f"{str(named.get(use, use)).lower()} {100 * chance:.0f} % of it" for use, chance in uses.items()]
    recorded = any(approval.get("by_record") for _, approval in phases)
    follow = " As filed, all chances follow what the record shows by metal and date." if recorded else ""
    return (f"Kept: {'; '.join(said)}." if said else "") + follow


def _repeats(case: Case, raw: Raw) -> str:
    """Return how long later decisions take, which the control leaves alone."""
    low, high = _rule(case, raw, LICENCE).get("repeat_weeks", (6, 12))
    return f"Kept: later applications {low} to {high} weeks." if of_kind(case, raw, LICENCE) else ""


def _campaigns(case: Case, raw: Raw) -> str:
    """Return the campaigns, which the control leaves alone."""
    found = [c for p in of_kind(case, raw, REEXPORTS) for c in p.get("campaigns", [])]
    said = [f"{100 * one['enforcement']:.0f} % from {one['start']:%-d %b %Y}" for one in found]
    return f"Kept: campaigns, {listed(said)}." if said else ""
