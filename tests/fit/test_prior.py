"""The prior: the declared ranges, even or even in the logarithm, and a digest that knows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from experiments.fit.prior import Prior, prior_of
from model import InputError
from model.world import load_world

WORLD = load_world()
TWO = Prior(("plain", "scale"), np.array([-2.0, 0.01]), np.array([2.0, 1.0]), np.array([False, True]))


def with_table(**columns) -> object:
    table = pd.DataFrame(columns, index=[f"p{i}" for i in range(len(columns["low"]))])
    return replace(WORLD, parameter_table=table)


def test_every_parameter_with_a_range_takes_part():
    prior, table = prior_of(WORLD), WORLD.parameter_table
    assert list(prior.names) == [str(key) for key in table.index[table["low"] < table["high"]]]
    assert len(prior.names) >= 25
    assert (prior.low == table.loc[list(prior.names), "low"]).all()
    assert (prior.high == table.loc[list(prior.names), "high"]).all()


def test_only_wide_positive_ranges_are_scales():
    world = with_table(low=[1.0, 1.0, 0.0, -1.0, 2.0], high=[5.0, 5.1, 9.0, 9.0, 2.0])
    prior = prior_of(world)
    assert prior.names == ("p0", "p1", "p2", "p3")  # the last one has no width
    assert prior.scale.tolist() == [False, True, False, False]


def test_nothing_to_fit_is_refused():
    with pytest.raises(InputError, match=r"parameters\.csv: no parameter has a range"):
        prior_of(with_table(low=[1.0], high=[1.0]))


def test_the_middle_and_the_ends_of_the_ranges():
    values = TWO.values(np.array([[0.0, 0.0], [-9.0, 9.0], [9.0, -9.0]]))
    assert values.tolist() == [[0.0, 0.1], [-2.0, 1.0], [2.0, 0.01]]  # the middle of a scale is the geometric mean


def test_draws_have_four_digits_and_a_name():
    (draw,) = TWO.draws(np.array([[0.123456, 0.123456]]))
    assert list(draw) == ["plain", "scale"]
    assert all(float(f"{value:.4g}") == value for value in draw.values())
    assert draw["plain"] == pytest.approx(4.0 * 0.549127 - 2.0, abs=1e-4)


def test_a_hypercube_fills_every_slice_once():
    z = TWO.hypercube(40, seed=3)
    for share in ndtr(z).T:
        assert sorted(np.floor(40 * share).astype(int)) == list(range(40))
    assert (TWO.hypercube(40, seed=3) == z).all()
    assert (TWO.hypercube(40, seed=4) != z).any()
    assert z.mean(axis=0) == pytest.approx([0.0, 0.0], abs=0.05)
    assert z.std(axis=0) == pytest.approx([1.0, 1.0], abs=0.1)


def test_the_digest_hangs_on_ranges_and_names_only():
    assert replace(TWO).digest() == TWO.digest()
    changes = {"names": ("plain", "other"), "low": TWO.low - 1, "high": TWO.high + 1, "scale": ~TWO.scale}
    digests = {replace(TWO, **{name: value}).digest() for name, value in changes.items()}
    assert len({*digests, TWO.digest()}) == 5
    moved = WORLD.parameter_table.assign(value=WORLD.parameter_table["low"])
    assert prior_of(replace(WORLD, parameter_table=moved)).digest() == prior_of(WORLD).digest()
