"""The facts of the world: zones, goods, firms, lanes and what was observed, read from CSV and checked before use."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from itertools import permutations, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from model.posterior import Posterior, read_posterior
from model.tables import DataError, read_tables
from model.world_checks import check_facts

DATA_FOLDER = Path(__file__).parent / "data"
DATA_VARIABLE = "CHOKEPOINT_DATA"  # of the environment, so that worker processes and the page follow it, too
Floats = npt.NDArray[np.float64]
Weeks = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class World:
    """Everything a run takes from the data folder (see its README), for Z zones and G goods.

    It is shared between runs: arrays are read-only, copy a table before changing it.

    Attributes:
        metals: metals in the order in which they first appear among the goods.
        standard_goods: the good whose price stands for each metal, in the order of `metals`.
        quoted_zones: zones whose prices are headlines.
        tracked_zone: the country whose controls are studied; its primary metal is followed through trade.
        domestic_first: whether a zone's makers serve users at home first, [Z].
        freight: USD/kg, [origin Z, destination Z], 0 on the diagonal.
        transit_weeks: weeks, same shape, 0 on the diagonal.
        import_duty: share of the value at origin, [G, origin Z, destination Z], 0 on the diagonal.
        export_cost: share of the value at origin that an exporter does not get back, [G, Z].
        reference_price: USD/kg in the tracked zone net of VAT, [G].
        capacity_by_year: (metal, zone) to {year: t/yr} of primary capacity.
        reference_date: the day on which the quantities of the data hold; trends are counted from it.
        start: first week of scenarios that name none.
        scrap_share: share of the metal taken in that becomes new scrap, by (end use, metal).
        value_added: what is made from a kg of metal, USD/kg, by end use and metal.
        parameter_table: behavioural parameters, indexed by key (name, or name_metal where it differs by metal).
        posterior: draws of parameters that agree with the record; None where the folder holds none.
        data_hash: SHA-256 over the CSV files, in order of their names.
    """

    zones: tuple[str, ...]
    goods: tuple[str, ...]
    metals: tuple[str, ...]
    metal_of_good: tuple[str, ...]
    standard_goods: tuple[str, ...]
    quoted_zones: tuple[str, ...]
    end_uses: tuple[str, ...]
    tracked_zone: str
    zone_index: Mapping[str, int]
    good_index: Mapping[str, int]
    domestic_first: tuple[bool, ...]
    freight: Floats
    transit_weeks: Weeks
    import_duty: Floats
    export_cost: Floats
    reference_price: Floats
    capacity_by_year: Mapping[tuple[str, str], Mapping[int, float]]
    reference_date: date
    start: date
    zone_table: pd.DataFrame
    good_table: pd.DataFrame
    end_use_table: pd.DataFrame
    parameter_table: pd.DataFrame
    firms: pd.DataFrame
    supply: pd.DataFrame
    demand: pd.DataFrame
    value_added: pd.DataFrame
    scrap: pd.DataFrame
    scrap_share: Mapping[tuple[str, str], float]
    trading: pd.DataFrame
    lanes: pd.DataFrame
    duties: pd.DataFrame
    projects: pd.DataFrame
    relations: pd.DataFrame
    observed_prices: pd.DataFrame
    observed_exports: pd.DataFrame
    observed_export_totals: pd.DataFrame
    policy_events: pd.DataFrame
    grants: pd.DataFrame
    data_hash: str
    posterior: Posterior | None = None

    @cached_property
    def metal_numbers(self) -> np.ndarray:
        """Number of the metal of each good, [G]."""
        return np.array([self.metals.index(name) for name in self.metal_of_good])

    def balance(self) -> pd.DataFrame:
        """Tonnes in the reference year by (good, zone): output_t, refined_t (refiners' input), use_t, net_export_t."""
        zone_of = self.firms.set_index("firm")["zone"]
        supply = self.supply.assign(zone=self.supply["firm"].map(zone_of))
        demand = self.demand.assign(zone=self.demand["firm"].map(zone_of))
        supply["input_t"] = supply["output_t_per_yr"] / supply["yield_share"]
        columns = {
            "output_t": supply.groupby(["good", "zone"])["output_t_per_yr"].sum(),
            "refined_t": supply.groupby(["input_good", "zone"])["input_t"].sum(),
            "use_t": demand.groupby(["good", "zone"])["use_t_per_yr"].sum(),
        }
        pairs = pd.MultiIndex.from_product([self.goods, self.zones], names=["good", "zone"])
        table = pd.DataFrame({name: column.reindex(pairs, fill_value=0.0) for name, column in columns.items()})
        return table.assign(net_export_t=table["output_t"] - table["refined_t"] - table["use_t"])


def load_world(folder: str | Path | None = None) -> World:
    """Read and check a data folder. The same folder is read once.

    Args:
        folder: when not given, the folder that the environment variable `CHOKEPOINT_DATA` names, else the packaged one.

    Raises:
        DataError: a file, column or cell cannot be used.
    """
    return _load(Path(folder or os.environ.get(DATA_VARIABLE) or DATA_FOLDER).resolve())


@lru_cache(maxsize=8)
def _load(folder: Path) -> World:
    tables = read_tables(folder, DATA_FOLDER / "columns.csv")
    declared = pd.read_csv(DATA_FOLDER / "parameters.csv", usecols=["name"])["name"].drop_duplicates()
    facts = check_facts(tables, declared)
    zone_table, good_table, end_uses = tables.pop("zones"), tables.pop("goods"), tables.pop("end_uses")
    parameters = tables.pop("parameters")
    parameters.index = pd.Index(
        [
            f"{name}_{metal}" if metal else name
            for name, metal in zip(parameters["name"], parameters["metal"], strict=True)
        ]
    )
    zones, goods, metal_of_good = tuple(zone_table["zone"]), tuple(good_table["good"]), tuple(good_table["metal"])
    arrays: dict[str, Any] = {"reference_price": good_table["reference_price_usd_per_kg"].to_numpy(copy=True)}
    arrays["freight"], arrays["transit_weeks"] = _lanes(tables["lanes"], zone_table)
    arrays["import_duty"], arrays["export_cost"] = _duties(tables["duties"], zones, metal_of_good)
    for array in arrays.values():
        array.flags.writeable = False
    capacity: dict[tuple[str, str], Mapping[int, float]] = {
        (str(metal), str(zone)): MappingProxyType(dict(zip(part["year"], part["capacity_t_per_yr"], strict=True)))
        for (metal, zone), part in tables.pop("capacity").groupby(["metal", "zone"])
    }
    content = b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in sorted(folder.glob("*.csv")))
    del tables["world"]
    scrap = tables["scrap"]
    scrap_share = dict(zip(zip(scrap["end_use"], scrap["metal"], strict=True), scrap["scrap_share"], strict=True))
    return World(
        zones=zones,
        goods=goods,
        metals=tuple(dict.fromkeys(metal_of_good)),
        metal_of_good=metal_of_good,
        standard_goods=tuple(good_table["good"][good_table["standard"]]),
        quoted_zones=tuple(zone_table["zone"][zone_table["quoted"]]),
        end_uses=tuple(end_uses["end_use"]),
        zone_index=MappingProxyType({zone: i for i, zone in enumerate(zones)}),
        good_index=MappingProxyType({good: i for i, good in enumerate(goods)}),
        domestic_first=tuple(zone_table["domestic_first"]),
        capacity_by_year=MappingProxyType(capacity),
        zone_table=zone_table,
        good_table=good_table,
        end_use_table=end_uses,
        parameter_table=parameters,
        scrap_share=MappingProxyType(scrap_share),
        data_hash=hashlib.sha256(content).hexdigest(),
        posterior=read_posterior(folder, parameters),
        **facts,
        **arrays,
        **tables,
    )


