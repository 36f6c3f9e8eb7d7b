"""Value at risk: what a metal's shortage, or its price, does to the value made from it, in USD by country and end use.

Four amounts, which say different things:

- *Lost output*: kg that were to be used and could not be had, times the value added that stands on a kg
  (`value_added.csv`). For want of metal the line stands still, so all of that value is lost. It is gross: people and
  machines that find other work, and orders made good later, are not set against it.
- *Lost at most*: the same, had none of the kg cut back for their price been spared: lost output and those kg times the
  same value added. So counts who takes every missing kg for a line that stands, as input-output tables do.
- *Dearer metal*: kg that are used all the same, times the rise of what a kg costs its users over calm times; duty,
  licensed metal and metal from own scrap are in that cost. Nothing is unmade: it is income of those who sell the metal,
  at home or abroad, and no loss for the world as a whole.
- *Cut back*: kg that users did without because of the price, at that price: the price of free metal. Whoever gives up a
  kg at a price finds it worth less than that, so it is the most that these kg were worth to those who chose, however
  much value added stands on the kg that are kept. Less what they would have cost in calm times, users lose at most the
  rise of the price on each, and about half of it (Harberger 1954). Use added where metal is cheaper is not set against
  it.

They may not be added: the first two are output of a country, and the second holds the first; the third is a transfer;
the fourth is a limit to what users lose by a choice of their own. Where metal goes to whoever pays most, as in the
model, the first is the estimate and the second its limit, the nearer the less users are free to choose.

What it is not: effects beyond the first product or on the prices of products; thrift and substitution that last
(`substituted_kg`); a figure by country, as a kg is worth the same everywhere; and no line needs a week to start again.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

import numpy as np
import pandas as pd
import xarray as xr

from experiments.ensemble.results import Results
from experiments.study.answers import MINUS, Band, markdown
from experiments.study.bands import band, band_rows, complete
from model import InputError
from model.streams import stream
from model.world import World

LOST, MOST, DEARER, BACK = AMOUNTS = ("lost_output_usd", "lost_at_most_usd", "dearer_metal_usd", "cut_back_usd")
HEADS = ("Lost output", "Lost at most", "Dearer metal", "Cut back, at most")
KG = ("short_kg", "used_kg", "cut_back_kg")
SAMPLES = 1000  # at least so many: runs times draws of the table
WORTH_A_ROW_USD = 1e5


def metal_use(results: Results) -> xr.Dataset:
    """Return what runs have measured of it, by cell, metal, zone, end_use and run."""
    parts = [complete(results.dataset(name)) for name in ("metal_used", "metal_quoted")]
    return xr.merge(parts, compat="no_conflicts", join="exact")


def value_at_risk(use: xr.Dataset, world: World) -> xr.Dataset:
    """Return the four amounts of `AMOUNTS`, USD, summed over metals.

    The range of the table joins the spread of the runs: every run is repeated with draws of the table's values, so that
    bands over runs hold both. One draw says how high all rows stand in their ranges, as what is counted as value added
    errs for all of them alike, and a run has the same draws in all cells, for differences between cells. A value is
    log-uniform from low to the central one and from there to high, with a chance of a half each.

    Args:
        use: see `metal_use`; other labels are kept.
        world: for its table of value added.

    Returns:
        The amounts by the labels of `use` but the metal; `run` counts the repetitions.

    Raises:
        InputError: a use of a metal has no row in the table.
    """
    repeats = -(-SAMPLES // max(use.sizes["run"], 1))
    more = use.drop_vars(("draw", "seed"), errors="ignore").isel(run=np.tile(np.arange(use.sizes["run"]), repeats))
    places = stream(0, "value added per kg").random(more.sizes["run"])
    calm = more["calm_usd_per_kg"]
    rise = more["paid_usd_per_kg"].fillna(calm) - calm  # whoever bought nothing paid nothing more
    short, kept, back = (more[name] for name in KG)
    back = back.clip(min=0.0)
    values = values_per_kg(use, world, places)
    amounts = {
        LOST: short * values,
        MOST: (short + back) * values,
        DEARER: (kept * rise).where(kept != 0.0, 0.0),
        BACK: (back * more["usd_per_kg"]).where(back != 0.0, 0.0),
    }
    return xr.Dataset(amounts).sum("metal", skipna=False)


def values_per_kg(use: xr.Dataset, world: World, places: np.ndarray) -> xr.DataArray:
    """Return value added by end use, metal and run, USD/kg.

    Args:
        use: for its labels, and for which uses of a metal there are.
        world: for its table of value added.
        places: where in their ranges the values of each run stand: 0 low, 0.5 central, 1 high.

    Raises:
        InputError: a use of a metal has no row in the table.
    """
    table = world.value_added.set_index(["end_use", "metal"])[["low", "usd_per_kg", "high"]]
    pairs = pd.MultiIndex.from_product([use["end_use"].values, use["metal"].values])
    kg = abs(use[list(KG)]).to_array().transpose("end_use", "metal", ...).to_numpy()
    there = np.nansum(kg, axis=tuple(range(2, kg.ndim))).reshape(-1) > 0.0
    missing = pairs[there].difference(table.index)
    if len(missing):
        end_use, metal = missing[0]
        raise InputError(f"value_added.csv has no row for {metal} with end use {end_use!r}, of which there is some")
    ranges = table.reindex(pairs, fill_value=0.0).to_numpy()
    logs = np.log(np.where(ranges > 0.0, ranges, 1.0))
    drawn = np.exp([np.interp(places, (0.0, 0.5, 1.0), row) for row in logs]) * (ranges[:, 1:2] > 0.0)
    labels = {"end_use": use["end_use"].values, "metal": use["metal"].values}
    return xr.DataArray(drawn.reshape(*map(len, labels.values()), len(places)), labels, (*labels, "run"))


def value_rows(risk: xr.Dataset) -> pd.DataFrame:
    """Return the bands of all amounts that are not nothing, USD; `samples` are runs times draws of the table."""
    rows = band_rows(risk, "amount").rename(columns={"runs": "samples"})
    return rows[(rows[["median", "low", "high"]] != 0.0).any(axis=1)].reset_index(drop=True)


def value_table(risk: xr.Dataset, world: World, most: int = 12) -> list[str]:
    """Return a table in Markdown by country and end use: the largest lost output first, then the largest limit of it.

    Args:
        risk: value at risk in one cell.
        world: for names.
        most: rows at most. Those in which no band reaches `WORTH_A_ROW_USD` are left out.

    Returns:
        Lines, in million USD; none if no row is left.
    """
    zones = dict(zip(world.zone_table["zone"], world.zone_table["name"], strict=True))
    uses = dict(zip(world.end_use_table["end_use"], world.end_use_table["name"], strict=True))
    found = []
    for zone in map(str, risk["zone"].values):
        for end_use in map(str, risk["end_use"].values):
            bands = [band(risk[name].sel(zone=zone, end_use=end_use)) for name in AMOUNTS]
            if max(map(_size, bands)) >= WORTH_A_ROW_USD:
                medians = [abs(one.median) for one in bands]
                order = (medians[0] if medians[0] >= WORTH_A_ROW_USD else 0.0, *medians[1:])
                texts = map(_millions, bands)
                found.append((order, (zones[zone], uses.get(end_use, end_use), *texts)))
    rows = [row for _, row in sorted(found, reverse=True)[:most]]
    return markdown(("Country", "End use", *HEADS), rows, right=(2, 3, 4, 5)) if rows else []


def value_totals(risk: xr.Dataset, cells: Sequence[str]) -> list[str]:
    """Return a table in Markdown of all countries together, a row for each cell, in million USD."""
    total = risk.sum(("zone", "end_use"))
    rows = [[cell, *(_millions(band(total[name].sel(cell=cell))) for name in AMOUNTS)] for cell in cells]
    return markdown(("", *HEADS), rows, right=(1, 2, 3, 4))


def value_sentence(risk: xr.Dataset) -> str:
    """Return what one cell does in all countries and end uses, in a sentence without capital and full stop."""
    total = [band(risk[name].sum(("zone", "end_use"))) for name in AMOUNTS]
    lost, most, dearer, back = (f"{_millions(one)} million USD" for one in total)
    output = "no output" if _size(total[0]) < WORTH_A_ROW_USD else f"output worth {lost}"
    return (
        f"{output} is lost for want of metal (at most {most}, could nobody spare what is given up for its price); "
        f"users pay {dearer} more for metal than in calm times, which is income of those who sell it; what they give "
        f"up is worth less than {back} to them"
    )


def _size(found: Band) -> float:
    """Return the larger end of a band, without its sign."""
    return max(abs(found.low), abs(found.high)) if found.runs else 0.0


def _millions(found: Band) -> str:
    """Write a band in millions with two digits, as the table of values has no more: `14 (4.8 to 41)`."""
    if not found.runs:
        return "unknown"
    median, low, high = (_two_digits(value / 1e6) for value in (found.median, found.low, found.high))
    return f"{median} ({low} to {high})" if low != high else median


def _two_digits(value: float) -> str:
    digits = min(1, 1 - floor(log10(abs(value)))) if value else 0
    rounded = round(value, digits) + 0.0  # no minus zero
    return f"{MINUS if rounded < 0 else ''}{abs(rounded):,.{1 if abs(rounded) < 10 else 0}f}"
