"""What is measured in every run about Rostec's germanium: a few dozen numbers, and flows between countries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from model import TradeModel
from model.calendar import WEEKS_PER_YEAR
from model.state.record import Kind

ROSTEC = ("jsc-germanium", "jsc-germanium-refining")
GALLIUM, GERMANIUM, HIGH_PURITY = "gallium-4N", "germanium-5N", "germanium-HP"
BEFORE = ("2023-01-01", "2023-06-30")
AFTER = ("2024-01-01", "2024-12-31")  # the first whole year with the restriction and with Rostec's increase
ANNOUNCED, WEEK_BEFORE = "2023-07-03", "2023-06-26"
PRICE_ZONES = ("CHN", "DEU", "USA", "RUS")
NEEDED = (GALLIUM, GERMANIUM, HIGH_PURITY, *PRICE_ZONES, *ROSTEC)  # what the world has to hold
USERS = ("buyer", "refiner_input")
MAKERS = ("producer", "recycler")

# Quantity: (unit, description). Means and yearly rates are over the weeks of `AFTER` unless the name says before.
QUANTITIES: dict[str, tuple[str, str]] = {
    "gallium_jump": ("change", "price of gallium in Rotterdam, week of 3 July 2023 over the week before"),
    "germanium_jump": ("change", "price of germanium in Rotterdam, week of 3 July 2023 over the week before"),
    **{f"germanium_price_{z}": ("usd_per_kg", f"price of standard germanium in {z}, free metal") for z in PRICE_ZONES},
    **{f"gallium_price_{z}": ("usd_per_kg", f"price of crude gallium in {z}, free metal") for z in PRICE_ZONES},
    "china_trade_share": ("share", "China's share of germanium shipped between countries"),
    "china_exports": ("t_per_yr", "germanium leaving China"),
    "russia_exports": ("t_per_yr", "germanium leaving Russia"),
    "russia_hp_imports": ("kg_per_yr", "high-purity germanium from China to Russia"),
    "russia_hp_use": ("kg_per_yr", "high-purity germanium used in Russia"),
    "rostec_output": ("t_per_yr", "standard germanium made by Rostec"),
    "rostec_utilisation": ("share", "use of Rostec's capacity"),
    "rostec_utilisation_before": ("share", "use of Rostec's capacity, first half of 2023"),
    "rostec_stock": ("t", "standard germanium in Rostec's stock at the end"),
    "russia_use": ("t_per_yr", "standard germanium used in Russia, refining included"),
    "russia_unmet": ("share", "unmet use of standard germanium in Russia"),
    "china_unmet_gallium": ("share", "unmet use of gallium in China"),
    "china_unmet_germanium": ("share", "unmet use of germanium in China"),
    "china_primary_gallium": ("t_per_yr", "primary gallium made in China"),
    "china_primary_germanium": ("t_per_yr", "primary germanium made in China"),
    "russia_rank_primary_before": ("rank", "Russia's rank among countries by primary germanium, first half of 2023"),
    "russia_rank_made_before": ("rank", "the same with recycled germanium"),
    "russia_rank_exports_before": ("rank", "Russia's rank among countries by germanium exports, first half of 2023"),
    "russia_rank_primary": ("rank", "Russia's rank among countries by primary germanium"),
    "russia_rank_made": ("rank", "the same with recycled germanium"),
    "russia_rank_exports": ("rank", "Russia's rank among countries by germanium exports"),
    "rostec_margin": ("musd", "Rostec's receipts less payments and own cost of metal sold, since January 2023"),
    "china_margin": ("musd", "the same for China's germanium exporters (compare cells only)"),
    "china_sales": ("musd", "what China's sellers of germanium got abroad since 3 July 2023"),
}


def measure(model: TradeModel) -> dict[str, pd.DataFrame]:
    """Return three tables of a finished run.

    `numbers` has key and value (see `QUANTITIES`); `flows` kg of germanium a year between countries; `places` the mean
    price of standard germanium by country, USD/kg; both in the weeks of `AFTER`.
    """
    tables = model.tables()
    trade = tables["trade"]
    germanium = trade[trade["good"].isin([GERMANIUM, HIGH_PURITY])]
    abroad = germanium[germanium["origin"] != germanium["destination"]]
    values = {
        **_prices(tables["prices"]),
        **_trade(abroad),
        **_firms(tables["firms"]),
        **_capacity(model, tables["firms"]),
        **_margins(model, tables["firms"]),
    }
    exported = abroad[(abroad["origin"] == "CHN") & (abroad["week"] >= ANNOUNCED)]
    values["china_sales"] = _sum(exported, "netback_usd", "rent_usd") / 1e6
    numbers = pd.DataFrame({"key": list(QUANTITIES), "value": [values[key] for key in QUANTITIES]})
    return {"numbers": numbers, "flows": _flows(abroad), "places": _places(tables["prices"])}


def _prices(prices: pd.DataFrame) -> dict[str, float]:
    free = prices[prices["market"] == "free"]
    found = {}
    for metal, good in (("gallium", GALLIUM), ("germanium", GERMANIUM)):
        wide = free[free["good"] == good].pivot(index="week", columns="zone", values="usd_per_kg")
        for zone in PRICE_ZONES:
            found[f"{metal}_price_{zone}"] = float(wide.loc[slice(*AFTER), zone].mean())
        known = ANNOUNCED in wide.index and WEEK_BEFORE in wide.index
        jump = wide.at[pd.Timestamp(ANNOUNCED), "DEU"] / wide.at[pd.Timestamp(WEEK_BEFORE), "DEU"] if known else np.nan
        found[f"{metal}_jump"] = float(jump) - 1.0
    return found


def _trade(abroad: pd.DataFrame) -> dict[str, float]:
    after, before = _within(abroad, AFTER), _within(abroad, BEFORE)
    yearly = _yearly(after)
    by_origin = after.groupby("origin", observed=True)["kg"].sum() * yearly / 1e3
    pure = after[(after["good"] == HIGH_PURITY) & (after["origin"] == "CHN") & (after["destination"] == "RUS")]
    china, russia = by_origin.get("CHN", 0.0), by_origin.get("RUS", 0.0)
    return {
        "china_trade_share": china / by_origin.sum() if by_origin.sum() else np.nan,
        "china_exports": china,
        "russia_exports": russia,
        "russia_hp_imports": _sum(pure, "kg") * yearly,
        "russia_rank_exports": _rank(by_origin),
        "russia_rank_exports_before": _rank(before.groupby("origin", observed=True)["kg"].sum()),
    }


def _firms(firms: pd.DataFrame) -> dict[str, float]:
    after, before = _within(firms, AFTER), _within(firms, BEFORE)
    yearly, found = _yearly(after), {}
    for name, part in (("", after), ("_before", before)):
        made = part[(part["good"] == GERMANIUM) & part["kind"].isin(MAKERS)]
        primary = made[made["kind"] == "producer"]
        found[f"russia_rank_primary{name}"] = _rank(primary.groupby("zone", observed=True)["produced_kg"].sum())
        found[f"russia_rank_made{name}"] = _rank(made.groupby("zone", observed=True)["produced_kg"].sum())
    users = after[after["kind"].isin(USERS)]
    russia, china = users[users["zone"] == "RUS"], users[users["zone"] == "CHN"]
    standard, pure = russia[russia["good"] == GERMANIUM], russia[russia["good"] == HIGH_PURITY]
    found["russia_use"] = _sum(standard, "consumed_kg") * yearly / 1e3
    found["russia_unmet"] = _unmet(standard)
    found["russia_hp_use"] = _sum(pure, "consumed_kg") * yearly
    mined = after[(after["kind"] == "producer") & (after["zone"] == "CHN")]
    for metal in ("gallium", "germanium"):
        found[f"china_unmet_{metal}"] = _unmet(china[china["good"].isin(_goods(china, metal))])
        found[f"china_primary_{metal}"] = (
            _sum(mined[mined["good"].isin(_goods(mined, metal))], "produced_kg") * yearly / 1e3
        )
    return found


def _capacity(model: TradeModel, firms: pd.DataFrame) -> dict[str, float]:
    plant = firms[(firms["firm"] == ROSTEC[0]) & (firms["good"] == GERMANIUM) & (firms["kind"] == "producer")]
    after, before = _within(plant, AFTER), _within(plant, BEFORE)
    row = model.firms.row_of(ROSTEC[0], model.firms.of(Kind.PRODUCER), model.world.good_index[GERMANIUM])
    nameplate = model.firms.businesses[row].capacity_kg_per_year
    # Trend growth has raised capacity since the data's year; what policies added is in the record only.
    capacity = model.firms["capacity_kg"][row] * WEEKS_PER_YEAR
    output, earlier = _sum(after, "produced_kg") * _yearly(after), _sum(before, "produced_kg") * _yearly(before)
    return {
        "rostec_output": output / 1e3,
        "rostec_utilisation": output / capacity,
        "rostec_utilisation_before": earlier / nameplate,
        "rostec_stock": float(plant["stock_kg"].iloc[-1]) / 1e3,
    }


def _margins(model: TradeModel, firms: pd.DataFrame) -> dict[str, float]:
    """Return money made in the recorded weeks, million USD: receipts and support less payments and cost of metal sold.

    Makers alone have a cost of their own; what a refining line pays for its input counts with its firm.
    """
    f, world = model.firms, model.world
    germanium = np.isin(f["good"], [world.good_index[good] for good in (GERMANIUM, HIGH_PURITY)])
    makes = f["kind"] <= Kind.REFINER
    cost = np.where(makes, f["cost_usd_per_kg"], 0.0)
    sold, received, support, paid = (
        firms[name].to_numpy().reshape(-1, len(f)) for name in ("sold_kg", "received_usd", "support_usd", "paid_usd")
    )
    usd = (received + support - paid - cost * sold).sum(axis=0)
    china = makes & f["exporter"] & (f["zone"] == world.zone_index["CHN"])
    groups = {"rostec": [f.names.index(name) for name in ROSTEC], "china": f["firm"][china & germanium]}
    return {f"{name}_margin": float(usd[germanium & np.isin(f["firm"], of)].sum()) / 1e6 for name, of in groups.items()}


def _flows(abroad: pd.DataFrame) -> pd.DataFrame:
    after = _within(abroad, AFTER)
    kg = after.groupby(["origin", "destination"], observed=True)["kg"].sum() * _yearly(after)
    flows = kg[kg > 0].rename("kg_per_yr").reset_index()
    return flows.astype({"origin": str, "destination": str})


def _places(prices: pd.DataFrame) -> pd.DataFrame:
    free = _within(prices[(prices["market"] == "free") & (prices["good"] == GERMANIUM)], AFTER)
    return free.groupby("zone", observed=True)["usd_per_kg"].mean().reset_index().astype({"zone": str})


# ---- small parts -----------------------------------------------------------------------------------------------------


def _within(table: pd.DataFrame, span: tuple[str, str]) -> pd.DataFrame:
    return table[table["week"].between(*span)]


def _yearly(table: pd.DataFrame) -> float:
    """Return the factor from a sum over the table's weeks to a year."""
    return WEEKS_PER_YEAR / max(table["week"].nunique(), 1)


def _sum(table: pd.DataFrame, *columns: str) -> float:
    return float(table[list(columns)].to_numpy().sum())


def _unmet(users: pd.DataFrame) -> float:
    planned = _sum(users, "short_kg", "consumed_kg")
    return _sum(users, "short_kg") / planned if planned else np.nan


def _rank(by_country: pd.Series) -> float:
    """Return Russia's place; the rest of the world is not a country."""
    named = by_country.drop("ROW", errors="ignore")
    return float((named > named.get("RUS", 0.0)).sum() + 1)


def _goods(table: pd.DataFrame, metal: str) -> list[str]:
    return [good for good in table["good"].cat.categories if good.startswith(metal)]
