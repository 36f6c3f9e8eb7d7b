"""The straight line through runs: exact for a linear world, silent where nothing was observed."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.fit import emulator
from experiments.fit.emulator import Gauss, propose


@pytest.fixture
def sampled():
    """Errors of two observations that hang on the first and second of three coordinates; 4,000 runs."""
    z = np.random.default_rng(1).standard_normal((4000, 3))
    return z, np.column_stack([2.0 * z[:, 0] - 1.0, z[:, 1] + 3.0])


def test_the_posterior_of_a_linear_world_is_found(sampled):
    z, errors = sampled
    guess = propose(z, errors, np.ones(2), 1.0)
    # Prior N(0, 1), error 2 z - 1 of size 1: precision 1 + 4, mean 2 / 5; error z + 3: precision 2, mean -3 / 2.
    assert guess.mean == pytest.approx([0.4, -1.5, 0.0], abs=0.01)
    assert guess.root @ guess.root.T == pytest.approx(np.diag([0.2, 0.5, 1.0]), abs=0.01)


def test_without_heat_it_is_the_prior(sampled):
    guess = propose(*sampled, np.ones(2), 0.0)
    assert guess.mean == pytest.approx(np.zeros(3), abs=1e-12)
    assert guess.root == pytest.approx(np.eye(3), abs=1e-12)


def test_what_the_line_leaves_counts_as_doubt(sampled):
    z, errors = sampled
    bent = errors + np.column_stack([3.0 * (z[:, 2] ** 2 - 1.0), np.zeros(len(z))])
    loose, tight = propose(z, bent, np.ones(2), 1.0), propose(z, errors, np.ones(2), 1.0)
    assert loose.root[0, 0] > 1.5 * tight.root[0, 0]
    assert loose.root[1, 1] == pytest.approx(tight.root[1, 1], abs=0.02)


def test_few_runs_make_no_steep_line():
    z = np.random.default_rng(2).standard_normal((4, 50))
    errors = 10.0 * np.random.default_rng(3).standard_normal((4, 30))
    guess = propose(z, errors, np.ones(30), 1.0)
    assert np.isfinite(guess.mean).all()
    assert np.abs(guess.mean).max() < 3.0
    assert emulator.RIDGE > 0


def test_the_density_and_the_step_belong_to_the_same_law():
    guess = Gauss(np.array([1.0, -1.0]), np.array([[2.0, 0.0], [1.0, 0.5]]))
    rng = np.random.default_rng(4)
    points = guess.mean + rng.standard_normal((50_000, 2)) @ guess.root.T
    moved = guess.step(points, 0.6, rng.standard_normal(points.shape))
    assert moved.mean(axis=0) == pytest.approx(guess.mean, abs=0.05)
    assert np.cov(moved.T) == pytest.approx(guess.root @ guess.root.T, rel=0.05)
    assert (guess.step(points, 0.0, np.ones_like(points)) == points).all()
    at = guess.log_density(np.array([guess.mean, guess.mean + guess.root[:, 0]]))
    assert at == pytest.approx([0.0, -0.5])
