"""From runs to rankings: swings of single parameters, Morris effects, Sobol indices, and what the record can tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from experiments.fit.distance import target_of
from experiments.sensitivity.plan import LEVELS, SEED, Plan
from experiments.sensitivity.quantities import place_of
from experiments.study.record import Row
from model.world import World

IDLE = 0.02  # of the largest swing: what moves an outcome by less has no effect to speak of


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


def widths(swings: pd.DataFrame) -> pd.Series:
    """Return how far each row's outcome moves between the two ends and the default."""
    ends = swings[["default", "low", "high"]]
    return ends.max(axis=1) - ends.min(axis=1)


def idle(swings: pd.DataFrame) -> pd.Series:
    """Return how many parameters have no effect to speak of, by outcome."""
    found = widths(swings).groupby(swings["outcome"], sort=False)
    return found.agg(lambda own: int((own <= IDLE * own.max()).sum()))


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


def leaders(effects: pd.DataFrame, each: int) -> list[str]:
    """Return the parameters with the largest effects on each outcome, so many of each, none twice."""
    first = effects.sort_values("share", ascending=False, kind="stable").groupby("outcome", sort=False).head(each)
    return list(dict.fromkeys(map(str, first["parameter"])))


def sobol(plan: Plan, found: xr.Dataset) -> pd.DataFrame:
    """Return Sobol indices (Saltelli et al. 2010): the share of the variance of each outcome, with its uncertainty.

    SALib draws the uncertainty by chance, and takes a seed of 0 for none.
    """
    from SALib.analyze import sobol as salib

    parts = []
    for outcome, values in found.items():
        result = salib.analyze(plan.problem, values.to_numpy(), calc_second_order=False, seed=SEED + 1)
        parts.append(pd.DataFrame({
            "outcome": outcome, "parameter": plan.names, "first": result["S1"], "total": result["ST"],
            "total_uncertainty": result["ST_conf"],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def constraints(plan: Plan, sample: np.ndarray, found: xr.Dataset, rows: Sequence[Row], world: World) -> pd.DataFrame:
    """Return by how many tolerances of the fit each parameter moves each observation over its range.

    Args:
        plan: the parameters.
        sample: Morris trajectories.
        found: what the runs say to the rows, by draw.
        rows: the observations.
        world: for the tolerances.
    """
    target = target_of(rows, world)
    errors = target.errors(np.column_stack([found[row.key].to_numpy() for row in rows]))
    effects = morris(plan, sample, xr.Dataset({row.key: ("draw", errors[:, i]) for i, row in enumerate(rows)}))
    told = effects.rename(columns={"outcome": "key", "effect": "tolerances"})[["key", "parameter", "tolerances"]]
    names = {row.key: (row.quantity.what, place_of(row, world)) for row in rows}
    observation, place = (told["key"].map({key: both[i] for key, both in names.items()}) for i in (0, 1))
    return told.drop(columns="key").assign(observation=observation, place=place)
