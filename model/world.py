"""The facts of the world: zones, goods, firms, lanes and what was observed, read from CSV and checked before use."""

import csv
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import permutations, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from model.errors import InputError, nearest

DATA_FOLDER = Path(__file__).parent / "data"
TYPES: dict[str, type] = {"text": str, "number": float, "integer": int, "flag": bool, "date": date}
KINDS_OF_TABLE = {"supply": ("producer", "recycler", "refiner"), "demand": ("buyer",), "trading": ("trader",)}
Floats = npt.NDArray[np.float64]
Weeks = npt.NDArray[np.int64]
Columns = list[dict[str, str]]


class DataError(InputError):
    """A cell of the data files cannot be used; `row` is the line in `file`, with the header as line 1."""

    def __init__(self, file: str, row: int, column: str, value: object, why: str, allowed: Collection[str] = ()):
        self.file, self.row, self.column, self.value = file, row, column, value
        hint = f"; {nearest(value, sorted(allowed))}" if allowed else ""
        super().__init__(f"{file}, row {row}, column {column!r}: {value!r} {why}{hint}")


@dataclass(frozen=True, eq=False)
class World:
    """Everything a run takes from the data folder (see its README), for Z zones and G goods.

    It is shared between runs: arrays are read-only, copy a table before changing it.

    Attributes:
        freight: USD/kg, [origin Z, destination Z], 0 on the diagonal.
        transit_weeks: weeks, same shape, 0 on the diagonal.
        import_duty: share of the value at origin, [G, origin Z, destination Z], 0 on the diagonal.
        export_cost: share of the value at origin that an exporter does not get back, [G, Z].
        reference_price: USD/kg in China net of VAT, early 2023, [G].
        capacity_by_year: (metal, zone) to {year: t/yr} of primary capacity.
        reference_date: the day on which the quantities of the data hold; trends are counted from it.
        data_hash: SHA-256 over the CSV files, in order of their names.
    """

    zones: tuple[str, ...]
    goods: tuple[str, ...]
    metal_of_good: tuple[str, ...]
    zone_index: Mapping[str, int]
    good_index: Mapping[str, int]
    freight: Floats
    transit_weeks: Weeks
    import_duty: Floats
    export_cost: Floats
    reference_price: Floats
    capacity_by_year: Mapping[tuple[str, str], Mapping[int, float]]
    zone_table: pd.DataFrame
    good_table: pd.DataFrame
    firms: pd.DataFrame
    supply: pd.DataFrame
    demand: pd.DataFrame
    trading: pd.DataFrame
    lanes: pd.DataFrame
    duties: pd.DataFrame
    projects: pd.DataFrame
    observed_prices: pd.DataFrame
    observed_exports: pd.DataFrame
    observed_export_totals: pd.DataFrame
    policy_events: pd.DataFrame
    reference_date: date
    data_hash: str

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


def load_world(folder: Path | None = None) -> World:
    """Read and check the data folder (the packaged one by default). The same folder is read once.

    Raises:
        DataError: a file, column or cell cannot be used.
    """
    return _load((folder or DATA_FOLDER).resolve())


@lru_cache(maxsize=8)
def _load(folder: Path) -> World:
    tables: dict[str, pd.DataFrame] = {}
    for name, columns in _schema().items():
        if not (folder / f"{name}.csv").is_file():
            raise DataError(f"{name}.csv", 0, "", str(folder), "does not hold this file")
        tables[name] = _read_table(folder, name, columns, tables)
    _check_firms(tables)
    zone_table, good_table = tables.pop("zones"), tables.pop("goods")
    zones, goods, metals = tuple(zone_table["zone"]), tuple(good_table["good"]), tuple(good_table["metal"])
    arrays: dict[str, Any] = {"reference_price": good_table["reference_price_usd_per_kg"].to_numpy(copy=True)}
    arrays["freight"], arrays["transit_weeks"] = _lanes(tables["lanes"], zone_table)
    arrays["import_duty"], arrays["export_cost"] = _duties(tables["duties"], zones, metals)
    for array in arrays.values():
        array.flags.writeable = False
    capacity: dict[tuple[str, str], Mapping[int, float]] = {
        (str(metal), str(zone)): MappingProxyType(dict(zip(part["year"], part["capacity_t_per_yr"], strict=True)))
        for (metal, zone), part in tables.pop("capacity").groupby(["metal", "zone"])
    }
    content = b"".join(path.name.encode() + b"\0" + path.read_bytes() for path in sorted(folder.glob("*.csv")))
    return World(
        zones=zones,
        goods=goods,
        metal_of_good=metals,
        zone_index=MappingProxyType({zone: i for i, zone in enumerate(zones)}),
        good_index=MappingProxyType({good: i for i, good in enumerate(goods)}),
        capacity_by_year=MappingProxyType(capacity),
        reference_date=_day(tables.pop("world"), "reference_date"),
        zone_table=zone_table,
        good_table=good_table,
        data_hash=hashlib.sha256(content).hexdigest(),
        **arrays,
        **tables,
    )


def _day(facts: pd.DataFrame, key: str) -> date:
    """Return the date that a key of `world.csv` has."""
    for line, row in enumerate(facts.itertuples(), start=2):
        if row.key == key:
            try:
                return date.fromisoformat(str(row.value))
            except ValueError:
                raise DataError("world.csv", line, "value", row.value, "must be a date, YYYY-MM-DD") from None
    raise DataError("world.csv", 0, "key", key, "is missing")


def _schema() -> dict[str, Columns]:
    """Columns of every file, as `columns.csv` declares them; files that are referred to come first."""
    columns = pd.read_csv(DATA_FOLDER / "columns.csv", dtype=str, keep_default_na=False)
    return {str(file): part.to_dict("records") for file, part in columns.groupby("file", sort=False)}


