"""PRIM (Friedman and Fisher 1999; Bryant and Lempert 2010): a box of inputs in which an outcome mostly comes about.

A box is found on two thirds of the points and judged on the others, which had no say in it: with some ninety inputs,
some box looks good by chance.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest, mannwhitneyu

from experiments.discovery.inputs import Input
from model import InputError

FEWEST = 15  # points with, and points without the outcome: fewer say nothing
MOST_RESTRICTED = 4  # inputs: more can neither be told nor believed
LEAST_MASS = 0.08  # share of the points that a box holds at least
SURE = 0.05  # quasi-p-value from which a restriction may be chance, once divided by the number of inputs
CLEAR, MOST_PEELED = 0.01, 8  # inputs that PRIM is given: p-value of a difference (Mann and Whitney), and how many
EVERY = 3  # of so many points one is held back


@dataclass(frozen=True)
class Limit:
    """A restricted input: from `low` to `high` (a choice: both the same), and its quasi-p-value."""

    input: Input
    low: float
    high: float
    p: float

    @property
    def text(self) -> str:
        """The part of its range in words."""
        return self.input.between(self.low, self.high)


@dataclass(frozen=True)
class Found:
    """What PRIM has found for one outcome.

    Attributes:
        points, hits: how many there are, and how many have the outcome.
        limits: of the box, the surest first; empty where there is none.
        coverage, density: on the points the box was made from.
        made_base: share of these that have the outcome.
        held_coverage, held_density, held_base: on those held back, and the share of them that have the outcome.
        held_p: chance of as many held back in the box, were it no better than none.
        tradeoff: coverage, density and restricted inputs of all boxes on the way.
        leaning: inputs whose values differ with the outcome beyond chance, the clearest first, and whether they are
            higher with it.
    """

    points: int
    hits: int
    limits: tuple[Limit, ...] = ()
    coverage: float = np.nan
    density: float = np.nan
    made_base: float = np.nan
    held_coverage: float = np.nan
    held_density: float = np.nan
    held_base: float = np.nan
    held_p: float = 1.0
    tradeoff: pd.DataFrame | None = None
    leaning: tuple[tuple[Input, bool], ...] = ()

    @property
    def base(self) -> float:
        """Share of the points that have the outcome."""
        return self.hits / self.points if self.points else np.nan

    @property
    def few(self) -> bool:
        """Whether too few points have the outcome, or too few have not."""
        return min(self.hits, self.points - self.hits) < FEWEST

    @property
    def separates(self) -> bool:
        """Whether the points held back bear the box out."""
        return bool(self.limits) and self.held_p < SURE


def library() -> ModuleType:
    """Return the library's PRIM.

    Raises:
        InputError: it is not installed.
    """
    try:
        with warnings.catch_warnings():  # it complains of other libraries, which nobody here needs
            warnings.simplefilter("ignore")
            from ema_workbench.analysis import prim
    except ImportError:
        raise InputError("discovery needs the package ema-workbench: pip install '.[discovery]'") from None
    return prim


def find(points: pd.DataFrame, hit: np.ndarray, inputs: Sequence[Input]) -> Found:
    """Return the best box for an outcome.

    Args:
        points: the inputs, a column each.
        hit: which points have the outcome.
        inputs: what may be restricted.
    """
    none = Found(len(points), int(hit.sum()))
    if none.few:
        return none
    held = np.arange(len(points)) % EVERY == EVERY - 1
    seen, seen_hit = points[~held].reset_index(drop=True), hit[~held]
    few = _screened(seen, seen_hit, inputs)
    none = replace(none, leaning=_leaning(seen, seen_hit, few, len(inputs)))
    if not few:
        return none
    table = pd.DataFrame({one.key: _column(seen[one.key], one) for one in few})
    box = _peeled(table, seen_hit)
    tradeoff = box.peeling_trajectory[["coverage", "density", "res_dim"]].astype(float)
    at = _pruned(box, _best(tradeoff), table, len(inputs))
    limits = _limits(box, at, few)
    chosen = box.peeling_trajectory.loc[at]
    inside = contains(limits, points)
    made = (float(chosen["coverage"]), float(chosen["density"]), float(seen_hit.mean()))
    return Found(none.points, none.hits, limits, *made, *_judged(inside[held], hit[held]), tradeoff, none.leaning)


def contains(limits: Sequence[Limit], points: pd.DataFrame) -> np.ndarray:
    """Return which points lie in a box."""
    inside = np.ones(len(points), dtype=bool)
    for limit in limits:
        inside &= points[limit.input.key].between(limit.low, limit.high).to_numpy()
    return inside


def _screened(points: pd.DataFrame, hit: np.ndarray, inputs: Sequence[Input]) -> list[Input]:
    """Return the inputs whose values differ between points with and without the outcome, the clearest few.

    PRIM peels a little off every input that it is given; of ninety, most of that would be chance.
    """
    if hit.all() or not hit.any():
        return []
    p = [_chance(points, hit, one) for one in inputs]
    clear = [at for at in np.argsort(p, kind="stable") if p[at] < CLEAR][:MOST_PEELED]
    return [inputs[at] for at in sorted(clear)]


def _chance(points: pd.DataFrame, hit: np.ndarray, one: Input) -> float:
    return float(mannwhitneyu(points.loc[hit, one.key], points.loc[~hit, one.key]).pvalue)


def _leaning(points: pd.DataFrame, hit: np.ndarray, few: Sequence[Input], tried: int) -> tuple[tuple[Input, bool], ...]:
    """Return those of few inputs that differ even when so many were tried, and whether they are higher with it."""
    sure = sorted((_chance(points, hit, one), i) for i, one in enumerate(few))
    chosen = [few[i] for p, i in sure if p * tried < SURE]
    return tuple((one, bool(points.loc[hit, one.key].mean() > points.loc[~hit, one.key].mean())) for one in chosen)


def _column(values: pd.Series, one: Input) -> pd.Series:
    return values.astype(int).astype("category") if one.choice else values.astype(float)


def _peeled(table: pd.DataFrame, hit: np.ndarray) -> Any:
    """Return the library's box with all boxes on its way; every box counts, however dense (hence the threshold)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return library().Prim(table, hit.astype(float), threshold=1e-6, mass_min=LEAST_MASS).find_box()


