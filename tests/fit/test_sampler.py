"""The smoother finds a posterior that is known, and the same one for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.fit.distance import Target
from experiments.fit.prior import Prior
from experiments.fit.sampler import ROUNDS, Particles, members, nearest, parts, sample, step

PRIOR = Prior(("a", "b"), np.zeros(2), np.ones(2), np.zeros(2, dtype=bool))
# Two observations of one line and one across it: narrow along a + b, hardly anything on a - b.
LINES = np.array([[1.0, 1.0], [1.0, 1.0], [0.3, -0.3]])
TARGET = Target(
    ("x", "y", "w"), ("share",) * 3, np.array([0.60, 0.65, 0.3]), np.array([0.3, 0.3, 0.5]), np.array([1.0, 1.0, 0.5])
)


def linear(number: int, z: np.ndarray) -> np.ndarray:
    return z @ LINES.T


def moments(target: Target, lines: np.ndarray = LINES) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the posterior of a straight model: it is normal."""
    slopes = lines / target.tolerance[:, None]
    spread = np.linalg.inv(np.eye(lines.shape[1]) + (slopes.T * target.weight) @ slopes)
    return spread @ (slopes.T * target.weight) @ (target.observed / target.tolerance), spread


def spread_of(z: np.ndarray) -> np.ndarray:
    return np.cov(z.T)


@pytest.fixture(scope="module")
def found():
    return sample(PRIOR, TARGET, linear, 1500, 1500 * (ROUNDS + 1), seed=5)


def test_a_known_posterior_is_recovered(found):
    particles, rounds = found
    mean, spread = moments(TARGET)
    assert particles.z.shape == (1500, 2)
    assert particles.z.mean(axis=0) == pytest.approx(mean, abs=0.1)
    assert spread_of(particles.z) == pytest.approx(spread, abs=0.12)
    # It is not the prior: what the record tells of the sum is sharp, of the difference next to nothing.
    assert (particles.z @ [1.0, 1.0]).std() < 0.35 < 1.0 < (particles.z @ [1.0, -1.0]).std()
    assert particles.errors == pytest.approx(TARGET.errors(particles.z @ LINES.T))
    assert all(one.widened == 1.0 for one in rounds)


def test_the_record_is_used_once_and_draws_come_nearer(found):
    assert [one.used for one in found[1]] == pytest.approx([0.0, *np.cumsum(parts())])
    assert found[1][-1].used == pytest.approx(1.0)
    assert found[1][-1].distance < found[1][0].distance
    assert len(np.unique(found[0].z, axis=0)) == 1500  # no draw is copied


def test_the_same_seed_gives_the_same_draws(found):
    again, _ = sample(PRIOR, TARGET, linear, 1500, 1500 * (ROUNDS + 1), seed=5)
    other, _ = sample(PRIOR, TARGET, linear, 1500, 1500 * (ROUNDS + 1), seed=6)
    assert (again.z == found[0].z).all()
    assert (other.z != found[0].z).any()


def test_what_the_record_says_nothing_about_keeps_its_prior():
    three = Prior(("a", "b", "c"), np.zeros(3), np.ones(3), np.zeros(3, dtype=bool))

    def blind(number: int, z: np.ndarray) -> np.ndarray:
        return z[:, :2] @ LINES.T

    particles, _ = sample(three, TARGET, blind, 400, 400 * (ROUNDS + 1), seed=5)
    assert particles.z[:, 2].std() == pytest.approx(1.0, abs=0.1)
    assert particles.z[:, 2].mean() == pytest.approx(0.0, abs=0.1)


def test_a_record_that_no_draw_can_come_near_widens_the_tolerances():
    """Two observations of the same thing, six tolerances apart: three off each, 2 * 9 over a weight of 2.5."""
    torn = Target(TARGET.keys, TARGET.kinds, np.array([-0.9, 0.9, 0.0]), TARGET.tolerance, TARGET.weight)
    particles, rounds = sample(PRIOR, torn, linear, 400, 400 * (ROUNDS + 1), seed=5)
    assert rounds[0].widened == pytest.approx(18.0 / 2.5, rel=0.1)
    agreed = sample(PRIOR, TARGET, linear, 400, 400 * (ROUNDS + 1), seed=5)[0]
    assert (particles.z @ [1.0, 1.0]).std() > 2.0 * (agreed.z @ [1.0, 1.0]).std()


def test_the_nearest_point_on_straight_lines_is_found():
    z = np.random.default_rng(3).standard_normal((500, 2))
    exact = Target(TARGET.keys, TARGET.kinds, np.array([0.6, 0.6, 0.0]), TARGET.tolerance, TARGET.weight)
    assert nearest(Particles(z, exact.errors(z @ LINES.T)), exact.weight) < 0.1
    far = Target(TARGET.keys, TARGET.kinds, np.array([0.45, 0.75, 0.0]), TARGET.tolerance, TARGET.weight)
    assert nearest(Particles(z, far.errors(z @ LINES.T)), far.weight) == pytest.approx(0.5, abs=0.15)  # 2 * 0.5**2


def test_a_step_with_endless_variance_stays_where_it_is():
    z = np.random.default_rng(3).standard_normal((50, 2))
    now = Particles(z, TARGET.errors(linear(0, z)))
    assert step(now, np.full(3, 1e18), np.zeros((50, 3))) == pytest.approx(z, abs=1e-6)


def test_the_budget_is_kept_and_rounds_are_numbered():
    calls: list[tuple[int, int]] = []

    def counting(number: int, z: np.ndarray) -> np.ndarray:
        calls.append((number, len(z)))
        return linear(number, z)

    particles, _ = sample(PRIOR, TARGET, counting, 50, 800, seed=1)
    assert calls == [(number, members(50, 800)) for number in range(ROUNDS + 1)]
    assert sum(runs for _, runs in calls) <= 800
    assert len(particles.z) == 50
