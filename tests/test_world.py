"""The world's data: held against the published figures it rests on."""

import numpy as np
import pandas as pd
import pytest

from model.world import DATA_FOLDER, World, load_world

ZONES = ("CHN", "RUS", "USA", "CAN", "BEL", "DEU", "FRA", "SVK", "GRC")
ZONES += ("JPN", "KOR", "TWN", "KAZ", "AUS", "THA", "MEX", "HKG", "ROW")
GOODS = ("gallium-4N", "gallium-6N", "germanium-5N", "germanium-HP")
SCHEMA = pd.read_csv(DATA_FOLDER / "columns.csv", dtype=str, keep_default_na=False)
FILES = tuple(SCHEMA["file"].unique())
LAST_OUTCOME = pd.Timestamp("2024-06-30")


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


@pytest.fixture(scope="module")
def balance(world):
    return world.balance()


@pytest.fixture(scope="module")
def supply(world):
    return world.supply.merge(world.firms[["firm", "kind", "zone"]], on="firm")


@pytest.fixture(scope="module")
def demand(world):
    return world.demand.merge(world.firms[["firm", "zone", "end_use"]], on="firm")


def read(name):
    return pd.read_csv(DATA_FOLDER / f"{name}.csv", dtype=str, keep_default_na=False)


def use(demand, metal, zones):
    rows = demand["good"].str.startswith(metal) & demand["zone"].isin(zones)
    return demand.loc[rows, "use_t_per_yr"].sum()


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_zones_and_goods_stand_in_their_order(world):
    assert world.zones == ZONES
    assert world.goods == GOODS
    assert world.metal_of_good == ("gallium", "gallium", "germanium", "germanium")
    assert [world.zone_index[zone] for zone in ZONES] == list(range(18))
    assert [world.good_index[good] for good in GOODS] == list(range(4))
    assert world.reference_price.tolist() == [225, 265, 1200, 1450]


def test_every_lane_costs_something_and_takes_time_but_none_at_home(world):
    home = np.eye(18, dtype=bool)
    assert (world.freight[home] == 0).all()
    assert (world.transit_weeks[home] == 0).all()
    assert (world.freight[~home] >= 1).all()
    assert (world.freight[~home] <= 8).all()
    assert (world.transit_weeks[~home] >= 1).all()
    assert (world.transit_weeks[~home] <= 4).all()


def test_a_lane_of_two_zones_overrides_that_of_their_regions(world):
    china, usa, taiwan = (world.zone_index[zone] for zone in ("CHN", "USA", "TWN"))
    lanes = world.lanes.set_index(["origin", "destination"])["freight_usd_per_kg"]
    assert world.freight[china, usa] == lanes["CHN", "USA"] != lanes["china", "north_america"]
    assert world.freight[taiwan, usa] == lanes["east_asia", "north_america"]


def test_the_more_specific_duty_wins_and_is_the_total(world):
    zone, good = world.zone_index, world.good_index
    duty = world.import_duty
    assert duty.shape == (4, 18, 18)
    assert duty[good["gallium-4N"], zone["CHN"], zone["USA"]] == pytest.approx(0.28)
    assert duty[good["gallium-6N"], zone["JPN"], zone["USA"]] == pytest.approx(0.03)
    assert duty[good["germanium-5N"], zone["RUS"], zone["USA"]] == pytest.approx(0.25)
    assert duty[good["germanium-HP"], zone["BEL"], zone["USA"]] == pytest.approx(0.026)
    assert duty[:, zone["CAN"], zone["USA"]].tolist() == [0, 0, 0, 0]
    assert duty[:, zone["RUS"], zone["CHN"]].tolist() == [0.03, 0.03, 0.01, 0.01]
    assert (np.diagonal(duty, axis1=1, axis2=2) == 0).all()
    assert world.export_cost[:, zone["CHN"]].tolist() == [0.13] * 4
    assert np.delete(world.export_cost, zone["CHN"], axis=1).sum() == 0


def test_arrays_are_read_only_and_the_world_is_read_once(world):
    assert load_world() is load_world(str(DATA_FOLDER)) is world
    for array in (world.freight, world.transit_weeks, world.import_duty, world.export_cost, world.reference_price):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 1


# --- published figures ------------------------------------------------------------------------------------------------


def primary(supply, metal, zone=None):
    rows = supply["good"].str.startswith(metal) & (supply["kind"] == "producer")
    return supply[rows & (supply["zone"] == zone)] if zone else supply[rows]


def test_chinas_gallium_output_and_capacity(supply, world):
    """621 t made, 800 t nameplate in 2023."""
    china = primary(supply, "gallium", "CHN")
    assert china["output_t_per_yr"].sum() == pytest.approx(621, rel=0.005)
    assert china["capacity_t_per_yr"].sum() == pytest.approx(800, rel=0.005)
    assert dict(world.capacity_by_year["gallium", "CHN"]) == {2023: 800}


