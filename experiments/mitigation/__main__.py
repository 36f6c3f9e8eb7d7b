"""What helps when China stops its exports: stockpiles, new plants, recycling, substitution, alone and combined.

All cells share the disruption of January 2027 and the policies of the record, and differ in what was done before.
`python -m experiments.mitigation --help` lists the options.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from experiments import RECORD
from experiments.ensemble.design import Design, draw_parameters, read_raw
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.worlds import folder_of, open_world
from experiments.mitigation import figures, report
from experiments.mitigation.cells import CELLS, NOTHING, PROTECTED, UNDISTURBED, cells
from experiments.mitigation.measure import measure
from experiments.mitigation.tables import TARGETED, Found
from experiments.study.answers import band_table
from experiments.study.cli import run_command
from experiments.study.options import (
    Cluster,
    Csv,
    Data,
    Fresh,
    Only,
    Out,
    ParameterDraws,
    Seeds,
    Workers,
    check_holds,
    chosen,
    command,
)
from experiments.study.report import publish
from experiments.study.uncertain import UNCERTAIN
from model import InputError

OURS = ("US", "EU")
SHOWN_PLACES = ("US", "EU", "Japan", "South Korea", "Taiwan", "China")


def main(
    seeds: Seeds = 5,
    parameter_draws: ParameterDraws = 6,
    only: Only = "",
    data: Data = None,
    out: Out = Path("results/mitigation"),
    csv: Csv = False,
    cluster: Cluster = None,
    workers: Workers = None,
    fresh: Fresh = False,
) -> None:
    """Stop China's exports in January 2027 under each measure; write tables, figures and a report."""
    compared = (UNDISTURBED, NOTHING, *([TARGETED] if TARGETED in only else []))
    names = chosen(only, CELLS, compared)
    world = open_world(data)
    check_holds(world, data, "China's gallium and germanium", ["gallium", "germanium", "CHN", "JPN", *PROTECTED])
    draws = draw_parameters(UNCERTAIN, parameter_draws, world=world)
    plan = Design(cells(read_raw(RECORD, world), world, names), range(seeds), draws)
    results = run_ensemble(plan, measure, out, data=data, cluster=cluster, workers=workers, fresh=fresh)
    results.check_cells()
    use, prices, cost, weekly = (results.table(name) for name in ("use", "prices", "cost", "weekly"))
    table = effects(use, prices, cost)
    if table.empty:
        raise InputError(f"{out}: no run of the cell {NOTHING!r} to compare with; see tables/failures.parquet")
    keys = ["cell", "metal", "draw", "seed"]
    long = table.melt(keys, [name for name in table.columns if name not in keys], "key", "value")
    tables = {"effects": table, "summary": band_table(long, ["cell", "metal", "key"]), "places": by_place(use)}
    repeat = command("mitigation", data=folder_of(data), seeds=seeds, parameter_draws=parameter_draws, only=only)
    drawn = {
        "mitigation_frontier": figures.frontier(table),
        "mitigation_paths": figures.paths(weekly),
    }
    found = Found(table, tables["places"], world, seeds, parameter_draws)
    publish(report.report(found), results, tables, drawn, repeat, csv)


def reference(cell: str) -> str:
    """Return the cell with the same disruption and no measure."""
    return TARGETED if cell.startswith(TARGETED) else NOTHING


def effects(use: pd.DataFrame, prices: pd.DataFrame, cost: pd.DataFrame) -> pd.DataFrame:
    """Return one row per run and metal: what the US and the EU lost, and what that is against the same draw and seed.

    Returns:
        cell, metal, draw, seed; lost_t and lost_share (of trend use), short_t, used_t, avoided_t and avoided_share (of
        what is lost without a measure), more_used_t (than without a measure), price before, mean and peak in the US and
        in Rotterdam (USD/kg), outlay_musd, net_musd, avoided_kg_per_musd (kg avoided per million USD of outlay),
        filled_share of stockpiles.
    """
    keys = ["cell", "metal", "draw", "seed"]
    ours = (
        use[use["place"].isin(OURS)].groupby(keys, observed=True)[["trend_kg", "used_kg", "lost_kg", "short_kg"]].sum()
    )
    table = pd.DataFrame({"lost_t": ours["lost_kg"] / 1e3, "lost_share": ours["lost_kg"] / ours["trend_kg"]})
    table["short_t"], table["used_t"] = ours["short_kg"] / 1e3, ours["used_kg"] / 1e3
    for zone, place in (("USA", "us"), ("DEU", "rotterdam")):
        quotes = prices[prices["zone"] == zone].set_index(keys)
        for column in ("before", "mean", "peak"):
            table[f"{column}_{place}"] = quotes[column]
    spent = cost.groupby(keys, observed=True)[["outlay_usd", "net_usd", "target_kg", "held_kg"]].sum()
    spent = spent.reindex(table.index)
    table["outlay_musd"], table["net_musd"] = spent["outlay_usd"] / 1e6, spent["net_usd"] / 1e6
    table["filled_share"] = spent["held_kg"] / spent["target_kg"].where(spent["target_kg"] > 0)
    table = table.reset_index().astype({"cell": str, "metal": str})
    base = table[["cell", "metal", "draw", "seed", "lost_t", "used_t"]]
    base = base.rename(columns={"cell": "base", "lost_t": "base_t", "used_t": "base_used_t"})
    table["base"] = table["cell"].map(reference)
    table = table.merge(base, on=["base", "metal", "draw", "seed"]).drop(columns="base")
    table["avoided_t"] = table["base_t"] - table["lost_t"]
    table["more_used_t"] = table["used_t"] - table["base_used_t"]
    table["avoided_share"] = table["avoided_t"] / table["base_t"].where(table["base_t"] > 0)
    table["avoided_kg_per_musd"] = 1e3 * table["avoided_t"] / table["outlay_musd"].where(table["outlay_musd"] > 0.01)
    order = {name: i for i, name in enumerate(CELLS)}
    rank = table["cell"].map(order)
    return table.drop(columns=["base_t", "base_used_t"]).iloc[np.argsort(rank, kind="stable")].reset_index(drop=True)


def by_place(use: pd.DataFrame) -> pd.DataFrame:
    """Return the band of use lost and its parts, t, and as a share of trend use, by cell, metal and place."""
    kept = use[use["place"].isin(SHOWN_PLACES)].copy()
    for column in ("lost", "short", "cut_back", "substituted"):
        kept[f"{column}_t"] = kept[f"{column}_kg"] / 1e3
    kept["lost_share"] = kept["lost_kg"] / kept["trend_kg"]
    columns = ["lost_t", "short_t", "cut_back_t", "substituted_t", "lost_share"]
    long = kept.melt(["cell", "metal", "place", "draw", "seed"], columns, "key", "value")
    return band_table(long, ["cell", "metal", "place", "key"])


run = partial(run_command, main, name="python -m experiments.mitigation")

if __name__ == "__main__":
    sys.exit(run())
