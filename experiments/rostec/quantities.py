"""What is measured in every run about Rostec's germanium: a few dozen numbers, flows between countries, and prices."""

from __future__ import annotations

import pandas as pd

from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity, measured, price, shipped
from experiments.study.record import ANNOUNCED, WEEK_BEFORE
from experiments.study.study import Tables
from model import TradeModel
from model.world import World

ROSTEC = ("jsc-germanium", "jsc-germanium-refining")
GALLIUM, GERMANIUM, HIGH_PURITY = "gallium-4N", "germanium-5N", "germanium-HP"
BEFORE = ("2023-01-01", "2023-06-30")
AFTER = ("2024-01-01", "2024-12-31")  # the first whole year with the restriction and with Rostec's increase
PRICE_ZONES = ("CHN", "DEU", "USA", "RUS")
NEEDED = (GALLIUM, GERMANIUM, HIGH_PURITY, *PRICE_ZONES, *ROSTEC)  # what the world has to hold
REST = "ROW"  # no country

# Means and yearly rates are over the weeks of `AFTER` unless the description says otherwise.
ABROAD = shipped(where={"metal": "germanium"}, span=AFTER, how="yearly", unit="t_per_yr")
FROM_CHINA = ABROAD.but(where={"origin_zone": "CHN"})
MADE = Quantity("firms.produced_kg", span=AFTER, how="yearly", scale=1e-3, unit="t_per_yr")
PLANT = MADE.but(where={"firm": ROSTEC[0], "good": GERMANIUM, "kind": "producer"})
USE = MADE.but(of="firms.consumed_kg", where={"kind": ("buyer", "refiner_input")})
RUSSIAN_USE = USE.but(where={"zone": "RUS", "good": GERMANIUM})
PROFIT = Quantity("firms.profit_usd", {"metal": "germanium"}, scale=1e-6, unit="musd")


def tables(world: World) -> Tables:
    """Return `numbers` by key, `flows` and `places` of germanium, `countries` for ranks, and tables of `metal_used`."""
    flows = ABROAD.but(by=("origin_zone", "zone"), named=("origin", "destination"), scale=1.0)
    return {
        "numbers": {**_prices(), **_trade(), **_plant(), **_use(), **_margins(world)},
        "flows": {"kg_per_yr": flows},
        "places": {"usd_per_kg": price(where={"good": GERMANIUM}, span=AFTER, by=("zone",))},
        "countries": _ranked(),
        **measured(AFTER, BEFORE),
    }


