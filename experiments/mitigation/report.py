"""What each measure avoids, where use is lost, and what the report says of it (sentences: `report.md.j2`)."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from experiments.ensemble.results import Results
from experiments.mitigation.cells import CELLS, ENFORCEMENT, NOTHING, UNDISTURBED
from experiments.mitigation.quantities import METALS, OURS
from experiments.study.answers import Asked, Band, Report
from experiments.study.bands import band
from experiments.study.prose import told
from experiments.study.study import sampled
from model.parameters import parameter_table
from model.world import World

TARGETED = "ban on US and EU"
SHOWN_PLACES = ("US", "EU", "Japan", "South Korea", "Taiwan", "China")
QUOTED = {"us": "USA", "rotterdam": "DEU"}
LEAST_MUSD = 0.01  # charges below it are none
SINGLE = ("stockpile, 3 months", "stockpile, 6 months", "stockpile, 12 months", "new plants", "more recycling")
LEAST_T = 0.05  # a smaller loss is none
SURE = 0.9  # of the runs


def reference(cell: str) -> str:
    """Return the cell with the same disruption and no measure."""
    return TARGETED if cell.startswith(TARGETED) else NOTHING


def effects(results: Results) -> xr.Dataset:
    """Return what the US and the EU lost, and what that is against the same draw and seed without a measure.

    Returns:
        By cell, draw, seed and metal: lost_t and lost_share (of trend use), short_t, used_t, substituted_t, recycled_t
        in the disruption, lost_before_t since January 2025; price before, mean and peak in the US and in Rotterdam
        (USD/kg); outlay_musd, charge_musd, net_musd, held_t and filled_share of stockpiles at its start,
        stored_before_t then and stored_t at its end in users' own stores (all countries); avoided_t (of what is lost
        since January 2025), more_lost_before_t, more_used_t and more_recycled_t in the disruption, avoided_share of
        what is lost in it without a measure, avoided_kg_per_musd of the charge.
    """
    everywhere = results.dataset("use")
    use = everywhere.sel(place=list(OURS)).sum("place", skipna=False)
    stores = everywhere[["stored_before_kg", "stored_kg"]].sum("place", skipna=False)
    prices = results.dataset("prices")
    # Only cells with a measure that costs something have rows.
    cost = results.dataset("cost").sum("kind", min_count=1).reindex_like(use)
    kept = ("lost", "short", "used", "lost_before", "recycled", "substituted")
    found = xr.Dataset({f"{name}_t": use[f"{name}_kg"] / 1e3 for name in kept})
    found = found.assign(lost_share=use["lost_kg"] / use["trend_kg"])
    for place, zone in QUOTED.items():
        found = found.assign({f"{name}_{place}": prices[name].sel(zone=zone, drop=True) for name in prices})
    target, charge_musd = cost["target_kg"], cost["charge_usd"] / 1e6
    cells = found["cell"].values
    base = found.sel(cell=[reference(cell) for cell in cells]).assign_coords(cell=cells)
    before_t = found["lost_before_t"] - base["lost_before_t"]
    avoided_t = base["lost_t"] - found["lost_t"] - before_t
    return found.assign(
        outlay_musd=cost["outlay_usd"] / 1e6,
        charge_musd=charge_musd,
        net_musd=cost["net_usd"] / 1e6,
        held_t=cost["held_kg"] / 1e3,
        stored_before_t=stores["stored_before_kg"] / 1e3,
        stored_t=stores["stored_kg"] / 1e3,
        filled_share=cost["held_kg"] / target.where(target > 0),
        avoided_t=avoided_t,
        more_lost_before_t=before_t,
        more_recycled_t=found["recycled_t"] - base["recycled_t"],
        more_used_t=found["used_t"] - base["used_t"],
        avoided_share=avoided_t / base["lost_t"].where(base["lost_t"] > 0),
        avoided_kg_per_musd=1e3 * avoided_t / charge_musd.where(charge_musd > LEAST_MUSD),
    )


def by_place(results: Results) -> xr.Dataset:
    """Return use lost and its parts, t, and as a share of trend use, by cell, draw, seed, metal and place."""
    use = results.dataset("use").sel(place=list(SHOWN_PLACES))
    tonnes = {f"{name}_t": use[f"{name}_kg"] / 1e3 for name in ("lost", "short", "cut_back", "substituted")}
    return xr.Dataset(tonnes | {"lost_share": use["lost_kg"] / use["trend_kg"]})


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

    def harmful(self, metal: str) -> list[str]:
        """Return the single measures with which more use is lost than without."""
        bands = {cell: self.band(cell, metal, "avoided_t") for cell in SINGLE if cell in self.effects["cell"]}
        return [cell for cell, of in bands.items() if of.runs and of.high < -LEAST_T]

    def sure(self, metal: str) -> dict[str, bool]:
        """Return by measure whether more metal is used with it than without in nearly all runs."""
        more = self.effects["more_used_t"].sel(metal=metal)
        often = (more > 0).where(more.notnull()).mean("run")
        kept = [cell for cell in self.cells() if cell not in (NOTHING, UNDISTURBED)]
        return {cell: bool(often.sel(cell=cell) >= SURE) for cell in kept}


def first(values: xr.DataArray) -> tuple[str, float]:
    """Return the single measure with the highest median, and the share of runs in which it is the highest."""
    own = values.sel(cell=[cell for cell in SINGLE if cell in values["cell"]]).dropna("cell", how="all")
    own = own.dropna("run", how="all")
    if own.sizes["cell"] < 2 or own.median("run").max() <= 0:  # nothing to compare with, or to praise
        return "", 0.0
    best = str(own.median("run").idxmax("cell").item())
    return best, float((own.idxmax("cell") == best).mean())


def plants_dear(found: Found) -> list[str]:
    """Return how much cheaper new plants would have to be to come first, by metal, in words."""
    texts = []
    for metal in METALS:
        values = found.effects["avoided_kg_per_musd"].sel(metal=metal)
        best, _ = first(values)
        if best and "new plants" in values["cell"]:
            most, plants = (float(values.sel(cell=cell).median()) for cell in (best, "new plants"))
            texts += [f"{most / plants:.0f} times for {metal} ({best})"] if 0 < 1.5 * plants < most else []
    return texts


def headlines(found: xr.Dataset) -> Asked:
    """Return what is lost without a measure, and what each single one avoids."""
    asked = [("use lost without a measure", NOTHING, "lost_t", "t")]
    asked += [(f"lost use that {cell} avoids", cell, "avoided_t", "t_change") for cell in SINGLE]
    return {
        f"{metal}: {what}": (unit, found[key].sel(cell=cell, metal=metal))
        for metal in METALS
        for what, cell, key, unit in asked
        if cell in found["cell"]
    }


def report(found: Found) -> Report:
    """Return the report."""
    sure = {metal: found.sure(metal) for metal in METALS}
    return told(
        "mitigation", found=found, effects=found.effects, places=found.places, METALS=METALS, NOTHING=NOTHING,
        UNDISTURBED=UNDISTURBED, TARGETED=TARGETED, ENFORCEMENT=ENFORCEMENT, first=first, dear=plants_dear(found),
        sure={metal: [cell for cell, so in cells.items() if so] for metal, cells in sure.items()},
        unsure={metal: [cell for cell, so in cells.items() if not so] for metal, cells in sure.items()},
        sampled=sampled(found.world, found.parameter_draws, found.seeds),
        alpha=parameter_table(found.world).loc["cover_elasticity", "value"],
    )  # fmt: skip
