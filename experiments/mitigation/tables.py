"""Tables of the mitigation report, and how its numbers are written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from experiments.mitigation.cells import CELLS, METALS, NOTHING, UNDISTURBED
from experiments.study.answers import Band, markdown
from experiments.study.value import value_table, value_totals
from model.world import World

TARGETED = "ban on US and EU"


@dataclass(frozen=True)
class Found:
    """Everything the report tells."""

    effects: pd.DataFrame
    places: pd.DataFrame
    risk: xr.Dataset
    world: World
    seeds: int
    parameter_draws: int

    def band(self, cell: str, metal: str, key: str) -> Band:
        """Return the band of a quantity of `effects` in one cell."""
        own = self.effects[(self.effects["cell"] == cell) & (self.effects["metal"] == metal)]
        return Band.of(own[key].to_numpy())

    def cells(self, targeted: bool = False) -> list[str]:
        """Return the cells that were run, in order: those under the total stop, or those under the targeted ban."""
        there = set(self.effects["cell"])
        return [cell for cell in CELLS if cell in there and cell.startswith(TARGETED) == targeted]

    def wide(self, metal: str, key: str) -> pd.DataFrame:
        """Return a quantity by run (draw and seed) and cell."""
        own = self.effects[self.effects["metal"] == metal]
        return own.pivot(index=["draw", "seed"], columns="cell", values=key)


def effect_table(found: Found, metal: str) -> list[str]:
    """Return what each measure avoids and costs, as lines of Markdown."""
    rows = []
    for cell in found.cells():
        band = {
            key: found.band(cell, metal, key)
            for key in ("lost_t", "avoided_t", "more_used_t", "before_us", "peak_us", "outlay_musd", "net_musd")
        }
        per, filled = found.band(cell, metal, "avoided_kg_per_musd"), found.band(cell, metal, "filled_share")
        paid = band["outlay_musd"].runs > 0
        rows.append(
            [
                cell,
                tonnes(band["lost_t"], unit=False),
                "" if cell in (NOTHING, UNDISTURBED) else tonnes(band["avoided_t"], signed=True, unit=False),
                "" if cell in (NOTHING, UNDISTURBED) else tonnes(band["more_used_t"], signed=True, unit=False),
                usd_per_kg(band["before_us"]).replace(" USD/kg", ""),
                usd_per_kg(band["peak_us"]).replace(" USD/kg", ""),
                money(band["outlay_musd"], unit=False) if paid else "unknown" if "substitution" in cell else "",
                money(band["net_musd"], unit=False) if paid else "",
                kilograms(per, unit=False) if per.runs else "",
                f"{100 * filled.median:.0f} %" if filled.runs else "",
            ]
        )
    heads = ("Measure", "Lost, t", "Avoided, t", "More used, t", "US price before, USD/kg",
             "Peak US price, USD/kg", "Outlay, million USD", "Net cost, million USD", "Avoided kg per million USD",
             "Stockpile filled")  # fmt: skip
    return [
        f"## {metal.capitalize()}: US and EU, two years",
        "",
        *markdown(heads, rows, right=range(1, len(heads))),
        "",
    ]


def where_table(found: Found, metal: str) -> list[str]:
    """Return where use is lost, as lines of Markdown."""
    t = found.places[found.places["metal"] == metal]
    places = [place for place in ("US", "EU", "Japan", "South Korea", "Taiwan", "China") if (t["place"] == place).any()]
    rows = []
    for cell in found.cells():
        row = [cell]
        for place in places:
            own = t[(t["cell"] == cell) & (t["place"] == place)].set_index("key")["median"]
            row.append(f"{number(own['lost_t'])} ({number(100 * own['lost_share'], digits=0)} %)")
        rows.append(row)
    return [f"**{metal.capitalize()}**", "", *markdown(["Measure", *places], rows, right=range(1, len(places) + 1)), ""]


def targeted_table(found: Found) -> list[str]:
    """Return what the enforcement of the targeted ban changes, as lines of Markdown."""
    cells = found.cells(targeted=True)
    if not cells:
        return ["Not run."]
    rows = [
        [cell, metal, tonnes(found.band(cell, metal, "lost_t")), usd_per_kg(found.band(cell, metal, "peak_us"))]
        for cell in cells
        for metal in METALS
    ]
    return markdown(["Ban", "Metal", "Lost in US and EU, t", "Peak US price"], rows, right=(2, 3))


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


def number(value: float, signed: bool = False, digits: int = 1) -> str:
    """Write a number with so many digits after the point, none from 100 on."""
    digits = digits if abs(value) < 99.95 else 0
    text = f"{abs(round(value, digits)):,.{digits}f}"
    return ("−" if round(value, digits) < 0 else "+" if signed and round(value, digits) > 0 else "") + text


def span(band: Band, unit: str, signed: bool = False) -> str:
    """Write a band as `median unit (low to high)`."""
    if not band.runs or not np.isfinite(band.median):
        return "no value"
    text = number(band.median, signed) + unit
    return text + (f" ({number(band.low, signed)} to {number(band.high, signed)})" if band.runs > 1 else "")


def tonnes(band: Band, signed: bool = False, unit: bool = True) -> str:
    """Write a band of tonnes."""
    return span(band, " t" * unit, signed)


def kilograms(band: Band, unit: bool = True) -> str:
    """Write a band of kg."""
    return span(band, " kg" * unit)


def money(band: Band, unit: bool = True) -> str:
    """Write a band of million USD."""
    return span(band, " million USD" * unit)


def usd_per_kg(band: Band) -> str:
    """Write a band of prices."""
    return band.text("usd_per_kg").replace(" USD/kg)", ")")
