"""What is measured in every run about Rostec's germanium: a few dozen numbers, flows between countries, and prices."""

from __future__ import annotations

import pandas as pd

from experiments.study.observe import Regions, observe
from experiments.study.quantity import Quantity, price, shipped
from experiments.study.study import Tables
from model import TradeModel
from model.world import World

ROSTEC = ("jsc-germanium", "jsc-germanium-refining")
GALLIUM, GERMANIUM, HIGH_PURITY = "gallium-4N", "germanium-5N", "germanium-HP"
BEFORE = ("2023-01-01", "2023-06-30")
AFTER = ("2024-01-01", "2024-12-31")  # the first whole year with the restriction and with Rostec's increase
ANNOUNCED, WEEK_BEFORE = "2023-07-03", "2023-06-26"
PRICE_ZONES = ("CHN", "DEU", "USA", "RUS")
NEEDED = (GALLIUM, GERMANIUM, HIGH_PURITY, *PRICE_ZONES, *ROSTEC)  # what the world has to hold
USERS, MAKERS = ("buyer", "refiner_input"), ("producer", "recycler")
REST = "ROW"  # no country

# Places that Russia takes among countries: key to its description.
RANKS = {
    "russia_rank_primary_before": "Russia's rank among countries by primary germanium, first half of 2023",
    "russia_rank_made_before": "the same with recycled germanium",
    "russia_rank_exports_before": "Russia's rank among countries by germanium exports, first half of 2023",
    "russia_rank_primary": "Russia's rank among countries by primary germanium",
    "russia_rank_made": "the same with recycled germanium",
    "russia_rank_exports": "Russia's rank among countries by germanium exports",
}


def tables(world: World) -> Tables:
    """Return the quantities: `numbers` by key, `flows` and `places` of germanium, and `countries` for the ranks.

    Means and yearly rates are over the weeks of `AFTER` unless the description says otherwise.
    """
    abroad = shipped(where={"metal": "germanium"}, span=AFTER, how="yearly", unit="t_per_yr")
    flows = abroad.but(by=("origin_zone", "zone"), named=("origin", "destination"), scale=1.0)
    return {
        "numbers": {**_prices(), **_trade(abroad, world), **_firms(world)},
        "flows": {"kg_per_yr": flows},
        "places": {"usd_per_kg": price(where={"good": GERMANIUM}, span=AFTER, by=("zone",))},
        "countries": _countries(abroad),
    }


