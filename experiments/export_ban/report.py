"""What the export-ban experiment makes of its runs, and what its report says of them (sentences: `report.md.j2`).

Both modes are held against no cut, and against what the study they are docked to says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from experiments.ensemble.results import Results
from experiments.export_ban.quantities import FACTORS, METALS, NONE, QUARTER, YEAR, ZONES
from experiments.export_ban.static_market import DEMAND_ELASTICITY, central, demand_for, draws, recorded_market
from experiments.study.answers import Asked, Band, Report
from experiments.study.bands import RUNS, band
from experiments.study.prose import told
from experiments.study.study import sampled
from model.world import World

DRAW_SEED = 0
BOTH = "both, 100 %"  # the cell
SETTLED = 0.03  # a smaller change of the price in a quarter is none
CENTRAL = -1  # the draw that holds the central values
# By mode (static, dynamic): `rise`, `use_lost` and more, as shares of no cut, by metal, cut of that metal alone, zone
# and run (a draw of elasticities, or a draw of parameters and a seed).
Modes = Mapping[str, xr.Dataset]
# What the study found for a total stop of China's net exports: rise of the price, a share (for gallium it says "more
# than"); loss of US value added and its range, billion USD.
STUDY = pd.DataFrame(
    {"rise": [1.50, 0.26, np.nan], "loss": [3.1, 0.4, 3.4], "low": [1.7, 0.01, 1.7], "high": [8.2, 1.1, 9.0]},
    pd.Index([*METALS, "both"], name="metal"),
)


def static_mode(world: World, shares: Sequence[float], count: int) -> xr.Dataset:
    """Return rise of price and use lost, shares, by metal, draw (-1: the central values), cut and zone.

    Args:
        world: for recorded quantities and prices.
        shares: the cuts, 0 first.
        count: of draws of elasticities.
    """
    places = [world.zone_index[zone] for zone in ZONES]
    found = []
    for metal in METALS:
        market = recorded_market(world, metal)
        every = [central(world), *draws(count, DRAW_SEED, world)]
        results = [[market.solve(cut, elasticities) for cut in shares] for elasticities in every]
        found.append([[(r.price[places], r.used_kg[places]) for r in row] for row in results])
    labels = {"metal": list(METALS), "draw": range(CENTRAL, count), "cut": list(shares), "zone": list(ZONES)}
    price, used = np.moveaxis(np.array(found), 3, 0)
    level = xr.Dataset({"price": (list(labels), price), "used": (list(labels), used)}, labels)
    change = level / level.sel(cut=0.0)
    return xr.Dataset({"rise": change["price"] - 1.0, "use_lost": 1.0 - change["used"]})


def implied(world: World, static: xr.Dataset) -> pd.DataFrame:
    """Return what one would have to assume to get the study's price rise.

    Returns:
        By metal: recorded net exports and use outside China, t; the cut at which the central values give the study's
        rise (linear in between); the demand elasticity at which a total stop gives it.
    """
    found = []
    for metal in METALS:
        market, target = recorded_market(world, metal), STUDY.at[metal, "rise"]
        rises = static["rise"].sel(metal=metal, draw=CENTRAL, zone="USA")
        primary = market.primary
        kg = {
            "net_exports": market.net_exports_kg,
            "use_outside": market.outside(market.use, market.use.kg),
            "primary_outside": market.outside(primary, primary.kg),
            "spare_outside": market.outside(primary, primary.most_kg - primary.kg),
        }
        takes = {
            "cut_for_study": float(np.interp(target, rises, rises["cut"], right=np.nan)),
            "demand_for_study": demand_for(market, target, "USA", central(world)),
        }
        found.append({"metal": metal, **{f"{name}_t": value / 1e3 for name, value in kg.items()}, **takes})
    return pd.DataFrame(found)


def dynamic_mode(results: Results) -> xr.Dataset:
    """Return what the runs' first year says, against no cut."""
    return against_no_cut(with_no_cut(results.dataset("year", FACTORS)))


def with_no_cut(found: xr.Dataset) -> xr.Dataset:
    """Return results by metals and cut in which the runs without a cut are a cut of 0, whatever the metals."""
    found = found.assign_coords(cut=found["cut"].astype(float)).sortby("cut")
    none = found.sel(metals=NONE, cut=0.0, drop=True)
    return found.drop_sel(metals=NONE).where(found["cut"] > 0, none)


def against_no_cut(year: xr.Dataset) -> xr.Dataset:
    """Compare every run with the run of the same draw and seed without a cut.

    Returns:
        Rise of the mean price over the first year, of the highest four-week mean over that mean without a cut, of the
        last four-week mean of the year and of the run, change of the last one in a quarter; use lost, short in the
        year; all shares.
    """
    none = year.sel(cut=0.0)
    return xr.Dataset({
        "rise": year["mean"] / none["mean"] - 1.0,
        "peak_rise": year["peak"] / none["mean"] - 1.0,
        "year_end_rise": year["year_end"] / none["year_end"] - 1.0,
        "last_rise": year["last"] / none["last"] - 1.0,
        "climb": year["last"] / year["quarter_before"] - 1.0,
        "use_lost": 1.0 - year["used_kg"] / none["used_kg"],
        "short": year["short_kg"] / none["used_kg"],
    })  # fmt: skip


def both_modes(static: xr.Dataset, dynamic: xr.Dataset) -> Modes:
    """Return the modes alike: without the central values, each metal as cut alone."""
    alone = xr.concat(
        [dynamic.sel(metals=metal, metal=metal, drop=True) for metal in METALS], pd.Index(METALS, name="metal")
    )
    return {"static": static.drop_sel(draw=CENTRAL).rename(draw="run"), "dynamic": alone.stack(run=RUNS)}


def run_by_run(dynamic: xr.Dataset, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the dynamic mode as a table, a row for every run that finished, metal and zone; no cut is of no metals."""
    table = dynamic.to_dataframe().dropna(subset="rise").reset_index()
    table["metals"] = table["metals"].where(table["cut"] > 0, NONE)
    keys = ["metals", "cut", "draw", "seed"]
    numbered = runs[["run", *keys]].astype({"metals": str, "cut": float})
    return numbered.merge(table.drop_duplicates([*keys, "metal", "zone"]), on=keys)


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


def headlines(dynamic: xr.Dataset) -> Asked:
    """Return how far a total stop of both metals raises US prices in the weekly model."""
    own = dynamic.sel(metals="both", cut=1.0, zone="USA")
    return {
        f"rise of {metal} in the United States without both metals, {when}":
            ("percent_change", own[column].sel(metal=metal))
        for metal in METALS
        for column, when in (("rise", "mean of the first year"), ("year_end_rise", "end of the first year"))
    }  # fmt: skip


def report(found: Found) -> Report:
    """Return the report on what was found, next to the study by metal."""
    studys = [f"{metals} {Band(row.loss, row.low, row.high, 1).text('busd')}" for metals, row in STUDY.iterrows()]
    return told(
        "export_ban", found=found, METALS=METALS, BOTH=BOTH, STUDY=STUDY, DEMAND_ELASTICITY=DEMAND_ELASTICITY,
        beside=beside, studys=studys, year=YEAR, us=found.risk.sel(zone=["USA"]),
        sampled=sampled(found.world, found.parameter_draws, found.seeds),
    )  # fmt: skip
