"""The sampler finds a posterior that is known, and the same one for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.fit.distance import Target
from experiments.fit.prior import Prior
from experiments.fit.sampler import FIRST_SHARE, effective, sample

PRIOR = Prior(("a", "b"), np.zeros(2), np.ones(2), np.zeros(2, dtype=bool))
# Two observations of one line and one across it: narrow along a + b, hardly anything on a - b.
LINES = np.array([[1.0, 1.0], [1.0, 1.0], [0.3, -0.3]])
TARGET = Target(("x", "y", "w"), ("share",) * 3, np.array([2.0, 2.1, 0.3]), np.array([0.1, 0.1, 0.5]), np.array([1.0, 1.0, 0.5]))


def linear(number: int, z: np.ndarray) -> np.ndarray:
    return z @ LINES.T


def moments(target: Target, lines=LINES) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of the posterior, summed over a fine grid."""
    side = np.linspace(-6, 6, 481)
    z = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    score = target.log_likelihood(target.distance(target.errors(z @ lines.T))) - 0.5 * (z**2).sum(axis=1)
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    mean = weight @ z
    return mean, (weight[:, None] * (z - mean)).T @ (z - mean)


@pytest.fixture(scope="module")
def found():
    return sample(PRIOR, TARGET, linear, 1000, 16_000, seed=5)


def test_a_known_posterior_is_recovered(found):
    particles, rounds = found
    mean, spread = moments(TARGET)
    assert rounds[-1].heat == 1.0
    assert particles.z.shape == (1000, 2)
    assert particles.z.mean(axis=0) == pytest.approx(mean, abs=0.1)
    assert np.cov(particles.z.T) == pytest.approx(spread, abs=0.12)
    # It is not the prior: what the record tells of the sum is sharp, of the difference next to nothing.
    assert (particles.z @ [1.0, 1.0]).std() < 0.2 < 1.0 < (particles.z @ [1.0, -1.0]).std()
    assert particles.errors == pytest.approx(TARGET.errors(particles.z @ LINES.T))
    assert particles.score == pytest.approx(TARGET.log_likelihood(TARGET.distance(particles.errors)))


def test_the_record_counts_more_and_more(found):
    heats = [one.heat for one in found[1]]
    assert heats == sorted(heats)
    assert 0.0 < heats[0] < 1.0
    assert found[1][-1].distance < found[1][0].distance
    assert all(0.0 <= one.accepted <= 1.0 for one in found[1])


def test_the_same_seed_gives_the_same_draws(found):
    again, _ = sample(PRIOR, TARGET, linear, 1000, 16_000, seed=5)
    other, _ = sample(PRIOR, TARGET, linear, 1000, 16_000, seed=6)
    assert (again.z == found[0].z).all()
    assert (other.z != found[0].z).any()


def test_luck_is_part_of_what_is_sampled():
    """A run that says something else each time widens the posterior as that much more tolerance would."""
    luck = np.random.default_rng(7)

    def lucky(number: int, z: np.ndarray) -> np.ndarray:
        return z @ LINES.T + 0.5 * luck.standard_normal((len(z), 1)) * [1.0, 1.0, 0.0]

    noisy, _ = sample(PRIOR, TARGET, lucky, 1000, 16_000, seed=5)
    clean = moments(TARGET)[1]
    wide = np.cov(noisy.z.T)
    assert wide.sum() > 1.5 * clean.sum()  # of a + b


def test_the_budget_is_kept_and_rounds_are_numbered():
    calls: list[tuple[int, int]] = []

    def counting(number: int, z: np.ndarray) -> np.ndarray:
        calls.append((number, len(z)))
        return linear(number, z)

    sample(PRIOR, TARGET, counting, 50, 500, seed=1)
    assert calls == [(0, int(FIRST_SHARE * 500)), *((number, 50) for number in range(1, 8))]
    assert sum(runs for _, runs in calls) <= 500


def test_runs_that_failed_are_not_chosen():
    """Half of the range has no value: nothing of it is left in the end."""

    def failing(number: int, z: np.ndarray) -> np.ndarray:
        return np.where(z[:, :1] > 1.0, np.nan, linear(number, z))

    particles, _ = sample(PRIOR, TARGET, failing, 200, 4000, seed=2)
    assert (particles.z[:, 0] > 1.0).mean() < 0.02


def test_how_many_carry_the_weight():
    assert effective(np.zeros(10)) == pytest.approx(10.0)
    assert effective(np.array([0.0, -1e9, -1e9])) == pytest.approx(1.0)
    assert effective(np.log(np.array([2.0, 1.0, 1.0]))) == pytest.approx(16.0 / 6.0)
