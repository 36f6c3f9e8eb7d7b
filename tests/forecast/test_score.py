"""Scores, worked by hand and against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scoringrules

from experiments.forecast import score
from experiments.study.quantity import Quantity
from experiments.study.record import Row


def test_of_one_sample_the_crps_is_the_absolute_error():
    assert score.crps(np.array([[1.0, 2.0]]), np.array([1.5, 2.0])).tolist() == [0.5, 0.0]


def test_of_two_samples_it_is_less_by_half_their_spread():
    # E|X - y| = (1 + 3) / 2, E|X - X'| / 2 = (0 + 2 + 2 + 0) / 4 / 2.
    assert score.crps(np.array([[1.0], [3.0]]), np.array([0.0])) == pytest.approx([1.5])


def test_of_many_it_is_that_of_the_law():
    from experiments.forecast.rivals import _normal

    samples = _normal(np.array([0.2]), np.array([0.3]))
    assert score.crps(samples, np.array([0.5])) == pytest.approx(scoringrules.crps_normal(0.5, 0.2, 0.3), rel=0.01)


def test_a_row_says_what_came_and_whether_the_band_held_it():
    samples = np.log(np.array([[90.0, 90.0], [100.0, 100.0], [110.0, 110.0]]))
    table = score.scored("model", "market", ["a", "b"], samples, np.log([100.0, 120.0]))
    assert table["median"].tolist() == pytest.approx([100.0, 100.0])
    assert table["covered"].tolist() == [1.0, 0.0]
    assert table["log_error"].tolist() == pytest.approx([0.0, np.log(100 / 120)])
    assert table["observed"].tolist() == pytest.approx([100.0, 120.0])
    single = score.scored("no change", "market", ["a"], samples[:1, :1], np.log([90.0]))
    assert single["covered"].isna().all()  # what says nothing of how sure it is covers nothing


def test_a_summary_is_by_market_and_contender():
    one, two = (score.scored(name, "market", ["a", "b"], np.log(np.array(values)), np.log([100.0, 100.0]))
                for name, values in (("x", [[110.0, 90.0]]), ("y", [[100.0, 100.0], [100.0, 100.0]])))  # fmt: skip
    table = score.summary(pd.concat([one, two], ignore_index=True)).set_index("contender")
    assert table["points"].tolist() == [2, 2]
    assert table.loc["x", "log_error"] == pytest.approx(np.sqrt((np.log(1.1) ** 2 + np.log(0.9) ** 2) / 2))
    assert table.loc["x", "crps"] == pytest.approx((np.log(1.1) - np.log(0.9)) / 2)
    assert np.isnan(table.loc["x", "covered"])
    assert table.loc["y", "covered"] == 1.0


def test_amounts_of_nothing_have_a_finite_error():
    rows = [Row("a", Quantity("trade.kg", what="August"), 0.0), Row("b", Quantity("trade.kg", what="July"), 7.5)]
    table = score.amounts("model", "exports", rows, np.array([[0.0, 7.5], [0.5, 7.5]]))
    assert table["observed"].tolist() == pytest.approx([0.0, 7.5])
    assert table["log_error"].tolist() == pytest.approx([0.5 * np.log(2.0), 0.0])


def test_the_width_of_a_band_is_in_logs():
    values = np.log(np.linspace(1.0, 2.0, 101))
    assert score.spread(values) == pytest.approx(np.log(1.9 / 1.1))
