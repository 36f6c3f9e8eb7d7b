"""What one run of the mitigation experiment is reduced to: use lost, prices, and what the measure cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.mitigation_cells import CAPITAL_CHARGE, ENDS, EU, PROTECTED, STARTS
from experiments.static_market import STANDARD
from model import TradeModel
from model.calendar import WEEKS_PER_YEAR, monday, week_of
from model.columns import Kind
from model.parameters import Parameters
from model.policy.capacity_support import CapacitySupport
from model.policy.recycling_support import RecyclingSupport
from model.policy.stockpile import Stockpile

PLACES = {
    "USA": "US",
    "JPN": "Japan",
    "KOR": "South Korea",
    "TWN": "Taiwan",
    "CHN": "China",
    "RUS": "Russia",
} | dict.fromkeys(EU, "EU")
WEEKS_BEFORE, WEEKS_SHOWN_BEFORE = 13, 26


def measure(model: TradeModel) -> dict[str, pd.DataFrame]:
    """Reduce a finished run to small tables.

    Returns:
        use: by metal and place, over the disruption, kg of end use: trend (what would be used at calm prices), used,
            short (no metal in stock), cut back (the price is too high), substituted (done without for good); lost is
            short and cut back.
        prices: by metal and zone, USD/kg: before, mean and highest four-week mean during the disruption.
        cost: by metal and kind of measure, USD and kg: outlay, net cost, targeted, held when the
            disruption starts, released, left at the end.
        weekly: by week and metal: use lost in the US and the EU, share of trend; price in the US, USD/kg.
    """
    tables = model.tables()
    use, weekly = _use(model, tables["firms"])
    prices, quotes = _prices(tables["prices"])
    weekly = weekly.merge(quotes, on=["week", "metal"])
    return {"use": use, "prices": prices, "cost": _cost(model, tables["firms"]), "weekly": weekly}


def _use(model: TradeModel, firms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return use by metal and place over the disruption, and weekly use lost in the US and the EU."""
    c, world, p = model.columns, model.world, model.parameters
    rows = c.of(Kind.BUYER)
    buyers = firms[firms["kind"] == "buyer"]
    weeks = np.arange(model.week)
    metal = np.array([world.metal_of_good[g] for g in c.good[rows]])
    growth = np.array([1.0 + p.for_metal("growth", m) for m in metal])
    trend = c.use_kg[rows] * growth ** ((weeks[:, None] - model.week + 1) / WEEKS_PER_YEAR)
    used = buyers["consumed_kg"].to_numpy().reshape(len(weeks), -1)
    short = buyers["short_kg"].to_numpy().reshape(len(weeks), -1)
    thrift = replayed_thrift((used + short) / trend, c.elasticity[rows], p)
    amounts = {"trend_kg": trend, "used_kg": used, "short_kg": short, "substituted_kg": trend * (1.0 - thrift)}
    amounts["cut_back_kg"] = trend * thrift - used - short
    place = np.array([PLACES.get(world.zones[z], "others") for z in c.zone[rows]])
    span = slice(week_of(STARTS, model.start), week_of(ENDS, model.start))
    by = [pd.Series(metal, name="metal"), pd.Series(place, name="place")]
    table = pd.DataFrame({name: kg[span].sum(axis=0) for name, kg in amounts.items()}).groupby(by).sum().reset_index()
    table["lost_kg"] = table["short_kg"] + table["cut_back_kg"]
    shown = weeks[max(span.start - WEEKS_SHOWN_BEFORE, 0) :]
    days = np.array([np.datetime64(monday(int(week), model.start), "s") for week in shown])
    lost = short + amounts["cut_back_kg"]
    parts = []
    for name in STANDARD:
        here = np.isin(place, ["US", "EU"]) & (metal == name)
        share = lost[:, here].sum(axis=1) / trend[:, here].sum(axis=1)
        parts.append(pd.DataFrame({"week": days, "metal": name, "lost_share": share[shown]}))
    return table, pd.concat(parts, ignore_index=True)


