"""The policies behind the page's controls, written and recognised as tables of a scenario file."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from functools import cache

from experiments.page_choices import BOTH, LICENCES, NOT_AT_ALL, TOTAL_BAN, US_BAN, Raw, Settings
from model.world import load_world

ROSTEC = "jsc-germanium"
EU = ("BEL", "DEU", "FRA", "SVK", "GRC")
RESTRICTING = ("export_licence", "export_ban", "reexport_ban", "export_quota")
# A stockpile is opened when the price at home passes this multiple of the reference price.
RELEASE_AT = 1.5


def restriction(chosen: Settings, day: date, licence: Raw) -> list[Raw]:
    """Return China's chosen measures from a day on; licences are like `licence` but for what is chosen."""
    made: list[Raw] = []
    if chosen.restriction in (LICENCES, BOTH):
        rule = {key: deepcopy(licence[key]) for key in licence if key not in ("suspensions", "until", "phases", "when")}
        rule |= {"kind": "export_licence", "name": "China: export licences", "actor": "CHN", "effective": day}
        rule |= {"announced": day - timedelta(days=29), "processing_weeks": list(chosen.processing)}
        made.append(rule | {"approval": approval_of(chosen, licence.get("approval", {}))})
    if chosen.restriction in (US_BAN, BOTH):
        ban: Raw = {"actor": "CHN", "targets": ["USA"], "announced": day, "effective": day}
        again: Raw = {"kind": "reexport_ban", "name": "China: re-exports to the US"}
        again |= {"enforcement": chosen.enforcement / 100}
        made += [{"kind": "export_ban", "name": "China: ban on the US"} | ban, again | ban]
    if chosen.restriction == TOTAL_BAN:
        made.append(
            {"kind": "export_ban", "name": "China: total ban", "actor": "CHN", "announced": day, "effective": day}
        )
    return made


def approval_of(chosen: Settings, before: Raw) -> Raw:
    """Return the chosen chances of a licence; those of end uses stay as before."""
    shares = {"default": chosen.approval_others / 100, "destinations": {"USA": chosen.approval_us / 100}}
    return {**shares, "end_uses": deepcopy(before["end_uses"])} if "end_uses" in before else shares


def rostec_output(tonnes: int, day: date) -> list[Raw]:
    """Return the ramp that brings Rostec to so many tonnes a year."""
    output, capacity = rostec_base()
    if tonnes <= output:
        return []
    rule: Raw = {"kind": "capacity_support", "name": f"Rostec: {tonnes} t of germanium a year", "actor": "RUS"}
    rule |= {"firm": ROSTEC, "good": "germanium-5N", "output_t_per_year": tonnes - output, "ramp_weeks": 26}
    return [rule | {"capacity_t_per_year": max(tonnes - capacity, 0.0), "announced": day, "effective": day}]


def rostec_ban(chosen: Settings, day: date) -> list[Raw]:
    """Return Russia's own ban, if it is chosen."""
    rule = {"kind": "export_ban", "name": "Russia: germanium stays at home", "actor": "RUS", "goods": ["germanium"]}
    return [rule | {"severity": 0.0, "announced": day, "effective": day}] if chosen.rostec_exports == NOT_AT_ALL else []


def stockpiles(who: str, months: int, day: date) -> list[Raw]:
    """One pile per country and good, full at the start, opened when the home price has risen by half."""
    world = load_world()
    reference = dict(zip(world.goods, world.reference_price, strict=True))
    use = world.balance()["use_t"]
    piles = []
    for zone in ("USA",) if who == "US" else EU:
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
    """Return whether a policy restricts China's exports."""
    return policy.get("actor") == "CHN" and policy.get("kind") in RESTRICTING


def ramps_rostec(policy: Raw) -> bool:
    """Return whether a policy raises Rostec's output."""
    return policy.get("kind") == "capacity_support" and policy.get("firm") == ROSTEC


def shuts_russia(policy: Raw) -> bool:
    """Return whether a policy keeps Russia's metal at home."""
    return policy.get("kind") == "export_ban" and policy.get("actor") == "RUS" and not policy.get("targets")


def first_restriction(raw: Raw, kind: str) -> Raw | None:
    """Return China's first restriction of a kind."""
    return next((p for p in policies_of(raw) if restricts(p) and p["kind"] == kind), None)


def has_policy(raw: Raw, kind: str) -> bool:
    """Return whether China restricts exports in this way."""
    return first_restriction(raw, kind) is not None


@cache
def rostec_base() -> tuple[float, float]:
    """Return Rostec's output and capacity in the data files, t/yr."""
    row = load_world().supply.set_index("firm").loc[ROSTEC]
    return float(row["output_t_per_yr"]), float(row["capacity_t_per_yr"])
