"""The policies behind the page's controls, written and recognised as tables of a scenario file."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

from experiments.page.case import Grower, page_case
from experiments.page.choices import BOTH, LICENCES, NOT_AT_ALL, TARGET_BAN, TOTAL_BAN, Raw, Settings
from experiments.page.world import with_article, zone_name
from model.world import load_world

RESTRICTING = ("export_licence", "export_ban", "reexport_ban", "export_quota")
# A stockpile is opened when the price at home passes this multiple of the reference price.
RELEASE_AT = 1.5


def restriction(chosen: Settings, day: date, licence: Raw) -> list[Raw]:
    """Return the chosen measures from a day on; licences are like `licence` but for what is chosen."""
    case, world = page_case(), load_world()
    actor, name, target = case.restrictor, zone_name(world, case.restrictor), with_article(world, case.target)
    made: list[Raw] = []
    if chosen.restriction in (LICENCES, BOTH):
        rule = {key: deepcopy(licence[key]) for key in licence if key not in ("suspensions", "until", "phases", "when")}
        rule |= {"kind": "export_licence", "name": f"{name}: export licences", "actor": actor, "effective": day}
        rule |= {"announced": day - timedelta(days=29), "processing_weeks": list(chosen.processing)}
        made.append(rule | {"approval": approval_of(chosen, licence.get("approval", {}))})
    if chosen.restriction in (TARGET_BAN, BOTH):
        ban: Raw = {"actor": actor, "targets": [case.target], "announced": day, "effective": day}
        again: Raw = {"kind": "reexport_ban", "name": f"{name}: re-exports to {target}"}
        again |= {"enforcement": chosen.enforcement / 100}
        made += [{"kind": "export_ban", "name": f"{name}: ban on {target}"} | ban, again | ban]
    if chosen.restriction == TOTAL_BAN:
        made.append(
            {"kind": "export_ban", "name": f"{name}: total ban", "actor": actor, "announced": day, "effective": day}
        )
    return made


def approval_of(chosen: Settings, before: Raw) -> Raw:
    """Return the chosen chances of a licence; those of end uses stay as before."""
    destinations = {page_case().target: chosen.approval_target / 100}
    shares = {"default": chosen.approval_others / 100, "destinations": destinations}
    return {**shares, "end_uses": deepcopy(before["end_uses"])} if "end_uses" in before else shares


def grower_output(grower: Grower, tonnes: int, day: date) -> list[Raw]:
    """Return the ramp that brings the producer to so many tonnes a year."""
    if tonnes <= grower.output_t:
        return []
    rule: Raw = {"kind": "capacity_support", "name": f"{grower.name}: {tonnes} t of {grower.metal} a year"}
    rule |= {"actor": grower.zone, "firm": grower.firm, "good": grower.good, "ramp_weeks": 26}
    rule |= {"output_t_per_year": tonnes - grower.output_t}
    return [rule | {"capacity_t_per_year": max(tonnes - grower.capacity_t, 0.0), "announced": day, "effective": day}]


def grower_ban(grower: Grower, chosen: Settings, day: date) -> list[Raw]:
    """Return the ban by the producer's own country, if it is chosen."""
    name = f"{zone_name(load_world(), grower.zone)}: {grower.metal} stays at home"
    rule = {"kind": "export_ban", "name": name, "actor": grower.zone, "goods": [grower.metal]}
    return [rule | {"severity": 0.0, "announced": day, "effective": day}] if chosen.grower_exports == NOT_AT_ALL else []


def stockpiles(who: str, months: int, day: date) -> list[Raw]:
    """One pile per country and good, full at the start, opened when the home price has risen by half."""
    world = load_world()
    reference = dict(zip(world.goods, world.reference_price, strict=True))
    use = world.balance()["use_t"]
    piles = []
    for zone in page_case().piles[who].zones:
        for good in world.goods:
            kg = round(float(use[good, zone]) * 1000 * months / 12, 1)
            open_at = round(RELEASE_AT * float(reference[good]), 1)
            pile: Raw = {"kind": "stockpile", "name": f"{who} stockpile: {months} months of use", "actor": zone}
            pile |= {"good": good, "target_kg": kg, "initial_kg": kg, "pay_up_to": 1.1}
            pile |= {"release_above_usd_per_kg": open_at, "release_weeks": 26, "announced": day, "effective": day}
            piles += [pile] if kg else []
    return piles


def policies_of(raw: Raw) -> list[Raw]:
    """Return a scenario's policies."""
    return raw.get("policies", [])


def restricts(policy: Raw) -> bool:
    """Return whether a policy restricts the exports of the country that the controls are about."""
    return policy.get("actor") == page_case().restrictor and policy.get("kind") in RESTRICTING


def ramps(policy: Raw, grower: Grower | None) -> bool:
    """Return whether a policy raises the producer's output."""
    return grower is not None and policy.get("kind") == "capacity_support" and policy.get("firm") == grower.firm


def keeps_home(policy: Raw, grower: Grower | None) -> bool:
    """Return whether a policy keeps the metal of the producer's country at home."""
    shut = policy.get("kind") == "export_ban" and not policy.get("targets")
    return grower is not None and shut and policy.get("actor") == grower.zone


def first_restriction(raw: Raw, kind: str) -> Raw | None:
    """Return the first restriction of a kind."""
    return next((p for p in policies_of(raw) if restricts(p) and p["kind"] == kind), None)


def has_policy(raw: Raw, kind: str) -> bool:
    """Return whether exports are restricted in this way."""
    return first_restriction(raw, kind) is not None
