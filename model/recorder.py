"""The recorder: what happened in each week, kept as columns and handed out as tidy tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from model.calendar import monday
from model.columns import Kind

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.trade_model import TradeModel

MARKETS = ("free", "licensed", "tolled")
TOLLED = 2
FIRM_FLOWS = ("produced_kg", "bought_kg", "sold_kg", "consumed_kg", "short_kg")
FIRM_COLUMNS = ("stock_kg", "in_transit_kg", *FIRM_FLOWS)


@dataclass
class Recorder:
    """Collects arrays week by week; tables are built only when asked for."""

    weeks: list[int] = field(default_factory=list)
    prices: list[np.ndarray] = field(default_factory=list)
    firms: list[np.ndarray] = field(default_factory=list)
    output: list[np.ndarray] = field(default_factory=list)
    trade: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    events: list[tuple[date, str]] = field(default_factory=list)

    def record(self, model: TradeModel, trades: Trades, tolled: tuple[np.ndarray, np.ndarray]) -> None:
        """Keep the week that has just been settled."""
        c = model.columns
        self.weeks.append(model.week)
        self.prices.append(np.stack([model.delivered_quote, model.netback_quote]))
        self.firms.append(np.stack([c.stock_kg, c.in_transit_kg, *(getattr(c, name) for name in FIRM_FLOWS)], axis=1))
        self.output.append(_primary_output(model))
        self.trade.append(_flows(model, trades, tolled))

    def tables(self, model: TradeModel, run: int = 0) -> dict[str, pd.DataFrame]:
        """Return the tidy tables: prices, trade, shares, firms, events."""
        if not self.weeks:
            raise RuntimeError("no week has been recorded yet: step() or run() the model first")
        days = np.array([np.datetime64(monday(week, model.start)) for week in self.weeks], dtype="datetime64[s]")
        tables = {
            "prices": self._prices(model, days),
            "trade": self._trade(model, days),
            "shares": self._shares(model, days),
            "firms": self._firms(model, days),
            "events": pd.DataFrame(self.events, columns=["date", "what"]).astype({"date": "datetime64[s]"}),
        }
        for table in tables.values():
            table.insert(0, "run", np.int32(run))
        return tables

    def _prices(self, model: TradeModel, days: np.ndarray) -> pd.DataFrame:
        world = model.world
        goods, zones = len(world.goods), len(world.zones)
        quotes = np.array(self.prices).reshape(len(days), 2, goods, 2, zones)
        shape = (len(days), goods, zones, 2)
        delivered = quotes[:, 0].transpose(0, 1, 3, 2)
        # Sellers have one net-back per zone, whichever market their metal goes to.
        netback = np.broadcast_to(quotes[:, 1, :, 0][..., None], shape)
        table = pd.DataFrame(
            {
                "week": np.repeat(days, goods * zones * 2),
                "good": _labels(world.goods, 1, shape),
                "zone": _labels(world.zones, 2, shape),
                "market": _labels(MARKETS[:2], 3, shape),
                "usd_per_kg": delivered.reshape(-1),
                "netback_usd_per_kg": netback.reshape(-1),
            }
        )
        return table.dropna(subset="usd_per_kg").reset_index(drop=True)

    def _trade(self, model: TradeModel, days: np.ndarray) -> pd.DataFrame:
        counts = [len(flows[0]) for flows in self.trade]
        whole = [np.concatenate(parts) for parts in zip(*self.trade, strict=True)]
        good, origin, destination, market, *amounts = whole
        names = ("kg", "usd", "lane_cost_usd", "tariff_usd", "rent_usd", "netback_usd", "tracked_kg")
        return pd.DataFrame(
            {
                "week": np.repeat(days, counts),
                "good": _categories(model.world.goods, good),
                "origin": _categories(model.world.zones, origin),
                "destination": _categories(model.world.zones, destination),
                "market": _categories(MARKETS, market),
                **dict(zip(names, amounts, strict=True)),
            }
        )

    def _shares(self, model: TradeModel, days: np.ndarray) -> pd.DataFrame:
        goods, zones = len(model.world.goods), len(model.world.zones)
        made = np.array(self.output)
        shipped = np.zeros_like(made)
        for week, (good, origin, destination, _market, kg, *_) in enumerate(self.trade):
            abroad = origin != destination
            np.add.at(shipped[week], (good[abroad], origin[abroad]), kg[abroad])
        shape = (len(days), goods, zones)
        return pd.DataFrame(
            {
                "week": np.repeat(days, goods * zones),
                "good": _labels(model.world.goods, 1, shape),
                "seller": _labels(model.world.zones, 2, shape),
                "share_of_production": _share(made).reshape(-1),
                "share_of_world_trade": _share(shipped).reshape(-1),
                "produced_kg": made.reshape(-1),
                "exported_kg": shipped.reshape(-1),
            }
        )

    def _firms(self, model: TradeModel, days: np.ndarray) -> pd.DataFrame:
        c = model.columns
        n = len(c)
        values = np.array(self.firms).reshape(len(days) * n, -1)
        kinds = ("producer", "recycler", "refiner", "trader", "stockpile", "refiner_input", "buyer")
        firms = list(dict.fromkeys(c.firm))
        code = {name: i for i, name in enumerate(firms)}
        return pd.DataFrame(
            {
                "week": np.repeat(days, n),
                "firm": _categories(firms, np.tile([code[name] for name in c.firm], len(days))),
                "kind": _categories(kinds, np.tile(c.kind, len(days))),
                "zone": _categories(model.world.zones, np.tile(c.zone, len(days))),
                "good": _categories(model.world.goods, np.tile(c.good, len(days))),
                **{name: values[:, i] for i, name in enumerate(FIRM_COLUMNS)},
            }
        )


def _primary_output(model: TradeModel) -> np.ndarray:
    """Return what each country made of each good this week, kg, [G, Z]: primary, recycled and refined."""
    c, makers = model.columns, model.columns.of(Kind.PRODUCER, Kind.REFINER)
    return c.by_place(makers, c.produced_kg[makers])


def _flows(model: TradeModel, trades: Trades, tolled: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return the week's flows as parallel arrays: good, origin, destination, market, kg, and money by kind."""
    zones = len(model.world.zones)
    at = good, origin, destination = trades.lanes_used
    kg = trades.flow[at]
    tariff = kg * trades.lanes.tariff[at]
    lane = kg * trades.lanes.cost[at] - tariff
    usd, netback = kg * trades.delivered[good, destination], kg * trades.netback[good, origin]
    t_good, t_zone = np.nonzero(tolled[0])
    t_kg, t_usd = tolled[0][t_good, t_zone], tolled[1][t_good, t_zone]
    none = np.zeros(len(t_kg))
    sold = np.stack([kg, usd, lane, tariff, kg * trades.rent[at], netback, trades.tracked[at]])
    amounts = np.concatenate([sold, np.stack([t_kg, t_usd, none, none, none, t_usd, none])], axis=1)
    places = (
        np.concatenate([good, t_good]),
        np.concatenate([origin % zones, t_zone]),
        np.concatenate([destination % zones, t_zone]),
        np.concatenate([destination // zones, np.full(len(t_kg), TOLLED)]),
    )
    # The open and the home book of a zone are one origin to everybody else.
    code = np.ravel_multi_index(places, (len(model.world.goods), zones, zones, len(MARKETS)))
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    merged = [np.bincount(which, amount) for amount in amounts]
    return (*(place[first] for place in places), *merged)


def _share(kg: np.ndarray) -> np.ndarray:
    total = kg.sum(axis=2, keepdims=True)
    return np.divide(kg, total, out=np.zeros_like(kg), where=total > 0)


def _categories(names: list[str] | tuple[str, ...], codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(np.asarray(codes), categories=list(names))


def _labels(names: list[str] | tuple[str, ...], axis: int, shape: tuple[int, ...]) -> pd.Categorical:
    codes = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return _categories(names, np.broadcast_to(codes, shape).reshape(-1))
