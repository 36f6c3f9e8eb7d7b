"""The suspension of China's ban on the United States ends on 27 November 2026: what then?

`python -m experiments.lapse --help` lists the options.
"""

from __future__ import annotations

import sys
from datetime import date

import xarray as xr

from experiments import RECORD
from experiments.ensemble.design import Cell, read_raw, vary
from experiments.ensemble.worlds import folder_of
from experiments.lapse import figures, report
from experiments.lapse.report import DAY, REGIONS, YEAR
from experiments.study.bands import against, band_rows, complete
from experiments.study.cli import run_command
from experiments.study.options import Seeds, command, placed
from experiments.study.report import publish, with_both_rules
from experiments.study.study import Place, Study
from experiments.study.value import metal_use, value_at_risk, value_rows
from model import InputError
from model.calendar import week_of
from model.world import World

RESTRICTIONS = ("export_licence", "export_ban", "reexport_ban")
EXTENDED_TO = date(2027, 11, 27)
BASE = "extended"


@placed("results/lapse")
def main(place: Place, seeds: Seeds = 200) -> None:
    """Let the suspension of the US ban lapse, be extended, or give way to free trade; write tables and report."""
    needed = [*report.METALS, *(zone for zones in REGIONS.values() for zone in zones)]
    world = place.world("China's ban on gallium and germanium for the US", needed)
    start = read_raw(RECORD, world)["start"]
    study = Study(design(world), report.tables(start), range(seeds), regions=REGIONS)
    results = study.run(place)
    year, weekly = complete(results.dataset("year")), complete(results.dataset("weekly"))
    if not year.sizes["run"]:
        raise InputError(f"{place.out}: no seed was run in all variants; see tables/failures.parquet")
    levels = all_exports_of_china(year)
    changes = against(levels, BASE, relative=[str(name) for name in levels if str(name).endswith("usd_per_kg")])
    prices = band_rows(weekly).drop(columns="quantity")
    risk = value_at_risk(metal_use(results), world)
    made = {"levels": band_rows(levels), "changes": band_rows(changes), "price_bands": prices,
            "value_at_risk": value_rows(risk)}  # fmt: skip
    drawn = {
        "lapse_prices": figures.prices(prices),
        "lapse_changes": figures.changes(made["changes"]),
        "lapse_flows": figures.flows(made["levels"]),
    }
    repeat = command("lapse", data=folder_of(place.data), seeds=seeds)
    other = complete(study.bargained(place, [BASE, "lapse", "free trade"]).dataset("year"))
    rivals = against(other, BASE, relative=["usd_per_kg"])
    told = report.report(levels, changes, risk, world)
    told = with_both_rules(told, report.headlines(changes), report.headlines(rivals))
    publish(told, results, made, drawn, repeat, place.csv)


def design(world: World | None = None) -> list[Cell]:
    """Return the three variants of `history.toml`; up to the day they are the same.

    A suspension that ends in the scenario ends on `DAY`: the ban is back. Extended, it ends a year later. Free trade:
    China's licences and bans, those on Japanese military users included, end on the day; sanctions on Russia stay.
    """
    history = read_raw(RECORD, world)
    history = vary(history, {"weeks": week_of(DAY, history["start"]) + YEAR})
    longer, ended = {}, {}
    for policy in history["policies"]:
        if policy["actor"] != "CHN" or policy["kind"] not in RESTRICTIONS:
            continue
        name = policy.get("name", policy["kind"])
        ended[name] = {"until": DAY}
        pauses = [
            {**pause, "end": EXTENDED_TO} if pause["end"] == DAY else pause for pause in policy.get("suspensions", [])
        ]
        if any(pause["end"] == EXTENDED_TO for pause in pauses):
            longer[name] = {"suspensions": pauses}
    if not longer:
        raise InputError(f"{RECORD.name}: no suspension ends on {DAY}; this experiment is about its end")
    return [
        Cell(BASE, vary(history, {"name": BASE}, change=longer), {"after": BASE}),
        Cell("lapse", vary(history, {"name": "lapse"}), {"after": "lapse"}),
        Cell("free trade", vary(history, {"name": "free trade"}, change=ended), {"after": "free trade"}),
    ]


def all_exports_of_china(year: xr.Dataset) -> xr.Dataset:
    """Return the quantities with all of China's exports as its own shipments."""
    straight = year["from_china_t"].where(year["region"] != "China", year["exports_t"])
    return year.drop_vars("exports_t").assign(from_china_t=straight)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.lapse"))
