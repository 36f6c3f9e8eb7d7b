"""Tables of the export-ban experiment: static mode, runs against those without a cut, losses scaled to a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from experiments.export_ban.static_market import central, cut_for, demand_for, draws, recorded_market
from experiments.study.answers import Band
from model.world import World

METALS = ("gallium", "germanium")
DRAW_SEED = 0


@dataclass(frozen=True)
class Study:
    """What the study found for a total stop of China's net exports: price rise, and loss of US value added.

    Attributes:
        rise: price increase as a share; for gallium the study says "more than".
        loss, low, high: billion USD.
    """

    rise: float
    loss: float
    low: float
    high: float


STUDY = {
    "gallium": Study(1.50, 3.1, 1.7, 8.2),
    "germanium": Study(0.26, 0.4, 0.01, 1.1),
    "both": Study(np.nan, 3.4, 1.7, 9.0),
}


def static_tables(
    world: World, cuts: Sequence[float], zones: Sequence[str], count: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the static mode's table and what one would have to assume to get the study's price rise.

    Returns:
        static: by metal, draw (-1: the central values), cut and zone: rise and use lost, shares.
        implied: by metal: recorded net exports and use outside China, t; the cut at which the central values give the
            study's rise; the demand elasticity at which a total stop gives it.
    """
    found, implied = [], []
    for metal in METALS:
        market = recorded_market(world, metal)
        places = [world.zone_index[zone] for zone in zones]
        for number, elasticities in enumerate(
            [central(metal, world), *draws(metal, count, DRAW_SEED, world)], start=-1
        ):
            start = market.solve(0.0, elasticities)
            for cut in cuts:
                end = market.solve(cut, elasticities)
                for zone, i in zip(zones, places, strict=True):
                    rise, lost = end.price[i] / start.price[i] - 1.0, 1.0 - end.used_kg[i] / start.used_kg[i]
                    found.append((metal, number, cut, zone, rise, lost))
        static = pd.DataFrame(found, columns=["metal", "draw", "cut", "zone", "rise", "use_lost"])
        own = static[(static["metal"] == metal) & (static["draw"] == -1) & (static["zone"] == "USA")]
        target = STUDY[metal].rise
        implied.append(
            {
                "metal": metal,
                "net_exports_t": market.net_exports_kg / 1e3,
                "use_outside_t": market.use_outside_kg / 1e3,
                "primary_outside_t": float(market.primary.kg[market.primary.zone != market.exporter].sum()) / 1e3,
                "spare_outside_t": market.spare_outside_kg / 1e3,
                "cut_for_study": cut_for(target, own["cut"].tolist(), own["rise"].tolist()),
                "demand_for_study": demand_for(market, target, "USA", central(metal, world)),
            }
        )
    return static, pd.DataFrame(implied)


def against_no_cut(year: xr.Dataset, base: str) -> pd.DataFrame:
    """Compare every run with the run of the same draw and seed without a cut, the cell `base`.

    Returns:
        By cell, draw, seed, metal and zone: rise of the mean price over the year, rise of the highest four-week mean
        and of the last one over that mean without a cut, use lost, short; all shares.
    """
    calm = year.sel(cell=base, drop=True)
    found = xr.Dataset({
        "rise": year["mean"] / calm["mean"] - 1.0,
        "peak_rise": year["peak"] / calm["mean"] - 1.0,
        "last_rise": year["last"] / calm["last"] - 1.0,
        "use_lost": 1.0 - year["used_kg"] / calm["used_kg"],
        "short": year["short_kg"] / calm["used_kg"],
    })  # fmt: skip
    return found.to_dataframe().dropna(subset="rise").reset_index()


def losses(static: pd.DataFrame, dynamic: pd.DataFrame) -> pd.DataFrame:
    """Scale the study's losses of US value added (for a total stop) to each cut; nothing here is computed anew.

    By price: times the model's US price rise over the study's rise at a total stop. By use: times the share of US use
    lost over the share lost at a total stop in the same mode, so that a total stop is the study's figure itself. For
    both metals the factors of the two are averaged with the study's losses as weights.

    Returns:
        By mode, how, metals and cut: central, low, high, billion USD. Central takes the model's median; low and high
        take the ends of the study's range and of the model's band together.
    """
    drawn = static[static["draw"] >= 0].assign(mode="static", metals=static["metal"], number=static["draw"])
    run = dynamic[dynamic["metals"] == dynamic["metal"]].assign(mode="dynamic", number=_one(dynamic))
    runs = pd.concat([drawn, run])
    runs = runs[(runs["zone"] == "USA") & (runs["cut"] > 0)]
    weight = {metal: STUDY[metal].loss for metal in METALS}
    found = []
    for mode, own in runs.groupby("mode"):
        for how, column in (("price", "rise"), ("use", "use_lost")):
            wide = own.pivot(index=["number", "cut"], columns="metal", values=column)
            for metal in METALS:
                total = wide[metal].xs(1.0, level="cut").median() if how == "use" else STUDY[metal].rise
                wide[metal] = (wide[metal] / total if total else 0.0 * wide[metal]).clip(lower=0.0)
            wide["both"] = sum(wide[metal] * weight[metal] for metal in METALS) / sum(weight.values())
            cutoffs = wide.groupby(level="cut").quantile([0.1, 0.5, 0.9])
            for metals, study in STUDY.items():
                for cut, part in cutoffs[metals].unstack().iterrows():
                    ends = study.low * part[0.1], study.high * part[0.9]
                    found.append((mode, how, metals, cut, study.loss * part[0.5], *ends))
    return pd.DataFrame(found, columns=["mode", "how", "metals", "cut", "central", "low", "high"])


def _one(dynamic: pd.DataFrame) -> pd.Series:
    """Return one number for the runs that share draw and seed."""
    return dynamic.groupby(["draw", "seed"]).ngroup()


@dataclass(frozen=True)
class Found:
    """Everything the report tells: tables, and how they were made."""

    static: pd.DataFrame
    dynamic: pd.DataFrame
    loss: pd.DataFrame
    implied: pd.DataFrame
    world: World
    seeds: int
    parameter_draws: int
    draws: int
    weeks: int

    def rise(self, mode: str, metal: str, cut: float = 1.0, zone: str = "USA", column: str = "rise") -> Band:
        """Return the band of a price rise, or of another column, in one mode."""
        if mode == "static":
            table = self.static[self.static["draw"] >= 0]
        else:
            table = self.dynamic[self.dynamic["metals"] == metal]
        table = table[(table["metal"] == metal) & (table["cut"] == cut) & (table["zone"] == zone)]
        return Band.of(table[column].to_numpy())

    def central(self, metal: str, cut: float = 1.0) -> float:
        """Return the rise with the central elasticities, static mode, in the US."""
        s = self.static
        return float(
            s[(s["draw"] == -1) & (s["metal"] == metal) & (s["cut"] == cut) & (s["zone"] == "USA")]["rise"].iloc[0]
        )

    @property
    def cuts(self) -> list[float]:
        """The cuts above 0."""
        return sorted(cut for cut in self.static["cut"].unique() if cut > 0)
