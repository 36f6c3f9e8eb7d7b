"""Golden numbers: measure the headline figures of two runs and write them to `baseline.json`.

Run from the top folder after a change that is meant to move them, and say why in CHANGELOG.md:
`python -m tests.update_baseline`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from model import TradeModel, load_scenario

BASELINE = Path(__file__).parent / "baseline.json"
SCENARIOS = Path(__file__).parents[1] / "experiments" / "scenarios"
SEED = 1
PRICES = (
    ("gallium-4N", "CHN"), ("gallium-4N", "DEU"), ("gallium-6N", "JPN"), ("germanium-5N", "CHN"),
    ("germanium-5N", "USA"), ("germanium-HP", "DEU"),
)  # fmt: skip


def six_digits(value: float) -> float:
    """Return a number rounded to six significant digits."""
    return float(f"{value:.6g}")


def headlines(name: str) -> dict[str, float]:
    """Run a packaged scenario with the baseline's seed; return its headline numbers by a name with the unit."""
    model = TradeModel(load_scenario(SCENARIOS / f"{name}.toml"), seed=SEED).run()
    tables = model.tables()
    prices, trade, firms, shares = (tables[table] for table in ("prices", "trade", "firms", "shares"))
    numbers: dict[str, float] = {}
    free = prices[prices["market"] == "free"]
    for good, zone in PRICES:
        series = free[(free["good"] == good) & (free["zone"] == zone)].set_index("week")["usd_per_kg"]
        for year in ("2023", "2026"):
            numbers[f"mean price of {good} in {zone} in {year}, USD/kg"] = series.loc[year].mean()
    abroad = trade[trade["origin"].astype(str) != trade["destination"].astype(str)]
    china = abroad[abroad["origin"] == "CHN"]
    metal = china["good"].astype(str).str.split("-").str[0]
    by_year = china.groupby([metal, china["week"].dt.year])["kg"].sum()
    for each in ("gallium", "germanium"):
        for year in (2023, 2024, 2026):
            numbers[f"China's {each} exports in {year}, kg"] = by_year.get((each, year), 0.0)
    numbers["Russia's germanium exports, kg"] = _kg(abroad, "RUS", "germanium")
    numbers["licensed shipments, kg"] = trade.loc[trade["market"] == "licensed", "kg"].sum()
    into_usa = abroad[(abroad["destination"] == "USA") & (abroad["origin"] != "CHN")]
    numbers["Chinese metal into the USA through others, kg"] = into_usa["tracked_kg"].sum()
    numbers["all trade, USD"] = trade["usd"].sum()
    numbers["tariffs, USD"] = trade["tariff_usd"].sum()
    numbers["rents, USD"] = trade["rent_usd"].sum()
    for column in ("produced_kg", "consumed_kg", "short_kg"):
        numbers[f"all {column}"] = firms[column].sum()
    numbers["stock at the end, kg"] = firms.loc[firms["week"] == firms["week"].max(), "stock_kg"].sum()
    made = shares[(shares["seller"] == "CHN") & (shares["good"] == "gallium-4N")]
    numbers["China's mean share of gallium-4N output"] = made["share_of_production"].mean()
    numbers["events"] = len(tables["events"])
    return {key: six_digits(value) for key, value in numbers.items()}


def _kg(abroad: pd.DataFrame, origin: str, metal: str) -> float:
    of_metal = abroad["good"].astype(str).str.startswith(metal)
    return float(abroad.loc[of_metal & (abroad["origin"] == origin), "kg"].sum())


def main() -> None:
    """Rewrite the file and print what moved by more than 0.1 %."""
    before = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    now = {name: headlines(name) for name in ("history", "free_trade")}
    BASELINE.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
    for name, numbers in now.items():
        for key, value in numbers.items():
            old = before.get(name, {}).get(key)
            if old is None or abs(value - old) > 1e-3 * max(abs(old), 1e-12):
                print(f"{name}: {key}: {old if old is not None else 'new'} -> {value:g}")
    print(f"{BASELINE.name}: {sum(map(len, now.values()))} numbers")


if __name__ == "__main__":
    main()
