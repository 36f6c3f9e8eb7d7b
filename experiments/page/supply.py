"""The levers on everything else: a producer's output, stockpiles, and every parameter of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache, partial

import pandas as pd

from experiments.page import restrict
from experiments.page.case import AS_FILED, NO_POLICY, UNRESTRICTED, Case, Grower, case_of
from experiments.page.levers import Lever, Raw, policies_of, start_of, with_policies
from experiments.page.world import zone_name
from model.scenario import Scenario
from model.world import World

SURPLUS, NOT_AT_ALL, EVERYWHERE = "surplus", "nothing", "everywhere"
RELEASE_AT = 1.5  # a stockpile is opened when the price at home passes this multiple of the reference price
LARGEST_SEED = 999_999
USUAL_WEEKS: int = Scenario.model_fields["weeks"].default
BUYERS, DRIVEN, OTHERS = "Demand and buyers", "What nobody can know", "All other assumptions"
DRIVERS = "drivers"
# Parameters that stand before all others: group, name, and what they mean to somebody who does not know the model.
FRONT = {
    "growth": (BUYERS, "Growth", "Growth of use a year (0.04: 4 %), and of the output that serves it."),
    "precaution": (BUYERS, "Precaution", "At 5, a buyer who believes a tenth of supply lost wants 1 + 5 x 0.1 = 1.5 "
                   "times its usual stock."),
    "elasticity_factor": (BUYERS, "Elasticity factor", "How strongly use falls when prices rise, as a multiple of the "
                          "elasticities in demand.csv."),
    "substitution_factor": (BUYERS, "Substitution factor", "How much larger the answer of use to prices is in the "
                            "long run."),
    "demand_volatility": (DRIVEN, "Demand shocks", "How far use for one purpose swings around its trend: 0.1 is about "
                          "10 %."),
    "demand_memory_weeks": (DRIVEN, "Demand shocks last", "Weeks after which about a third of a shock is left."),
    "outages_per_year": (DRIVEN, "Supply outages", "How often a primary plant fails: 0.1 is once in ten years."),
    "outage_weeks": (DRIVEN, "Outages last", "Weeks, on average."),
    "outage_depth": (DRIVEN, "Outages take", "Share of a plant's output that is gone meanwhile: 0.5 is half of it."),
    "grant_shift": (DRIVEN, "Licences beside the record", "More (+) or fewer (-) grants than the record shows: 0.7 "
                    "doubles the odds. Works with the drivers off, too."),
    "grant_volatility": (DRIVEN, "Licences wander", "How far the share granted moves in a week after the record ends."),
    "freight_volatility": (DRIVEN, "Freight swings", "How far freight swings around what the data say: 0.3 is about "
                           "30 %."),
    "freight_memory_weeks": (DRIVEN, "Freight swings last", "Weeks after which about a third of a swing is left."),
}  # fmt: skip


@cache
def levers_of(world: World) -> dict[str, Lever]:
    """Return all controls of a world by key, in the order in which they work."""
    case = case_of(world)
    grower = _grower(case, case.grower) if case.grower else ()
    found = [*restrict.levers(case), *grower, *_piles(case), _drivers(), *_parameters(case), *_run()]
    return {lever.key: lever for lever in found}


def to_compare(chosen: Raw, filed: Raw, comparison: str, case: Case) -> Raw:
    """Return the scenario to compare with, over the same weeks."""
    other = (filed if comparison == AS_FILED else chosen) | {"weeks": chosen.get("weeks", USUAL_WEEKS)}
    if comparison == NO_POLICY:
        return other | {"policies": []}
    if comparison == UNRESTRICTED:
        return with_policies(other, [p for p in policies_of(other) if not restrict.restricts(case, p)])
    return other


# ---- a producer that serves its own country first -------------------------------------------------------------------


def _grower(case: Case, one: Grower) -> Iterator[Lever]:
    group = f"{zone_name(case.world, one.zone)}: {one.name}'s {one.metal}"
    least, most = round(one.output_t), max(round(2 * one.capacity_t), round(one.output_t) + 1)
    yield Lever(
        key="grower", group=group, label=f"Output of {one.name}", unit=" t a year", least=least, most=most,
        meaning=f"Up from {one.output_t:g} t within 26 weeks; what its country does not need may be exported.",
        source=f"supply.csv: capacity {one.capacity_t:g} t", plausible=f"{one.output_t:g} to {one.capacity_t:g} t",
        read=lambda raw: round(one.output_t + sum(p.get("output_t_per_year", 0) for p in _ramps(raw, one))),
        write=partial(_ramp, one),
    )  # fmt: skip
    where = {SURPLUS: "Where sanctions allow", NOT_AT_ALL: "Not at all", EVERYWHERE: "Everywhere, sanctions lifted"}
    yield Lever(
        key="grower-sells", group=group, label="It may export", choices=where, read=partial(_sells, one),
        meaning="What is left after its own country's users are served.", write=partial(_sell, case, one),
    )  # fmt: skip


def _ramps(raw: Raw, grower: Grower) -> list[Raw]:
    return [p for p in policies_of(raw) if p.get("kind") == "capacity_support" and p.get("firm") == grower.firm]


def _ramp(grower: Grower, raw: Raw, tonnes: int) -> Raw:
    others = [p for p in policies_of(raw) if p not in _ramps(raw, grower)]
    if tonnes <= round(grower.output_t):
        return with_policies(raw, others)
    day = start_of(raw)
    rule: Raw = {"kind": "capacity_support", "name": f"{grower.name}: {tonnes} t of {grower.metal} a year"}
    rule |= {"actor": grower.zone, "firm": grower.firm, "good": grower.good, "ramp_weeks": 26, "announced": day}
    rule |= {"output_t_per_year": tonnes - grower.output_t, "effective": day}
    return with_policies(raw, [*others, rule | {"capacity_t_per_year": max(tonnes - grower.capacity_t, 0.0)}])


def _stays(policy: Raw, grower: Grower) -> bool:
    return policy.get("kind") == "export_ban" and policy["actor"] == grower.zone and not policy.get("targets")


def _hits(policy: Raw, grower: Grower) -> bool:
    return policy.get("kind") == "sanction" and grower.zone in policy.get("targets", [])


def _sells(grower: Grower, raw: Raw) -> str:
    if any(_stays(policy, grower) for policy in policies_of(raw)):
        return NOT_AT_ALL
    return SURPLUS if any(_hits(policy, grower) for policy in policies_of(raw)) else EVERYWHERE


def _sell(case: Case, grower: Grower, raw: Raw, choice: str) -> Raw:
    kept = [p for p in policies_of(raw) if not _stays(p, grower)]
    if choice == EVERYWHERE:
        kept = [p for p in kept if not _hits(p, grower)]
    if choice == NOT_AT_ALL:
        name = f"{zone_name(case.world, grower.zone)}: {grower.metal} stays at home"
        rule: Raw = {"kind": "export_ban", "name": name, "actor": grower.zone, "goods": [grower.metal]}
        kept.append(rule | dict.fromkeys(("announced", "effective"), start_of(raw)))
    return with_policies(raw, kept)


# ---- stockpiles -----------------------------------------------------------------------------------------------------


def _piles(case: Case) -> Iterator[Lever]:
    for who, pile in case.piles.items():
        yield Lever(
            key=f"pile-{who.lower()}", group="Stockpiles, full at the start", label=pile.title, most=24, unit=" months",
            meaning="Months of use held by the state, sold when the price at home is half above its reference.",
            source="none as default: no public stocks are on record", plausible="0 to 12 months",
            read=partial(_months, who), write=partial(_fill, case, who),
        )  # fmt: skip


def _held(who: str, policy: Raw) -> int:
    """Return of how many months of use a stockpile of the page's is; none where a policy is no such pile."""
    match = re.fullmatch(rf"{re.escape(who)} stockpile: (\d+) months of use", policy.get("name", ""))
    return int(match[1]) if match else 0