def test_world_primary_gallium(supply):
    """633 t in 2023: China 621, Russia 6, Japan 3, South Korea 3."""
    assert primary(supply, "gallium")["output_t_per_yr"].sum() == pytest.approx(633, rel=0.005)
    made = primary(supply, "gallium").groupby("zone")[["output_t_per_yr", "capacity_t_per_yr"]].sum()
    assert made.loc["RUS"].tolist() == [6, 10]
    assert made.loc["JPN"].tolist() == [3, 10]
    assert made.loc["KOR"].tolist() == [3, 16]


def test_refined_high_purity_gallium(balance):
    """320 t in 2023."""
    assert balance.loc["gallium-6N", "output_t"].sum() == pytest.approx(320, rel=0.05)


def test_chinas_germanium_output_and_use(supply, demand):
    """154 t made with recycling, 112.65 t used in 2023; 30 % of the Russian 20 t runs; Chihong made 65.9 t."""
    made = supply[supply["good"] == "germanium-5N"].groupby("zone")["output_t_per_yr"].sum()
    assert made["CHN"] == pytest.approx(154, rel=0.005)
    assert use(demand, "germanium", ["CHN"]) == pytest.approx(112.65, abs=2)
    russia = primary(supply, "germanium", "RUS")
    assert russia["output_t_per_yr"].sum() == pytest.approx(6)
    assert russia["capacity_t_per_yr"].sum() == pytest.approx(20)
    assert supply.set_index("firm").loc["yunnan-chihong", "output_t_per_yr"] == pytest.approx(65.9)


def test_japans_gallium_use_is_half_scrap(supply, demand):
    """167 t used, about half of it recycled."""
    used = use(demand, "gallium", ["JPN"])
    scrap = supply.query("zone == 'JPN' and kind == 'recycler' and good.str.startswith('gallium')")
    assert used == pytest.approx(167, rel=0.005)
    assert scrap["output_t_per_yr"].sum() / used == pytest.approx(0.5, abs=0.02)


def test_us_and_eu_use(demand):
    """19 t of gallium and 30 t of germanium in the US; 40 to 45 t of gallium in the EU."""
    assert use(demand, "gallium", ["USA"]) == pytest.approx(19, rel=0.005)
    assert use(demand, "germanium", ["USA"]) == pytest.approx(30, rel=0.005)
    rest = demand.loc[demand["firm"].str.startswith("buyers-eu-rest-"), "use_t_per_yr"].sum()
    assert use(demand, "gallium", ["BEL", "DEU", "FRA", "SVK", "GRC"]) + rest == pytest.approx(42.5, abs=1.5)


def test_us_value_added_at_stake_is_that_of_the_usgs_study(demand, world):
    """A total stop: 0.4 billion USD for germanium, 3.1 for gallium, 40 % of it in the makers of chips."""
    metal = demand["good"].map(world.good_table.set_index("good")["metal"]).rename("metal")
    used = demand[demand["zone"] == "USA"].groupby(["end_use", metal])["use_t_per_yr"].sum() * 1e3
    values = world.value_added.set_index(["end_use", "metal"])
    usd = values[["low", "usd_per_kg", "high"]].mul(used, axis=0).groupby("metal").sum()
    assert usd.loc["gallium", "usd_per_kg"] == pytest.approx(0.4 * 3.1e9, rel=0.2)
    assert usd.loc["germanium", "usd_per_kg"] == pytest.approx(0.4e9, rel=0.2)
    assert usd.loc["gallium", "low"] < 0.4 * 1.7e9
    assert usd.loc["gallium", "high"] > 8.2e9
    assert usd.loc["germanium", "high"] > 1.1e9


def test_us_gallium_end_uses(demand):
    """Circuits 79 %, optoelectronics 20 %, research 1 %."""
    rows = demand["good"].str.startswith("gallium") & (demand["zone"] == "USA")
    share = demand[rows].groupby("end_use")["use_t_per_yr"].sum() / 19
    assert share["semiconductor"] + share["defence"] == pytest.approx(0.79, abs=0.01)
    assert share["led"] == pytest.approx(0.20, abs=0.01)
    assert share["other"] == pytest.approx(0.01, abs=0.005)


def test_chinas_exports_follow_from_the_balance(balance):
    """41.4 t of germanium in 2023; gallium between the 44.75 t of 2023 (no exports for months) and the 94 t of 2022."""
    net = balance["net_export_t"].xs("CHN", level="zone")
    assert net["germanium-5N"] + net["germanium-HP"] == pytest.approx(41.4, abs=2)
    assert 44.75 < net["gallium-4N"] + net["gallium-6N"] < 94
    assert net["gallium-4N"] + net["gallium-6N"] == pytest.approx(80, rel=0.01)


