"""Labelled results: runs that failed, differences run by run, bands."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from experiments.ensemble.results import Results
from experiments.study.bands import against, band, band_rows, complete, lines

VALUES = [[[100.0, 200.0, 50.0]], [[110.0, 200.0, np.nan]], [[90.0, 220.0, 60.0]]]


@pytest.fixture
def found():
    labels = {"cell": ["base", "ban", "free"], "draw": [0], "seed": [0, 1, 2]}
    return xr.Dataset({"usd": (list(labels), np.array(VALUES)), "t": (list(labels), 2 * np.array(VALUES))}, labels)


def test_failed_runs_are_left_out_everywhere(found):
    kept = complete(found)
    assert kept["seed"].values.tolist() == [0, 1]
    assert kept["usd"].sel(cell="free").values.tolist() == [90.0, 220.0]


def test_a_quantity_without_a_value_is_no_failed_run(found):
    found["usd"][1, 0, 0] = np.nan
    assert complete(found)["seed"].values.tolist() == [0, 1]


def test_differences_are_run_by_run_and_some_relative(found):
    change = against(complete(found), "base", relative=["usd"])
    assert change["cell"].values.tolist() == ["ban", "free"]
    assert change["usd"].values == pytest.approx(np.array([[0.1, 0.0], [-0.1, 0.1]]))
    assert change["t"].values == pytest.approx(np.array([[20.0, 0.0], [-20.0, 40.0]]))


def test_bands_as_rows(found):
    rows = band_rows(complete(found)).set_index(["cell", "quantity"])
    low, median, high = np.quantile([110.0, 200.0], [0.1, 0.5, 0.9])
    assert rows.loc[("ban", "usd"), ["low", "median", "high", "runs"]].tolist() == [low, median, high, 2]
    assert band(complete(found)["usd"].sel(cell="ban")).median == median


def test_lines_are_quantiles_by_week_without_those_that_no_run_has():
    weeks = pd.date_range("2023-01-02", periods=2, freq="7D")
    values = np.full((11, 3, 2), np.nan)
    values[:, 0] = np.arange(11)[:, None] * [1.0, 2.0]
    values[3:, 1, 0] = 4.0
    found = xr.DataArray(values, {"run": range(11), "zone": ["DEU", "USA", "ROW"], "week": weeks}, name="usd")
    drawn = lines(found)
    assert list(drawn) == [("DEU",), ("USA",)]
    assert drawn[("DEU",)].loc[weeks[1]].to_dict() == {"low": 2.0, "median": 10.0, "high": 18.0}
    assert drawn[("USA",)]["median"].fillna(0.0).tolist() == [4.0, 0.0]
    assert list(lines(found.isel(run=[0]))[("DEU",)]) == ["median"]


def test_tables_become_arrays_in_the_order_of_appearance(tmp_path):
    keys = pd.DataFrame({"run": [0, 1, 2], "cell": ["b", "a", "a"], "draw": [0, 0, 0], "seed": [7, 7, 5]})
    keys.assign(failed=False, level=["y", "x", "x"]).to_parquet(tmp_path / "runs.parquet")
    zones = pd.DataFrame({"run": [0, 0, 1, 1], "zone": ["DEU", "CHN"] * 2, "kg": [1.0, 2.0, 3.0, 4.0]})
    keys.merge(zones, on="run").to_parquet(tmp_path / "use.parquet")
    numbers = pd.DataFrame({"run": [0, 0, 1, 2], "key": ["q", "p", "q", "q"], "value": [1.0, 2.0, 3.0, 4.0]})
    keys.merge(numbers, on="run").to_parquet(tmp_path / "numbers.parquet")
    use = Results(tmp_path).dataset("use")
    assert dict(use["kg"].sizes) == {"cell": 2, "draw": 1, "seed": 1, "zone": 2}
    assert use["zone"].values.tolist() == ["DEU", "CHN"]
    assert use["kg"].sel(cell="a", zone="CHN").item() == 4.0
    read = Results(tmp_path).dataset("numbers", factors=["level"])
    assert list(read) == ["q", "p"]
    assert read["seed"].values.tolist() == [5, 7]
    assert np.isnan(read["p"].sel(level="x", seed=5).item())
    assert read["q"].sel(level="x", seed=5).item() == 4.0
