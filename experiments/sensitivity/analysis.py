"""From runs to rankings: swings of single parameters, Morris effects, Sobol indices, and what the record can tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from experiments.sensitivity.plan import LEVELS, SEED, Plan

TOLERANCE = 0.1  # of an observed price: quotes of one day differ by so much


def by_draw(found: xr.Dataset) -> tuple[xr.Dataset, int]:
    """Return the mean of each quantity over the seeds by draw, gaps filled with its median, and how many there were.

    Methods that work on whole samples cannot leave out a run.
    """
    mean = found.mean("seed").squeeze("cell", drop=True)
    gaps = int(sum(int(values.isnull().sum()) for values in mean.values()))
    return mean.fillna(mean.median("draw")), gaps


def swings(plan: Plan, found: xr.Dataset) -> pd.DataFrame:
    """Return what each parameter alone does at the ends of its range.

    Args:
        plan: the parameters.
        found: outcomes by draw, in the order of `Plan.alone`.

    Returns:
        By outcome and parameter: default, low, high: the outcome with all at default, and at the two ends.
    """
    rows = []
    for outcome, values in found.items():
        base, ends = float(values[0]), values.to_numpy()[1:].reshape(len(plan.names), 2)
        rows += [(outcome, name, base, *pair) for name, pair in zip(plan.names, ends.tolist(), strict=True)]
    return pd.DataFrame(rows, columns=["outcome", "parameter", "default", "low", "high"])


def morris(plan: Plan, sample: np.ndarray, found: xr.Dataset) -> pd.DataFrame:
    """Return Morris's measures: mean absolute and mean effect over the range, and their spread (interaction, bends)."""
    from SALib.analyze import morris as salib

    parts = []
    for outcome, values in found.items():
        result = salib.analyze(plan.problem, sample, values.to_numpy(), num_levels=LEVELS, seed=SEED)
        table = pd.DataFrame({"parameter": plan.names, "effect": np.asarray(result["mu_star"], dtype=float),
                              "mean_effect": np.asarray(result["mu"], dtype=float),
                              "spread": np.asarray(result["sigma"], dtype=float)})  # fmt: skip
        total = table["effect"].sum()
        parts.append(table.assign(outcome=outcome, share=table["effect"] / total if total else 0.0))
    return pd.concat(parts, ignore_index=True)


def leaders(effects: pd.DataFrame, count: int) -> list[str]:
    """Return the parameters with the largest share of the effects on any outcome."""
    return [str(name) for name in effects.groupby("parameter")["share"].max().nlargest(count).index]


def sobol(plan: Plan, found: xr.Dataset) -> pd.DataFrame:
    """Return Sobol indices (Saltelli et al. 2010): the share of the variance of each outcome, with its uncertainty."""
    from SALib.analyze import sobol as salib

    parts = []
    for outcome, values in found.items():
        result = salib.analyze(plan.problem, values.to_numpy(), calc_second_order=False, seed=SEED)
        parts.append(pd.DataFrame({
            "outcome": outcome, "parameter": plan.names, "first": result["S1"], "total": result["ST"],
            "total_uncertainty": result["ST_conf"],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def constraints(plan: Plan, sample: np.ndarray, found: xr.Dataset) -> pd.DataFrame:
    """Return by how many tolerances each parameter moves each observed price over its range (mean absolute effect)."""
    effects = morris(plan, sample, found)
    told = effects.assign(tolerances=effects["effect"] / TOLERANCE)
    return told.rename(columns={"outcome": "observation"})[["observation", "parameter", "tolerances"]]
