"""What helps when China stops its exports: stockpiles, new plants, recycling, substitution, alone and combined.

All cells share the disruption of January 2027 and the policies of the record, and differ in what was done before.
`python -m experiments.mitigation --help` lists the options.
"""

from __future__ import annotations

import sys
from functools import partial

import pandas as pd
import xarray as xr

from experiments import RECORD
from experiments.ensemble.design import draw_parameters, read_raw
from experiments.ensemble.worlds import folder_of, open_world
from experiments.mitigation import figures, quantities, report
from experiments.mitigation.cells import CELLS, METALS, NOTHING, PROTECTED, UNDISTURBED, cells
from experiments.mitigation.tables import TARGETED, Found
from experiments.study.answers import band_table
from experiments.study.bands import band_rows
from experiments.study.cli import run_command
from experiments.study.options import Only, ParameterDraws, Seeds, check_holds, chosen, command, placed
from experiments.study.report import publish
from experiments.study.study import Place, Study
from experiments.study.uncertain import UNCERTAIN
from experiments.study.value import metal_use, value_at_risk, value_rows
from model import InputError

SHOWN_PLACES = ("US", "EU", "Japan", "South Korea", "Taiwan", "China")


@placed("results/mitigation")
def main(
    place: Place,
    seeds: Seeds = 5,
    parameter_draws: ParameterDraws = 6,
    only: Only = "",
) -> None:
    """Stop China's exports in January 2027 under each measure; write tables, figures and a report."""
    compared = (UNDISTURBED, NOTHING, *([TARGETED] if TARGETED in only else []))
    names = chosen(only, CELLS, compared)
    world = open_world(place.data)
    check_holds(world, place.data, "China's gallium and germanium", [*METALS, "CHN", "JPN", *PROTECTED])
    draws = draw_parameters(UNCERTAIN, parameter_draws, world=world)
    made = cells(read_raw(RECORD, world), world, names)
    study = Study(made, quantities.tables(), range(seeds), draws, quantities.regions(world), quantities.measure)
    results = study.run(place)
    use = results.dataset("use")
    table = effects(use, results.dataset("prices"), results.dataset("cost"))
    if table.empty:
        raise InputError(f"{place.out}: no run of the cell {NOTHING!r} to compare with; see tables/failures.parquet")
    keys = ["cell", "metal", "draw", "seed"]
    long = table.melt(keys, [name for name in table.columns if name not in keys], "key", "value")
    risk = value_at_risk(metal_use(results), world)
    tables = {"effects": table, "summary": band_table(long, ["cell", "metal", "key"]), "places": by_place(use),
              "value_at_risk": value_rows(risk)}  # fmt: skip
    repeat = command("mitigation", data=folder_of(place.data), seeds=seeds, parameter_draws=parameter_draws, only=only)
    drawn = {
        "mitigation_frontier": figures.frontier(table),
        "mitigation_paths": figures.paths(results.table("weekly")),
    }
    found = Found(table, tables["places"], risk, world, seeds, parameter_draws)
    publish(report.report(found), results, tables, drawn, repeat, place.csv)


def reference(cell: str) -> str:
    """Return the cell with the same disruption and no measure."""
    return TARGETED if cell.startswith(TARGETED) else NOTHING


def effects(use: xr.Dataset, prices: xr.Dataset, cost: xr.Dataset) -> pd.DataFrame:
    """Return one row per run and metal: what the US and the EU lost, and what that is against the same draw and seed.

    Returns:
        cell, metal, draw, seed; lost_t and lost_share (of trend use), short_t, used_t, avoided_t and avoided_share (of
        what is lost without a measure), more_used_t (than without a measure), price before, mean and peak in the US and
        in Rotterdam (USD/kg), outlay_musd, net_musd, avoided_kg_per_musd (kg avoided per million USD of outlay),
        filled_share of stockpiles.
    """
    ours = use.sel(place=list(quantities.OURS)).sum("place", skipna=False) / 1e3
    found = xr.Dataset({"lost_t": ours["lost_kg"], "lost_share": ours["lost_kg"] / ours["trend_kg"]})
    found["short_t"], found["used_t"] = ours["short_kg"], ours["used_kg"]
    for zone, place in (("USA", "us"), ("DEU", "rotterdam")):
        for name in ("before", "mean", "peak"):
            found[f"{name}_{place}"] = prices[name].sel(zone=zone, drop=True)
    spent = cost.sum("kind", min_count=1).reindex_like(found.coords.to_dataset())
    found["outlay_musd"], found["net_musd"] = spent["outlay_usd"] / 1e6, spent["net_usd"] / 1e6
    found["filled_share"] = spent["held_kg"] / spent["target_kg"].where(spent["target_kg"] > 0)
    without = [reference(str(cell)) for cell in found["cell"].to_numpy()]
    base = found.reindex(cell=without).assign_coords(cell=found["cell"])
    found["avoided_t"] = base["lost_t"] - found["lost_t"]
    found["more_used_t"] = found["used_t"] - base["used_t"]
    found["avoided_share"] = found["avoided_t"] / base["lost_t"].where(base["lost_t"] > 0)
    paid = found["outlay_musd"].where(found["outlay_musd"] > 0.01)
    found["avoided_kg_per_musd"] = 1e3 * found["avoided_t"] / paid
    table = found.transpose("cell", "draw", "seed", "metal").to_dataframe().dropna(subset="avoided_t")
    return table.reset_index()


def by_place(use: xr.Dataset) -> pd.DataFrame:
    """Return the band of use lost and its parts, t, and as a share of trend use, by cell, metal and place."""
    kept = use.sel(place=list(SHOWN_PLACES)).stack(run=["draw", "seed"])
    parts = {f"{name}_t": kept[f"{name}_kg"] / 1e3 for name in ("lost", "short", "cut_back", "substituted")}
    return band_rows(xr.Dataset(parts | {"lost_share": kept["lost_kg"] / kept["trend_kg"]}), "key")


run = partial(run_command, main, name="python -m experiments.mitigation")

if __name__ == "__main__":
    sys.exit(run())
