"""Stocks beside the price: what is flagged, worked by hand."""

import numpy as np
import xarray as xr

from experiments.history.cover import flagged


def halves(stock, price):
    """Return means by half year of one metal in two runs."""
    labels = {"metal": ["gallium"], "run": [0, 1], "half": np.arange(2)}
    shape = [[stock, stock]], [[price, [100.0, 100.0]]]
    return xr.Dataset({"stock_kg": (list(labels), np.array(shape[0], float)),
                       "usd_per_kg": (list(labels), np.array(shape[1], float))}, labels)  # fmt: skip


def test_a_run_is_flagged_where_stocks_grow_while_the_price_doubles():
    assert flagged(halves([50.0, 60.0], [100.0, 210.0])).values.tolist() == [[True, False]]


def test_a_dear_run_with_less_metal_is_not_flagged():
    assert not flagged(halves([50.0, 40.0], [100.0, 300.0])).any()
    assert not flagged(halves([50.0, 54.0], [100.0, 300.0])).any()  # a tenth is chance
    assert not flagged(halves([50.0, 90.0], [100.0, 190.0])).any()  # not twice as dear
