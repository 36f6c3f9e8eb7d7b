"""The two modes of the export-ban study, each against no cut, and what the study it is docked to would take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from experiments.export_ban.cells import NO_CUT, NONE
from experiments.export_ban.quantities import METALS, ZONES
from experiments.export_ban.recorded import central, draws, recorded_market
from experiments.export_ban.static_market import demand_for
from experiments.study.bands import RUNS
from model.world import World

DRAW_SEED = 0
CENTRAL = -1  # the draw that holds the central values
# By mode (static, dynamic): `rise`, `use_lost` and more, as shares of no cut, by metal, cut of that metal alone, zone
# and run (a draw of elasticities, or a draw of parameters and a seed).
Modes = Mapping[str, xr.Dataset]


# What the study found for a total stop of China's net exports: rise of the price, a share (for gallium it says "more
# than"); loss of US value added and its range, billion USD.
STUDY = pd.DataFrame(
    {"rise": [1.50, 0.26, np.nan], "loss": [3.1, 0.4, 3.4], "low": [1.7, 0.01, 1.7], "high": [8.2, 1.1, 9.0]},
    pd.Index([*METALS, "both"], name="metal"),
)


def static_mode(world: World, shares: Sequence[float], count: int) -> xr.Dataset:
    """Return rise of price and use lost, shares, by metal, draw (-1: the central values), cut and zone.

    Args:
        world: for recorded quantities and prices.
        shares: the cuts, 0 first.
        count: of draws of elasticities.
    """
    places = [world.zone_index[zone] for zone in ZONES]
    found = []
    for metal in METALS:
        market = recorded_market(world, metal)
        every = [central(world), *draws(count, DRAW_SEED, world)]
        results = [[market.solve(cut, elasticities) for cut in shares] for elasticities in every]
        found.append([[(r.price[places], r.used_kg[places]) for r in row] for row in results])
    labels = {"metal": list(METALS), "draw": range(CENTRAL, count), "cut": list(shares), "zone": list(ZONES)}
    price, used = np.moveaxis(np.array(found), 3, 0)
    level = xr.Dataset({"price": (list(labels), price), "used": (list(labels), used)}, labels)
    change = level / level.sel(cut=0.0)
    return xr.Dataset({"rise": change["price"] - 1.0, "use_lost": 1.0 - change["used"]})


def implied(world: World, static: xr.Dataset) -> pd.DataFrame:
    """Return what one would have to assume to get the study's price rise.

    Returns:
        By metal: recorded net exports and use outside China, t; the cut at which the central values give the study's
        rise (linear in between); the demand elasticity at which a total stop gives it.
    """
    found = []
    for metal in METALS:
        market, target = recorded_market(world, metal), STUDY.at[metal, "rise"]
        rises = static["rise"].sel(metal=metal, draw=CENTRAL, zone="USA")
        primary = market.primary
        kg = {
            "net_exports": market.net_exports_kg,
            "use_outside": market.outside(market.use, market.use.kg),
            "primary_outside": market.outside(primary, primary.kg),
            "spare_outside": market.outside(primary, primary.most_kg - primary.kg),
        }
        takes = {
            "cut_for_study": float(np.interp(target, rises, rises["cut"], right=np.nan)),
            "demand_for_study": demand_for(market, target, "USA", central(world)),
        }
        found.append({"metal": metal, **{f"{name}_t": value / 1e3 for name, value in kg.items()}, **takes})
    return pd.DataFrame(found)


def with_no_cut(found: xr.Dataset) -> xr.Dataset:
    """Return results by metals and cut in which the runs without a cut are a cut of 0, whatever the metals."""
    found = found.assign_coords(cut=found["cut"].astype(float)).sortby("cut")
    none = found.sel(metals=NONE, cut=0.0, drop=True)
    return found.drop_sel(metals=NONE).where(found["cut"] > 0, none)


def total_stop(year: xr.Dataset) -> xr.Dataset:
    """Return the rises of prices with a total stop of both metals, from results of that cell and of no cut."""
    none, stopped = (year.sel(cell=cell, drop=True) for cell in (NO_CUT, "both, 100 %"))
    names = {"rise": "mean", "year_end_rise": "year_end"}
    return xr.Dataset({rise: stopped[level] / none[level] - 1.0 for rise, level in names.items()})


def against_no_cut(year: xr.Dataset) -> xr.Dataset:
    """Compare every run with the run of the same draw and seed without a cut.

    Returns:
        Rise of the mean price over the first year, of the highest four-week mean over that mean without a cut, of the
        last four-week mean of the year and of the run, change of the last one in a quarter; use lost, short in the
        year; all shares.
    """
    none = year.sel(cut=0.0)
    return xr.Dataset({
        "rise": year["mean"] / none["mean"] - 1.0,
        "peak_rise": year["peak"] / none["mean"] - 1.0,
        "year_end_rise": year["year_end"] / none["year_end"] - 1.0,
        "last_rise": year["last"] / none["last"] - 1.0,
        "climb": year["last"] / year["quarter_before"] - 1.0,
        "use_lost": 1.0 - year["used_kg"] / none["used_kg"],
        "short": year["short_kg"] / none["used_kg"],
    })  # fmt: skip


def both_modes(static: xr.Dataset, dynamic: xr.Dataset) -> Modes:
    """Return the modes alike: without the central values, each metal as cut alone."""
    alone = xr.concat(
        [dynamic.sel(metals=metal, metal=metal, drop=True) for metal in METALS], pd.Index(METALS, name="metal")
    )
    return {"static": static.drop_sel(draw=CENTRAL).rename(draw="run"), "dynamic": alone.stack(run=RUNS)}


def run_by_run(dynamic: xr.Dataset, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the dynamic mode as a table, a row for every run that finished, metal and zone; no cut is of no metals."""
    table = dynamic.to_dataframe().dropna(subset="rise").reset_index()
    table["metals"] = table["metals"].where(table["cut"] > 0, NONE)
    keys = ["metals", "cut", "draw", "seed"]
    numbered = runs[["run", *keys]].astype({"metals": str, "cut": float})
    return numbered.merge(table.drop_duplicates([*keys, "metal", "zone"]), on=keys)
