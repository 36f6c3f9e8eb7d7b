"""Bands over runs, and differences between cells, from labelled results."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from experiments.study.answers import HIGH, LOW, Band

RUNS = ("draw", "seed")
CUTS = {"low": LOW, "median": 0.5, "high": HIGH}


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


def quantiles(values: xr.DataArray, cuts: Sequence[str] = tuple(CUTS)) -> xr.DataArray:
    """Return quantiles over the runs, by name along `quantile`; NaN where no run has a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = values.quantile([CUTS[cut] for cut in cuts], "run", skipna=bool(values.isnull().any()))
    return found.assign_coords(quantile=list(cuts))


def lines(values: xr.DataArray, along: str = "week") -> dict[tuple[str, ...], pd.DataFrame]:
    """Return the bands over the runs as lines to draw, by the other labels; those without any value are left out.

    Args:
        values: by run, one label to draw along, and others.
        along: that label.

    Returns:
        Frames of median and, for several runs, low and high (10 and 90 % of the runs).
    """
    cuts = list(CUTS) if values.sizes["run"] > 1 else ["median"]
    found = quantiles(values, cuts).transpose(..., "quantile", along)
    index = found.indexes[along]
    keys = product(*(found[label].to_numpy() for label in found.dims[:-2]))
    parts = found.to_numpy().reshape(-1, len(cuts), len(index))
    return {key: pd.DataFrame(dict(zip(cuts, part, strict=True)), index)
            for key, part in zip(keys, parts, strict=True) if np.isfinite(part).any()}  # fmt: skip


def band_rows(found: xr.Dataset, quantity: str = "quantity") -> pd.DataFrame:
    """Return the bands of all quantities over the runs.

    Returns:
        One row for each combination of the labels and quantity: median, low, high (10 and 90 % of the runs) and how
        many runs have a value; without those that none has.
    """
    parts = []
    for name, values in found.items():
        table = quantiles(values).to_series().unstack("quantile")[["median", "low", "high"]]
        runs = values.notnull().sum("run").to_series()
        parts.append(table.assign(runs=runs)[runs > 0].assign(**{quantity: name}).set_index(quantity, append=True))
    return pd.concat(parts).reset_index()
