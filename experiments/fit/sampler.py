"""From the prior to the posterior by tempering: particles move by Metropolis steps while the record counts ever more.

Sequential Monte Carlo (Del Moral, Doucet and Jasra 2006). A first sample fills the prior; the best of it are particles
to which the record counts a little (heat). Each round the heat rises until half of the particles would carry the
weight, they are drawn anew, and each tries a step that keeps the straight-line guess of `emulator`; a real run decides.
A run has its own seed, so the likelihood holds the luck of licences, and a particle keeps the luck it came with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.fit.distance import Target
from experiments.fit.emulator import propose
from experiments.fit.prior import Prior
from model.streams import stream

FIRST_SHARE = 0.3  # of the budget, for the sample of the prior
KEPT = 0.5  # share of particles that must carry the weight after a rise of the heat
STEP = 0.45  # of the proposals, 0 to 1; it follows what is accepted
ACCEPTED = 0.25  # share of proposals that should be accepted
LEAST_STEP, LARGEST_STEP = 0.05, 0.9

# Runs the model for draws; takes the number of the round and coordinates, and returns values, [runs, observations].
Simulate = Callable[[int, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Particles:
    """A sample with what its runs gave.

    Attributes:
        z: coordinates, [particles, parameters].
        errors: in tolerances, [particles, observations].
        score: log-likelihood, [particles].
    """

    z: np.ndarray
    errors: np.ndarray
    score: np.ndarray

    def take(self, rows: np.ndarray) -> Particles:
        """Return some of them, in order."""
        return Particles(self.z[rows], self.errors[rows], self.score[rows])

    def join(self, other: Particles) -> Particles:
        """Return these and the others."""
        pairs = ((self.z, other.z), (self.errors, other.errors), (self.score, other.score))
        return Particles(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class Round:
    """What happened in a round: the heat at its end, what share of steps was accepted, the median distance."""

    heat: float
    accepted: float
    distance: float


def sample(
    prior: Prior, target: Target, simulate: Simulate, count: int, budget: int, seed: int
) -> tuple[Particles, list[Round]]:
    """Return particles of the posterior, each as likely as any other, and what happened on the way.

    Args:
        prior: of the parameters.
        target: what runs are held against.
        simulate: runs the model.
        count: of particles.
        budget: runs in all; what is left after the full heat is reached is spent on further steps.
        seed: of the sampler.
    """
    draws = stream(seed, "sampler")
    seen = _run(0, first_sample(prior, count, budget, seed), target, simulate)
    first = len(seen.z)
    heat, size = 0.0, STEP
    heat = _next_heat(seen.score, heat, KEPT * count / first)
    now = seen.take(_drawn(heat * seen.score, count, draws))
    rounds = [Round(heat, 1.0, float(np.median(target.distance(now.errors))))]
    for number in range(1, max((budget - first) // count, 1) + 1):
        guess = propose(seen.z, seen.errors, target.weight, heat)
        noise, luck = draws.standard_normal(now.z.shape), draws.random(count)
        tried = _run(number, guess.step(now.z, size, noise), target, simulate)
        gain = heat * (tried.score - now.score) + _prior(tried.z) - _prior(now.z)
        gain -= guess.log_density(tried.z) - guess.log_density(now.z)
        better = np.log(luck) < gain
        seen = seen.join(tried)
        now = replace(
            now,
            z=np.where(better[:, None], tried.z, now.z),
            errors=np.where(better[:, None], tried.errors, now.errors),
            score=np.where(better, tried.score, now.score),
        )
        rounds.append(Round(heat, float(better.mean()), float(np.median(target.distance(now.errors)))))
        size = float(np.clip(size * np.exp(better.mean() - ACCEPTED), LEAST_STEP, LARGEST_STEP))
        left = max((budget - first) // count, 1) - number
        if heat < 1.0 and left > 0:
            # The last rounds are at full heat, whatever it costs in particles.
            risen = 1.0 if left <= 2 else _next_heat(now.score, heat, KEPT)
            now = now.take(_drawn((risen - heat) * now.score, count, draws))
            heat = risen
    return now, rounds


def first_sample(prior: Prior, count: int, budget: int, seed: int) -> np.ndarray:
    """Return the coordinates that fill the prior, with which a sampler of these settings begins (round 0)."""
    return prior.hypercube(max(int(FIRST_SHARE * budget), count), seed)


def _run(number: int, z: np.ndarray, target: Target, simulate: Simulate) -> Particles:
    errors = target.errors(simulate(number, z))
    return Particles(z, errors, target.log_likelihood(target.distance(errors)))


def _prior(z: np.ndarray) -> np.ndarray:
    return np.asarray(-0.5 * (z**2).sum(axis=1))


def effective(log_weight: np.ndarray) -> float:
    """Return how many particles carry the weight (Kish)."""
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / (weight**2).sum())


def _next_heat(score: np.ndarray, heat: float, kept: float) -> float:
    """Return the largest heat at which a share of the particles still carries the weight."""
    if effective((1.0 - heat) * score) >= kept * len(score):
        return 1.0
    low, high = heat, 1.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective((middle - heat) * score) >= kept * len(score) else (low, middle)
    return low


def _drawn(log_weight: np.ndarray, count: int, draws: np.random.Generator) -> np.ndarray:
    """Return rows drawn in proportion to their weight, evenly spaced (systematic resampling), in order."""
    weight = np.exp(log_weight - log_weight.max())
    places = (np.arange(count) + draws.random()) / count
    return np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), places), len(weight) - 1)