def replayed_thrift(ratio: np.ndarray, elasticity: np.ndarray, p: Parameters) -> np.ndarray:
    """Split planned use into its quick and its slow part, and return the slow one (thrift), [weeks, buyers].

    The recorder keeps planned use only, ``use * intensity * thrift``. Both parts follow the same price, the first at
    `use_adjustment`, the second at `substitution_rate` a week (`agents.buyer.plan_use`), so each week's plan gives the
    price term ``x = (price / reference) ** -elasticity`` and with it both.

    Args:
        ratio: planned over trend use, [weeks, buyers].
        elasticity: short-run elasticity of each buyer, for those that never answer to prices.
        p: the run's parameters.
    """
    quick, slow, power = p.use_adjustment, p.substitution_rate, p.substitution_factor - 1.0
    intensity, thrift = ratio[0].copy(), np.ones(ratio.shape[1])
    found = np.ones(ratio.shape)
    for week in range(1, len(ratio)):
        a, b, x = intensity * (1.0 - quick), thrift * (1.0 - slow), intensity.copy()
        for _ in range(6):  # Newton on (a + quick x) (b + slow x^power) = ratio
            slow_part = b + slow * x**power
            gap = (a + quick * x) * slow_part - ratio[week]
            slope = quick * slow_part + (a + quick * x) * slow * power * x ** (power - 1.0)
            x = np.maximum(x - gap / slope, 1e-6)
        intensity, thrift = a + quick * x, b + slow * x**power
        found[week] = thrift
    return np.where(elasticity > 0, found, 1.0)


def _prices(prices: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return prices of the standard grades before and during the disruption, and the weekly price in the US."""
    kept = prices[(prices["market"] == "free") & prices["good"].isin(STANDARD.values())]
    wide = kept.pivot(index="week", columns=["good", "zone"], values="usd_per_kg")
    before = wide.loc[: pd.Timestamp(STARTS) - pd.Timedelta(weeks=5)].tail(WEEKS_BEFORE).mean()
    during = wide.loc[pd.Timestamp(STARTS) :]
    peak = during.rolling(4, min_periods=1).mean().max()
    parts = [
        {"metal": metal, "zone": zone, "before": before[good, zone], "mean": during[good, zone].mean()}
        | {"peak": peak[good, zone]}
        for metal, good in STANDARD.items()
        for zone in ("USA", "DEU", "JPN", "CHN")
    ]
    quotes = [
        pd.DataFrame({"week": wide.index, "metal": metal, "usd_per_kg": wide[good, "USA"].to_numpy()})
        for metal, good in STANDARD.items()
    ]
    return pd.DataFrame(parts), pd.concat(quotes, ignore_index=True)


def _cost(model: TradeModel, firms: pd.DataFrame) -> pd.DataFrame:
    """Return what the measures cost, by metal and kind."""
    found = []
    for policy in model.policies:
        if isinstance(policy, Stockpile) and policy.actor in PROTECTED:
            found.append(("stockpile", _metal(policy.good), *_stockpile_cost(policy, model, firms)))
        elif isinstance(policy, CapacitySupport) and policy.public_cost_usd and policy.effective:
            # The net cost charges a plant for the time in which it may have helped; it stands for many years more.
            years = (ENDS - policy.effective).days / 365.25
            capex = policy.public_cost_usd
            net = capex * min(CAPITAL_CHARGE * years, 1.0)
            found.append(("plants", _metal(policy.good), capex, net, *[0.0] * 4))
        elif isinstance(policy, RecyclingSupport):
            spent = policy.spent_usd
            found.append(("recycling", _metal(policy.goods[0]), spent, spent, *[0.0] * 4))
    names = ["kind", "metal", "outlay_usd", "net_usd", "target_kg", "held_kg", "released_kg", "left_kg"]
    return pd.DataFrame(found, columns=names).groupby(["kind", "metal"], as_index=False).sum()


def _stockpile_cost(policy: Stockpile, model: TradeModel, firms: pd.DataFrame) -> tuple[float, ...]:
    """Return outlay, net cost (less sales and what is left at the last price); kg targeted, held, released, left."""
    own = firms[firms["firm"] == policy.firm]
    weekly = np.array(model.recorder.prices)[:, 1, model.world.good_index[policy.good]]
    zone = model.world.zone_index[policy.actor]
    sold = own["sold_kg"].to_numpy()
    # A release is for users at home: it fetches the price of the home book, which comes after those of the open ones.
    home = np.nan_to_num(weekly[:, len(model.world.zones) + zone])
    receipts = float((sold * home).sum())
    left = float(own["stock_kg"].iloc[-1])
    held = float(own.loc[own["week"] < pd.Timestamp(STARTS), "stock_kg"].iloc[-1])
    net = policy.spent_usd - left * model.free_price(policy.good, policy.actor)
    return policy.spent_usd + receipts, net, policy.target_kg, held, float(sold.sum()), left


def _metal(good: str) -> str:
    return good.split("-")[0]
