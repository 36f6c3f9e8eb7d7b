"""The cells of the mitigation experiment: one disruption, and what governments may have done about it before.

A measure adds policies or changes a parameter, nothing else. Governments decide in January 2025, under the controls of
the record; what a measure does before the disruption (a stockpile takes metal from users while it is bought) counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from experiments.ensemble.design import Cell, Raw, vary
from experiments.study.recorded import recorded_equilibrium
from model.calendar import WEEKS_PER_YEAR
from model.parameters import load_parameters
from model.world import World

DECIDED = date(2025, 1, 6)  # when stockpiles begin to be bought and recycling programmes start
BOUGHT = date(2026, 11, 30)  # by then stockpiles are full, or never will be
ANNOUNCED, STARTS = date(2026, 12, 7), date(2027, 1, 4)
DISRUPTED_WEEKS = 104
ENDS = STARTS + timedelta(weeks=DISRUPTED_WEEKS)
EU = ("BEL", "DEU", "FRA", "SVK", "GRC")
PROTECTED = ("USA", *EU)
ENFORCEMENT = {"tolerant": 0.01, "usual": 0.10, "strict": 0.50}  # chance that a re-exported shipment is caught
BUY_WEEKS, RELEASE_WEEKS, PAY_UP_TO, RELEASE_ABOVE = 96, 52, 1.5, 1.2
FAST_SUBSTITUTION = 0.012  # a week: three times the declared value, inside its range

# Plants already in the scenario of the record, and plants that would not serve the US and Europe.
ON_RECORD = ("erg-pavlodar", "stl-big-hill")
NOT_THEIRS = {"sinomine-tsumeb": "Chinese owner", "jsc-germanium-wafers": "Russian", "rio-tinto-vaudreuil": "undated",
              "5n-plus-st-george": "refines metal that others make, adds none"}  # fmt: skip
OUTPUT_SHARE = 0.87  # of capacity, as announced for Pavlodar: 13 of 15 t/yr

# Money. Capital costs per t/yr: Korea Zinc's plants in Onsan, 39 million USD for 15.5 t/yr of gallium (2025-10) and
# 100 million USD for 10 t/yr of germanium (2025-08).
CAPEX_USD_PER_T = {"gallium-4N": 2.5e6, "germanium-5N": 10e6}
PLANT_COST = {"gallium-4N": 200.0, "germanium-5N": 1000.0}  # USD/kg, assumed
# Public money per kg of added recycling, as if the state paid all of it: recovery from GaAs waste water, 255 to 318
# EUR/kg at 30 m3 a day (Kozerke, Cambridge and RWTH thesis 2025); germanium: the recyclers' cost in the data folder.
RECYCLING_USD_PER_KG = {"gallium": 300.0, "germanium": 1000.0}
INTEREST, PLANT_YEARS = 0.10, 15  # a year, and how long a plant serves (both assumed)


@dataclass(frozen=True)
class Measure:
    """What a cell does about the disruption.

    Attributes:
        disruption: `none`, `total` (China exports to nobody) or `us-eu` (a ban on the US and the EU, re-exports too).
        months: of use of the US and the EU held in stockpiles.
        plants: announced plants open; `late_weeks` after their dates.
        recycling: programmes that would double recycling in the US and the EU, as far as there is scrap.
        substitution: thrift and substitution follow prices three times as fast.
        enforcement: how China polices re-exports to the US and the EU; a circumstance, not a choice of theirs.
    """

    disruption: str = "total"
    months: int = 0
    plants: bool = False
    late_weeks: int = 0
    recycling: bool = False
    substitution: bool = False
    enforcement: str = "usual"


UNDISTURBED, NOTHING, ALL = "no disruption", "no measure", "all four"
CELLS: dict[str, Measure] = {
    UNDISTURBED: Measure("none"),
    NOTHING: Measure(),
    "stockpile, 3 months": Measure(months=3),
    "stockpile, 6 months": Measure(months=6),
    "stockpile, 12 months": Measure(months=12),
    "new plants": Measure(plants=True),
    "new plants, a year late": Measure(plants=True, late_weeks=52),
    "more recycling": Measure(recycling=True),
    "faster substitution": Measure(substitution=True),
    "stockpile 6 + recycling": Measure(months=6, recycling=True),
    "stockpile 6 + plants": Measure(months=6, plants=True),
    "recycling + plants": Measure(recycling=True, plants=True),
    ALL: Measure(months=6, plants=True, recycling=True, substitution=True),
    "ban on US and EU, tolerant": Measure("us-eu", enforcement="tolerant"),
    "ban on US and EU": Measure("us-eu"),
    "ban on US and EU, strict": Measure("us-eu", enforcement="strict"),
}


def cells(raw: Raw, world: World, names: Sequence[str] = tuple(CELLS)) -> list[Cell]:
    """Return the cells of the design.

    Args:
        raw: the record as a scenario dictionary.
        world: for recorded use, prices, growth and announced plants.
        names: which cells.
    """
    held = {name: frozenset(["substitution_rate"] if CELLS[name].substitution else []) for name in names}
    return [Cell(name, scenario(raw, world, CELLS[name]), {}, held[name]) for name in names]


def scenario(raw: Raw, world: World, measure: Measure) -> Raw:
    """Return the scenario of one cell."""
    weeks = (ENDS - raw["start"]).days // 7
    made = vary(raw, {"name": "mitigation", "title": "Mitigation", "weeks": weeks})
    for policy in made["policies"]:  # the suspended ban on the US does not come back before the disruption
        if policy["kind"] in ("export_ban", "reexport_ban") and policy.get("targets") == ["USA"]:
            pauses = policy.pop("suspensions", [])
            policy |= {"until": min(pause["start"] for pause in pauses)} if pauses else {}
    added = _disruption(measure.disruption, ENFORCEMENT[measure.enforcement])
    added += stockpiles(world, measure.months) if measure.months else []
    added += plants(world, measure.late_weeks) if measure.plants else []
    added += recycling() if measure.recycling else []
    faster = {"substitution_rate": FAST_SUBSTITUTION} if measure.substitution else {}
    return vary(made, {"parameters": faster}, add=added)


def _disruption(kind: str, enforcement: float) -> list[Raw]:
    dates = {"announced": ANNOUNCED, "effective": STARTS, "actor": "CHN"}
    targets = {"targets": list(PROTECTED)} if kind == "us-eu" else {}
    ban = {"kind": "export_ban", "name": "China: the disruption", **dates, **targets}
    again = {"kind": "reexport_ban", "name": "China: no re-exports", "enforcement": enforcement, **dates, **targets}
    return {"none": [], "total": [ban], "us-eu": [ban, again]}[kind]


def stockpiles(world: World, months: int) -> list[Raw]:
    """Return stockpiles of so many months of trend use at the disruption, by country and good.

    They are bought over two years under the controls of the record, and released over a year of disruption to users at
    home, as long as the price is above 1.2 times that of the recorded year.
    """
    growth = load_parameters(world=world).by_good["growth"]
    calm = recorded_equilibrium(world).delivered
    years = (STARTS - world.reference_date).days / 7 / WEEKS_PER_YEAR
    made: list[Raw] = []
    for (good, zone), use_t in world.balance()["use_t"].items():
        if zone not in PROTECTED or use_t <= 0:
            continue
        g, z = world.good_index[good], world.zone_index[zone]
        kg = 1000.0 * use_t * (1.0 + growth[g]) ** years * months / 12
        made.append({
            "kind": "stockpile", "name": f"{zone}: stockpile of {good}", "actor": zone, "good": good,
            "target_kg": round(kg, 1), "buy_weeks": BUY_WEEKS, "pay_up_to": PAY_UP_TO, "release_weeks": RELEASE_WEEKS,
            "release_above_usd_per_kg": round(RELEASE_ABOVE * calm[g, z], 1), "release_from": STARTS,
            "announced": DECIDED, "effective": DECIDED, "suspensions": [{"start": BOUGHT, "end": STARTS}],
        })  # fmt: skip
    return made


def plants(world: World, late_weeks: int = 0) -> list[Raw]:
    """Return the announced plants outside China that are not on record yet and start before the end."""
    made: list[Raw] = []
    for project in world.projects.itertuples():
        start = project.start.date() + timedelta(weeks=late_weeks)
        if project.project in (*ON_RECORD, *NOT_THEIRS) or start >= ENDS:
            continue
        t, good = project.capacity_t_per_yr, project.good
        made.append({
            "kind": "capacity_support", "name": project.project, "actor": project.zone, "good": good,
            "capacity_t_per_year": t, "output_t_per_year": round(OUTPUT_SHARE * t, 3),
            "cost_usd_per_kg": PLANT_COST[good], "ramp_weeks": max(project.ramp_weeks, 1),
            "announced": start, "effective": start, "public_cost_usd": round(CAPEX_USD_PER_T[good] * t),
        })  # fmt: skip
    return made


def recycling() -> list[Raw]:
    """Return programmes that would double recycling in the US and the EU within two years, if there is scrap for it."""
    dates = {"announced": DECIDED, "effective": DECIDED, "ramp_weeks": 104, "increase_share": 1.0}
    return [
        {"kind": "recycling_support", "name": f"{zone} recycling of {metal}", "actor": zone, "goods": [metal]}
        | {"public_cost_usd_per_kg": usd, **dates}
        for zone in PROTECTED
        for metal, usd in RECYCLING_USD_PER_KG.items()
    ]
