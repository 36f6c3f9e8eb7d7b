"""The smoother finds a posterior that is known, and the same one for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.fit.distance import Target
from experiments.fit.prior import Prior
from experiments.fit.sampler import ROUNDS, Lines, Particles, lines, luck_of, members, nearest, sample, step

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


def test_draws_come_nearer_and_none_is_copied(found):
    assert len(found[1]) == ROUNDS + 1
    assert found[1][-1].distance < found[1][0].distance
    assert len(np.unique(found[0].z, axis=0)) == 1500


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


def through(target: Target, count: int = 500) -> Lines:
    z = np.random.default_rng(3).standard_normal((count, 2))
    return lines(Particles(z, target.errors(z @ LINES.T)), target)


def test_lines_through_a_straight_model_are_the_model():
    found = through(TARGET)
    assert found.slopes == pytest.approx((LINES / TARGET.tolerance[:, None]).T, rel=0.1, abs=0.05)
    assert found.level == pytest.approx(-TARGET.observed / TARGET.tolerance, abs=0.1)
    assert found.rest == pytest.approx(np.zeros(3), abs=0.05)


def test_slopes_that_chance_may_have_made_are_nothing():
    """Ten parameters that do nothing: of the slopes that luck draws, 5 % pass for more."""
    luck = np.random.default_rng(4)
    runs = Particles(luck.standard_normal((300, 10)), luck.standard_normal((300, 3)))
    found = lines(runs, TARGET)
    assert (found.slopes == 0.0).mean() > 0.8
    assert found.rest == pytest.approx(np.ones(3), abs=0.3)


def test_luck_is_half_of_what_a_move_changes_beside_the_lines():
    rng = np.random.default_rng(6)
    z = 0.3 * rng.standard_normal((4000, 2))
    one, other = (Particles(where, TARGET.errors(where @ LINES.T) + 0.5 * rng.standard_normal((4000, 3)))
                  for where in (z, 0.9 * z + 0.1))  # fmt: skip
    exact = Lines((LINES / TARGET.tolerance[:, None]).T, np.zeros(3), np.ones(3))
    assert luck_of(one, other, exact) == pytest.approx(np.full(3, 0.25), rel=0.1)


def test_more_draws_than_asked_for_leave_the_nearest():
    particles, _ = sample(PRIOR, TARGET, linear, 100, 400 * (ROUNDS + 1), seed=5)
    everyone, _ = sample(PRIOR, TARGET, linear, 400, 400 * (ROUNDS + 1), seed=5)
    far = np.sort(TARGET.distance(everyone.errors))
    assert np.sort(TARGET.distance(particles.errors)) == pytest.approx(far[:100])


def test_the_nearest_point_on_straight_lines_is_found():
    exact = Target(TARGET.keys, TARGET.kinds, np.array([0.6, 0.6, 0.0]), TARGET.tolerance, TARGET.weight)
    assert nearest(through(exact), exact.weight) < 0.3
    far = Target(TARGET.keys, TARGET.kinds, np.array([0.45, 0.75, 0.0]), TARGET.tolerance, TARGET.weight)
    assert nearest(through(far), far.weight) == pytest.approx(0.5, abs=0.25)  # 2 * 0.5**2


def test_with_a_record_that_says_nothing_draws_go_back_to_where_they_began():
    start = np.random.default_rng(3).standard_normal((50, 2))
    now = Particles(np.zeros((50, 2)), TARGET.errors(np.zeros((50, 3))))
    found = step(now, start, through(TARGET), np.full(3, 1e18), np.zeros((50, 3)))
    assert found == pytest.approx(0.6 * start, abs=1e-6)


def test_the_budget_is_kept_and_rounds_are_numbered():
    calls: list[tuple[int, int]] = []

    def counting(number: int, z: np.ndarray) -> np.ndarray:
        calls.append((number, len(z)))
        return linear(number, z)

    particles, _ = sample(PRIOR, TARGET, counting, 50, 800, seed=1)
    assert calls == [(number, members(50, 800)) for number in range(ROUNDS + 1)]
    assert sum(runs for _, runs in calls) <= 800
    assert len(particles.z) == 50
