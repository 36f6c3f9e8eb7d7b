"""Valid scenarios of a world by chance: any policy, any key, values inside what is allowed and at its ends."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from model.world import World

Table = dict[str, Any]
KINDS = (
    "export_licence", "export_ban", "reexport_ban", "export_quota", "tariff", "sanction", "stockpile",
    "capacity_support", "price_floor", "recycling_support",
)  # fmt: skip
RESTRICTIONS = ("export_licence", "export_ban", "reexport_ban", "export_quota", "sanction")
ON_GOODS = (*RESTRICTIONS, "tariff", "recycling_support")
EDGES = (0.0, 1e-9, 1e-3, 1.0, 1e3, 1e6)


def scenario(rng: Random, world: World, weeks: int = 30) -> Table:
    """Return the tables of a valid scenario."""
    raw: Table = {"name": rng.choice(["x", "a b", "Größe", "[/red]", "$\\frac$", "名前"]), "weeks": weeks}
    raw["spin_up_weeks"] = rng.randint(0, 8)
    if rng.random() < 0.3:
        raw["drivers"] = True
    if rng.random() < 0.2:
        raw["recorded_markets"] = True
    if rng.random() < 0.2:
        raw["mechanism"] = "bargaining"
    if rng.random() < 0.2:
        raw["tracked"] = rng.choice(world.zones)
    raw["parameters"] = parameters(rng, world) if rng.random() < 0.7 else {}
    raw["policies"] = [policy(rng, world, weeks) for _ in range(rng.choice([0, 1, 1, 2, 3, 6]))]
    for table in raw["policies"]:
        table["actor"] = raw.get("tracked", world.tracked_zone) if table["kind"] == "reexport_ban" else table["actor"]
    banning = {table["actor"] for table in raw["policies"] if "end_uses" in table}
    licences = [{"kind": "export_licence", "actor": actor} for actor in sorted(banning)]
    raw["policies"] += [dated(rng, world, weeks, table) for table in licences]
    for table in raw["policies"]:
        if "policy" in table.get("when", {}):
            table["when"]["policy"] = _title(rng.choice(raw["policies"]))
    return raw


def parameters(rng: Random, world: World, most: int = 12) -> dict[str, float]:
    """Return some parameters: anywhere in their range, or at a limit."""
    table, found = world.parameter_table, {}
    for key in rng.sample(list(table.index), rng.randint(1, most)):
        low, high, least, largest = (float(table.at[key, name]) for name in ("low", "high", "minimum", "maximum"))
        found[str(key)] = rng.choice([rng.uniform(low, high), low, high, rng.uniform(least, largest), least, largest])
    return found


def policy(rng: Random, world: World, weeks: int) -> Table:
    """Return the table of a valid policy."""
    kind = rng.choice(KINDS)
    table: Table = {"kind": kind, "actor": rng.choice(world.zones)}
    if kind in ON_GOODS and rng.random() < 0.5:
        table["goods"] = _some(rng, (*world.metals, *world.goods))
    if kind in ("reexport_ban", "sanction") or (kind == "export_ban" and rng.random() < 0.7):
        table["targets"] = _some(rng, world.zones)
    table |= _OF_KIND[kind](rng, world) if kind in _OF_KIND else {}
    if kind in RESTRICTIONS and table.get("direction") != "imports" and rng.random() < 0.5:
        table["severity"] = rng.choice([0.0, 2.0, rng.uniform(0, 2)])
    return dated(rng, world, weeks, table)


def dated(rng: Random, world: World, weeks: int, table: Table) -> Table:
    """Return a policy with dates, or with a trigger, and perhaps a name."""
    if rng.random() < 0.5:
        table["name"] = rng.choice(["p", "q", "[/b]", "$x", "x" * 80, "é"]) + str(rng.randint(0, 99))
    day = world.start + timedelta(days=rng.randint(-100, 7 * weeks))
    if rng.random() < 0.25:
        table["when"] = {"policy": "?"} if rng.random() < 0.4 else {
            "zone": rng.choice(world.zones), "good": rng.choice(world.goods), "for_weeks": rng.randint(1, 3),
            rng.choice(["price_above", "price_below"]): rng.choice([0.0, 50.0, 300.0, 2000.0]),
        }  # fmt: skip
        table["delay_weeks"] = rng.choice([0, 1, 5, 5200])
        return table
    table["announced"] = day
    table["effective"] = rng.choice([day, day + timedelta(days=rng.randint(0, 90)), date(9999, 12, 31)])
    if rng.random() < 0.3 and table["effective"].year < 9000:
        table["until"] = table["effective"] + timedelta(days=rng.randint(1, 90))
    if rng.random() < 0.3:
        start = day + timedelta(days=rng.randint(0, 60))
        table["suspensions"] = [{"start": start, "end": start + timedelta(days=rng.randint(1, 60))}]
    return table


def _some(rng: Random, names: tuple[str, ...]) -> list[str]:
    return rng.sample(list(names), rng.randint(1, min(3, len(names))))


def _title(table: Table) -> str:
    return table.get("name") or f"{table['actor']} {table['kind'].replace('_', ' ')}"


def _licence(rng: Random, world: World) -> Table:
    shortest, longest = sorted((rng.randint(1, 20), rng.randint(1, 20)))
    table: Table = {"processing_weeks": [shortest, longest], "order_weeks": rng.choice([0.5, 13.0, 104.0])}
    if rng.random() < 0.5:
        table["approval"] = {"default": rng.choice([0.0, 1.0, rng.random()]), "by_record": rng.random() < 0.3,
                             "destinations": {zone: rng.random() for zone in _some(rng, world.zones)},
                             "end_uses": {use: rng.random() for use in _some(rng, world.end_uses)}}  # fmt: skip
    if rng.random() < 0.3:
        day = world.start + timedelta(days=rng.randint(0, 200))
        table["phases"] = [{"start": day, "approval": {"default": rng.random()}}]
    if rng.random() < 0.4:
        table["evasion_kg_per_week"] = rng.choice([0.0, 1.0, 100.0, 1e12])
    table["dispatch_weeks"], table["validity_weeks"] = rng.choice([0, 3, 52]), rng.choice([1, 26, 260])
    return table


def _stockpile(rng: Random, world: World) -> Table:
    table: Table = {"good": rng.choice(world.goods), "target_kg": rng.choice([1e-9, 1.0, 1e3, 1e5, 1e12])}
    table["buy_weeks"] = rng.choice([1, 4, 26])
    table["initial_kg"], table["pay_up_to"] = rng.choice([0.0, 100.0, 1e12]), rng.choice([0.001, 1.5, 20.0, 1000.0])
    if rng.random() < 0.5:
        table |= {"release_above_usd_per_kg": rng.choice([1e-3, 200.0, 1e9]), "release_weeks": rng.choice([1, 26])}
    return table


def _plant(rng: Random, world: World) -> Table:
    if rng.random() < 0.4:
        recycles = world.supply["firm"].isin(world.firms["firm"][world.firms["kind"] == "recycler"])
        row = world.supply[~recycles].iloc[rng.randrange((~recycles).sum())]
        table = {"good": row["good"], "firm": row["firm"], "output_t_per_year": rng.choice(EDGES)}
    else:
        output = rng.choice([*EDGES, 1e9])
        table = {"good": rng.choice(world.goods), "output_t_per_year": output,
                 "capacity_t_per_year": rng.choice([output, min(2 * output, 1e9)]),
                 "cost_usd_per_kg": rng.choice([0.0, 10.0, 300.0, 1e9])}  # fmt: skip
        metal = dict(zip(world.goods, world.metal_of_good, strict=True))
        inputs = [good for good in world.goods if good != table["good"] and metal[good] == metal[table["good"]]]
        if inputs and rng.random() < 0.4:
            table["input_good"] = rng.choice(inputs)
    return table | {"ramp_weeks": rng.choice([1, 10, 5200]), "public_cost_usd": rng.choice(EDGES)}


_OF_KIND: dict[str, Any] = {
    "export_licence": _licence,
    "export_ban": lambda rng, world: {"end_uses": _some(rng, world.end_uses)} if rng.random() < 0.3 else {},
    "reexport_ban": lambda rng, world: {"enforcement": rng.choice([0.0, 1.0, rng.random()])},
    "export_quota": lambda rng, world: {"tonnes_per_year": rng.choice(EDGES), "period_weeks": rng.randint(1, 53)},
    "tariff": lambda rng, world: {"rate_share": rng.choice([0.0, 0.1, 10.0]), "origins": _some(rng, world.zones)},
    "sanction": lambda rng, world: {"direction": rng.choice(["imports", "exports", "both"])},
    "stockpile": _stockpile,
    "capacity_support": _plant,
    "price_floor": lambda rng, world: {"good": rng.choice(world.goods), "floor_usd_per_kg": rng.choice(
        [1e-9, 100.0, 3000.0, 1e9])},
    "recycling_support": lambda rng, world: {"increase_share": rng.choice([1e-9, 0.5, 5.0]),
                                             "ramp_weeks": rng.choice([1, 104])},
}  # fmt: skip
