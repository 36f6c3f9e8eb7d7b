"""What the report of the export-ban experiment says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import xarray as xr

from experiments.export_ban.quantities import METALS, QUARTER, YEAR
from experiments.export_ban.recorded import DEMAND_ELASTICITY, draws
from experiments.export_ban.tables import CENTRAL, DRAW_SEED, STUDY, Modes
from experiments.study.answers import Band, percent
from experiments.study.bands import band
from experiments.study.prose import told
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.uncertain import sampled
from model.world import World

BOTH = "both, 100 %"  # the cell
SETTLED = 0.03  # a smaller change of the price in a quarter is none


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

    def central(self, metal: str, cut: float = 1.0) -> float:
        """Return the rise with the central elasticities, static mode, in the US."""
        return float(self.static["rise"].sel(metal=metal, draw=CENTRAL, cut=cut, zone="USA"))

    @property
    def cuts(self) -> list[float]:
        """The cuts above 0."""
        return [float(cut) for cut in self.static["cut"] if cut > 0]

    def risk_cells(self) -> list[str]:
        """Return the cells with a cut."""
        return [f"{metals}, {percent(cut)}" for metals in STUDY.index for cut in self.cuts]

    @staticmethod
    def said(metal: str) -> str:
        """Write the rise that the study gives."""
        return percent(STUDY.at[metal, "rise"])

    @staticmethod
    def studys() -> list[str]:
        """Return what the study says is lost, by metal, billion USD."""
        return [f"{metals} {Band(row.loss, row.low, row.high, 1).text('busd')}" for metals, row in STUDY.iterrows()]

    def verdict(self, metal: str) -> str:
        """Return whether the static answer is that of the study, which for gallium gives a lower bound."""
        found, target = self.rise("static", metal), STUDY.at[metal, "rise"]
        if metal == "gallium":
            if found.median >= target:
                return "met by the median of the draws"
            return "within the band, above its median" if found.high >= target else "not reached within the band"
        if found.low <= target <= found.high:
            return "within the band"
        return "far below the band" if target < found.low else "above the band"

    def end(self, metal: str) -> str:
        """Return whether the price has come to rest when the runs end: `unknown`, `climbing`, `resting` or `open`."""
        climb = self.rise("dynamic", metal, column="climb")
        if self.weeks <= QUARTER:
            return "unknown"
        return "climbing" if climb.low > SETTLED else "resting" if abs(climb.median) <= SETTLED else "open"

    def monotone(self, metal: str) -> tuple[float, bool, float]:
        """Return the share of draws, and whether the runs, rise with the cut; the share at the study's figure."""
        static, dynamic = (self.modes[mode]["rise"].sel(metal=metal, zone="USA") for mode in ("static", "dynamic"))
        rising = (static.diff("cut") >= -1e-9).all("cut").mean().item()
        steps = bool((dynamic.median("run").diff("cut") > 0).all())
        return rising, steps, (static.sel(cut=1.0) >= STUDY.at[metal, "rise"]).mean().item()

    def through_demand(self, metal: str) -> float:
        """Return the share of the spread of static rises at a total stop that the demand elasticity makes."""
        rises = self.modes["static"]["rise"].sel(metal=metal, zone="USA", cut=1.0).to_series().reset_index(drop=True)
        demand = pd.Series([drawn.demand for drawn in draws(self.draws, DRAW_SEED, self.world)])
        return float(rises.corr(demand, method="spearman")) ** 2


def overlap(one: Band, other: Band) -> bool:
    """Return whether two bands share a value."""
    return one.low <= other.high and other.low <= one.high


def beside(static: Band, other: Band) -> str:
    """Return where another answer lies beside the static one: `near`, `above` or `below`."""
    return "near" if overlap(static, other) else "above" if other.median > static.median else "below"


def headlines(dynamic: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return how far a total stop of both metals raises US prices in the weekly model, under both market rules."""
    own = dynamic.sel(metals="both", cut=1.0, zone="USA")
    return [
        Headline(f"rise of {metal} in the United States without both metals, {when}", "percent_change",
                 *(band(one[column].sel(metal=metal)) for one in (own, rivals.sel(zone="USA"))))
        for metal in METALS
        for column, when in (("rise", "mean of the first year"), ("year_end_rise", "end of the first year"))
    ]  # fmt: skip


def report(found: Found) -> Report:
    """Return the report on what was found, next to the study by metal."""
    return told(
        "export_ban", found=found, METALS=METALS, BOTH=BOTH, STUDY=STUDY, DEMAND_ELASTICITY=DEMAND_ELASTICITY,
        beside=beside, year=YEAR, us=found.risk.sel(zone=["USA"]),
        sampled=sampled(found.world, found.parameter_draws, found.seeds),
    )  # fmt: skip