def about(world: World) -> pd.DataFrame:
    """Return unit and description of every number, by key."""
    declared = tables(world)
    rows = {key: (q.unit, q.what) for name in ("numbers", "countries") for key, q in declared[name].items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["unit", "what"]).rename_axis("key")


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run; Russia's ranks are read from the countries' amounts, which are not kept."""
    found = observe(model, tables, regions)
    countries = found.pop("countries").astype({"zone": str}).set_index("zone").drop(REST, errors="ignore")
    ranks = countries.rank(ascending=False, method="min").loc["RUS"].rename_axis("key").rename("value").reset_index()
    flows = found["flows"]
    return {
        **found,
        "numbers": pd.concat([found["numbers"], ranks], ignore_index=True),
        "flows": flows[flows["kg_per_yr"] > 0].reset_index(drop=True),
        "places": found["places"].dropna(),
    }


def _prices() -> dict[str, Quantity]:
    made = {}
    for metal, good, name in (
        ("gallium", GALLIUM, "crude gallium"), ("germanium", GERMANIUM, "standard germanium")
    ):  # fmt: skip
        quote = price(where={"good": good, "zone": "DEU"}, unit="change", span=(ANNOUNCED, ANNOUNCED))
        what = f"price of {metal} in Rotterdam, week of 3 July 2023 over the week before"
        made[f"{metal}_jump"] = quote.but(per=quote.but(span=(WEEK_BEFORE, WEEK_BEFORE)), less=1.0, what=what)
        for zone in PRICE_ZONES:
            what = f"price of {name} in {zone}, free metal"
            made[f"{metal}_price_{zone}"] = price(where={"good": good, "zone": zone}, span=AFTER, what=what)
    return made


def _trade() -> dict[str, Quantity]:
    share = FROM_CHINA.but(per=ABROAD, unit="share")
    pure = FROM_CHINA.but(where={"good": HIGH_PURITY, "zone": "RUS"}, scale=1.0, unit="kg_per_yr")
    sales = FROM_CHINA.but(of="trade.received_usd", span=(ANNOUNCED, AFTER[1]), how="sum", scale=1e-6, unit="musd")
    return {
        "china_trade_share": share.but(what="China's share of germanium shipped between countries"),
        "china_exports": FROM_CHINA.but(what="germanium leaving China"),
        "china_sales": sales.but(what="what China's sellers of germanium got abroad since 3 July 2023"),
        "russia_exports": ABROAD.but(where={"origin_zone": "RUS"}, what="germanium leaving Russia"),
        "russia_hp_imports": pure.but(what="high-purity germanium from China to Russia"),
    }


def _plant() -> dict[str, Quantity]:
    used, used_before = _share(PLANT, "capacity_kg"), _share(PLANT.but(span=BEFORE), "nameplate_kg")
    stock = PLANT.but(of="firms.stock_kg", how="last", unit="t")
    return {
        "rostec_output": PLANT.but(what="standard germanium made by Rostec"),
        "rostec_utilisation": used.but(what="use of Rostec's capacity"),
        "rostec_utilisation_before": used_before.but(what="use of Rostec's capacity, first half of 2023"),
        "rostec_stock": stock.but(what="standard germanium in Rostec's stock at the end"),
    }


def _use() -> dict[str, Quantity]:
    pure = RUSSIAN_USE.but(where={"good": HIGH_PURITY}, scale=1.0, unit="kg_per_yr")
    found = {
        "russia_use": RUSSIAN_USE.but(what="standard germanium used in Russia, refining included"),
        "russia_hp_use": pure.but(what="high-purity germanium used in Russia"),
        "russia_unmet": _unmet(RUSSIAN_USE).but(what="unmet use of standard germanium in Russia"),
    }
    for metal in ("gallium", "germanium"):
        here = {"zone": "CHN", "metal": metal}
        mined = MADE.but(where={**here, "kind": "producer"})
        found[f"china_unmet_{metal}"] = _unmet(USE.but(where=here)).but(what=f"unmet use of {metal} in China")
        found[f"china_primary_{metal}"] = mined.but(what=f"primary {metal} made in China")
    return found


def _margins(world: World) -> dict[str, Quantity]:
    """Return money made in the recorded weeks; what a refining line pays for its input counts with its firm."""
    of_germanium = world.supply["firm"][world.supply["good"].isin([GERMANIUM, HIGH_PURITY])]
    firms = world.firms[world.firms["firm"].isin(of_germanium)]
    exporters = tuple(firms["firm"][(firms["zone"] == "CHN") & firms["exporter"].astype(bool)])
    own = "Rostec's receipts less payments and own cost of metal sold, since January 2023"
    theirs = "the same for China's germanium exporters (compare cells only)"
    return {
        "rostec_margin": PROFIT.but(where={"firm": ROSTEC}, what=own),
        "china_margin": PROFIT.but(where={"firm": exporters}, what=theirs),
    }


def _ranked() -> dict[str, Quantity]:
    """Return what countries are ranked by, described as Russia's rank."""
    made = MADE.but(where={"good": GERMANIUM, "kind": ("producer", "recycler")}, by=("zone",), unit="rank")
    primary = made.but(where={"kind": "producer"}, what="Russia's rank among countries by primary germanium{}")
    exports = ABROAD.but(by=("origin_zone",), named=("zone",), unit="rank",
                         what="Russia's rank among countries by germanium exports{}")  # fmt: skip
    kinds = {"primary": primary, "made": made.but(what="the same with recycled germanium"), "exports": exports}
    spans = {"_before": (BEFORE, ", first half of 2023"), "": (AFTER, "")}
    return {
        f"russia_rank_{kind}{name}": quantity.but(span=span, what=quantity.what.format(when))
        for name, (span, when) in spans.items()
        for kind, quantity in kinds.items()
    }


def _unmet(used: Quantity) -> Quantity:
    return _share(used.but(of="firms.short_kg"), "planned_kg")


def _share(amount: Quantity, of: str) -> Quantity:
    return amount.but(per=amount.but(of=f"firms.{of}"), unit="share")
