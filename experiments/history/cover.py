"""A check on every run: weeks of cover outside the exporter beside the price; no stocks that grow while it doubles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.ensemble.results import Results
from experiments.history.quantities import USUAL_WEEKS
from experiments.study.answers import Band, counted
from experiments.study.shown import Shown

if TYPE_CHECKING:
    import xarray as xr

BASE_WEEKS = 26  # the first half year, to which later ones are compared
DOUBLED, GREW = 2.0, 1.1  # of the price; of stocks, so that chance alone does not flag a run


def beside_price(results: Results, view: Shown) -> xr.Dataset:
    """Return means of half a year outside the exporter, by metal and run: stock_kg, cover_weeks and usd_per_kg.

    Stocks are those of all firms with what is on its way to them; cover counts them in weeks of end use there. The
    price is that of the standard grade where it is quoted outside.
    """
    outside = _by_run(results.dataset("outside"))
    quoted = next((zone for zone in view.quoted if zone != view.exporter), view.quoted[0])
    weeks = outside.assign(_by_run(results.dataset("quotes").sel(zone=quoted, drop=True)))
    half = np.arange(weeks.sizes["week"]) // BASE_WEEKS
    # A last part of less than a quarter belongs to the half year before it.
    half = np.where(np.bincount(half)[half] < USUAL_WEEKS, np.maximum(half - 1, 0), half)
    starts = weeks["week"].to_numpy()[[int(np.argmax(half == part)) for part in half]]
    means = weeks.assign_coords(half=("week", starts)).groupby("half").mean()
    return means.assign(cover_weeks=means["stock_kg"] / means["use_kg"].where(means["use_kg"] > 0))


def _by_run(found: xr.Dataset) -> xr.Dataset:
    return found.stack(run=("cell", "draw", "seed")).reset_index("run", drop=True)


def flagged(means: xr.Dataset) -> xr.DataArray:
    """Return by metal and run whether stocks have grown in some half year in which the price was twice the first's."""
    change = means / means.isel(half=0, drop=True)
    return ((change["usd_per_kg"] >= DOUBLED) & (change["stock_kg"] > GREW)).any("half")


def flags(means: xr.Dataset) -> list[str]:
    """Return how many runs are flagged, in words by metal, without metals of which none is."""
    found = flagged(means)
    return [
        f"{metal} in {int(count)} of {counted(found.sizes['run'], 'run')}"
        for metal, count in zip(found["metal"].values, found.sum("run").values, strict=True)
        if count
    ]


def rows(means: xr.Dataset) -> list[tuple[str, pd.Timestamp, Band, Band, float, float]]:
    """Return metal, first week of the half year, bands of cover and price, median stocks and price over the first's."""
    found = []
    for metal in map(str, means["metal"].values):
        change = (means / means.isel(half=0, drop=True)).sel(metal=metal)
        for half in means["half"].values:
            own = means.sel(metal=metal, half=half)
            cover, price = (Band.of(own[name].to_numpy()) for name in ("cover_weeks", "usd_per_kg"))
            if cover.runs and price.runs:
                stock, rise = (float(change[name].sel(half=half).median()) for name in ("stock_kg", "usd_per_kg"))
                found.append((metal, pd.Timestamp(half), cover, price, stock, rise))
    return found
