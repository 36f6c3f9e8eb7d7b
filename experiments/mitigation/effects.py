"""What each measure avoids, against the run of the same draw and seed without it, and where use is lost."""

from __future__ import annotations

import xarray as xr

from experiments.ensemble.results import Results
from experiments.mitigation.cells import NOTHING
from experiments.mitigation.quantities import OURS

TARGETED = "ban on US and EU"
SHOWN_PLACES = ("US", "EU", "Japan", "South Korea", "Taiwan", "China")
QUOTED = {"us": "USA", "rotterdam": "DEU"}
LEAST_MUSD = 0.01  # charges below it are none


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
