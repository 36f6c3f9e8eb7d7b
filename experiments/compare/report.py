"""What the report of a comparison says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from experiments.compare.found import Found
from experiments.compare.quantities import Threshold
from experiments.study.answers import Band, quantity, with_article
from experiments.study.bands import band
from experiments.study.prose import told
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.study import Tables, bands_hold, sampled

SURE = 0.9  # share of the runs on one side of zero from which a change has a direction
NOTABLE = 0.005  # smaller changes of a price are none
LEAST_T = 0.05  # t a year; less is not named
NAMED, TRADERS, USERS = 3, 6, 10  # losers in a sentence; rows by metal


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


def headlines(found: Found, rivals: Found) -> list[Headline]:
    """Return the numbers of the first lines by both rules: changes to the first scenario, of one alone its levels."""
    return [
        Headline(f"{what}{f' ({name})' if found.others else ''}", unit, _band(found, table, key, name, where),
                 _band(rivals, table, key, name, where))
        for name in found.others or [found.base]
        for what, unit, table, key, where in _asked(found)
    ]  # fmt: skip


def _asked(found: Found) -> list[tuple[str, str, str, str, dict[str, str]]]:
    """Return each number in words, its unit, table and column, and which rows it is summed over."""
    shown, several = found.shown, bool(found.others)
    start, more = ("change of ", "_change") if several else ("", "")
    rows = []
    for metal, good in shown.standard.items():
        rows += [
            (f"{start}{metal} in {with_article(shown.places[zone])}", "change" if several else "usd_per_kg", "prices",
             "mean_usd_per_kg", {"good": good, "zone": zone})
            for zone in shown.quoted
        ]  # fmt: skip
    for metal in shown.standard:
        out = {"metal": metal, "zone": shown.exporter}
        rows.append((f"{start}exports of {metal}", f"t_per_yr{more}", "trade", "exports_t", out))
        rows.append((f"{start}use of {metal} given up", f"t_per_yr{more}", "use", "lost_t", {"metal": metal}))
    return rows


def _band(found: Found, table: str, key: str, name: str, where: dict[str, str]) -> Band:
    source = found.changes if found.others else found.levels
    values = source[table][key].sel(cell=name).sel(where)
    if found.others and table == "prices":
        values = values / found.levels[table][key].sel(cell=found.base).sel(where)
    return band(values.sum([label for label in values.dims if label != "run"], skipna=True, min_count=1))