def test_jsc_germanium_covers_most_of_russia(balance, supply):
    """About 85 % of the Russian market."""
    russia = balance.xs("RUS", level="zone").loc[["germanium-5N", "germanium-HP"]]
    at_home = (russia["output_t"] - russia["refined_t"] - russia["net_export_t"].clip(lower=0)).sum()
    assert at_home / russia["use_t"].sum() == pytest.approx(0.85, abs=0.03)
    assert russia.loc["germanium-HP", "net_export_t"] < 0


# --- consistency ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("good", GOODS)
def test_world_supply_is_world_demand(balance, good):
    total = balance.loc[good].sum()
    assert total["refined_t"] + total["use_t"] == pytest.approx(total["output_t"], rel=0.005)


def test_plants_have_room(supply):
    assert (supply["output_t_per_yr"] / supply["capacity_t_per_yr"]).max() <= 0.92


def test_firms(world):
    assert len(world.firms) >= 90
    assert (world.firms["kind"] == "trader").sum() >= 14
    used = set(world.supply["firm"]) | set(world.demand["firm"]) | set(world.trading["firm"])
    assert used == set(world.firms["firm"])
    assert set(world.supply.loc[world.supply["input_good"] != "", "captive_share"]) == {0}
    chinese = world.firms.query("zone == 'CHN' and kind in ('producer', 'refiner')")
    able = world.supply.merge(chinese[chinese["exporter"]], on="firm").groupby("good")["output_t_per_yr"].sum()
    assert (able > world.balance()["net_export_t"].xs("CHN", level="zone")[able.index]).all()


def test_high_purity_pays_for_its_refining(world):
    reference = dict(zip(world.goods, world.reference_price, strict=True))
    china = world.firms.query("zone == 'CHN' and kind == 'refiner'")["firm"]
    for row in world.supply[world.supply["firm"].isin(china)].itertuples():
        margin = reference[row.good] - reference[row.input_good] / row.yield_share - row.cost_usd_per_kg
        assert margin == pytest.approx(0, abs=0.03 * reference[row.good])


@pytest.mark.parametrize("file", FILES)
def test_every_row_has_source_and_confidence(file):
    table = read(file)
    assert len(table)
    assert (table["source"].str.len() > 3).all()
    assert table["confidence"].isin(["high", "medium", "low"]).all()


def test_what_is_assumed_is_not_trusted_much():
    for file in FILES:
        table = read(file)
        assumed = table[table["source"].str.startswith("assumed")]
        assert not (assumed["confidence"] == "high").any(), file


def test_no_outcome_after_june_2024(world):
    assert world.observed_prices["end_date"].max() <= LAST_OUTCOME
    assert (world.observed_prices["date"] <= world.observed_prices["end_date"]).all()
    assert world.observed_exports["month"].max() < LAST_OUTCOME
    assert world.observed_export_totals["end_month"].max() < LAST_OUTCOME


def test_observed_prices_are_net_of_vat(world):
    prices = world.observed_prices
    domestic = prices["series"].str.startswith("china_domestic")
    assert (prices.loc[domestic, "vat_share"] == 0.13).all()
    assert (prices.loc[~domestic, "vat_share"] == 0).all()
    june = prices[(prices["series"] == "china_domestic_4N") & (prices["date"] == "2023-06-01")]
    assert june["usd_per_kg"].item() == pytest.approx(240 / 1.13, abs=0.01)
    assert (prices.loc[prices["series"].str.endswith("_high"), "confidence"] == "low").all()
    assert not prices["series"].str.contains("geo2").any()


def test_observed_exports_keep_the_gap_of_autumn_2023(world):
    months = world.observed_exports["month"].dt.strftime("%Y-%m")
    kg = dict(zip(zip(world.observed_exports["metal"], months, strict=True), world.observed_exports["kg"], strict=True))
    assert kg["gallium", "2023-07"] == 7580
    assert kg["gallium", "2023-08"] == kg["gallium", "2023-09"] == kg["germanium", "2023-08"] == 0
    totals = world.observed_export_totals
    year = totals[(totals["month"].dt.year == 2023) & (totals["end_month"].dt.strftime("%Y-%m") == "2023-12")]
    assert dict(zip(year["metal"], year["kg"], strict=True)) == {"gallium": 44750, "germanium": 41390}


def test_readme_lists_every_column():
    text = (DATA_FOLDER / "README.md").read_text(encoding="utf-8")
    for file, columns in SCHEMA.groupby("file"):
        line = next(line for line in text.splitlines() if line.startswith(f"| `{file}.csv`"))
        assert all(f"`{column}`" in line for column in columns["column"])
