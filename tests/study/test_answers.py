"""Numbers in words."""

import numpy as np

from experiments.study.answers import Band, counted, percent

BAND = Band(12.34, -1.0, 20.0, 3)


def test_a_band_with_its_unit_and_for_a_column_that_names_it():
    assert BAND.text("t") == "12.3 t (−1.0 to 20.0 t)"
    assert BAND.plain("t") == "12.3 (−1.0 to 20.0)"
    assert BAND.plain("t_change") == "+12.3 (−1.0 to +20.0)"
    assert Band(99.94, 9.96, 1234.5, 3).text("kg_per_musd") == "99.9 kg (10.0 to 1,234 kg)"


def test_no_bracket_where_runs_agree_and_no_number_where_none_has_one():
    same = Band(0.1234, 0.123, 0.124, 2)
    assert (same.text("percent"), same.plain("percent")) == ("12 %", "12")
    none = Band.of([np.nan])
    assert (none.text("t"), none.plain("t")) == ("no value", "")


def test_shares_and_counts():
    assert (percent(0.126), percent(-0.004)) == ("13 %", "0 %")
    assert (counted(1, "seed"), counted(2000, "run")) == ("1 seed", "2,000 runs")
