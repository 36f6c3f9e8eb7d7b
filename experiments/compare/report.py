"""What a comparison has found: levels, and differences to the first scenario; what its report says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from experiments.compare.quantities import Threshold
from experiments.ensemble.results import Results
from experiments.study.answers import Asked, Band, Report, quantity, with_article
from experiments.study.bands import against, band, band_rows, complete
from experiments.study.prose import told
from experiments.study.shown import Shown
from experiments.study.study import Tables, bands_hold, sampled
from experiments.study.value import metal_use, value_at_risk, value_rows

MEASURED = ("prices", "trade", "use")
SURE = 0.9  # share of the runs on one side of zero from which a change has a direction
NOTABLE = 0.005  # smaller changes of a price are none
LEAST_T = 0.05  # t a year; less is not named
NAMED, TRADERS, USERS = 3, 6, 10  # losers in a sentence; rows by metal


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


def report(found: Found, thresholds: Sequence[Threshold], tables: Tables) -> Report:
    """Return the report."""
    metals = list(found.shown.standard)
    return told(
        "compare", found=found, metals=metals, tables_read=tables, sure=SURE, notable=NOTABLE, least_t=LEAST_T,
        level=partial(level, found), changed=partial(changed, found), price_levels=partial(price_levels, found),
        price_changes=partial(price_changes, found), losers=partial(losers, found), traders=partial(traders, found),
        givers=[where for metal in metals for where in givers(found, metal)],
        asked=[(one.text(tables, found.shown), often(found, one)) for one in thresholds],
        bands_hold=bands_hold(found.shown.world, found.drivers),
        sampled=sampled(found.shown.world, found.draws, found.seeds),
    )  # fmt: skip


def level(found: Found, table: str, key: str, where: Mapping[str, str]) -> Band:
    """Return the band of a quantity in the first scenario, summed over what `where` leaves open."""
    return _summed(found.levels[table][key].sel(cell=found.base), where)


def changed(found: Found, name: str, table: str, key: str, where: Mapping[str, str]) -> Band:
    """Return the band of its change in another scenario."""
    return _summed(found.changes[table][key].sel(cell=name), where)


def _summed(values: xr.DataArray, where: Mapping[str, str]) -> Band:
    own = values.sel(where)
    over = [label for label in own.dims if label != "run"]
    return band(own.sum(over) if over else own)


def price_levels(found: Found, metal: str) -> list[str]:
    """Return what a metal costs where it is quoted, in words."""
    values = found.levels["prices"]["mean_usd_per_kg"].sel(cell=found.base, good=found.shown.standard[metal])
    places = {zone: with_article(found.shown.places[zone]) for zone in found.shown.quoted}
    return [f"{band(values.sel(zone=zone)).text('usd_per_kg')} in {place}" for zone, place in places.items()]


def price_changes(found: Found, name: str, metal: str) -> list[dict[str, Any]]:
    """Return how a price differs from that of the first scenario, by zone: shares by run, medians, how surely."""
    values = found.levels["prices"]["mean_usd_per_kg"].sel(good=found.shown.standard[metal])
    made = []
    for zone in found.shown.quoted:
        before, after = (values.sel(zone=zone, cell=cell) for cell in (found.base, name))
        share = (after / before - 1.0).dropna("run")
        if not share.size:
            continue
        rises = float((share > 0).mean())
        made.append({"zone": zone, "share": share, "before": float(before.median()), "after": float(after.median()),
                     "sure": max(rises, 1.0 - rises)})  # fmt: skip
    return made


def losers(found: Found, metal: str) -> list[str]:
    """Return the users that lose most, or in a comparison those whose loss the second scenario raises most."""
    use = found.changes["use"].sel(cell=found.others[0]) if found.others else found.levels["use"].sel(cell=found.base)
    unit = "t_per_yr_change" if found.others else "t_per_yr"
    most = _most(use["lost_t"].sel(metal=metal).median("run"), NAMED)
    return [f"{found.user(*user)} ({quantity(tonnes, unit)})" for user, tonnes in most]


def givers(found: Found, metal: str) -> list[dict[str, str]]:
    """Return who gives up most use in some scenario."""
    most = _most(found.levels["use"]["lost_t"].sel(metal=metal).median("run").max("cell"), USERS)
    return [{"metal": metal, "zone": zone, "end_use": end_use} for (zone, end_use), _ in most]


def traders(found: Found, key: str, metal: str) -> list[str]:
    """Return the countries that trade most in some scenario."""
    t = found.levels["trade"][key].sel(metal=metal).median("run").max("cell")
    return [str(zone) for zone in t["zone"].to_numpy()[np.argsort(-t.to_numpy(), kind="stable")][:TRADERS]]


def often(found: Found, threshold: Threshold) -> list[str]:
    """Return in how many runs of each scenario a threshold is passed, in words."""
    values, parts = threshold.values(found.levels), []
    for cell in found.titles:
        known = values.sel(cell=cell).dropna("run")
        text = f"in {100 * float((known > threshold.bound).mean()):.0f} % of the runs" if known.size else "no value"
        parts.append(f"{text} with {cell}" if found.others else text)
    return parts


def _most(lost: xr.DataArray, count: int) -> list[tuple[tuple[str, str], float]]:
    """Return the users with the most use lost, (country, end use) and t a year, those with next to nothing left out."""
    stacked = lost.fillna(0.0).stack(user=("zone", "end_use"))
    top = np.argsort(-stacked.to_numpy(), kind="stable")[:count]
    pairs = [(stacked["user"].to_numpy()[at], float(stacked.to_numpy()[at])) for at in top]
    return [(user, tonnes) for user, tonnes in pairs if tonnes >= LEAST_T]


def headlines(found: Found) -> Asked:
    """Return the numbers of the first lines: changes to the first scenario, of one alone its levels."""
    shown, several = found.shown, bool(found.others)
    start, more = ("change of ", "_change") if several else ("", "")
    asked: dict[str, tuple[str, xr.DataArray]] = {}
    for name in found.others or [found.base]:
        own = {table: (found.changes if several else found.levels)[table].sel(cell=name) for table in MEASURED}
        after = f" ({name})" if several else ""
        for metal, good in shown.standard.items():
            for zone in shown.quoted:
                price, unit = own["prices"]["mean_usd_per_kg"].sel(good=good, zone=zone), "usd_per_kg"
                if several:
                    before = found.levels["prices"]["mean_usd_per_kg"].sel(good=good, zone=zone, cell=found.base)
                    price, unit = price / before, "change"
                asked[f"{start}{metal} in {with_article(shown.places[zone])}{after}"] = unit, price
        for metal in shown.standard:
            out = own["trade"]["exports_t"].sel(metal=metal, zone=shown.exporter)
            lost = own["use"]["lost_t"].sel(metal=metal).sum(("zone", "end_use"), min_count=1)
            asked[f"{start}exports of {metal}{after}"] = f"t_per_yr{more}", out
            asked[f"{start}use of {metal} given up{after}"] = f"t_per_yr{more}", lost
    return asked
