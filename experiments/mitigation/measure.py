"""What one run of the mitigation experiment is reduced to: use lost, prices, and what the measure cost."""

from __future__ import annotations

import pandas as pd

from experiments.mitigation.cells import CAPITAL_CHARGE, ENDS, EU, PROTECTED, STARTS
from model import TradeModel
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
    standard = dict(zip(model.world.metals, model.world.standard_goods, strict=True))
    use, weekly = _use(tables["firms"])
    prices, quotes = _prices(tables["prices"], standard)
    weekly = weekly.merge(quotes, on=["week", "metal"])
    return {"use": use, "prices": prices, "cost": _cost(model, tables), "weekly": weekly}


def _use(firms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return use by metal and place over the disruption, and weekly use lost in the US and the EU."""
    buyers = firms[firms["kind"] == "buyer"]
    trend, used, short = (buyers[name] for name in ("trend_use_kg", "consumed_kg", "short_kg"))
    kept_up = trend * buyers["long_run_response"]  # what thrift and substitution leave
    amounts = pd.DataFrame(
        {
            "week": buyers["week"],
            "metal": buyers["good"].map(_metal).astype(str),
            "place": buyers["zone"].map(lambda zone: PLACES.get(zone, "others")).astype(str),
            "trend_kg": trend,
            "used_kg": used,
            "short_kg": short,
            "substituted_kg": trend - kept_up,
            "cut_back_kg": kept_up - used - short,
        }
    )
    amounts["lost_kg"] = amounts["short_kg"] + amounts["cut_back_kg"]
    first, last = pd.Timestamp(STARTS), pd.Timestamp(ENDS)
    disrupted = amounts[amounts["week"].between(first, last, inclusive="left")]
    table = disrupted.drop(columns="week").groupby(["metal", "place"], as_index=False).sum()
    shown = amounts[(amounts["week"] >= first - pd.Timedelta(weeks=WEEKS_SHOWN_BEFORE))]
    ours = shown[shown["place"].isin(["US", "EU"])].groupby(["metal", "week"])[["lost_kg", "trend_kg"]].sum()
    share = (ours["lost_kg"] / ours["trend_kg"]).rename("lost_share").reset_index()
    return table, share[["week", "metal", "lost_share"]]


def _prices(prices: pd.DataFrame, standard: dict[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return prices of the standard grades before and during the disruption, and the weekly price in the US."""
    kept = prices[(prices["market"] == "free") & prices["good"].isin(standard.values())]
    wide = kept.pivot(index="week", columns=["good", "zone"], values="usd_per_kg")
    before = wide.loc[: pd.Timestamp(STARTS) - pd.Timedelta(weeks=5)].tail(WEEKS_BEFORE).mean()
    during = wide.loc[pd.Timestamp(STARTS) :]
    peak = during.rolling(4, min_periods=1).mean().max()
    parts = [
        {"metal": metal, "zone": zone, "before": before[good, zone], "mean": during[good, zone].mean()}
        | {"peak": peak[good, zone]}
        for metal, good in standard.items()
        for zone in ("USA", "DEU", "JPN", "CHN")
    ]
    quotes = [
        pd.DataFrame({"week": wide.index, "metal": metal, "usd_per_kg": wide[good, "USA"].to_numpy()})
        for metal, good in standard.items()
    ]
    return pd.DataFrame(parts), pd.concat(quotes, ignore_index=True)


def _cost(model: TradeModel, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return what the measures cost, by metal and kind."""
    spent = tables["policies"].groupby("number")["spent_usd"].last()
    found = []
    for number, policy in enumerate(model.policies, start=1):
        if isinstance(policy, Stockpile) and policy.actor in PROTECTED:
            own = tables["firms"][tables["firms"]["firm"] == policy.firm]
            last = model.free_price(policy.good, policy.actor)
            found.append(("stockpile", _metal(policy.good), *_stockpile_cost(policy, spent[number], own, last)))
        elif isinstance(policy, CapacitySupport) and policy.public_cost_usd and policy.effective:
            # The net cost charges a plant for the time in which it may have helped; it stands for many years more.
            years = (ENDS - policy.effective).days / 365.25
            capex = policy.public_cost_usd
            net = capex * min(CAPITAL_CHARGE * years, 1.0)
            found.append(("plants", _metal(policy.good), capex, net, *[0.0] * 4))
        elif isinstance(policy, RecyclingSupport):
            found.append(("recycling", _metal(policy.goods[0]), spent[number], spent[number], *[0.0] * 4))
    names = ["kind", "metal", "outlay_usd", "net_usd", "target_kg", "held_kg", "released_kg", "left_kg"]
    return pd.DataFrame(found, columns=names).groupby(["kind", "metal"], as_index=False).sum()


def _stockpile_cost(policy: Stockpile, spent_usd: float, own: pd.DataFrame, last_price: float) -> tuple[float, ...]:
    """Return outlay, net cost (less sales and what is left at the last price); kg targeted, held, released, left.

    Args:
        policy: the stockpile.
        spent_usd: purchases less sales.
        own: its rows of the table of firms.
        last_price: of free metal at home, USD/kg.
    """
    left = float(own["stock_kg"].iloc[-1])
    held = float(own.loc[own["week"] < pd.Timestamp(STARTS), "stock_kg"].iloc[-1])
    outlay, net = spent_usd + float(own["received_usd"].sum()), spent_usd - left * last_price
    return outlay, net, policy.target_kg, held, float(own["sold_kg"].sum()), left


def _metal(good: str) -> str:
    return good.split("-")[0]
