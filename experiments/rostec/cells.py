"""What the claims are judged by: the measured numbers in one cell of the design, and differences between cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import xarray as xr

from experiments.ensemble.design import Cell
from experiments.ensemble.results import Results

TODAY, STORY, STRESS = 6, 20, 40  # t a year: mid-2023, what the story says Rostec can make, twice that
FACTORS = ("restriction", "output_t", "exports")
RESTRICTIONS = {"none": "no restriction", "licences": "licences", "ban": "total ban"}
# All quantities, or one.
Found = TypeVar("Found", xr.Dataset, xr.DataArray)


def read(results: Results, name: str) -> xr.Dataset:
    """Return a table of all runs by the factors, draw, seed and its own labels."""
    found = results.dataset(name, FACTORS)
    return found.assign_coords(output_t=found["output_t"].astype(int))


def cell(found: Found, output_t: int = TODAY, restriction: str = "licences", exports: str = "open") -> Found:
    """Return what was measured in one cell; what is not named is as in the one nearest to what happened."""
    return found.sel(output_t=output_t, restriction=restriction, exports=exports, drop=True)


def extra(found: Found, output_t: int = STORY, restriction: str = "licences", exports: str = "open") -> Found:
    """Return what Rostec's increase from today's output adds."""
    return cell(found, output_t, restriction, exports) - cell(found, TODAY, restriction, exports)


def through(found: Found, output_t: int = TODAY, restriction: str = "licences") -> Found:
    """Return what China's restriction adds."""
    return cell(found, output_t, restriction) - cell(found, output_t, "none")


def through_share(found: Found, restriction: str = "licences") -> Found:
    """Return the same as a share of the level without restriction."""
    return through(found, TODAY, restriction) / cell(found, TODAY, "none")


def undone(found: Found, output_t: int = STORY, restriction: str = "licences") -> Found:
    """Return the share of the restriction's effect that Rostec's increase undoes."""
    return -extra(found, output_t, restriction) / through(found, TODAY, restriction)


def valued(found: xr.Dataset, design: Sequence[Cell]) -> xr.Dataset:
    """Return each restriction without and with Rostec's increase, exports open, by a name to read."""
    names = {
        one.name: f"{RESTRICTIONS[one.levels['restriction']]}, Rostec at {one.levels['output_t']} t/yr"
        for one in design
        if one.levels["exports"] == "open" and int(one.levels["output_t"]) in (TODAY, STORY)
    }
    return found.sel(cell=list(names)).assign_coords(cell=list(names.values()))