def _months(who: str, raw: Raw) -> int:
    return max((_held(who, policy) for policy in policies_of(raw)), default=0)


def _fill(case: Case, who: str, raw: Raw, months: int) -> Raw:
    kept = [policy for policy in policies_of(raw) if not _held(who, policy)]
    return with_policies(raw, [*kept, *_made(case, who, months, start_of(raw))])


def _made(case: Case, who: str, months: int, day: date) -> Iterator[Raw]:
    """Yield one pile per country and good, full at the start."""
    world, use = case.world, case.world.balance()["use_t"]
    for zone in case.piles[who].zones:
        for good, reference in zip(world.goods, world.reference_price, strict=True):
            kg = round(float(use[good, zone]) * 1000 * months / 12, 1)
            pile: Raw = {"kind": "stockpile", "name": f"{who} stockpile: {months} months of use", "actor": zone}
            pile |= {"good": good, "target_kg": kg, "initial_kg": kg, "pay_up_to": 1.1, "release_weeks": 26}
            pile |= {"release_above_usd_per_kg": round(RELEASE_AT * float(reference), 1)}
            if kg:
                yield pile | {"announced": day, "effective": day}


# ---- parameters and the run itself ----------------------------------------------------------------------------------


def _drivers() -> Lever:
    """Return the control that turns the drivers on and off."""
    return Lever(
        key=DRIVERS, group=DRIVEN, label="Demand shocks, outages, freight, licences after the record",
        choices={"on": "Drawn anew in every run", "off": "As the data say"}, source="as filed", plausible="on",
        meaning="What moves the world from outside and nobody can foresee; off, only the policies move it.",
        read=lambda raw: "on" if _driven(raw) else "off",
        write=lambda raw, value: raw | {DRIVERS: value == "on"},
    )  # fmt: skip


