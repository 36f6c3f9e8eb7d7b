"""What the report of scenario discovery says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from experiments.discovery import boxes
from experiments.discovery.boxes import Found
from experiments.discovery.inputs import LEVERS, Input
from experiments.discovery.points import PLAIN, PLAN
from experiments.study.answers import Band, Report, percent
from experiments.study.prose import told
from model.world import World

NAMED = 3
USELESS = 1.25  # a box less than so many times as dense as all points is told with a caution
# Settings of PRIM that the report names.
SETTINGS = ("EVERY", "CLEAR", "MOST_RESTRICTED", "LEAST_MASS", "SURE")


@dataclass(frozen=True)
class Question:
    """A condition, put to every point.

    Attributes:
        key: of the tables.
        title: of its section and figure.
        when: the condition in words.
        seen: what is found over all points, in words.
        hit: which points meet it.
    """

    key: str
    title: str
    when: str
    seen: str
    hit: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """A question, and what PRIM says of it."""

    asked: Question
    found: Found

    @property
    def leaning_levers(self) -> bool:
        """Whether a lever is among the inputs that differ beyond chance."""
        levers = {one.key for one in LEVERS}
        return any(one.key in levers for one, _ in self.found.leaning)


def questions(values: pd.DataFrame, need: float, fall: float, use_t: float) -> list[Question]:
    """Return what is asked.

    Args:
        values: by point: what the US goes without, and what Rostec's plan changes.
        need: share of its need from which the US goes without.
        fall: share of the price from which Rostec's plan matters.
        use_t: t of use from which it matters.
    """
    found = []
    for metal in ("gallium", "germanium"):
        lost, short = (Band.of(values[f"us_{metal}{end}"]).text("share") for end in ("", "_short"))
        seen = f"it goes without {lost} of its need, for want of metal alone {short}"
        when = f"the US goes without more than {percent(need)} of its need of {metal}"
        hit = (values[f"us_{metal}"] > need).to_numpy()
        found.append(Question(f"us_{metal}", f"The US without {metal}", when, seen, hit))
    price, lost_t = values["price_change"], values["lost_change_t"]
    when = (
        f"Rostec's plan makes germanium in Rotterdam more than {percent(fall)} cheaper, or saves users outside China "
        f"more than {use_t:g} t of use"
    )
    moves = f"the price by {Band.of(price).text('change')} and use given up by {Band.of(lost_t).text('t_change')}"
    hit = ((price < -fall) | (lost_t < -use_t)).to_numpy()
    return [*found, Question("rostec", "Where Rostec matters", when, f"it changes {moves}", hit)]


def report(
    outcomes: Sequence[Outcome], inputs: Sequence[Input], risk: xr.Dataset, runs: int, failed: int, world: World
) -> Report:
    """Return the report.

    Args:
        outcomes: the questions, with what was found.
        inputs: everything that was varied.
        risk: value at risk in the US, without and with Rostec's plan.
        runs: how many.
        failed: points left out since a run failed.
        world: for names, and whether its parameters are drawn from a posterior.
    """
    return told(
        "discovery", outcomes=outcomes, parameters=len(inputs) - len(LEVERS), risk=risk, runs=runs, failed=failed,
        world=world, named=NAMED, useless=USELESS, LEVERS=LEVERS, PLAIN=PLAIN, PLAN=PLAN,
        **{name: getattr(boxes, name) for name in SETTINGS},
    )  # fmt: skip


def tables(points: pd.DataFrame, values: pd.DataFrame, outcomes: Sequence[Outcome]) -> Mapping[str, pd.DataFrame]:
    """Return the tables: points, boxes and what PRIM had to choose from."""
    hits = pd.DataFrame({f"is_{one.asked.key}": one.asked.hit for one in outcomes}, index=points.index)
    boxes = [
        (one.asked.key, at.input.key, at.input.what, at.low, at.high, at.input.low, at.input.high, at.p)
        for one in outcomes
        for at in one.found.limits
    ]
    heads = ["outcome", "input", "what", "low", "high", "range_low", "range_high", "quasi_p"]
    ways = [one.found.tradeoff.assign(outcome=one.asked.key) for one in outcomes if one.found.tradeoff is not None]
    return {
        "points": pd.concat([points, values, hits], axis=1),
        "boxes": pd.DataFrame(boxes, columns=heads),
        "tradeoff": pd.concat(ways) if ways else pd.DataFrame({"outcome": [], "coverage": [], "density": []}),
    }