def _best(tradeoff: pd.DataFrame) -> int:
    """Return the box with the largest harmonic mean of coverage and density, of those with few restrictions."""
    both = tradeoff["coverage"] * tradeoff["density"] / (tradeoff["coverage"] + tradeoff["density"])
    return int(both.where(tradeoff["res_dim"] <= MOST_RESTRICTED).idxmax())


def _pruned(box: Any, at: int, table: pd.DataFrame, tried: int) -> int:
    """Give up, one at a time, the restriction most likely to be chance, until none is; return the box's place."""
    while True:
        sides = [(p, name, side) for name, ps in box.qp[at].items() for side, p in enumerate(ps) if p >= 0]
        worst = max(sides, default=(0.0, "", 0))
        if worst[0] * tried < SURE:
            return at
        wider, (_, name, side) = box.box_lims[at].copy(), worst
        whole = table[name].dtype == "category"
        wider.loc[slice(None) if whole else side, name] = box.box_lims[0].loc[slice(None) if whole else side, name]
        box.update(wider, np.flatnonzero(_inside(table, wider)))
        at = len(box.box_lims) - 1


def _inside(table: pd.DataFrame, box: pd.DataFrame) -> np.ndarray:
    inside = np.ones(len(table), dtype=bool)
    for name, values in table.items():
        low, high = box[name]
        kept = values.isin(low) if values.dtype == "category" else values.between(low, high)
        inside &= kept.to_numpy()
    return inside


def _limits(box: Any, at: int, inputs: Sequence[Input]) -> tuple[Limit, ...]:
    found = []
    for one in inputs:
        if one.key in box.qp[at]:
            low, high = box.box_lims[at][one.key]
            first, last = (min(low), max(low)) if one.choice else (low, high)
            sides = [p for p in box.qp[at][one.key] if p >= 0]
            found.append(Limit(one, float(first), float(last), float(max(sides))))
    return tuple(sorted(found, key=lambda limit: limit.p))


def _judged(inside: np.ndarray, hit: np.ndarray) -> tuple[float, float, float, float]:
    """Return coverage, density, the share of all points, and the chance of such a density; for points held back."""
    both, base = int((inside & hit).sum()), float(hit.mean())
    if not inside.any() or not hit.any():
        return (0.0, np.nan, base, 1.0)
    p = binomtest(both, int(inside.sum()), base, alternative="greater").pvalue
    return both / int(hit.sum()), both / int(inside.sum()), base, float(p)
