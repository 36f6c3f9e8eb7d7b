"""What the export-ban study has found, as its report tells it, and what the model leaves out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from experiments.export_ban.recorded import DEMAND_ELASTICITY
from experiments.export_ban.tables import CENTRAL, Modes
from experiments.study.answers import Band, percent
from experiments.study.bands import band
from model.world import World

LEFT_OUT = (
    "Contained metal only: gallium and germanium in imported wafers, chips, optics and fibre, which the study's "
    "input-output part follows, are not traded here.",
    "Value at risk holds the first product made from the metal and nothing further down; the study follows losses "
    "through the whole economy.",
    "China's net exports are those the data folder gives for 2023; the study works with its own base year and shares.",
    "No re-exports of Chinese metal are hidden in the cut: a total stop is a total stop, also through Hong Kong.",
    "No government acts: no stockpile is released, no duty is changed, no plant is built within the year.",
    f"The short-run demand elasticity (−{DEMAND_ELASTICITY[1]:g}; range −{DEMAND_ELASTICITY[2]:g} to "
    f"−{DEMAND_ELASTICITY[0]:g}) is assumed, with low confidence: it lies around the one event that could be read, the "
    "supply gap of 2018 (−0.14; −0.25 to −0.08). When it was chosen, Chinese exports up to 2025 were in view.",
)


@dataclass(frozen=True)
class Found:
    """Everything the report tells: what `tables` made, and of how many draws, runs and weeks."""

    modes: Modes
    static: xr.Dataset
    risk: xr.Dataset
    implied: pd.DataFrame
    world: World
    seeds: int
    parameter_draws: int
    draws: int
    weeks: int

    def rise(self, mode: str, metal: str, cut: float = 1.0, zone: str = "USA", column: str = "rise") -> Band:
        """Return the band of a price rise, or of another column, in one mode."""
        return band(self.modes[mode][column].sel(metal=metal, cut=cut, zone=zone))

    def central(self, metal: str, cut: float = 1.0) -> str:
        """Return the rise with the central elasticities, static mode, in the US."""
        return percent(self.static["rise"].sel(metal=metal, draw=CENTRAL, cut=cut, zone="USA").item())

    @property
    def cuts(self) -> list[float]:
        """The cuts above 0."""
        return [float(cut) for cut in self.static["cut"] if cut > 0]
