"""The answer of a comparison in words: prices, exports, use given up and who runs short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from experiments.compare.found import Found
from experiments.compare.threshold import Threshold
from experiments.study.answers import listed, quantity, with_article
from experiments.study.bands import band
from experiments.study.study import Tables

SURE = 0.9  # share of the runs on one side of zero from which a change has a direction
NOTABLE = 0.005  # smaller changes of a price are none
LEAST_T = 0.05  # t a year; less is not named
NAMED = 3  # users that are named


def answer(found: Found, thresholds: Sequence[Threshold], tables: Tables) -> list[str]:
    """Return the sentences; the first ones are about prices."""
    metals = list(found.shown.standard)
    if found.others:
        prices = [_price_change(found, metal, name) for name in found.others for metal in metals]
    else:
        prices = [_price_level(found, metal) for metal in metals]
    about = [sentence(found, metal) for sentence in (_exports, _forgone) for metal in metals]
    return [*prices, *about, *(_asked(found, one, tables) for one in thresholds)]


def _price_level(found: Found, metal: str) -> str:
    values = found.levels["prices"]["mean_usd_per_kg"].sel(cell=found.base, good=found.shown.standard[metal])
    parts = [f"{band(values.sel(zone=zone)).text('usd_per_kg')} {_in(found, zone)}" for zone in found.shown.quoted]
    return f"{found.shown.good_name(metal)} costs {listed(parts)}, on average; {_when(found)}."


def _price_change(found: Found, metal: str, name: str) -> str:
    values = found.levels["prices"]["mean_usd_per_kg"].sel(good=found.shown.standard[metal])
    parts = [_moved(found, values.sel(zone=zone), zone, name) for zone in found.shown.quoted]
    told = "; ".join(part for part in parts if part) or "there is no price to compare"
    return f"{name} against {found.base}, {_when(found)}: {metal} {told}."


def _moved(found: Found, values: xr.DataArray, zone: str, name: str) -> str:
    """Return how a price differs from that of the first scenario, and in how many runs it does so."""
    before, after = values.sel(cell=found.base), values.sel(cell=name)
    share = (after / before - 1.0).dropna("run")
    moved = band(share)
    if not moved.runs:
        return ""
    if max(abs(moved.low), abs(moved.high)) < NOTABLE:
        return f"costs the same {_in(found, zone)}"
    rises = float((share > 0).mean())
    sure = max(rises, 1.0 - rises)
    often = "" if moved.runs < 2 else f"; so in {100 * sure:.0f} % of the runs"
    doubt = ", without a clear direction" if moved.runs > 1 and sure < SURE else ""
    ends = f"from {quantity(float(before.median()), 'usd_per_kg')} to {quantity(float(after.median()), 'usd_per_kg')}"
    return f"{moved.moved('change')} {_in(found, zone)}, {ends}{doubt or often}"


def _exports(found: Found, metal: str) -> str:
    country = found.shown.names[found.shown.exporter]
    where = {"metal": metal, "zone": found.shown.exporter}
    level = band(found.levels["trade"]["exports_t"].sel({"cell": found.base, **where})).text("t_per_yr")
    return f"{country} exports {level} of {metal}{_compared(found, 'trade', 'exports_t', where)}."


def _forgone(found: Found, metal: str) -> str:
    """Return how much use is given up, whether because metal is not there or because it is dear, and by whom."""
    use = found.levels["use"].sel(cell=found.base, metal=metal)
    lost, short = (band(use[name].sum(["zone", "end_use"])) for name in ("lost_t", "short_t"))
    why = (
        f"{short.text('t_per_yr')} of it for want of metal" if short.high >= LEAST_T else "none of it for want of metal"
    )
    change = _compared(found, "use", "lost_t", {"metal": metal})
    return f"Users give up {lost.text('t_per_yr')} of their use of {metal}, {why}{change}{_who(found, metal)}."


def _compared(found: Found, table: str, key: str, where: Mapping[str, str]) -> str:
    """Return what the other scenarios change, summed over what `where` leaves open."""
    if not found.others:
        return ""
    parts = []
    for name in found.others:
        change = found.changes[table][key].sel({"cell": name, **where})
        total = change.sum([label for label in change.dims if label != "run"])
        parts.append(f"{band(total).text('t_per_yr_change')} with {name}")
    return f" ({found.base}); {listed(parts)}"


def _who(found: Found, metal: str) -> str:
    """Return the users that lose most, or in a comparison those whose loss the second scenario raises most."""
    use = found.changes["use"].sel(cell=found.others[0]) if found.others else found.levels["use"].sel(cell=found.base)
    lost = use["lost_t"].sel(metal=metal).median("run").fillna(0.0).stack(user=("zone", "end_use"))
    names = []
    for at in np.argsort(-lost.to_numpy(), kind="stable")[:NAMED]:
        (zone, end_use), tonnes = lost["user"].to_numpy()[at], float(lost.to_numpy()[at])
        if tonnes >= LEAST_T:
            unit = "t_per_yr_change" if found.others else "t_per_yr"
            names.append(f"{found.user(zone, end_use)} ({quantity(tonnes, unit)})")
    start = f"{found.others[0]} adds most" if found.others else "most of it"
    return f"; {start} in {listed(names, '; ')}" if names else ""


def _asked(found: Found, threshold: Threshold, tables: Tables) -> str:
    values = threshold.values(found.levels)
    parts = []
    for cell in found.titles:
        known = values.sel(cell=cell).dropna("run")
        often = f"in {100 * float((known > threshold.bound).mean()):.0f} % of the runs" if known.size else "no value"
        parts.append(f"{often} with {cell}" if found.others else often)
    text = threshold.text(tables, found.shown)
    return f"{text[:1].upper()}{text[1:]}: {listed(parts)}."


def _in(found: Found, zone: str) -> str:
    return f"in {with_article(found.shown.places[zone])}"


def _when(found: Found) -> str:
    first, last = found.span
    return f"weeks of {first} to {last}"
