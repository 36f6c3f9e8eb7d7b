"""The rivals, each worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from experiments.forecast import rivals
from experiments.forecast.points import Market, middle
from experiments.study.quantity import Quantity
from experiments.study.record import Row
from model.world import load_world

WORLD = load_world()
JULY = date(2023, 7, 3)
CUT = date(2023, 12, 31)


def row(number: int, day: str, usd: float) -> Row:
    return Row(f"observed/price/{number}", Quantity("prices.usd_per_kg", span=(day, day), what=day), usd, "high")


def market(prices: list[float], first: str = "2023-01", zone: str = "DEU", good: str = "gallium-4N") -> Market:
    months = pd.period_range(first, periods=len(prices), freq="M")
    targets = (row(1, "2024-01-15", 100.0), row(2, "2024-03-15", 100.0))
    return Market(
        good, zone, "made up", pd.Series(np.log(prices), months), (row(0, "2023-12-15", prices[-1]),), targets
    )


def test_no_change_is_the_last_quote():
    found = rivals.no_change(market([50.0, 80.0]))
    assert np.exp(found).tolist() == [pytest.approx([80.0, 80.0])]


def test_several_last_quotes_count_together():
    both = replace(market([50.0, 80.0]), starts=(row(0, "2023-12-01", 50.0), row(3, "2023-12-15", 200.0)))
    assert np.exp(both.start) == pytest.approx(100.0)
    assert both.last == date(2023, 12, 15)


def test_a_random_walk_has_the_volatility_of_the_months():
    """Steps of +0.1 in one month and +0.2 in four: (0.01 + 0.04) / 5 a month."""
    history = pd.Series([0.0, 0.1, 0.3], pd.PeriodIndex(["2023-01", "2023-02", "2023-06"], freq="M"))
    made = replace(market([1.0]), history=history)
    assert rivals.monthly_variance([made]) == pytest.approx(0.01)
    assert rivals.monthly_variance([made, made]) == pytest.approx(0.01)
    samples = rivals.random_walk(made, 0.01)
    months = np.array([31, 91]) / rivals.DAYS_PER_MONTH
    assert samples.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)
    assert samples.std(axis=0) == pytest.approx(0.1 * np.sqrt(months), rel=0.01)


def test_a_single_month_has_no_volatility():
    assert np.isnan(rivals.monthly_variance([market([1.0])]))


def test_smoothing_of_a_steady_price_stays_there_and_of_a_trend_goes_on():
    noise = 0.01 * np.random.default_rng(1).standard_normal(12)
    flat = rivals.smoothing(market(list(100.0 * np.exp(noise))))
    assert np.exp(np.median(flat, axis=0)) == pytest.approx([100.0, 100.0], rel=0.03)
    rising = rivals.smoothing(market(list(100.0 * np.exp(0.1 * np.arange(12) + noise))))
    middle_of = np.exp(np.median(rising, axis=0))
    assert middle_of[1] > 1.05 * middle_of[0] > 1.05 * 100.0 * np.exp(1.1)
    assert (np.diff(np.quantile(rising, (0.1, 0.9), axis=0), axis=0) > 0).all()


def test_smoothing_needs_some_months():
    assert rivals.smoothing(market([100.0] * (rivals.FEWEST_MONTHS - 1))) is None
    gap = market([100.0] * 3)
    months = pd.PeriodIndex(["2023-01", "2023-06", "2023-12"], freq="M")
    assert rivals.smoothing(replace(gap, history=pd.Series([4.6, 4.6, 4.6], months))).shape[1] == 2


def test_missing_exports_are_those_of_the_last_months():
    """Gallium: 0.25, 1.53 and 7.03 t from October to December 2023, after 94 t in 2022."""
    assert rivals.missing_share(WORLD, "gallium", JULY, CUT) == pytest.approx(
        1.0 - (0.25 + 1.53 + 7.03) / 3 / (94 / 12)
    )
    assert rivals.missing_share(WORLD, "gallium", date(2022, 7, 3), CUT) is None  # no total of 2021


def test_the_rule_of_the_survey_raises_the_price_of_before_the_controls():
    made = market([200.0, 200.0, 200.0, 200.0, 200.0, 250.0, 400.0])  # January to July 2023
    missing = rivals.missing_share(WORLD, "gallium", JULY, CUT)
    assert np.exp(rivals.usgs(made, WORLD, JULY, CUT)) == pytest.approx(250.0 * (1 + 1.5 * missing))
    assert np.exp(rivals.usgs(replace(made, zone="CHN"), WORLD, JULY, CUT)) == pytest.approx(250.0)
    assert rivals.usgs(market([200.0], "2023-07"), WORLD, JULY, CUT) is None


def test_the_static_equilibrium_is_one_number():
    prices = np.arange(len(WORLD.goods) * len(WORLD.zones), dtype=float).reshape(len(WORLD.goods), -1) + 1.0
    found = rivals.static(market([50.0]), WORLD, prices)
    here = prices[WORLD.good_index["gallium-4N"], WORLD.zone_index["DEU"]]
    assert np.exp(found).tolist() == [pytest.approx([here, here])]


def test_a_quote_of_a_day_stands_for_the_week_that_ends_with_it():
    week = Row("a", Quantity("prices.usd_per_kg", span=("2023-12-09", "2023-12-15")), 1.0)
    month = Row("b", Quantity("prices.usd_per_kg", span=("2024-01-01", "2024-01-31")), 1.0)
    assert (middle(week), middle(month)) == (date(2023, 12, 15), date(2024, 1, 16))
