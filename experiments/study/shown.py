"""What figures and reports show of a world: its metals, and the countries that matter most, chosen from the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from model import Scenario
from model.calendar import week_of
from model.world import World

# Country to the place whose quotes stand for its price.
QUOTED_AT = {"Germany": "Rotterdam"}
HALF_YEAR = 26  # weeks
REST = "ROW"  # the rest of the world is no country
CONTROLS = ("export_licence", "export_ban", "export_quota")
MOST_PLACES = 6  # in the figure of cover


@dataclass(frozen=True)
class Shown:
    """What is shown of a scenario's world.

    Attributes:
        world: the data.
        start: the Monday of the first week.
        exporter: the country whose controls are studied.
        standard: metal to the good whose price stands for it.
        metal_of: good to metal.
        names: country to its name.
        places: country to where its price is quoted.
        quoted: countries whose prices are drawn, the exporter first, then those most often observed.
        users: countries whose cover is drawn: the quoted ones, those that serve themselves first, the largest users.
        spans: what maps compare, name to first and last Monday: half a year before the controls, half a year after.
        fitted_to: last day of the observations that parameters were fitted to; None where nothing was fitted.
        scored: whether the scenario is the record, so that what was observed says how good it is.
    """

    world: World
    start: date
    exporter: str
    standard: Mapping[str, str]
    metal_of: Mapping[str, str]
    names: Mapping[str, str]
    places: Mapping[str, str]
    quoted: tuple[str, ...]
    users: tuple[str, ...]
    spans: Mapping[str, tuple[date, date]]
    fitted_to: date | None
    scored: bool = True

    @property
    def observed_prices(self) -> pd.DataFrame:
        """Observed prices, if this scenario is to be held against them."""
        table = self.world.observed_prices
        return table if self.scored else table.iloc[:0]

    @property
    def observed_exports(self) -> pd.DataFrame:
        """Observed exports by month, if this scenario is to be held against them."""
        table = self.world.observed_exports
        return table if self.scored else table.iloc[:0]

    def good_name(self, metal: str) -> str:
        """Return the name of the good that stands for a metal."""
        table = self.world.good_table.set_index("good")
        return str(table.at[self.standard[metal], "name"])


def shown_of(world: World, scenario: Scenario | None = None, scored: bool = True) -> Shown:
    """Choose what to show of a scenario, of trade without policies when not given; see `Shown` for `scored`."""
    scenario = scenario or Scenario(name="free_trade")
    exporter, start = scenario.tracked or world.tracked_zone, scenario.start or world.start
    names: dict[str, str] = dict(zip(world.zones, world.zone_table["name"], strict=True))
    return Shown(
        world=world,
        start=start,
        exporter=exporter,
        standard=dict(zip(world.metals, world.standard_goods, strict=True)),
        metal_of=dict(zip(world.goods, world.metal_of_good, strict=True)),
        names=names,
        places={zone: QUOTED_AT.get(name, name) for zone, name in names.items()},
        quoted=_quoted(world, exporter),
        users=_users(world),
        spans=_spans(scenario, start),
        fitted_to=_fitted_to(world),
        scored=scored,
    )


def _quoted(world: World, exporter: str) -> tuple[str, ...]:
    often = world.observed_prices["zone"].value_counts()
    others = [zone for zone in world.quoted_zones if zone != exporter]
    return (exporter, *sorted(others, key=lambda zone: -int(often.get(zone, 0))))


def _users(world: World) -> tuple[str, ...]:
    use_t = world.balance()["use_t"].groupby("zone").sum()
    own = [zone for zone, first in zip(world.zones, world.domestic_first, strict=True) if first]
    largest = [str(zone) for zone in use_t.sort_values(ascending=False, kind="stable").index if zone != REST]
    chosen = list(dict.fromkeys([*world.quoted_zones, *own, *largest]))[:MOST_PLACES]
    return tuple(sorted(chosen, key=lambda zone: (zone not in world.quoted_zones, -float(use_t[zone]))))


def _spans(scenario: Scenario, start: date) -> dict[str, tuple[date, date]]:
    announced = [week_of(policy.announced, start) for policy in scenario.policies
                 if policy.kind in CONTROLS and policy.announced and policy.announced > start]  # fmt: skip
    controls = min([week for week in announced if week < scenario.weeks], default=HALF_YEAR)
    weeks = {"before": (max(controls - HALF_YEAR, 0), controls - 1)}
    weeks["after"] = (controls + HALF_YEAR, controls + 2 * HALF_YEAR - 1)
    return {
        name: (start + timedelta(weeks=first), start + timedelta(weeks=last)) for name, (first, last) in weeks.items()
    }


def _fitted_to(world: World) -> date | None:
    last = [table[day].max() for table, day in ((world.observed_prices, "end_date"), (world.observed_exports, "month"))
            if len(table)]  # fmt: skip
    fitted = (world.parameter_table["status"] == "fitted").any()
    return max(last).date() if fitted and last else None
