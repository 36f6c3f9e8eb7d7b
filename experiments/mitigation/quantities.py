"""What is measured in every run of the mitigation study: use lost, prices, and what the measures cost."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from experiments.mitigation.cells import BOUGHT, DECIDED, ENDS, EU, INTEREST, PLANT_YEARS, PROTECTED, STARTS
from experiments.study.observe import Observed, Regions, observe
from experiments.study.quantity import Quantity, measured, price, used
from experiments.study.record import WEEK_BEFORE
from experiments.study.study import Tables
from model import TradeModel
from model.policy.capacity_support import CapacitySupport
from model.policy.recycling_support import RecyclingSupport
from model.policy.stockpile import Stockpile
from model.world import World

METALS = ("gallium", "germanium")
ZONES = ("USA", "DEU", "JPN", "CHN")  # whose prices are kept
PLACES = {"US": ("USA",), "EU": EU, "Japan": ("JPN",), "South Korea": ("KOR",), "Taiwan": ("TWN",), "China": ("CHN",),
          "Russia": ("RUS",)}  # fmt: skip
OURS = ("US", "EU")
WEEK = timedelta(weeks=1)
DISRUPTED = (str(STARTS), str(ENDS - WEEK))
PREPARED = (str(DECIDED), str(STARTS - WEEK))
BEFORE = (str(STARTS - 17 * WEEK), str(STARTS - 5 * WEEK))  # a quarter; no news of the disruption yet
SHOWN = (str(STARTS - 26 * WEEK), DISRUPTED[1])
MONTH, DAYS_PER_YEAR = 4, 365.25  # weeks, days
CALM = ("2023-01-01", WEEK_BEFORE)  # before the first controls were announced


def regions(world: World) -> Regions:
    """Return the places by name, all other countries as one."""
    named = {zone for zones in PLACES.values() for zone in zones}
    return PLACES | {"others": tuple(zone for zone in world.zones if zone not in named)}


def tables() -> Tables:
    """Return `use` and `prices` over the disruption, `weekly` use lost and price, and the tables of `study.value`."""
    use = used(by=("metal", "region"), named=("metal", "place"), span=DISRUPTED, scale=1.0)
    ours = used("lost_kg", where={"region": OURS}, by=("metal", "week"), span=SHOWN)
    quote = price(where={"standard": True, "zone": ZONES}, by=("metal", "zone"), span=DISRUPTED)
    weekly = quote.but(where={"zone": "USA"}, by=("metal", "week"), span=SHOWN)
    return {
        "use": {
            "trend_kg": use.but(of="firms.trend_use_kg", what="what would be used at calm prices"),
            "used_kg": use.but(what="end use"),
            "short_kg": use.but(of="firms.short_kg", what="no metal in stock"),
            "substituted_kg": use.but(of="firms.substituted_kg", what="done without for good"),
            "cut_back_kg": use.but(of="firms.cut_back_kg", what="the price is too high"),
            "lost_kg": use.but(of="firms.lost_kg", what="short or cut back"),
            "lost_before_kg": use.but(of="firms.lost_kg", span=PREPARED, what="the same, from January 2025 until then"),
            "stored_before_kg": use.but(
                of="firms.cover_kg", span=PREPARED, how="last", what="in users' own stores and on its way, before"
            ),
            "stored_kg": use.but(of="firms.cover_kg", how="last", what="the same at the end"),
            "recycled_kg": use.but(
                of="firms.produced_kg", where={"kind": "recycler"}, what="metal won from scrap during the disruption"
            ),
        },
        "prices": {
            "before": quote.but(span=BEFORE, what="mean price of free metal before the disruption"),
            "mean": quote.but(what="mean during it"),
            "peak": quote.but(how="max", smooth=MONTH, what="highest four-week mean during it"),
        },
        "weekly": {"lost_share": ours.but(per=ours.but(of="firms.trend_use_kg"), unit="share"), "usd_per_kg": weekly},
        **measured(DISRUPTED, CALM),
    }


def measure(model: TradeModel, tables: Tables, regions: Regions) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, and `cost`: see `costs`."""
    return observe(model, tables, regions) | {"cost": costs(model)}


def costs(model: TradeModel) -> pd.DataFrame:
    """Return what the measures cost, by kind and metal.

    Returns:
        USD: outlay; charge, which is what the measure costs for the years that it serves here (see `charged`); net cost
        (the charge, for stockpiles less sales and what is left, at the last price). Of stockpiles, kg: targeted, held
        when the disruption starts, released, left at the end.
    """
    world = model.world
    metal_of = dict(zip((*world.goods, *world.metals), (*world.metal_of_good, *world.metals), strict=True))
    rows = _stockpiles(model)
    for policy in model.policies:
        if isinstance(policy, CapacitySupport) and policy.public_cost_usd and policy.effective:
            capex, charge = policy.public_cost_usd, charged(policy.public_cost_usd, policy.effective)
            rows.append(("plants", policy.good, capex, charge, charge, *[0.0] * 4))
        elif isinstance(policy, RecyclingSupport):
            rows.append(("recycling", policy.goods[0], *[policy.spent_usd] * 3, *[0.0] * 4))
    amounts = ["outlay_usd", "charge_usd", "net_usd", "target_kg", "held_kg", "released_kg", "left_kg"]
    table = pd.DataFrame(rows, columns=["kind", "metal", *amounts]).astype(dict.fromkeys(amounts, float))
    return table.assign(metal=table["metal"].map(metal_of)).groupby(["kind", "metal"], as_index=False).sum()


def charged(capital_usd: float, opened: date) -> float:
    """Return the yearly charge that pays a plant's capital back over its life, times the years it serves here."""
    yearly = INTEREST / (1.0 - (1.0 + INTEREST) ** -PLANT_YEARS)
    return capital_usd * yearly * (ENDS - opened).days / DAYS_PER_YEAR


def _stockpiles(model: TradeModel) -> list[tuple[str | float, ...]]:
    """Return the rows of `costs` for stockpiles, by good."""
    piles = [policy for policy in model.policies if isinstance(policy, Stockpile) and policy.actor in PROTECTED]
    stock = Quantity("firms.stock_kg", {"firm": tuple(pile.firm for pile in piles)}, by=("firm",), how="last")
    sold = stock.but(of="firms.sold_kg", how="sum")
    until = stock.but(span=(str(model.start), str(STARTS - WEEK)))
    seen = Observed(model)
    left, held, released, received = (
        seen.read(one).found for one in (stock, until, sold, sold.but(of="firms.received_usd"))
    )
    spent, target, last = (
        np.array([(pile.spent_usd, pile.target_kg, model.free_price(pile.good, pile.actor)) for pile in piles])
        .reshape(-1, 3)
        .T
    )
    paid = spent + received
    interest = paid * INTEREST * (STARTS - DECIDED - (BOUGHT - DECIDED) / 2).days / DAYS_PER_YEAR
    gone = 1.0 - left / np.maximum(held, 1e-9).clip(left)  # what is left serves on
    columns = (paid, paid * gone + interest, spent - left * last + interest, target, held, released, left)
    return [("stockpile", pile.good, *row) for pile, row in zip(piles, np.transpose(columns).tolist(), strict=True)]
