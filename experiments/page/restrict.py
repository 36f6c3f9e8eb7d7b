"""The levers on the restrictions of the country that the page is about: bans, licences, re-exports."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from experiments.page import licences
from experiments.page.case import Case
from experiments.page.levers import Lever, Raw, month_of, months_between, policies_of, start_of, with_policies
from experiments.page.licences import of_kind, restricts
from experiments.page.world import people, with_article, zone_name

AS_IT_IS, NONE, LICENCES = "as-it-is", "none", "licences"
TARGET_BAN, BOTH, TOTAL_BAN = "target-ban", "both", "total-ban"
FIRST_MONTH = 7  # months after the scenario's first, for a restriction that the page makes
USUAL_CHANCES = {"trading": 0.1, "defence": 0.1}


def levers(case: Case) -> Iterator[Lever]:
    """Yield the levers on restrictions."""
    name, target = zone_name(case.world, case.restrictor), with_article(case.world, case.target)
    group = f"{name}'s restrictions"

    def has(kind: str) -> dict[str, Any]:
        return {"group": group, "usable": lambda raw: bool(of_kind(case, raw, kind))}

    choices = {
        AS_IT_IS: "As in the scenario", NONE: "None", LICENCES: "Export licences", TARGET_BAN: f"Ban on {target}",
        BOTH: f"Licences and a ban on {target}", TOTAL_BAN: "Total ban",
    }  # fmt: skip
    yield Lever(
        key="restriction", group=group, label=f"{name} restricts exports", choices=choices,
        meaning=f"Replaces all restrictions of {name} in the scenario by one rule; nobody else's.",
        read=lambda raw: _chosen(case, raw), write=lambda raw, value: _restrict(case, raw, value),
    )  # fmt: skip
    yield Lever(
        key="start", group=group, label="It starts", meaning="Months from the scenario's first month on.", most=130,
        unit=" months on", read=lambda raw: _start(case, raw), write=lambda raw, value: _begin(case, raw, value),
        usable=lambda raw: _chosen(case, raw) not in (AS_IT_IS, NONE),
        kept=lambda raw: f"{month_of(raw, _start(case, raw)):%B %Y}." if _chosen(case, raw) != AS_IT_IS else "",
    )  # fmt: skip
    yield Lever(
        key="pause", label=f"Ban on {target} paused until",
        meaning="When the pause of the ban ends, and the ban is back; months from the scenario's first.",
        most=130, unit=" months on", group=group,
        read=lambda raw: _pause(case, raw), write=lambda raw, value: _resume(case, raw, value),
        usable=lambda raw: bool(_pauses(case, raw)), kept=lambda raw: _when_back(case, raw),
    )  # fmt: skip
    yield Lever(
        key="grant-target", label=f"Licences granted to {people(case.world, case.target)} buyers", unit=" %",
        meaning="Chance that an application is granted, before its end use counts.",
        source="fitted to the record up to June 2024 in the record, else as filed", plausible="0 to 100 %",
        read=lambda raw: licences.grant(case, raw, case.target), kept=lambda raw: licences.exceptions(case, raw),
        write=lambda raw, value: licences.granted(case, raw, value, case.target), **has("export_licence"),
    )  # fmt: skip
    yield Lever(
        key="grant-others", label="Licences granted to all others", unit=" %",
        meaning="The same for countries without a chance of their own; moved, it holds for all metals and dates.",
        source="fitted to the record up to June 2024 in the record, else as filed", plausible="0 to 100 %",
        read=lambda raw: licences.grant(case, raw, ""), kept=lambda raw: licences.exceptions(case, raw),
        write=lambda raw, value: licences.granted(case, raw, value, ""), **has("export_licence"),
    )  # fmt: skip
    yield Lever(
        key="processing", label="A first decision takes", unit=" weeks", least=1, most=104, pair=True,
        meaning="Shortest and longest time from a first application to its decision.", plausible="9 to 17 weeks",
        source="45 working days by law; reports of 2023", read=lambda raw: licences.times(case, raw),
        write=lambda raw, value: licences.each(case, raw, "export_licence", {"processing_weeks": list(value)}),
        kept=lambda raw: licences.repeats(case, raw), **has("export_licence"),
    )  # fmt: skip
    yield Lever(
        key="enforcement", label="Re-exports caught", unit=" %", most=50,
        meaning=f"Chance that a shipment through a third country to {target} is caught.",
        source="assumed", plausible="0 to 20 %", read=lambda raw: licences.caught(case, raw),
        write=lambda raw, value: licences.each(case, raw, "reexport_ban", {"enforcement": value / 100}),
        kept=lambda raw: licences.campaigns(case, raw), **has("reexport_ban"),
    )  # fmt: skip


# ---- the rule itself ------------------------------------------------------------------------------------------------


def _chosen(case: Case, raw: Raw) -> str:
    """Return the choice that made the restrictions, by their names; as they are in the file where it was none."""
    found = {p.get("name", "") for p in policies_of(raw) if restricts(case, p)}
    known = {LICENCES: ("licences",), TARGET_BAN: ("ban", "re-exports"), BOTH: ("licences", "ban", "re-exports"),
             TOTAL_BAN: ("total ban",)}  # fmt: skip
    made = {choice: {_name(case, name) for name in names} for choice, names in known.items()}
    return next((choice for choice, names in made.items() if found == names), AS_IT_IS if found else NONE)


def _name(case: Case, what: str) -> str:
    """Return the name of a restriction that the page makes: `China: ban on the US (page)`."""
    name, target = zone_name(case.world, case.restrictor), with_article(case.world, case.target)
    said = {"licences": "export licences", "ban": f"ban on {target}", "re-exports": f"re-exports to {target}"}
    return f"{name}: {said.get(what, what)} (chosen)"


def _restrict(case: Case, raw: Raw, choice: str) -> Raw:
    if choice == AS_IT_IS:
        return raw
    pattern = next(iter(of_kind(case, raw, "export_licence")), _usual(case))
    caught = next(iter(of_kind(case, raw, "reexport_ban")), {}).get("enforcement", 0.05)
    day = month_of(raw, FIRST_MONTH)
    both = {"actor": case.restrictor, "announced": day, "effective": day}
    made: list[Raw] = []
    if choice in (LICENCES, BOTH):
        dropped = ("suspensions", "until", "phases", "when", "delay_weeks")
        rule = {key: deepcopy(value) for key, value in pattern.items() if key not in dropped} | both
        rule |= {"kind": "export_licence", "name": _name(case, "licences"), "announced": day - timedelta(days=29)}
        made.append(rule)
    if choice in (TARGET_BAN, BOTH):
        aimed = both | {"targets": [case.target]}
        made.append({"kind": "export_ban", "name": _name(case, "ban")} | aimed)
        made.append({"kind": "reexport_ban", "name": _name(case, "re-exports"), "enforcement": caught} | aimed)
    if choice == TOTAL_BAN:
        made.append({"kind": "export_ban", "name": _name(case, "total ban")} | both)
    return with_policies(raw, [p for p in policies_of(raw) if not restricts(case, p)] + made)


def _usual(case: Case) -> Raw:
    """Return the licence rule of a scenario that has none, with the end uses that the world knows."""
    known = {use: chance for use, chance in USUAL_CHANCES.items() if use in case.world.end_uses}
    return {"approval": {"default": 0.6, "end_uses": known}}


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


def _pauses(case: Case, raw: Raw) -> list[date]:
    """Return the ends of the last pauses of bans on the target."""
    aimed = [p for p in policies_of(raw) if restricts(case, p) and case.target in p.get("targets", [])]
    return [max(pause["end"] for pause in p["suspensions"]) for p in aimed if p.get("suspensions")]


def _pause(case: Case, raw: Raw) -> int:
    return months_between(start_of(raw), max(_pauses(case, raw), default=start_of(raw)))


def _when_back(case: Case, raw: Raw) -> str:
    return f"The ban is back on {max(_pauses(case, raw)):%-d %B %Y}." if _pauses(case, raw) else ""


def _resume(case: Case, raw: Raw, months: int) -> Raw:
    """Return the scenario with another end of the last pause; it never ends before it began."""
    policies = deepcopy(policies_of(raw))
    for policy in policies:
        if restricts(case, policy) and case.target in policy.get("targets", []) and policy.get("suspensions"):
            last = max(policy["suspensions"], key=lambda pause: pause["end"])
            last["end"] = max(month_of(raw, months), last["start"] + timedelta(days=7))
    return raw | {"policies": policies}
