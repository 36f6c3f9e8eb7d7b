"""What the report of the sensitivity study says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from experiments.sensitivity.analysis import idle, widths
from experiments.study.answers import Report
from experiments.study.prose import told
from experiments.study.quantity import Quantity

NAMED, SHOWN, FIRST = 3, 20, 2
UNSURE = 0.2  # of a Sobol index
LITTLE, NOTABLE = 0.02, 0.05  # shares of the effects on an outcome


@dataclass(frozen=True)
class Found:
    """Everything the report tells.

    Attributes:
        outcomes: by key.
        swings, effects, indices: tables of `analysis`.
        told: how far parameters move what was observed.
        seeds, runs: how many.
        gaps: values that had to be filled because a run failed.
    """

    outcomes: Mapping[str, Quantity]
    swings: pd.DataFrame
    effects: pd.DataFrame
    indices: pd.DataFrame
    told: pd.DataFrame
    seeds: int
    runs: int
    gaps: int

    def alone(self, key: str) -> pd.DataFrame:
        """Return what parameters alone do to an outcome."""
        return self.swings[self.swings["outcome"] == key]

    def default(self, key: str) -> float:
        """Return an outcome with all parameters as declared."""
        return float(self.alone(key)["default"].iloc[0])

    def most(self, key: str) -> pd.DataFrame:
        """Return the parameters that alone move an outcome most."""
        own = self.alone(key)
        return own.loc[widths(own).nlargest(NAMED).index]

    def leading(self) -> pd.DataFrame:
        """Return shares of the Morris effects by parameter and outcome, of the parameters with the largest."""
        wide = self.effects.pivot(index="parameter", columns="outcome", values="share")[list(self.outcomes)]
        return wide.loc[wide.max(axis=1).nlargest(SHOWN).index]

    def seen(self) -> dict[str, list[str]]:
        """Return which parameters each kind of observation tells most of."""
        parts = {}
        for place, own in self.told.groupby("place", sort=False):
            first = own.groupby("parameter")["tolerances"].max().nlargest(FIRST)
            parts[" ".join(str(place).split())] = [str(name) for name in first.index[first >= 1.0]]
        return {place: names for place, names in parts.items() if names}


def report(found: Found) -> Report:
    """Return the report."""
    most = found.effects.groupby("parameter")["share"].max()
    blind = found.told.groupby("parameter")["tolerances"].max()
    return told(
        "sensitivity", found=found, most=most, blind=blind, still=idle(found.swings), seen=found.seen(),
        hidden=[str(name) for name in most[most > NOTABLE].index if blind[name] < 1.0],
        unsure=float(found.indices["total_uncertainty"].max()), LITTLE=LITTLE, NOTABLE=NOTABLE, UNSURE=UNSURE,
    )  # fmt: skip
