"""What is varied: levers and open questions, sampled evenly, and the parameters, drawn from the posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.parameters import parameter_table
from model.streams import stream
from model.world import World

WALK = "grant_volatility"  # of the share of licences granted, which is an input here and does not wander


@dataclass(frozen=True)
class Input:
    """One thing that is varied.

    Attributes:
        key: column of the samples.
        what: in words, so that `what: low to high` reads well.
        low, high: its range; a choice goes from 0 to 1.
        unit: behind the numbers.
        choice: what 0 and 1 mean, for a yes or no.
    """

    key: str
    what: str
    low: float
    high: float
    unit: str = ""
    choice: tuple[str, str] | None = None

    def text(self, value: float) -> str:
        """Write a value with its unit, two digits of it."""
        if self.choice:
            return self.choice[int(value)]
        if self.unit == "%":
            return f"{100 * value:.0f} %"
        return f"{float(f'{value:.2g}'):g} {'' if self.unit == '1' else self.unit}".strip()

    def between(self, low: float, high: float) -> str:
        """Write a part of its range in words; an end that is all but the range's is not named."""
        close = 0.02 * (self.high - self.low)
        up, down = low > self.low + close, high < self.high - close
        if self.choice or not (up or down):
            return self.text(low) if self.choice else "anything"
        if up and down:
            return f"{self.text(low)} to {self.text(high)}"
        return f"above {self.text(low)}" if up else f"below {self.text(high)}"

    @property
    def range(self) -> str:
        """Its range in words."""
        return " or ".join(self.choice) if self.choice else f"{self.text(self.low)} to {self.text(self.high)}"


LEVERS = (
    Input("granted_gallium", "share of gallium licences that China grants", 0.05, 0.95, "%"),
    Input("granted_germanium", "share of germanium licences that China grants", 0.05, 0.95, "%"),
    Input("granted_us", "chance of a US user where others have 60 %", 0.05, 0.6, "%"),
    Input("ban_returns", "China's ban on the US", 0, 1, choice=("stays suspended", "is back")),
    Input("enforcement", "chance that a shipment re-exported to the US is caught", 0.01, 0.5, "%"),
    Input("stockpile_months", "US stockpile of both metals", 0, 6, "months of use"),
    Input("rostec_t", "germanium that Rostec makes with its plan", 8, 40, "t/yr"),
    Input("sanctions_lifted", "sanctions on Rostec", 0, 1, choice=("stay", "are lifted")),
    Input("bargaining", "market rule", 0, 1, choice=("auction", "bargaining")),
)


def inputs(world: World) -> list[Input]:
    """Return everything that is varied: the levers, then the parameters of the posterior, or those with a range."""
    table = parameter_table(world)
    held = None if world.posterior is None else world.posterior.values
    kept = (table[table["low"] < table["high"]] if held is None else table.loc[list(held.columns)]).drop(WALK)
    low, high = (kept["low"], kept["high"]) if held is None else (held.min(), held.max())
    drawn = [
        Input(str(key), f"parameter {key}", float(low[key]), float(high[key]), str(kept.at[key, "unit"]))
        for key in kept.index
    ]
    return [*LEVERS, *drawn]


def sample(world: World, count: int) -> pd.DataFrame:
    """Return the points, a row each: levers by Latin hypercube, and the posterior's draws in turn."""
    from scipy.stats import qmc  # slow to load

    given = inputs(world)
    even = given if world.posterior is None else given[: len(LEVERS)]
    unit = qmc.LatinHypercube(len(even), rng=stream(0, "discovery")).random(count)
    points = {one.key: one.low + column * (one.high - one.low) for one, column in zip(even, unit.T, strict=True)}
    points |= {one.key: (points[one.key] >= 0.5).astype(float) for one in even if one.choice}
    table = pd.DataFrame(points)
    if world.posterior is None:
        return table
    draws = pd.DataFrame(world.posterior.draws(min(count, len(world.posterior)))).drop(columns=WALK)
    return table.join(draws.iloc[np.arange(count) % len(draws)].reset_index(drop=True))
