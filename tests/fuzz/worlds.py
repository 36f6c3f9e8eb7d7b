"""Worlds by chance: zones, metals, grades, firms and lanes of a folder that `load_world` accepts."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from pathlib import Path
from random import Random

ZONES = ("AAA", "BBB", "CCC", "DDD", "EEE")
SOURCE = ("made up", "low")


class Rows:
    """The rows of all files; each knows its header from a folder that is there."""

    def __init__(self, base: Path) -> None:
        self.heads = {}
        for path in base.glob("*.csv"):
            with path.open(newline="", encoding="utf-8") as stream:
                self.heads[path.stem] = next(csv.reader(stream))
        self.rows: dict[str, list[list[str]]] = defaultdict(list)

    def add(self, file: str, **cells: object) -> None:
        """Add a row; what is not given is blank, source and confidence are as for all rows here."""
        given = {"source": SOURCE[0], "confidence": SOURCE[1], **cells}
        self.rows[file].append([str(given.get(name, "")) for name in self.heads[file]])

    def ranged(self, file: str, column: str, value: float, **cells: object) -> None:
        """Add a row whose value has a range."""
        self.add(file, **{column: value, "low": 0.5 * value, "high": 2.0 * value}, **cells)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for file, head in self.heads.items():
            with (folder / f"{file}.csv").open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream, lineterminator="\n").writerows([head, *self.rows[file]])
        return folder


def world_folder(rng: Random, base: Path, folder: Path) -> Path:
    """Write a world; `base` is a folder whose headers and parameters it takes over.

    Sizes and prices are spread over orders of magnitude, and there may be neither recyclers nor refiners nor traders.
    """
    rows, zones = Rows(base), ZONES[: rng.randint(2, 5)]
    metals = ("alpha", "beta")[: rng.randint(1, 2)]
    regions = ["north", "south", *(rng.choice(["north", "south"]) for _ in zones)]
    for i, zone in enumerate(zones):
        rows.add("zones", zone=zone, name=zone.title(), region=regions[i], lon=10 * i, lat=10, role="made up",
                 domestic_first=rng.choice(["yes", "no"]), quoted="yes" if i < 2 else "no")  # fmt: skip
    for origin in ("north", "south"):
        for destination in ("north", "south"):
            rows.ranged("lanes", "freight_usd_per_kg", rng.choice([0.0, 0.5, 3.0, 30.0]), origin=origin,
                        destination=destination, transit_weeks=rng.choice([0, 1, 4, 9]))  # fmt: skip
    for use in ("lamps", "alloys"):
        rows.add("end_uses", end_use=use, name=use)
    for metal in metals:
        _metal(rng, rows, metal, zones)
    rows.add("world", key="reference_date", value="2020-07-01", unit="date")
    rows.add("world", key="start", value="2020-01-06", unit="date")
    rows.add("world", key="tracked_zone", value=rng.choice(zones), unit="zone")
    with (base / "parameters.csv").open(newline="", encoding="utf-8") as stream:
        for row in list(csv.reader(stream))[1:]:
            rows.rows["parameters"] += [[row[0], metal, *row[2:]] for metal in metals] if row[1] else [row]
    shutil.rmtree(folder, ignore_errors=True)
    return rows.write(folder)


def _metal(rng: Random, rows: Rows, metal: str, zones: tuple[str, ...]) -> None:
    raw, fine = f"{metal}-raw", f"{metal}-fine"
    price, size = rng.choice([2.0, 20.0, 300.0, 5000.0]), rng.choice([2.0, 20.0, 300.0, 1e5])
    refined = rng.random() < 0.6
    for good, standard in ((raw, "yes"), (fine, "no"))[: 1 + refined]:
        rows.ranged("goods", "reference_price_usd_per_kg", price * (1.6 if good == fine else 1.0), good=good,
                    name=good, metal=metal, grade="any", standard=standard)  # fmt: skip
    for zone in zones:
        rate = rng.choice([0.0, 0.0, 0.05, 0.5])
        rows.ranged("duties", "rate_share", rate / 2, side="import", zone=zone, partner="*", metal=metal)
    for use in ("lamps", "alloys"):
        rows.ranged("value_added", "usd_per_kg", 50 * price, end_use=use, metal=metal)
        rows.ranged("scrap", "scrap_share", rng.choice([0.0, 0.1, 0.45]), end_use=use, metal=metal)
    made = _makers(rng, rows, metal, raw, zones, price, size)
    fined = 0.0
    if refined:
        for i in range(rng.randint(1, 2)):
            output, share = rng.uniform(0.05, 0.3) * made, rng.uniform(0.5, 1.0)
            fined, made = fined + output, max(made - output / share, 0.0)
            _maker(rng, rows, f"{metal}-refiner-{i}", "refiner", fine, rng.choice(zones), output, 0.2 * price,
                   input_good=raw, yield_share=share)  # fmt: skip
    for good, kg in ((raw, made), (fine, fined))[: 1 + refined]:
        _buyers(rng, rows, good, zones, kg * rng.choice([0.8, 1.0, 1.0, 1.3]))
        for i in range(rng.randint(0, 2)):
            firm = f"{good}-trader-{i}"
            rows.add("firms", firm=firm, name=firm, kind="trader", zone=rng.choice(zones), exporter="yes")
            rows.ranged("trading", "stock_t", 0.01 * kg, firm=firm, good=good, turnover_t_per_yr=0.1 * kg)


def _makers(rng: Random, rows: Rows, metal: str, good: str, zones: tuple[str, ...], price: float, size: float) -> float:
    """Add producers and perhaps recyclers; return what they make, t a year."""
    made = 0.0
    for i in range(rng.randint(1, 3)):
        output = size * rng.uniform(0.05, 1.0)
        made += output
        cost = price * rng.uniform(0.3, 0.95)
        _maker(rng, rows, f"{metal}-mine-{i}", "producer", good, rng.choice(zones), output, cost)
    for i in range(rng.randint(0, 2)):
        output = 0.1 * size * rng.uniform(0.1, 1.0)
        made += output
        _maker(rng, rows, f"{metal}-scrap-{i}", "recycler", good, rng.choice(zones), output, 0.4 * price,
               captive_share=rng.choice([0.0, 0.5, 1.0]),
               other_feed_t_per_yr=rng.choice([0.0, 0.3 * output]))  # fmt: skip
    return made


def _maker(
    rng: Random, rows: Rows, firm: str, kind: str, good: str, zone: str, output: float, cost: float, **cells: object
) -> None:
    rows.add("firms", firm=firm, name=firm, kind=kind, zone=zone, exporter=rng.choice(["yes", "yes", "no"]))
    given = {"yield_share": 1, "captive_share": 0, "other_feed_t_per_yr": 0, **cells}
    rows.ranged("supply", "output_t_per_yr", output, firm=firm, good=good, cost_usd_per_kg=cost,
                capacity_t_per_yr=output * rng.choice([1.0, 1.2, 3.0]),
                stock_weeks=rng.choice([0.5, 6, 30]), **given)  # fmt: skip


def _buyers(rng: Random, rows: Rows, good: str, zones: tuple[str, ...], use: float) -> None:
    shares = [rng.random() + 0.05 for _ in range(rng.randint(1, 4))]
    for i, share in enumerate(shares):
        firm = f"{good}-user-{i}"
        rows.add("firms", firm=firm, name=firm, kind="buyer", zone=rng.choice(zones),
                 end_use=rng.choice(["lamps", "alloys"]), exporter="no")  # fmt: skip
        rows.ranged("demand", "use_t_per_yr", use * share / sum(shares), firm=firm, good=good,
                    cover_weeks=rng.choice([2, 8, 20]), elasticity=rng.choice([0.05, 0.2, 1.0]))  # fmt: skip
