"""The recorder: what happened in each week, kept as columns and handed out as tidy tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from model.calendar import monday
from model.events import Event
from model.market.trades import Trades
from model.noting import FIRM_COLUMNS, columns, exports, moved
from model.state.firms import Firms
from model.state.record import Kind
from model.world import World

MARKETS = ("free", "licensed", "tolled")
KINDS = tuple(kind.name.lower() for kind in Kind)
TRADE_COLUMNS = ("kg", "usd", "lane_cost_usd", "tariff_usd", "rent_usd", "netback_usd", "tracked_kg")


class Week(NamedTuple):
    """What is kept of a week.

    Attributes:
        number: the week, counted from the scenario's first.
        delivered, netback: prices, USD/kg, [G, 2Z].
        firms: `FIRM_COLUMNS` of every record, [columns, N].
        made_kg: what each country made of each good, [G, Z]: primary, recycled and refined.
        lanes, amounts: places (good, origin, destination, market) [n, 4] and `TRADE_COLUMNS` [n, 7] of what moved.
        spent_usd: public money spent so far by each policy, [policies].
    """

    number: int
    delivered: np.ndarray
    netback: np.ndarray
    firms: np.ndarray
    made_kg: np.ndarray
    lanes: np.ndarray
    amounts: np.ndarray
    spent_usd: np.ndarray


class Recorder:
    """Collects a run week by week; tables are built only when asked for.

    Attributes:
        weeks: the recorded weeks.
        events: what policies did, spin-up included.
    """

    def __init__(self, world: World, firms: Firms, start: date) -> None:
        """Start with nothing recorded."""
        self.weeks: list[Week] = []
        self.events: list[Event] = []
        self._world, self._firms, self._start = world, firms, start

    def record(
        self, week: int, quotes: tuple[np.ndarray, np.ndarray], trades: Trades, tolled: np.ndarray, spent: list[float]
    ) -> None:
        """Keep the week that has just been settled.

        Args:
            week: its number.
            quotes: delivered and net-back prices, USD/kg, [G, 2Z] each.
            trades: what the exchange did.
            tolled: kg and USD of metal returned to the owners of scrap by place of work and of use, [2, G, Z, Z].
            spent: public money spent so far by each policy, USD.
        """
        f, t = self._firms, trades
        made = f.by_place(f.makers, f["produced_kg"][f.makers])
        lanes, amounts = moved(t.spot_flow, t.spot_tracked, t.rent, t.delivered, t.netback, t.lanes.cost,
                               t.lanes.tariff, t.contracted, tolled)  # fmt: skip
        kept = columns(f.table)
        self.weeks.append(Week(week, quotes[0].copy(), quotes[1].copy(), kept, made, lanes, amounts, np.array(spent)))

    def tables(self, policies: Sequence[str], run: int = 0) -> dict[str, pd.DataFrame]:
        """Return the tidy tables: prices, trade, shares, firms, events, policies.

        Args:
            policies: titles, in the order of `spent`.
            run: number in the first column.
        """
        if not self.weeks:
            raise RuntimeError("no week has been recorded yet: step() or run() the model first")
        days = np.array([np.datetime64(monday(week.number, self._start)) for week in self.weeks], "datetime64[s]")
        tables = {
            "prices": self._prices(days),
            "trade": self._trade(days),
            "shares": self._shares(days),
            "firms": self._firm_weeks(days),
            "events": self.events_table(),
            "policies": self._policies(days, policies),
        }
        for table in tables.values():
            table.insert(0, "run", np.int32(run))
        return tables

    def _prices(self, days: np.ndarray) -> pd.DataFrame:
        world = self._world
        goods, zones = len(world.goods), len(world.zones)
        shape = (len(days), goods, zones, 2)
        delivered = np.array([week.delivered for week in self.weeks]).reshape(-1, goods, 2, zones)
        # Sellers have one net-back per country, whichever market their metal goes to: that of the open book.
        netback = np.array([week.netback[:, :zones] for week in self.weeks])
        table = pd.DataFrame(
            {
                "week": np.repeat(days, goods * zones * 2),
                "good": _labels(world.goods, 1, shape),
                "zone": _labels(world.zones, 2, shape),
                "market": _labels(MARKETS[:2], 3, shape),
                "usd_per_kg": delivered.transpose(0, 1, 3, 2).reshape(-1),
                "netback_usd_per_kg": np.repeat(netback.reshape(-1), 2),
            }
        )
        return table[np.isfinite(table["usd_per_kg"].to_numpy())].reset_index(drop=True)

    def _trade(self, days: np.ndarray) -> pd.DataFrame:
        lanes = np.concatenate([week.lanes for week in self.weeks])
        amounts = np.concatenate([week.amounts for week in self.weeks])
        names = (self._world.goods, self._world.zones, self._world.zones, MARKETS)
        places = ("good", "origin", "destination", "market")
        table = _in_one_piece(amounts.T, TRADE_COLUMNS)
        table.insert(0, "week", np.repeat(days, [len(week.lanes) for week in self.weeks]))
        for i, place in enumerate(places):
            table.insert(i + 1, place, _categories(names[i], lanes[:, i]))
        return table

    def _shares(self, days: np.ndarray) -> pd.DataFrame:
        goods, zones = len(self._world.goods), len(self._world.zones)
        shape = (len(days), goods, zones)
        made = np.array([week.made_kg for week in self.weeks])
        shipped = np.array([exports(week.lanes, week.amounts, goods, zones) for week in self.weeks])
        return pd.DataFrame(
            {
                "week": np.repeat(days, goods * zones),
                "good": _labels(self._world.goods, 1, shape),
                "seller": _labels(self._world.zones, 2, shape),
                "share_of_production": _share(made).reshape(-1),
                "share_of_world_trade": _share(shipped).reshape(-1),
                "produced_kg": made.reshape(-1),
                "exported_kg": shipped.reshape(-1),
            }
        )

    def _firm_weeks(self, days: np.ndarray) -> pd.DataFrame:
        firms, world = self._firms, self._world
        labels = {"firm": firms.names, "kind": KINDS, "zone": world.zones, "good": world.goods}
        table = _in_one_piece(np.concatenate([week.firms for week in self.weeks], axis=1), FIRM_COLUMNS)
        table.insert(0, "week", np.repeat(days, len(firms)))
        for place, (field, names) in enumerate(labels.items(), start=1):
            table.insert(place, field, _categories(names, np.tile(_codes(names, firms[field]), len(days))))
        return table

    def events_table(self) -> pd.DataFrame:
        """Return what policies did so far: date, what, policy, actor, action, goods, kg."""
        said = self.events
        days = np.array([np.datetime64(monday(event.week, self._start)) for event in said], "datetime64[s]")
        return pd.DataFrame(
            {
                "date": days,
                "what": np.array([event.what for event in said], dtype=object),
                "policy": np.array([event.policy for event in said], dtype=object),
                "actor": np.array([event.actor for event in said], dtype=object),
                "action": np.array([str(event.action) for event in said], dtype=object),
                "goods": np.array([" ".join(event.goods) for event in said], dtype=object),
                "kg": np.array([event.kg for event in said], dtype=float),
            }
        )

    def _policies(self, days: np.ndarray, titles: Sequence[str]) -> pd.DataFrame:
        spent = np.array([week.spent_usd for week in self.weeks]).reshape(len(days), len(titles))
        return pd.DataFrame(
            {
                "week": np.repeat(days, len(titles)),
                "policy": np.tile(np.array(titles, dtype=object), len(days)),
                "number": np.tile(np.arange(1, len(titles) + 1), len(days)),
                "spent_usd": spent.reshape(-1),
            }
        )


def _share(kg: np.ndarray) -> np.ndarray:
    total = kg.sum(axis=2, keepdims=True)
    found: np.ndarray = np.divide(kg, total, out=np.zeros_like(kg), where=total > 0)
    return found


def _in_one_piece(columns: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Return a table of columns, [names, n]: from single ones pandas would copy the largest of tables once more."""
    return pd.DataFrame(np.ascontiguousarray(columns).T, columns=list(names), copy=False)


def _categories(names: Sequence[str], codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(_codes(names, codes), categories=list(names))


def _codes(names: Sequence[str], codes: np.ndarray) -> np.ndarray:
    """Return codes in as few bytes as their names need: most of a table is codes."""
    return np.asarray(codes, dtype=np.min_scalar_type(-len(names)))


def _labels(names: Sequence[str], axis: int, shape: tuple[int, ...]) -> pd.Categorical:
    codes = _codes(names, np.arange(shape[axis])).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return _categories(names, np.broadcast_to(codes, shape).reshape(-1))
