"""The observation layer: all quantities of all studies are read from a finished run here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.study.quantity import Quantity
from experiments.study.rows import Columns, Label, Rows
from model import TradeModel
from model.calendar import WEEKS_PER_YEAR, monday
from model.noting import FIRM_COLUMNS
from model.recorder import KINDS, MARKETS, TRADE_COLUMNS
from model.state.record import Kind

# A group of countries by name; what is in none is in no region.
Regions = Mapping[str, Sequence[str]]


class Values(NamedTuple):
    """A quantity: the names of each label it keeps, and its values, an axis for each label."""

    names: Mapping[str, Sequence[object]]
    found: np.ndarray


class Observed:
    """A finished run, to read quantities from."""

    def __init__(self, model: TradeModel, regions: Regions | None = None) -> None:
        """Take a finished run and the regions that the labels `region`, `origin_region`, ... count in."""
        self._model, self._world, self._weeks = model, model.world, model.recorder.weeks
        self.days = np.array([monday(week.number, model.start) for week in self._weeks], dtype="datetime64[D]")
        self._regions = regions or {zone: (zone,) for zone in self._world.zones}

    def read(self, quantity: Quantity) -> Values:
        """Return a quantity by the labels it keeps."""
        q = quantity
        names, found, days = self._weekly(q)
        if "week" in q.by:
            names = [*names, tuple(days.astype("datetime64[s]"))]
        else:
            found = _over_weeks(found, q.how)
        found = q.scale * found.reshape([len(part) for part in names])
        if q.per is not None:
            below = self.read(q.per).found
            below = below.reshape(below.shape + (1,) * (found.ndim - below.ndim))
            found = np.divide(found, below, out=np.full(found.shape, np.nan), where=below != 0)
        return Values(dict(zip(q.named or q.by, names, strict=True)), found - q.less)

    def _weekly(self, q: Quantity) -> tuple[list[tuple[object, ...]], np.ndarray, np.ndarray]:
        """Return the names of each label but the week, values [groups, weeks of the span], and these weeks."""
        table = q.of.partition(".")[0]
        rows: Rows = getattr(self, f"_{table}")
        first, last = q.span or (self.days[0], self.days[-1])
        days_before = 6 if q.by_days else 0  # a week that begins before the span may end in it
        inside = slice(*np.searchsorted(self.days, [np.datetime64(first) - days_before, np.datetime64(last) + 1]))
        names, group, row, week = rows.pick(q.where, [name for name in q.by if name != "week"], q.of)
        part = slice(*np.searchsorted(week, [inside.start, inside.stop]))
        values = rows.column(q.of)[row[part]]
        weeks = inside.stop - inside.start
        shape = (int(np.prod([len(label) for label in names], dtype=int)), weeks)
        at = group[part] * weeks + (week[part] - inside.start)
        known = np.isfinite(values)
        if not known.all():
            at, values = at[known], values[known]
        total = np.bincount(at, values, shape[0] * weeks).reshape(shape)
        if table == "prices":
            count = np.bincount(at, minlength=shape[0] * weeks).reshape(shape)
            total = np.divide(total, count, out=np.full(shape, np.nan), where=count > 0)
        if q.by_days:
            total = total * _days_inside(self.days[inside], np.datetime64(first), np.datetime64(last)) / 7
        if q.smooth > 1:
            total = pd.DataFrame(total.T).rolling(q.smooth, min_periods=1).mean().to_numpy().T
        return names, total, self.days[inside]

    @cached_property
    def _prices(self) -> Rows:
        goods, zones = len(self._world.goods), len(self._world.zones)
        value = np.array([week.delivered for week in self._weeks]).reshape(-1, goods, 2, zones)
        good, market, zone = (part.reshape(-1) for part in np.indices(value.shape[1:]))
        labels = {"market": Label(MARKETS, market), **self._of_good(good), **self._of_zone("", zone)}
        return self._every_week(len(good), labels, {"usd_per_kg": value.reshape(-1)})

    @cached_property
    def _trade(self) -> Rows:
        lanes = np.concatenate([week.lanes for week in self._weeks])
        good, origin, destination, market = np.ascontiguousarray(lanes.T)
        amounts = np.concatenate([week.amounts for week in self._weeks])
        held = dict(zip(TRADE_COLUMNS, np.ascontiguousarray(amounts.T), strict=True))
        # The plain labels of a country say where metal goes.
        places = {**self._of_zone("origin_", origin), **self._of_zone("", destination)}
        outside = places["origin_region"].codes != places["region"].codes
        labels = {"market": Label(MARKETS, market), **self._of_good(good), **places}
        labels |= {"abroad": _flag(origin != destination), "outside": _flag(outside)}
        labels["from_tracked"] = _flag(origin == self._world.zone_index[self._model.scenario.tracked])
        week = np.repeat(np.arange(len(self._weeks)), [len(week.lanes) for week in self._weeks])
        held["received_usd"] = held["netback_usd"] + held["rent_usd"]
        return Rows(week, labels, held)

    @cached_property
    def _made(self) -> Rows:
        value = np.array([week.made_kg for week in self._weeks])
        good, zone = (part.reshape(-1) for part in np.indices(value.shape[1:]))
        labels = {**self._of_good(good), **self._of_zone("", zone)}
        return self._every_week(len(good), labels, {"kg": value.reshape(-1)})

    @cached_property
    def _firms(self) -> Rows:
        firms, world, weeks = self._model.firms, self._world, len(self._weeks)
        use_of = [business.end_use for business in firms.businesses]
        uses = tuple(dict.fromkeys((*world.end_uses, *use_of)))
        use = np.array([uses.index(name) for name in use_of])
        labels = {
            "firm": Label(tuple(firms.names), firms["firm"]), "kind": Label(KINDS, firms["kind"]),
            "end_use": Label(uses, use), "exporter": _flag(firms["exporter"]),
            **self._of_good(firms["good"]), **self._of_zone("", firms["zone"]),
        }  # fmt: skip
        own_cost = np.where(firms["kind"] <= Kind.REFINER, firms["cost_usd_per_kg"], 0.0)
        built = [business.capacity_kg_per_year / WEEKS_PER_YEAR for business in firms.businesses]
        held: Columns
        made: dict[str, Callable[[], np.ndarray]] = {
            name: lambda i=i: np.concatenate([week.firms[i] for week in self._weeks])  # type: ignore[misc]
            for i, name in enumerate(FIRM_COLUMNS)
        }
        made |= {
            # What thrift and substitution leave of use at calm prices; below it use is cut back for its price.
            "kept_up_kg": lambda: held["trend_use_kg"] * held["long_run_response"],
            "substituted_kg": lambda: held["trend_use_kg"] - held["kept_up_kg"],
            "cut_back_kg": lambda: held["kept_up_kg"] - held["consumed_kg"] - held["short_kg"],
            "lost_kg": lambda: held["short_kg"] + held["cut_back_kg"],
            "planned_kg": lambda: held["consumed_kg"] + held["short_kg"],
            "cover_kg": lambda: held["stock_kg"] + held["in_transit_kg"],
            # Capacity at the end of the run, and that of the data's year: what a plant's output is measured by.
            "capacity_kg": lambda: np.tile(firms["capacity_kg"], weeks),
            "nameplate_kg": lambda: np.tile(built, weeks),
            "receipts_usd": lambda: held["received_usd"] + held["support_usd"],
            "profit_usd": lambda: held["receipts_usd"] - held["paid_usd"] - np.tile(own_cost, weeks) * held["sold_kg"],
        }
        held = Columns(made)
        return self._every_week(len(firms), labels, held)

    @cached_property
    def _policies(self) -> Rows:
        policies = self._model.policies
        spent = np.array([week.spent_usd for week in self._weeks]).reshape(-1)
        each = {"policy": [p.title for p in policies], "kind": [p.kind for p in policies],
                "actor": [p.actor for p in policies]}  # fmt: skip
        labels = {}
        for name, values in each.items():
            names = tuple(dict.fromkeys(values))
            labels[name] = Label(names, np.array([names.index(value) for value in values], np.int64))
        return self._every_week(len(policies), labels, {"spent_usd": spent})

    def _every_week(self, places: int, labels: dict[str, Label], columns: Mapping[str, np.ndarray]) -> Rows:
        """Return a table that has the same places every week."""
        return Rows(np.repeat(np.arange(len(self._weeks)), places), labels, columns, places)

    def _of_good(self, good: np.ndarray) -> dict[str, Label]:
        world = self._world
        standard = np.array([name in world.standard_goods for name in world.goods])
        return {"good": Label(world.goods, good), "metal": Label(world.metals, world.metal_numbers[good]),
                "standard": _flag(standard[good])}  # fmt: skip

    def _of_zone(self, end: str, zone: np.ndarray) -> dict[str, Label]:
        region = np.full(len(self._world.zones), -1)
        for i, zones in enumerate(self._regions.values()):
            region[[self._world.zone_index[name] for name in zones]] = i
        names = tuple(self._regions)
        return {f"{end}zone": Label(self._world.zones, zone), f"{end}region": Label(names, region[zone])}


def _days_inside(mondays: np.ndarray, first: np.datetime64, last: np.datetime64) -> np.ndarray:
    """Return how many days of each week lie in a span."""
    return (np.minimum(mondays + 6, last) - np.maximum(mondays, first) + 1).astype(float)


def _flag(values: np.ndarray) -> Label:
    return Label((False, True), values.astype(np.int64))


def _over_weeks(weekly: np.ndarray, how: str) -> np.ndarray:
    """Return one number for each group, [groups]; NaN where no week has one."""
    groups, weeks = weekly.shape
    known = np.isfinite(weekly)
    if not weeks:
        return np.full(groups, np.nan)
    if how in ("first", "last"):
        return weekly[:, 0 if how == "first" else -1]
    if how == "max":
        highest = np.where(known, weekly, -np.inf).max(axis=1)
        return np.where(np.isfinite(highest), highest, np.nan)
    total, count = np.where(known, weekly, 0.0).sum(axis=1), known.sum(axis=1)
    if how == "mean":
        return np.divide(total, count, out=np.full(groups, np.nan), where=count > 0)
    return total * (WEEKS_PER_YEAR / weeks if how == "yearly" else 1.0)


def observe(
    model: TradeModel, tables: Mapping[str, Mapping[str, Quantity]], regions: Regions | None = None
) -> dict[str, pd.DataFrame]:
    """Return a run's tables: a measure for ensembles, with the keywords bound by `functools.partial`.

    Args:
        model: a finished run.
        tables: name of a table to its quantities, by column; those of one table keep the same labels. A table
            without labels is laid out as `key` and `value`.
        regions: groups of countries, for the labels about regions.
    """
    seen = Observed(model, regions)
    return {name: _table({key: seen.read(q) for key, q in quantities.items()}) for name, quantities in tables.items()}


def _table(parts: Mapping[str, Values]) -> pd.DataFrame:
    """Return quantities of the same labels as columns of a table; without labels, as rows of `key` and `value`."""
    names = next(iter(parts.values())).names
    if not names:
        return pd.DataFrame({"key": list(parts), "value": [float(part.found) for part in parts.values()]})
    codes = np.indices([len(part) for part in names.values()]).reshape(len(names), -1)
    labels = {
        label: np.array(part)[code] if label == "week" else pd.Categorical.from_codes(code, list(part))
        for (label, part), code in zip(names.items(), codes, strict=True)
    }
    return pd.DataFrame(labels | {key: part.found.reshape(-1) for key, part in parts.items()})
