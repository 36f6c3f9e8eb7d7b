"""Quantities read from a run against the same sums over its tidy tables."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from experiments import RECORD
from experiments.study.observe import Observed, observe
from experiments.study.quantity import HOWS, Quantity, price, shipped, used
from model import InputError, TradeModel, load_scenario
from model.calendar import WEEKS_PER_YEAR

REGIONS = {"US": ("USA",), "Europe": ("DEU", "FRA", "BEL"), "China": ("CHN",)}
SPAN = ("2023-06-01", "2023-10-31")


@pytest.fixture(scope="module")
def model():
    return TradeModel(load_scenario(RECORD).model_copy(update={"weeks": 50, "spin_up_weeks": 10}), seed=3).run()


@pytest.fixture(scope="module")
def tables(model):
    return model.tables()


@pytest.fixture(scope="module")
def seen(model):
    return Observed(model, REGIONS)


def value(seen, quantity):
    return float(seen.read(quantity).found)


def within(table):
    return table[table["week"].between(*SPAN)]


@pytest.mark.parametrize("how", HOWS)
def test_a_price_over_weeks(seen, tables, how):
    free = tables["prices"].query("market == 'free' and zone == 'DEU' and good == 'gallium-4N'")
    weeks = within(free).set_index("week")["usd_per_kg"]
    expected = {"sum": weeks.sum(), "mean": weeks.mean(), "max": weeks.max(), "first": weeks.iloc[0],
                "last": weeks.iloc[-1], "yearly": weeks.sum() * WEEKS_PER_YEAR / len(weeks)}  # fmt: skip
    found = value(seen, price(where={"zone": "DEU", "good": "gallium-4N"}, span=SPAN, how=how))
    assert found == pytest.approx(expected[how], rel=1e-12)


def test_a_running_mean_begins_with_the_span(seen, tables):
    free = tables["prices"].query("market == 'free' and zone == 'DEU' and good == 'gallium-4N'").set_index("week")
    expected = free["usd_per_kg"].loc[slice(*SPAN)].rolling(4, min_periods=1).mean().max()
    quantity = price(where={"zone": "DEU", "good": "gallium-4N"}, span=SPAN, how="max", smooth=4)
    assert value(seen, quantity) == pytest.approx(expected, rel=1e-12)


def test_shipments_by_metal_and_region(seen, tables):
    found = seen.read(shipped(where={"origin_zone": "CHN"}, by=("metal", "region"), span=SPAN))
    assert found.names == {"metal": ("gallium", "germanium"), "region": tuple(REGIONS)}
    trade = within(tables["trade"])
    for i, metal in enumerate(found.names["metal"]):
        for j, zones in enumerate(REGIONS.values()):
            there = trade[trade["good"].astype(str).str.startswith(metal) & trade["destination"].isin(zones)]
            there = there[(there["origin"] == "CHN") & (there["destination"] != "CHN")]
            assert found.found[i, j] == pytest.approx(there["kg"].sum() / 1e3, abs=1e-12)
    assert found.found.sum() > 0


def test_what_comes_from_outside_a_region_and_from_the_tracked_country(seen, tables):
    found = seen.read(shipped(where={"outside": True, "from_tracked": False, "region": "Europe"}, span=SPAN))
    trade = within(tables["trade"])
    into = trade[trade["destination"].isin(REGIONS["Europe"]) & ~trade["origin"].isin(REGIONS["Europe"])]
    assert float(found.found) == pytest.approx(into[into["origin"] != "CHN"]["kg"].sum() / 1e3, rel=1e-12)


def test_use_and_its_share_unmet_by_end_use(seen, tables, model):
    unmet = used("short_kg", by=("metal", "zone", "end_use"), per=used("planned_kg", by=("metal", "zone", "end_use")))
    found = seen.read(unmet)
    of_firm = model.world.firms.set_index("firm")["end_use"]
    buyers = tables["firms"].query("kind == 'buyer'").astype({"firm": str, "good": str})
    buyers = buyers.assign(end_use=buyers["firm"].map(of_firm), metal=buyers["good"].str.split("-").str[0])
    sums = buyers.groupby(["metal", "zone", "end_use"], observed=True)[["short_kg", "consumed_kg"]].sum()
    share = sums["short_kg"] / sums.sum(axis=1)
    for place, expected in share.items():
        at = tuple(found.names[label].index(name) for label, name in zip(found.names, place, strict=True))
        assert found.found[at] == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_lost_use_is_what_is_short_and_what_is_cut_back(seen, tables):
    buyers = tables["firms"].query("kind == 'buyer'")
    kept_up = buyers["trend_use_kg"] * buyers["long_run_response"]
    lost = value(seen, used("lost_kg", scale=1.0))
    assert lost == pytest.approx((kept_up - buyers["consumed_kg"]).sum(), rel=1e-9)
    parts = [value(seen, used(name, scale=1.0)) for name in ("short_kg", "cut_back_kg")]
    assert lost == pytest.approx(sum(parts), rel=1e-9)


def test_stocks_at_the_end_and_money(seen, tables, model):
    firms = tables["firms"]
    last = firms[firms["week"] == firms["week"].max()]
    found = value(seen, Quantity("firms.stock_kg", {"zone": "JPN"}, how="last"))
    assert found == pytest.approx(last.loc[last["zone"] == "JPN", "stock_kg"].sum(), rel=1e-12)
    spent = tables["policies"].groupby("policy")["spent_usd"].last()
    read = seen.read(Quantity("policies.spent_usd", by=("policy",), how="last"))
    for name, usd in zip(read.names["policy"], read.found, strict=True):
        assert usd == pytest.approx(spent[name], rel=1e-12)


def test_a_share_of_a_total_and_a_change(seen, tables):
    share = seen.read(shipped(by=("metal", "origin_zone"), per=shipped(by=("metal",))))
    assert share.found.sum(axis=1) == pytest.approx([1.0, 1.0])
    weeks = tables["prices"].query("market == 'free' and zone == 'DEU' and good == 'gallium-4N'").set_index("week")
    quote = price(where={"zone": "DEU", "good": "gallium-4N"})
    jump = quote.but(span=("2023-07-03", "2023-07-03"), per=quote.but(span=("2023-06-26", "2023-06-26")), less=1.0)
    expected = weeks["usd_per_kg"]["2023-07-03"] / weeks["usd_per_kg"]["2023-06-26"] - 1
    assert value(seen, jump) == pytest.approx(expected, rel=1e-12)


def test_nothing_divided_by_nothing_is_no_number(seen):
    none = shipped(where={"origin_zone": "USA", "from_tracked": True})
    assert np.isnan(value(seen, none.but(per=none)))


def test_tables_have_the_labels_and_weeks_come_as_dates(model, tables):
    quote = price(where={"zone": ("DEU", "CHN"), "standard": True}, by=("metal", "zone", "week"), span=SPAN)
    unnamed = {"a": used(), "b": used("short_kg")}
    renamed = {"kg": shipped(by=("origin_region",), named=("region",))}
    declared = {"weekly": {"usd_per_kg": quote}, "numbers": unnamed, "regions": renamed}
    found = partial(observe, tables=declared, regions=REGIONS)(model)
    assert list(found["weekly"].columns) == ["metal", "zone", "week", "usd_per_kg"]
    own = tables["prices"].query("market == 'free' and zone == 'CHN' and good == 'germanium-5N'")
    read = found["weekly"].query("zone == 'CHN' and metal == 'germanium'")
    assert within(own)["week"].tolist() == read["week"].tolist()
    assert within(own)["usd_per_kg"].to_numpy() == pytest.approx(read["usd_per_kg"].to_numpy(), rel=1e-12)
    assert found["numbers"]["key"].tolist() == ["a", "b"]
    assert found["regions"]["region"].tolist() == list(REGIONS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"of": "consumed_kg"}, {"of": "firms.stock_kg", "how": "median"},
        {"of": "firms.stock_kg", "by": ("week", "zone")},
        {"of": "firms.stock_kg", "by": ("zone",), "per": Quantity("firms.stock_kg", by=("good",))},
    ],
)  # fmt: skip
def test_what_nothing_could_read_is_refused(wrong):
    with pytest.raises(ValueError, match="quantity"):
        Quantity(**wrong)


def test_a_world_without_its_good_is_a_clear_mistake(seen):
    with pytest.raises(ValueError, match="unknown good 'unobtainium'"):
        seen.read(price(where={"zone": "DEU", "good": "unobtainium"}))


def test_quantities_say_what_they_are_in_one_form():
    one, other = used(by=("metal",)), used(by=("metal",))
    assert repr(one) == repr(other)
    assert pd.Series([repr(one)]).nunique() == 1


@pytest.mark.parametrize(
    ("quantity", "line"),
    [
        (shipped(where={"destination_zone": "USA"}), "quantity trade.kg: unknown label 'destination_zone'; nearest"),
        (shipped(by=("continent",)), "quantity trade.kg: unknown label 'continent'; "),
        (price(where={"zone": ("DEU", "USB")}), "quantity prices.usd_per_kg: unknown zone 'USB'; nearest \"USA\"; "),
        (used("eaten_kg"), "quantity firms.eaten_kg: unknown column 'eaten_kg'; "),
        (
            price(of="prices.usd"),
            "quantity prices.usd: unknown column 'usd'; nearest \"usd_per_kg\"; allowed: usd_per_kg",
        ),
    ],
)
def test_what_a_run_does_not_hold_is_named(seen, quantity, line):
    with pytest.raises(InputError) as caught:
        seen.read(quantity)
    assert str(caught.value).startswith(line)
