"""What the report of the lapse experiment says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from functools import partial

import xarray as xr

from experiments.lapse.figures import METALS, PLACES
from experiments.lapse.quantities import REGIONS
from experiments.study.answers import HIGH, Band, listed, with_article
from experiments.study.bands import band
from experiments.study.prose import told
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.study import bands_hold
from model.world import World

WAYS = ("lapse", "free trade")  # beside the suspension extended


def at(found: xr.Dataset, cell: str, metal: str, region: str, quantity: str) -> Band:
    """Return the band of a quantity."""
    return band(found[quantity].sel(cell=cell, metal=metal, region=region))


def largest(changes: xr.Dataset, cell: str) -> float:
    """Return the largest change of a price, as a share."""
    return max(abs(at(changes, cell, metal, region, "usd_per_kg").median) for metal in METALS for region in REGIONS)


def told_apart(levels: xr.Dataset, changes: xr.Dataset) -> dict[str, str | list[str]]:
    """Return where the ways on cannot be told apart by their level, in words, and where not even run by run."""
    pairs = {(cell, metal, region): f"{metal} in {PLACES[region]} ({cell})"
             for cell in WAYS for metal in METALS for region in REGIONS}  # fmt: skip
    alike = []
    for cell, metal, region in pairs:
        one, base = (at(levels, name, metal, region, "usd_per_kg") for name in (cell, "extended"))
        if one.low <= base.high and base.low <= one.high:
            alike.append((cell, metal, region))
    whole = [f"all prices ({cell})" for cell in WAYS if alike == [pair for pair in pairs if pair[0] == cell]]
    some = f"the price of {listed([pairs[pair] for pair in alike])}" if alike else ""
    return {
        "overlap": "all prices" if len(alike) == len(pairs) else "".join(whole) or some,
        "unclear": [name for pair, name in pairs.items() if not at(changes, *pair, "usd_per_kg").clear],
    }


def worst(levels: xr.Dataset) -> dict[str, str] | None:
    """Return where unmet use is highest, by label; None where nobody runs short."""
    high = levels["unmet_share"].quantile(HIGH, "run")
    if high.max() < 0.0005:
        return None
    return {str(label): str(high[label][int(place)].item()) for label, place in high.argmax(...).items()}


def headlines(changes: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return what a lapse and free trade change of prices in the US and in Rotterdam, under both market rules."""
    return [
        Headline(f"change of {metal} in {with_article(PLACES[region])} ({cell})", "change",
                 *(at(found, cell, metal, region, "usd_per_kg") for found in (changes, rivals)))
        for cell in WAYS for metal in METALS for region in ("USA", "Europe")
    ]  # fmt: skip


def report(levels: xr.Dataset, changes: xr.Dataset, risk: xr.Dataset, world: World) -> Report:
    """Return the report.

    Args:
        levels: quantities by cell, metal, region and run.
        changes: their differences to the extended suspension.
        risk: value at risk by cell, zone, end use and run.
        world: for names.
    """
    return told(
        "lapse", level=partial(at, levels), change=partial(at, changes), largest=partial(largest, changes),
        **told_apart(levels, changes), worst=worst(levels), runs=levels.sizes["run"], metals=METALS, places=PLACES,
        risk=risk, world=world, bands_hold=bands_hold(world),
    )  # fmt: skip
