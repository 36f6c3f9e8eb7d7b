"""What a comparison has found: levels, differences to the first scenario, and how often they are above zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import xarray as xr

from experiments.ensemble.results import Results
from experiments.study.bands import against, band_rows, complete
from experiments.study.shown import Shown
from experiments.study.value import metal_use, value_at_risk, value_rows

MEASURED = ("prices", "trade", "use")


@dataclass(frozen=True)
class Found:
    """Everything that report, figures and workbook tell.

    Attributes:
        levels: the measured tables by name, stacked by run; `weekly` and `weeks` too.
        changes: their differences to the first scenario, run by run.
        risk: value at risk by scenario, country and end use, over the window.
        titles: name of a scenario to its title, in order.
        span: first and last Monday of the window.
        shown: names of the world.
        seeds, draws: how many there were.
        drivers: whether demand, outages and freight are drawn in some scenario.
    """

    levels: Mapping[str, xr.Dataset]
    changes: Mapping[str, xr.Dataset]
    risk: xr.Dataset
    titles: Mapping[str, str]
    span: tuple[date, date]
    shown: Shown
    seeds: int
    draws: int
    drivers: bool = True

    @property
    def base(self) -> str:
        """The scenario that others are compared with."""
        return next(iter(self.titles))

    @property
    def others(self) -> list[str]:
        """The scenarios that are compared with it."""
        return list(self.titles)[1:]

    @property
    def runs(self) -> int:
        """Runs that finished in every scenario."""
        return int(self.levels["prices"].sizes["run"])

    def user(self, zone: str, end_use: str) -> str:
        """Return what users are called: `Japan, chips and wafers`."""
        uses = self.shown.world.end_use_table.set_index("end_use")["name"]
        return f"{self.shown.names[zone]}, {uses[end_use]}"

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the bands as tidy tables: `price_levels`, `price_changes`, ..."""
        made = {}
        for name in MEASURED:
            one = name.removesuffix("s")
            made[f"{one}_levels"] = band_rows(self.levels[name])
            if self.others:
                change = self.changes[name]
                rows = band_rows(change)
                labels = [column for column in rows if column not in ("low", "median", "high", "runs")]
                above = (change > 0).mean("run").to_dataframe().melt(
                    value_name="above_zero", var_name="quantity", ignore_index=False
                )  # fmt: skip
                made[f"{one}_changes"] = rows.merge(above.reset_index(), on=labels, how="left")
        return {**made, "value_at_risk": value_rows(self.risk)}


def read(results: Results, titles: Mapping[str, str], span: tuple[date, date], shown: Shown, **about: Any) -> Found:
    """Return what runs have found, those left out that failed in some scenario."""
    levels = {name: complete(results.dataset(name)) for name in (*MEASURED, "weekly", "weeks")}
    levels["use"] = levels["use"].where(levels["use"]["trend_t"].max("run").max("cell") > 0)  # no users, no row
    changes = {name: against(values, next(iter(titles))) for name, values in levels.items()} if len(titles) > 1 else {}
    risk = value_at_risk(metal_use(results), shown.world)
    return Found(levels, changes, risk, titles, span, shown, **about)
