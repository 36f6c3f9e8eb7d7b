"""The scorecard of the main experiment: every observation is there, the worst misses first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments import RECORD
from experiments.fit.distance import target_of
from experiments.history.scorecard import exports, scorecard, summary, with_errors
from experiments.study.observations import observations
from experiments.study.observe import Observed
from experiments.study.quantity import Quantity
from experiments.study.record import Row, held
from experiments.study.shown import shown_of
from model import TradeModel, load_scenario
from model.world import load_world

WORLD = load_world()
PLAN = load_scenario(RECORD)


@pytest.fixture(scope="module")
def rows():
    return observations(WORLD, shown_of(WORLD, PLAN))


def test_every_observation_has_a_row_of_its_own(rows):
    tables = (WORLD.observed_prices, WORLD.observed_exports, WORLD.observed_export_totals)
    partial = sum(int((table["status"] == "partial_scope").sum()) for table in tables[1:])
    assert partial == 2  # wrought gallium in July 2022 and from January to August 2023: a part of exports
    assert len(rows) == sum(map(len, tables)) - partial
    assert len({row.key for row in rows}) == len(rows)
    assert all(np.isfinite(row.observed) for row in rows)
    kept = held(rows, WORLD, PLAN.start, PLAN.weeks)
    early = [row for row in rows if row not in kept]
    # Nothing is left out but what ends before the run or begins before it.
    assert {row.quantity.span[0][:4] for row in early} == {"2022"}


def test_a_row_reads_the_week_or_the_months_of_its_observation(rows):
    model = TradeModel(PLAN.model_copy(update={"weeks": 78, "spin_up_weeks": 4}), seed=1).run()
    seen, tables = Observed(model), model.tables()
    by_what = {row.quantity.what: row for row in rows}
    week = by_what["gallium-4N, Rotterdam, 7 July 2023 (rotterdam 4N)"]
    assert week.observed == 326
    prices = tables["prices"].query("good == 'gallium-4N' and zone == 'DEU' and market == 'free'").set_index("week")
    assert float(seen.read(week.quantity).found) == pytest.approx(prices.at[pd.Timestamp("2023-07-03"), "usd_per_kg"])
    month = by_what["Exports of gallium, April 2024"]
    trade = tables["trade"]
    out = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN")]
    gallium = out[out["good"].astype(str).str.startswith("gallium")]
    gallium = gallium[gallium["week"].between("2024-04-01", "2024-04-29")]
    # The week of 29 April has two days in April.
    gallium = gallium.assign(kg=gallium["kg"].where(gallium["week"] < "2024-04-29", gallium["kg"] * 2 / 7))
    assert float(seen.read(month.quantity).found) == pytest.approx(gallium["kg"].sum() / 1e3)
    german = by_what["Exports of gallium to Germany, April 2024"]
    assert float(seen.read(german.quantity).found) == pytest.approx(
        gallium[gallium["destination"] == "DEU"]["kg"].sum() / 1e3
    )


def card():
    """Return a scorecard of three observations: far off, near, and inside the band."""
    quantity = Quantity("prices.usd_per_kg", what="gallium, Rotterdam, July 2023 (a)", unit="usd_per_kg")
    rows = [Row(f"observed/price/{i}", quantity, value, "high") for i, value in enumerate((200.0, 100.0, 125.0))]
    numbers = pd.DataFrame([(f"observed/price/{i}", value) for i in range(3) for value in (110.0, 120.0, 130.0)],
                           columns=["key", "value"])  # fmt: skip
    return scorecard(rows, numbers)


def test_the_worst_miss_comes_first():
    table = card()
    assert table["observed"].tolist() == [200.0, 100.0, 125.0]
    assert table["inside"].tolist() == [False, False, True]
    assert table["miss"].tolist() == pytest.approx([0.36, 0.12, 0.0])
    assert table["log_error"].tolist() == pytest.approx(np.log([0.6, 1.2, 0.96]).tolist())


def test_the_summary_counts_what_the_bands_hold():
    line = summary(card(), 3, 2)
    assert "hold 33 % of the observed values: Prices 1 of 3." in line
    error = np.sqrt(np.mean(np.log([0.6, 1.2, 0.96]) ** 2))
    assert f"gallium, Rotterdam {error:.2f}." in line
    assert "but 2 of weeks that the runs do not hold" in line


def test_bands_with_errors_hold_what_lies_within_a_tolerance_and_a_quarter(rows):
    """All runs say the same: the band is that of the errors alone, 1.28 tolerances on either side."""
    three = [row for row in rows if "/price/" in row.key][:3]
    away = np.array([1.2, -1.4, 0.0])
    values = [row.observed for row in three] * np.exp(away * target_of(three, WORLD).tolerance)
    numbers = pd.DataFrame([(row.key, value) for row, value in zip(three, values, strict=True)] * 2,
                           columns=["key", "value"])  # fmt: skip
    table = with_errors(scorecard(three, numbers), three, numbers, WORLD).set_index("key")
    assert table["inside_with_errors"][[row.key for row in three]].tolist() == [True, False, True]
    assert table["inside"][[row.key for row in three]].tolist() == [False, False, True]
    line = summary(table.reset_index(), 2, 0)
    assert "With the errors of the figures themselves, and those that the fit allows, 67 %." in line


def months(factors, metal="gallium"):
    """Return a scorecard of a year of months in which 1, 2, 3, ... t were seen and so many times that were modelled."""
    rows, values = [], []
    for i, factor in enumerate(factors):
        first = pd.Timestamp("2023-07-01") + pd.DateOffset(months=i)
        span = (str(first.date()), str((first + pd.offsets.MonthEnd(0)).date()))
        quantity = Quantity(
            "trade.kg", {"metal": metal}, span=span, what=f"Exports of {metal}, {first:%B %Y}", unit="t"
        )
        rows.append(Row(f"observed/month/{i}", quantity, i + 1.0, "high"))
        values.append((f"observed/month/{i}", factor * (i + 1.0)))
    return scorecard(rows, pd.DataFrame(values, columns=["key", "value"]))


def test_exports_of_the_last_year_are_summed_up():
    (line,) = exports(months([1.0] * 6 + [1.5] * 3 + [1.0] * 3))
    # 78 t were seen; half of 24 more; the first quarter of 2024 is 50 % too high.
    assert line == (
        "Exports by month in the last year on record: gallium correlation 0.92, all months together +15 %, "
        "worst quarter +50 % (2024Q1)."
    )
    median, seen = np.arange(1.0, 13) * ([1.0] * 6 + [1.5] * 3 + [1.0] * 3), np.arange(1.0, 13)
    assert round(np.corrcoef(median, seen)[0, 1], 2) == 0.92
    assert line in summary(months([1.0] * 6 + [1.5] * 3 + [1.0] * 3), 3, 0)


def test_months_before_the_last_year_and_few_months_do_not_count():
    (line,) = exports(months([9.0] * 2 + [2.0] * 12))
    assert "all months together +100 %, worst quarter +100 %" in line
    assert exports(months([1.0] * 5)) == []
    assert exports(card()) == []