def about(world: World) -> pd.DataFrame:
    """Return unit and description of every number, by key."""
    rows = {key: (quantity.unit, quantity.what) for key, quantity in tables(world)["numbers"].items()}
    rows |= {key: ("rank", what) for key, what in RANKS.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["unit", "what"]).rename_axis("key")


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run; Russia's ranks are read from the countries' amounts, which are not kept."""
    found = observe(model, tables, regions)
    countries = found.pop("countries").astype({"zone": str}).set_index("zone").drop(REST, errors="ignore")
    higher = {f"russia_rank_{key}": float((kg > kg["RUS"]).sum() + 1) for key, kg in countries.items()}
    ranks = pd.DataFrame({"key": list(RANKS), "value": [higher[key] for key in RANKS]})
    flows = found["flows"]
    return {
        "numbers": pd.concat([found["numbers"], ranks], ignore_index=True),
        "flows": flows[flows["kg_per_yr"] > 0].reset_index(drop=True),
        "places": found["places"].dropna(),
    }


def _prices() -> dict[str, Quantity]:
    made = {}
    for metal, good in (("gallium", GALLIUM), ("germanium", GERMANIUM)):
        name = "crude gallium" if metal == "gallium" else "standard germanium"
        quote = price(where={"good": good, "zone": "DEU"}, unit="change", span=(ANNOUNCED, ANNOUNCED))
        what = f"price of {metal} in Rotterdam, week of 3 July 2023 over the week before"
        made[f"{metal}_jump"] = quote.but(per=quote.but(span=(WEEK_BEFORE, WEEK_BEFORE)), less=1.0, what=what)
        for zone in PRICE_ZONES:
            what = f"price of {name} in {zone}, free metal"
            made[f"{metal}_price_{zone}"] = price(where={"good": good, "zone": zone}, span=AFTER, what=what)
    return made


def _trade(abroad: Quantity, world: World) -> dict[str, Quantity]:
    from_china = abroad.but(where={"origin_zone": "CHN"})
    pure = from_china.but(where={"good": HIGH_PURITY, "zone": "RUS"}, scale=1.0, unit="kg_per_yr")
    received = Quantity("trade.received_usd", from_china.where, span=(ANNOUNCED, "2100-01-01"), scale=1e-6)
    return {
        "china_trade_share": from_china.but(
            per=abroad, unit="share", what="China's share of germanium shipped between countries"
        ),
        "china_exports": from_china.but(what="germanium leaving China"),
        "russia_exports": abroad.but(where={"origin_zone": "RUS"}, what="germanium leaving Russia"),
        "russia_hp_imports": pure.but(what="high-purity germanium from China to Russia"),
        "china_sales": received.but(unit="musd", what="what China's sellers of germanium got abroad since 3 July 2023"),
        **_margins(world),
    }


def _margins(world: World) -> dict[str, Quantity]:
    """Return money made in the recorded weeks; what a refining line pays for its input counts with its firm."""
    of_germanium = world.supply["firm"][world.supply["good"].isin([GERMANIUM, HIGH_PURITY])]
    firms = world.firms[world.firms["firm"].isin(of_germanium)]
    exporters = tuple(firms["firm"][(firms["zone"] == "CHN") & firms["exporter"].astype(bool)])
    made = Quantity("firms.profit_usd", {"metal": "germanium"}, scale=1e-6, unit="musd")
    return {
        "rostec_margin": made.but(
            where={"firm": ROSTEC},
            what="Rostec's receipts less payments and own cost of metal sold, since January 2023",
        ),
        "china_margin": made.but(
            where={"firm": exporters}, what="the same for China's germanium exporters (compare cells only)"
        ),
    }


def _firms(world: World) -> dict[str, Quantity]:
    plant = Quantity("firms.produced_kg", {"firm": ROSTEC[0], "good": GERMANIUM, "kind": "producer"}, span=AFTER,
                     how="yearly", scale=1e-3, unit="t_per_yr")  # fmt: skip
    share = plant.but(how="sum", unit="share")
    use = Quantity("firms.consumed_kg", {"kind": USERS, "zone": "RUS"}, span=AFTER, how="yearly", unit="kg_per_yr")
    russia = use.but(where={"good": GERMANIUM}, scale=1e-3, unit="t_per_yr")
    unmet = Quantity("firms.short_kg", {"kind": USERS}, span=AFTER, unit="share")
    made = Quantity("firms.produced_kg", {"kind": "producer", "zone": "CHN"}, span=AFTER, how="yearly", scale=1e-3,
                    unit="t_per_yr")  # fmt: skip
    quantities = {
        "rostec_output": plant.but(what="standard germanium made by Rostec"),
        "rostec_utilisation": share.but(per=share.but(of="firms.capacity_kg"), what="use of Rostec's capacity"),
        "rostec_utilisation_before": share.but(
            span=BEFORE, per=share.but(of="firms.nameplate_kg", span=BEFORE),
            what="use of Rostec's capacity, first half of 2023",
        ),
        "rostec_stock": plant.but(of="firms.stock_kg", span=None, how="last", unit="t",
                                  what="standard germanium in Rostec's stock at the end"),
        "russia_use": russia.but(what="standard germanium used in Russia, refining included"),
        "russia_hp_use": use.but(where={"good": HIGH_PURITY}, what="high-purity germanium used in Russia"),
        "russia_unmet": _of_plan(unmet.but(where={"zone": "RUS", "good": GERMANIUM},
                                           what="unmet use of standard germanium in Russia")),
    }  # fmt: skip
    for metal in world.metals:
        here = {"zone": "CHN", "metal": metal}
        quantities[f"china_unmet_{metal}"] = _of_plan(unmet.but(where=here, what=f"unmet use of {metal} in China"))
        quantities[f"china_primary_{metal}"] = made.but(where=here, what=f"primary {metal} made in China")
    return quantities


def _of_plan(unmet: Quantity) -> Quantity:
    return unmet.but(per=unmet.but(of="firms.planned_kg"))


def _countries(abroad: Quantity) -> dict[str, Quantity]:
    """Return what countries rank by: primary and all standard germanium made, and germanium exported."""
    made = Quantity("firms.produced_kg", {"good": GERMANIUM, "kind": MAKERS}, by=("zone",))
    primary = made.but(where={"kind": "producer"})
    exports = abroad.but(by=("origin_zone",), named=("zone",), how="sum")
    amounts = {"primary": primary, "made": made, "exports": exports}
    return {f"{key}{name}": quantity.but(span=span) for name, span in (("_before", BEFORE), ("", AFTER))
            for key, quantity in amounts.items()}  # fmt: skip
