"""Numbers in words."""

import numpy as np

from experiments.study.answers import Band, counted, percent

BAND = Band(12.34, -1.0, 20.0, 3)


def test_a_band_with_its_unit_and_for_a_column_that_names_it():
    assert BAND.text("t") == "12.3 t (−1.0 to 20 t)"
    assert BAND.plain("t") == "12.3 (−1.0 to 20)"
    assert BAND.plain("t_change") == "+12.3 (−1.0 to +20)"
    assert Band(99.94, 9.96, 1234.5, 3).text("kg_per_musd") == "100 kg (10.0 to 1,230 kg)"


def test_bands_have_two_digits_and_three_behind_a_one():
    assert Band(227.3, 19.87, 1938.0, 5).text("usd_per_kg") == "230 USD/kg (20 to 1,940 USD/kg)"
    assert Band(0.0594, -0.0061, 0.1234, 5).text("change") == "+5.9 % (−0.6 to +12.3 %)"


def test_a_change_whose_band_holds_no_change_has_no_sign():
    assert Band(0.006, -0.01, 0.02, 5).moved("change") == "may rise or fall (−1.0 to +2.0 %)"
    assert Band(-0.02, -0.03, -0.01, 5).moved("change") == "falls by 2.0 % (−3.0 to −1.0 %)"
    assert Band(0.0, -0.01, 0.02, 5).moved("change") == "does not change (−1.0 to +2.0 %)"


def test_no_bracket_where_runs_agree_and_no_number_where_none_has_one():
    same = Band(0.1234, 0.123, 0.124, 2)
    assert (same.text("percent"), same.plain("percent")) == ("12 %", "12")
    none = Band.of([np.nan])
    assert (none.text("t"), none.plain("t")) == ("no value", "")


def test_shares_and_counts():
    assert (percent(0.126), percent(-0.004)) == ("13 %", "0 %")
    assert (counted(1, "seed"), counted(2000, "run")) == ("1 seed", "2,000 runs")
