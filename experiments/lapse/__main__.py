"""The suspension of China's ban on the United States ends on 27 November 2026: what then?

`python -m experiments.lapse --help` lists the options.
"""

from __future__ import annotations

import sys
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from experiments import RECORD
from experiments.ensemble.design import Cell, Design, read_raw, vary
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.worlds import folder_of, open_world
from experiments.lapse import figures, report
from experiments.lapse.measure import DAY, GOODS, KEYS, QUANTITIES, REGIONS, measure, weeks_needed
from experiments.study.answers import band_table
from experiments.study.cli import run_command
from experiments.study.options import Cluster, Csv, Data, Fresh, Out, Seeds, Workers, check_holds, command
from experiments.study.report import publish
from model import InputError
from model.world import World

RESTRICTIONS = ("export_licence", "export_ban", "reexport_ban")
EXTENDED_TO = date(2027, 11, 27)
BASE, VARIANTS = "extended", ("lapse", "free trade")


def main(
    seeds: Seeds = 200,
    data: Data = None,
    out: Out = Path("results/lapse"),
    csv: Csv = False,
    cluster: Cluster = None,
    workers: Workers = None,
    fresh: Fresh = False,
) -> None:
    """Let the suspension of the US ban lapse, be extended, or give way to free trade; write tables and report."""
    world = open_world(data)
    needed = [*GOODS.values(), *(zone for zones in REGIONS.values() for zone in zones)]
    check_holds(world, data, "China's ban on gallium and germanium for the US", needed)
    plan = Design(design(world), range(seeds))
    results = run_ensemble(plan, measure, out, data=data, cluster=cluster, workers=workers, fresh=fresh)
    results.check_cells()
    year, weekly = results.table("year"), results.table("weekly")
    kept = complete(year)
    if not kept:
        raise InputError(f"{out}: no seed was run in all variants; see tables/failures.parquet")
    year, weekly = (table[table["seed"].isin(kept)].astype({"cell": str}) for table in (year, weekly))
    tidy = year.melt(["cell", "seed", *KEYS], list(QUANTITIES), "quantity", "value")
    by = ["cell", *KEYS, "quantity"]
    levels, changes = band_table(tidy, by), band_table(differences(tidy), by)
    prices = band_table(weekly, ["cell", *KEYS, "week"], "usd_per_kg")
    tables = {"levels": levels, "changes": changes, "price_bands": prices}
    drawn = {
        "lapse_prices": figures.prices(prices),
        "lapse_changes": figures.changes(changes),
        "lapse_flows": figures.flows(levels),
    }
    told = report.report(report.Found(levels, changes, len(kept)))
    publish(told, results, tables, drawn, command("lapse", data=folder_of(data), seeds=seeds), csv)


def design(world: World | None = None) -> list[Cell]:
    """Return the three variants of `history.toml`; up to the day they are the same.

    A suspension that ends in the scenario ends on `DAY`: the ban is back. Extended, it ends a year later. Free trade:
    China's licences and bans, those on Japanese military users included, end on the day; sanctions on Russia stay.
    """
    history = read_raw(RECORD, world)
    history = vary(history, {"weeks": weeks_needed(history["start"])})
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
        Cell("extended", vary(history, {"name": "extended"}, change=longer), {"after": "extended"}),
        Cell("lapse", vary(history, {"name": "lapse"}), {"after": "lapse"}),
        Cell("free trade", vary(history, {"name": "free trade"}, change=ended), {"after": "free trade"}),
    ]


def complete(year: pd.DataFrame) -> list[int]:
    """Return the seeds that were run in all three variants."""
    variants = year.groupby("seed")["cell"].nunique()
    return [int(seed) for seed in variants.index[variants == len(VARIANTS) + 1]]


def differences(tidy: pd.DataFrame) -> pd.DataFrame:
    """Return each variant's difference to the extended suspension with the same seed; prices as shares of it.

    Args:
        tidy: columns cell, seed, metal, region, quantity, value.
    """
    by = ["seed", *KEYS, "quantity"]
    base = tidy[tidy["cell"] == BASE].set_index(by)["value"].rename("base")
    others = tidy[tidy["cell"] != BASE].join(base, on=by)
    change = others["value"] - others["base"]
    relative = others["quantity"].str.endswith("usd_per_kg")
    return others.assign(value=change.where(~relative, change / others["base"])).drop(columns="base")


run = partial(run_command, main, name="python -m experiments.lapse")

if __name__ == "__main__":
    sys.exit(run())