def _row_model(name: str, columns: Columns) -> type[BaseModel]:
    """Make the pydantic model of one row; a blank cell takes the default, or is refused where a value is required."""
    fields: dict[str, Any] = {}
    for c in columns:
        kind = TYPES[c["type"]]
        rule: dict[str, Any] = {key: float(c[end]) for key, end in (("ge", "minimum"), ("le", "maximum")) if c[end]}
        rule |= {"allow_inf_nan": False} if kind is float else {}
        rule |= {} if c["required"] == "yes" else {"default": float("nan") if kind is float else ""}
        fields[c["column"]] = (kind, Field(**rule))
    return create_model(f"{name}_row", __config__=ConfigDict(extra="forbid"), **fields)


def _read_table(folder: Path, name: str, columns: Columns, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Read one file, check every cell against the declared columns and the tables before it, and return it typed."""
    file, model = f"{name}.csv", _row_model(name, columns)
    names = [c["column"] for c in columns]
    months = {c["column"] for c in columns if c["type"] == "date" and "month" in c["column"]}
    allowed = {c["column"]: _allowed(c, tables) for c in columns if c["allowed"]}
    keys = [c["column"] for c in columns if c["key"] == "yes"]
    ranged = next((c["column"] for c in columns if c["ranged"] == "yes"), None)
    seen: dict[tuple[str, ...], int] = {}
    rows = []
    with (folder / file).open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream, restkey="surplus", strict=True)
        for odd in sorted(set(names) ^ set(reader.fieldnames or ())):
            raise DataError(file, 1, odd, odd, "is missing" if odd in names else "is not a known column", names)
        for raw in reader:
            line = reader.line_num
            if "surplus" in raw or None in raw.values():
                raise DataError(file, line, names[-1], raw.get("surplus"), f"does not fit {len(names)} columns")
            cells = {key: text.strip() for key, text in raw.items() if text.strip()}
            try:
                row = model.model_validate(cells | {m: f"{cells[m]}-01" for m in months if m in cells}).model_dump()
            except ValidationError as error:
                column, why = str(error.errors()[0]["loc"][0]), error.errors()[0]["msg"]
                raise DataError(file, line, column, cells.get(column, ""), f"is refused: {why}") from None
            for column, values in allowed.items():
                if row[column] not in values:
                    raise DataError(file, line, column, row[column], "is unknown", values - {""})
            if ranged and (row["low"] > row[ranged] or row["high"] < row[ranged]):
                raise DataError(file, line, ranged, row[ranged], f"is outside {row['low']:g} to {row['high']:g}")
            key = tuple(str(row[column]) for column in keys)
            if keys and seen.setdefault(key, line) != line:
                raise DataError(file, line, keys[0], row[keys[0]], f"stands twice, first in row {seen[key]}")
            rows.append(row)
    table = pd.DataFrame(rows, columns=names)
    return table.astype({c["column"]: "datetime64[ns]" for c in columns if c["type"] == "date"})


def _allowed(column: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Values that a column may hold: `file.column` stands for all values there, anything else for itself."""
    values = set() if column["required"] == "yes" else {""}
    for part in column["allowed"].split("|"):
        file, dot, name = part.partition(".")
        values.update(tables[file][name] if dot else (part,))
    return values


def _check_firms(tables: Mapping[str, pd.DataFrame]) -> None:
    """Rows fit the kind of their firm, refiners have an input of the same metal, output fits capacity."""
    kind = dict(zip(tables["firms"]["firm"], tables["firms"]["kind"], strict=True))
    metal = dict(zip(tables["goods"]["good"], tables["goods"]["metal"], strict=True))
    for line, row in enumerate(tables["firms"].itertuples(), start=2):
        if (row.kind == "buyer") != (row.end_use != ""):
            raise DataError("firms.csv", line, "end_use", row.end_use, "is for buyers, each of which has one")
    for name, kinds in KINDS_OF_TABLE.items():
        for line, firm in enumerate(tables[name]["firm"], start=2):
            if kind[firm] not in kinds:
                raise DataError(f"{name}.csv", line, "firm", firm, f"is a {kind[firm]}, not a {' or '.join(kinds)}")
    for line, firm in enumerate(tables["firms"].itertuples(), start=2):
        table = next(name for name, kinds in KINDS_OF_TABLE.items() if firm.kind in kinds)
        if firm.firm not in set(tables[table]["firm"]):
            raise DataError("firms.csv", line, "firm", firm.firm, f"has no row in {table}.csv")
    for line, row in enumerate(tables["supply"].itertuples(), start=2):
        given = row.input_good
        if (kind[row.firm] == "refiner") != (given != ""):
            raise DataError("supply.csv", line, "input_good", given, "is for refiners, each of which has one")
        if given and (given == row.good or metal[given] != metal[row.good]):
            raise DataError("supply.csv", line, "input_good", given, f"cannot become {row.good}")
        if row.output_t_per_yr > row.capacity_t_per_yr:
            raise DataError("supply.csv", line, "output_t_per_yr", row.output_t_per_yr, "is above capacity")


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
    duty, cost = np.zeros((len(metals), len(zones), len(zones))), np.zeros((len(metals), len(zones)))
    for (g, metal), (d, zone) in product(enumerate(metals), enumerate(zones)):
        if ("import", zone, "*", metal) not in rate:
            raise DataError("duties.csv", 0, "zone", zone, f"has no import duty on {metal} for partner '*'")
        for o, partner in enumerate(zones):
            if partner != zone:
                duty[g, o, d] = rate.get(("import", zone, partner, metal), rate["import", zone, "*", metal])
        cost[g, d] = rate.get(("export", zone, "*", metal), 0.0)
    return duty, cost