def _lanes(lanes: pd.DataFrame, zones: pd.DataFrame) -> tuple[Floats, Weeks]:
    """Freight and transit for every pair: the row of the two zones, else of zone and region, else of their regions."""
    found = {(r.origin, r.destination): (r.freight_usd_per_kg, r.transit_weeks) for r in lanes.itertuples()}
    places = list(zip(zones["zone"], zones["region"], strict=True))
    freight, weeks = np.zeros((len(places),) * 2), np.zeros((len(places),) * 2, dtype=np.int64)
    for (i, origin), (j, destination) in permutations(enumerate(places), 2):
        pair = next((pair for pair in product(origin, destination) if pair in found), None)
        if pair is None:
            raise DataError("lanes.csv", 0, "origin", origin[0], f"has no row to {destination[0]}, nor has its region")
        freight[i, j], weeks[i, j] = found[pair]
    return freight, weeks


def _duties(duties: pd.DataFrame, zones: tuple[str, ...], metals: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Import duty [G, origin, destination], which each zone must state, and export cost [G, Z], 0 where none is."""
    rate = {(r.side, r.zone, r.partner, r.metal): r.rate_share for r in duties.itertuples()}
    for line, row in enumerate(duties.itertuples(), start=2):
        if row.side == "export" and row.partner != "*":
            raise DataError("duties.csv", line, "partner", row.partner, "is for imports; the cost of exporting has '*'")
    duty, cost = np.zeros((len(metals), len(zones), len(zones))), np.zeros((len(metals), len(zones)))
    for (g, metal), (d, zone) in product(enumerate(metals), enumerate(zones)):
        if ("import", zone, "*", metal) not in rate:
            raise DataError("duties.csv", 0, "zone", zone, f"has no import duty on {metal} for partner '*'")
        for o, partner in enumerate(zones):
            if partner != zone:
                duty[g, o, d] = rate.get(("import", zone, partner, metal), rate["import", zone, "*", metal])
        cost[g, d] = rate.get(("export", zone, "*", metal), 0.0)
    return duty, cost
