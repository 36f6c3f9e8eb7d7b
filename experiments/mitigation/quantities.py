"""What one run of the mitigation study is reduced to: use lost, prices, and what the measure cost."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from experiments.mitigation.cells import CAPITAL_CHARGE, ENDS, EU, PROTECTED, STARTS
from experiments.study import value
from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity, price, used
from experiments.study.study import Tables
from model import TradeModel
from model.policy.capacity_support import CapacitySupport
from model.policy.recycling_support import RecyclingSupport
from model.policy.stockpile import Stockpile
from model.world import World

PLACES = {"US": ("USA",), "EU": EU, "Japan": ("JPN",), "South Korea": ("KOR",), "Taiwan": ("TWN",),
          "China": ("CHN",), "Russia": ("RUS",)}  # fmt: skip
OURS = ("US", "EU")
WEEKS_BEFORE, WEEKS_SHOWN_BEFORE, MONTH = 13, 26, 4
CALM = ("2023-01-01", "2023-06-26")  # before the first controls were announced
COSTS = ("outlay_usd", "net_usd", "target_kg", "held_kg", "released_kg", "left_kg")


def regions(world: World) -> Regions:
    """Return the places that are told apart; all other countries are one."""
    named = {zone for zones in PLACES.values() for zone in zones}
    return {**PLACES, "others": tuple(zone for zone in world.zones if zone not in named)}


def tables() -> Tables:
    """Return the quantities.

    Returns:
        use: by metal and place, over the disruption, kg of end use: trend (what would be used at calm prices), used,
            short (no metal in stock), cut back (the price is too high), substituted (done without for good); lost is
            short and cut back.
        prices: by metal and zone, USD/kg: before, mean and highest four-week mean during the disruption.
        weekly: by metal and week: use lost in the US and the EU, share of trend; price in the US, USD/kg.
        metal_used, metal_quoted: see `study.value`.
    """
    during = _span(STARTS, ENDS - timedelta(weeks=1))
    shown = _span(STARTS - timedelta(weeks=WEEKS_SHOWN_BEFORE), ENDS)
    own = used(by=("metal", "region"), named=("metal", "place"), span=during, scale=1.0)
    quote = price(where={"standard": True, "zone": ("USA", "DEU", "JPN", "CHN")}, by=("metal", "zone"), span=during)
    last = STARTS - timedelta(weeks=5)
    calm = _span(last - timedelta(weeks=WEEKS_BEFORE - 1), last)
    ours = used("lost_kg", where={"region": OURS}, by=("metal", "week"), span=shown)
    columns = {"trend_kg": "trend_use_kg", "used_kg": "consumed_kg"}
    columns |= {name: name for name in ("short_kg", "substituted_kg", "cut_back_kg", "lost_kg")}
    return {
        "use": {name: own.but(of=f"firms.{column}") for name, column in columns.items()},
        "prices": {
            "before": quote.but(span=calm), "mean": quote, "peak": quote.but(how="max", smooth=MONTH),
        },
        "weekly": {
            "lost_share": ours.but(per=ours.but(of="firms.trend_use_kg")),
            "usd_per_kg": quote.but(where={"zone": "USA"}, by=ours.by, span=shown),
        },
        **value.measured(during, CALM),
    }  # fmt: skip


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, and `cost` by metal and kind of measure, USD and kg (`COSTS`)."""
    return {**observe(model, tables, regions), "cost": _cost(model)}


def _span(first: date, last: date) -> tuple[str, str]:
    return str(first), str(last)


def _cost(model: TradeModel) -> pd.DataFrame:
    """Return what the measures cost: outlay and net cost; kg targeted, held when it starts, released, left."""
    metal = dict(zip(model.world.goods, model.world.metal_of_good, strict=True))
    found = []
    for policy in model.policies:
        if isinstance(policy, Stockpile) and policy.actor in PROTECTED:
            found.append(("stockpile", metal[policy.good], *_stockpile_cost(model, policy)))
        elif isinstance(policy, CapacitySupport) and policy.public_cost_usd and policy.effective:
            # The net cost charges a plant for the time in which it may have helped; it stands for many years more.
            years = (ENDS - policy.effective).days / 365.25
            capex = policy.public_cost_usd
            net = capex * min(CAPITAL_CHARGE * years, 1.0)
            found.append(("plants", metal[policy.good], capex, net, *[0.0] * 4))
        elif isinstance(policy, RecyclingSupport):
            found.append(("recycling", policy.goods[0], policy.spent_usd, policy.spent_usd, *[0.0] * 4))
    return pd.DataFrame(found, columns=["kind", "metal", *COSTS]).groupby(["kind", "metal"], as_index=False).sum()


def _stockpile_cost(model: TradeModel, policy: Stockpile) -> tuple[float, ...]:
    """Return a stockpile's `COSTS`; its net cost is less sales and what is left at the last price."""
    own = Quantity("firms.stock_kg", {"firm": policy.firm}, how="last")
    before = own.but(span=("1900-01-01", str(STARTS - timedelta(days=1))))
    asked = {"left": own, "held": before, "sold": own.but(of="firms.sold_kg", how="sum"),
             "received": own.but(of="firms.received_usd", how="sum")}  # fmt: skip
    read = observe(model, {"pile": asked})["pile"].set_index("key")["value"]
    net = policy.spent_usd - read["left"] * model.free_price(policy.good, policy.actor)
    outlay = policy.spent_usd + read["received"]
    return outlay, net, policy.target_kg, read["held"], read["sold"], read["left"]
