"""The points as scenarios: the record up to the day, and after it what the levers say.

Every point is run twice with the same draw and seed, without and with Rostec's plan, so that what the plan does is a
difference of two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from experiments.discovery.inputs import LEVERS, WALK
from experiments.ensemble.design import Design, Job, Raw, checked, vary
from experiments.study.recorded import more_output, recorded_equilibrium
from model.calendar import week_of
from model.world import World, load_world

DAY = date(2026, 11, 27)  # the last day of the suspension of China's ban on the United States
EXTENDED_TO = date(2028, 11, 27)
YEAR = 52  # weeks after it
PLAIN, PLAN = "without Rostec's plan", "with it"
LICENCES, SANCTIONS = "China: export licences", "Sanctions on Rostec"
BAN, REEXPORTS = "China: ban on the US", "China: re-exports to the US"
ROSTEC, GERMANIUM = "jsc-germanium", "germanium-5N"
METALS = {"gallium": "gallium-4N", "germanium": GERMANIUM}  # and the good that stands for each
STATED, RAMP_WEEKS = date(2023, 7, 5), 26  # Rostec's statement
BUYING = date(2025, 12, 1)  # a year of buying under the suspension
RELEASE_ABOVE = 1.2  # times the price of the recorded year


@dataclass(frozen=True)
class Points(Design):
    """Two runs of every point, with seed and draw of its number.

    Attributes:
        table: the points, from `sample`.
    """

    table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def jobs(self, world: World | None = None) -> list[Job]:
        """Return the runs, in the order of the points."""
        world = world or load_world()
        names = [name for name in self.table if name not in {one.key for one in LEVERS}]
        calm, found = recorded_equilibrium(world).delivered, []
        for number, point in enumerate(self.table.to_dict("records")):
            drawn = {name: point[name] for name in names}
            for cell in self.cells:
                raw = scenario(dict(cell.scenario), world, point, cell.name == PLAN, calm)
                found.append(Job(cell.name, checked(raw, cell.name, world), drawn, number, number))
        return found


def scenario(raw: Raw, world: World, point: Mapping[str, float], plan: bool, calm: np.ndarray) -> Raw:
    """Return the record up to a year after the day, as a point has it.

    Args:
        raw: the record.
        world: for the plant and for use.
        point: the levers.
        plan: whether Rostec carries its plan out.
        calm: price of the recorded year by good and zone, from which a stockpile knows when to release.
    """
    policies = {policy.get("name", policy["kind"]): policy for policy in raw["policies"]}
    practice = policies[LICENCES]["phases"][-1]["approval"]
    later = {
        **practice, "by_record": False,
        "granted": {metal: point[f"granted_{metal}"] for metal in METALS},
        "destinations": {**practice["destinations"], "USA": point["granted_us"]},
    }  # fmt: skip
    change: dict[str, Raw] = {
        LICENCES: {"phases": [*policies[LICENCES]["phases"], {"start": DAY, "approval": later}]},
        BAN: {} if point["ban_returns"] else {"suspensions": _longer(policies[BAN])},
        REEXPORTS: {
            "campaigns": [*policies[REEXPORTS]["campaigns"], {"start": DAY, "enforcement": point["enforcement"]}]
        },
    }
    if not point["ban_returns"]:
        change[REEXPORTS]["suspensions"] = _longer(policies[REEXPORTS])
    if point["sanctions_lifted"]:
        change[SANCTIONS] = {"until": DAY}
    add = _stockpiles(world, point["stockpile_months"], calm)
    if plan:
        add += more_output(world, ROSTEC, GERMANIUM, point["rostec_t"], PLAN, STATED, RAMP_WEEKS)
    weeks = week_of(DAY, raw["start"]) + 1 + YEAR
    rule = "bargaining" if point["bargaining"] else "auction"
    own = {"name": "discovery", "weeks": weeks, "mechanism": rule, "parameters": {WALK: 0.0}}
    return vary(raw, own, add=add, change=change)


def _longer(policy: Raw) -> list[Raw]:
    """Return a policy's suspensions, those that end on the day two years longer."""
    return [{**pause, "end": EXTENDED_TO} if pause["end"] == DAY else pause for pause in policy["suspensions"]]


def _stockpiles(world: World, months: float, calm: np.ndarray) -> list[Raw]:
    """Return US stockpiles of so many months of use, bought in a year and released from the day on while it is dear."""
    use_t, zone = world.balance()["use_t"], world.zone_index["USA"]
    return [
        {"kind": "stockpile", "name": f"US stockpile of {good}", "actor": "USA", "good": good,
         "announced": BUYING, "effective": BUYING, "buy_weeks": YEAR, "release_weeks": YEAR, "release_from": DAY,
         "target_kg": 1000.0 * float(use_t[good, "USA"]) * months / 12,
         "release_above_usd_per_kg": RELEASE_ABOVE * float(calm[world.good_index[good], zone])}
        for good in METALS.values() if months > 0
    ]  # fmt: skip
