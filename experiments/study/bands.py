"""Bands over runs, and differences between cells, from labelled results."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from experiments.study.answers import HIGH, LOW, Band

RUNS = ("draw", "seed")


def complete(found: xr.Dataset, over: Sequence[Hashable] = ("cell",)) -> xr.Dataset:
    """Return the results stacked by run (draw and seed), without runs that are missing in some cell.

    Args:
        found: results by cell (or factors), draw, seed and other labels.
        over: the labels that tell the cells apart.
    """
    runs = found.stack(run=RUNS).reset_index("run")
    gone = [runs[name].isnull().all([d for d in runs[name].dims if d not in ("run", *over)]) for name in runs]
    failed = xr.concat(gone, "quantity").all("quantity").any(list(over))
    return runs.isel(run=np.flatnonzero(~failed.to_numpy()))


def against(found: xr.Dataset, base: str, relative: Sequence[str] = ()) -> xr.Dataset:
    """Return the difference of every other cell to one, run by run; some quantities as a share of that one."""
    others = found.drop_sel(cell=base)
    change = others - found.sel(cell=base, drop=True)
    return change.assign({name: change[name] / found[name].sel(cell=base, drop=True) for name in relative})


def band(values: xr.DataArray) -> Band:
    """Return the band over all values."""
    return Band.of(values.to_numpy().reshape(-1))


def cuts(values: xr.DataArray) -> xr.DataArray:
    """Return 10, 50 and 90 % of the runs along a first dimension `quantile`; NaN where no run has a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a week in which no run has a price
        found = values.quantile([LOW, 0.5, HIGH], "run")
    return found.assign_coords(quantile=["low", "median", "high"])


def band_rows(found: xr.Dataset, quantity: str = "quantity") -> pd.DataFrame:
    """Return the bands of all quantities over the runs.

    Returns:
        One row for each combination of the labels and quantity: median, low, high (10 and 90 % of the runs) and how
        many runs have a value; without those that none has.
    """
    parts = []
    for name, values in found.items():
        table = cuts(values).to_series().unstack("quantile")[["median", "low", "high"]]
        runs = values.notnull().sum("run").to_series()
        parts.append(table.assign(runs=runs)[runs > 0].assign(**{quantity: name}).set_index(quantity, append=True))
    return pd.concat(parts).reset_index()
