"""A measure to begin with: prices, use, shortage and trade of a run by good and country."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from model import TradeModel
from model.calendar import monday
from model.recorder import FIRM_COLUMNS, TRADE_COLUMNS
from model.state.record import Kind

# Weekly prices that are kept: of which good, in which country.
SERIES = tuple((good, zone) for good in ("gallium-4N", "germanium-5N") for zone in ("CHN", "DEU", "USA"))


def headline(
    model: TradeModel,
    windows: Mapping[str, tuple[date | None, date | None]] | None = None,
    series: Iterable[tuple[str, str]] = SERIES,
) -> dict[str, pd.DataFrame]:
    """Return the usual summary of a run: `headline` by window, good and zone, and `weekly` prices.

    Args:
        model: a finished run.
        windows: name to first day and day after the last (None: the run's own); the whole run when not given.
        series: (good, zone) pairs of which `weekly` keeps the price of free metal.

    Returns:
        `headline`: delivered price of free metal in USD/kg (mean, peak); kg used and kg that buyers wanted and did
        not get, produced, exported, imported over the window; shares of what was produced and exported.
    """
    recorded, world = model.recorder.weeks, model.world
    zones = len(world.zones)
    price = np.array([week.delivered[:, :zones] for week in recorded])
    flows = _weekly_flows(model)
    days = np.array([monday(week.number, model.start) for week in recorded], dtype="datetime64[D]")
    places = {
        "good": _names(world.goods, np.repeat(np.arange(len(world.goods)), zones)),
        "zone": _names(world.zones, np.tile(np.arange(zones), len(world.goods))),
    }
    parts = []
    for name, (first, last) in (windows or {"all": (None, None)}).items():
        inside = (days >= np.datetime64(first or days[0])) & (days < np.datetime64(last or days[-1] + 1))
        seen = np.isfinite(price[inside])
        weeks = seen.sum(axis=0)
        total = np.where(seen, price[inside], 0.0).sum(axis=0)
        peak = np.where(seen, price[inside], -np.inf).max(axis=0, initial=-np.inf)
        columns = {
            "mean_usd_per_kg": np.divide(total, weeks, out=np.full(total.shape, np.nan), where=weeks > 0),
            "peak_usd_per_kg": np.where(weeks > 0, peak, np.nan),
            **{key: kg[inside].sum(axis=0) for key, kg in flows.items()},
        }
        for share, kg in (("share_of_production", "produced_kg"), ("share_of_world_trade", "exported_kg")):
            world_kg = np.broadcast_to(columns[kg].sum(axis=1, keepdims=True), total.shape)
            columns[share] = np.divide(columns[kg], world_kg, out=np.zeros(total.shape), where=world_kg > 0)
        flat = {key: value.reshape(-1) for key, value in columns.items()}
        parts.append(pd.DataFrame({"window": name, **places, **flat}))
    pairs = [(world.good_index[good], world.zone_index[zone]) for good, zone in series]
    good, zone = np.array(pairs, dtype=int).reshape(-1, 2).T
    weekly = pd.DataFrame(
        {
            "week": np.tile(days.astype("datetime64[s]"), len(pairs)),
            "good": _names(world.goods, np.repeat(good, len(days))),
            "zone": _names(world.zones, np.repeat(zone, len(days))),
            "usd_per_kg": price[:, good, zone].T.reshape(-1),
        }
    )
    return {"headline": pd.concat(parts), "weekly": weekly}


def _names(names: Sequence[str], codes: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=list(names))


def _weekly_flows(model: TradeModel) -> dict[str, np.ndarray]:
    """Return kg by week, good and zone, [W, G, Z]: used, unmet, produced, exported, imported."""
    recorded, world, firms = model.recorder.weeks, model.world, model.firms
    shape = (len(recorded), len(world.goods), len(world.zones))
    users = firms.of(Kind.BUYER)
    columns = [FIRM_COLUMNS.index(name) for name in ("consumed_kg", "short_kg")]
    used, unmet = np.array([week.firms[columns, users] for week in recorded]).transpose(1, 0, 2).reshape(2, -1)
    at = np.ravel_multi_index((firms["good"][users], firms["zone"][users]), shape[1:])
    place = (at[None] + shape[1] * shape[2] * np.arange(shape[0])[:, None]).reshape(-1)
    good, origin, destination, _market = np.concatenate([week.lanes for week in recorded]).T
    kg = np.concatenate([week.amounts[:, TRADE_COLUMNS.index("kg")] for week in recorded])
    week = np.repeat(np.arange(shape[0]), [len(flows.lanes) for flows in recorded])
    abroad = origin != destination

    def summed(places: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        return np.bincount(places, amounts, int(np.prod(shape))).reshape(shape)

    def traded(zone: np.ndarray) -> np.ndarray:
        return summed(np.ravel_multi_index((week[abroad], good[abroad], zone[abroad]), shape), kg[abroad])

    return {
        "used_kg": summed(place, used),
        "unmet_kg": summed(place, unmet),
        "produced_kg": np.array([one.made_kg for one in recorded]),
        "exported_kg": traded(origin),
        "imported_kg": traded(destination),
    }
