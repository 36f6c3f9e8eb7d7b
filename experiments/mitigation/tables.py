"""Tables of the mitigation report."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from experiments.mitigation.cells import CELLS, NOTHING, UNDISTURBED
from experiments.mitigation.effects import TARGETED
from experiments.mitigation.quantities import METALS
from experiments.study.answers import Band, listed, markdown, number, percent
from experiments.study.bands import band
from experiments.study.value import value_table, value_totals
from model.world import World

# Heads of the columns about the US and the EU, the quantity in each and its unit.
COLUMNS = {
    "Lost, t": ("lost_t", "t"),
    "Avoided, t": ("avoided_t", "t_change"),
    "Lost more before, t": ("more_lost_before_t", "t_change"),
    "More used, t": ("more_used_t", "t_change"),
    "US price before, USD/kg": ("before_us", "usd_per_kg"),
    "Peak US price, USD/kg": ("peak_us", "usd_per_kg"),
    "Outlay, million USD": ("outlay_musd", "musd_paid"),
    "Charge, million USD": ("charge_musd", "musd_paid"),
    "Net cost, million USD": ("net_musd", "musd_paid"),
    "Avoided kg per million USD": ("avoided_kg_per_musd", "kg_per_musd"),
}


@dataclass(frozen=True)
class Found:
    """Everything the report tells: what `effects` made, and of how many draws and seeds."""

    effects: xr.Dataset
    places: xr.Dataset
    risk: xr.Dataset
    world: World
    seeds: int
    parameter_draws: int

    def band(self, cell: str, metal: str, key: str) -> Band:
        """Return the band of a quantity of `effects` in one cell."""
        return band(self.effects[key].sel(cell=cell, metal=metal))

    def cells(self, targeted: bool = False) -> list[str]:
        """Return the cells that were run, in order: those under the total stop, or those under the targeted ban."""
        return [cell for cell in CELLS if cell in self.effects["cell"] and cell.startswith(TARGETED) == targeted]


def effect_table(found: Found, metal: str) -> list[str]:
    """Return what each measure avoids and costs, as lines of Markdown."""
    rows = []
    for cell in found.cells():
        texts = {key: found.band(cell, metal, key).plain(unit) for key, unit in COLUMNS.values()}
        if cell in (NOTHING, UNDISTURBED):
            texts |= {"avoided_t": "", "more_lost_before_t": "", "more_used_t": ""}
        if "substitution" in cell:
            texts |= {"outlay_musd": "unknown", "charge_musd": "unknown"}
        filled = found.band(cell, metal, "filled_share")
        rows.append([cell, *texts.values(), percent(filled.median) if filled.runs else ""])
    heads = ("Measure", *COLUMNS, "Stockpile filled")
    table = markdown(heads, rows, right=range(1, len(heads)))
    spans = "Lost and used in the two years of disruption; avoided since January 2025."
    return [f"## {metal.capitalize()}: US and EU", "", spans, "", *table, ""]


def where_table(found: Found, metal: str) -> list[str]:
    """Return where use is lost, as lines of Markdown."""
    middle = found.places.sel(metal=metal).median("run")
    places = [str(place) for place in middle["place"].values]
    rows = []
    for cell in found.cells():
        lost = zip(*(middle[key].sel(cell=cell).values for key in ("lost_t", "lost_share")), strict=True)
        rows.append([cell, *(f"{number(tonnes, 't')} ({percent(share)})" for tonnes, share in lost)])
    return [f"**{metal.capitalize()}**", "", *markdown(["Measure", *places], rows, right=range(1, len(places) + 1)), ""]


def targeted_table(found: Found) -> list[str]:
    """Return what the enforcement of the targeted ban changes, as lines of Markdown."""
    rows = [
        [
            cell,
            metal,
            found.band(cell, metal, "lost_t").text("t"),
            found.band(cell, metal, "peak_us").text("usd_per_kg"),
        ]
        for cell in found.cells(targeted=True)
        for metal in METALS
    ]
    heads = ["Ban", "Metal", "Lost in US and EU, t", "Peak US price"]
    return markdown(heads, rows, right=(2, 3)) if rows else ["Not run."]


def risk_section(found: Found) -> list[str]:
    """Return value at risk in the two years, as lines of Markdown."""
    return [
        "## Value at risk", "",
        "In the two years, all countries together, million USD; calm times are the first half of 2023. Output lost for "
        "want of metal; the same, could nobody spare what is given up for its price; what those who go on using metal "
        "pay more; the most that use given up is worth to those who give it up. Not to be added. Bands hold the runs "
        "and the range of `model/data/value_added.csv`.", "",
        *value_totals(found.risk, found.cells()), "",
        f"By country and end use with {NOTHING!r}, the largest first:", "",
        *value_table(found.risk.sel(cell=NOTHING), found.world), "",
    ]  # fmt: skip


def each(values: xr.DataArray, unit: str, word: str) -> str:
    """Return the band of a quantity for each metal: `1.0 t of gallium and 2.0 t of germanium`."""
    return listed([f"{band(values.sel(metal=metal)).text(unit)} {word} {metal}" for metal in METALS])