def _parameters(case: Case) -> Iterator[Lever]:
    """Yield a control for every parameter of the world, group by group."""
    found = [_parameter(str(key), row) for key, row in case.world.parameter_table.iterrows()]
    yield from sorted(found, key=lambda lever: (BUYERS, DRIVEN, OTHERS).index(lever.group))


def _parameter(key: str, row: pd.Series) -> Lever:
    name, low, high, declared = row["name"], float(row["low"]), float(row["high"]), float(row["value"])
    plain = OTHERS, name.replace("_", " ").capitalize(), f"{row['description']}."
    group, label, meaning = FRONT.get(name, plain)
    unit = "" if row["unit"] == "1" else f" {row['unit']}"
    status = f"{row['status']}: "
    most = min(float(row["maximum"]), max(2 * high, declared))
    return Lever(
        key=key, group=group, label=f"{label}, {row['metal']}" if row["metal"] else label, unit=unit, meaning=meaning,
        usable=lambda raw: group != DRIVEN or name == "grant_shift" or _driven(raw),
        source=(status + str(row["source"]).removeprefix(status))[:240], plausible=f"{low:g} to {high:g}{unit}",
        least=max(float(row["minimum"]), min(low, 0.0)), most=most,
        step=next((step for step in (0.0001, 0.001, 0.01, 0.1) if most <= 400 * step), 0.5),
        read=lambda raw: float(raw.get("parameters", {}).get(key, declared)),
        write=lambda raw, value: raw | {"parameters": raw.get("parameters", {}) | {key: value}},
    )  # fmt: skip


def _driven(raw: Raw) -> bool:
    """Return whether the drivers are on."""
    return bool(raw.get(DRIVERS, False))


def _run() -> Iterator[Lever]:
    yield Lever(
        key="weeks", group="Length and chance", label="Length", unit=" weeks", least=1, most=520,
        meaning="Weeks of the run.", read=lambda raw: int(raw.get("weeks", USUAL_WEEKS)),
        write=lambda raw, value: raw | {"weeks": value},
    )  # fmt: skip
    yield Lever(
        key="seed", group="Length and chance", label="Seed", least=0, most=LARGEST_SEED, typed=True,
        meaning="All random draws of the path come from it; the 20 runs of a band take it and the next, one each.",
        read=lambda raw: 1, write=lambda raw, value: raw,
    )  # fmt: skip
