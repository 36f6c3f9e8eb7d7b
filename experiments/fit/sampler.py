"""From the prior to the posterior by smoothing: all draws move together, a step of the way each round.

An ensemble smoother with multiple data assimilation (Emerick and Reynolds 2013): in every round each draw moves along
the covariance of parameters and errors, towards the record with noise added for its tolerance, inflated such that all
rounds together use the record once. Each round runs the model anew, so curves are followed as far as a few straight
lines can. No draw is copied, so what the record is silent about keeps the width of its prior.

Covariances from a few hundred runs are partly chance: what is no more than chance would give is set to nothing
(correlation-based localisation; Luo and Bhakta 2020). And tolerances hold up to a common factor (`distance`): where
even the nearest point of the straight lines is further off than they allow, they are widened to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.fit.distance import Target
from experiments.fit.prior import Prior
from model.streams import stream

ROUNDS = 7
RATIO = 0.75  # of the inflation from round to round: first steps are careful, as the way is far from straight
CHANCE = 2.0  # correlations below so many of their standard errors are chance
RIDGE = 3.0  # of the slopes, in runs: few runs must not make steep lines

# Runs the model for draws; takes the number of the round and coordinates, and returns values, [runs, observations].
Simulate = Callable[[int, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Particles:
    """A sample with what its runs gave.

    Attributes:
        z: coordinates, [particles, parameters].
        errors: in tolerances, [particles, observations].
    """

    z: np.ndarray
    errors: np.ndarray

    def take(self, rows: np.ndarray | slice) -> Particles:
        """Return some of them, in order."""
        return Particles(self.z[rows], self.errors[rows])


@dataclass(frozen=True)
class Round:
    """What there was before a step: the share of the record used, median distance, mean spread (the prior's is 1)."""

    used: float
    distance: float
    spread: float
    widened: float


def members(count: int, budget: int) -> int:
    """Return how many draws move, of which `count` are kept."""
    return max(count, budget // (ROUNDS + 1))


def first_sample(prior: Prior, count: int, budget: int, seed: int) -> np.ndarray:
    """Return the draws of the prior that a sample starts from, [members, parameters]."""
    return prior.hypercube(members(count, budget), seed)


def sample(
    prior: Prior, target: Target, simulate: Simulate, count: int, budget: int, seed: int
) -> tuple[Particles, list[Round]]:
    """Return draws of the posterior, each as likely as any other, and what happened on the way.

    Args:
        prior: of the parameters.
        target: what runs are held against.
        simulate: runs the model.
        count: draws to return.
        budget: runs in all.
        seed: of the sampler.
    """
    luck = stream(seed, "sampler")
    now = _run(0, first_sample(prior, count, budget, seed), target, simulate)
    rounds: list[Round] = []
    used = 0.0
    for number, part in enumerate(parts(), start=1):
        widened = max(1.0, nearest(now, target.weight) / target.weight.sum())
        rounds.append(_round(now, target, used, widened))
        noise = luck.standard_normal(now.errors.shape)
        now = _run(number, step(now, widened / (part * target.weight), noise), target, simulate)
        used += part
    rounds.append(_round(now, target, used, rounds[-1].widened))
    return now.take(slice(count)), rounds


def parts() -> np.ndarray:
    """Return the share of the record that each round uses; they add up to 1, [rounds]."""
    growing = RATIO ** -np.arange(ROUNDS, dtype=float)
    return growing / growing.sum()


def step(now: Particles, variance: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return coordinates after a step towards the record.

    Args:
        now: where the draws are.
        variance: of the record in this step, in squared tolerances, [observations].
        noise: standard normal, [particles, observations].
    """
    z, errors = now.z - now.z.mean(axis=0), now.errors - now.errors.mean(axis=0)
    both = z.T @ errors / (len(z) - 1)
    size = np.outer(z.std(axis=0), errors.std(axis=0))
    both[np.abs(both) < CHANCE / np.sqrt(len(z)) * size] = 0.0
    among = errors.T @ errors / (len(z) - 1)
    away = now.errors + np.sqrt(variance) * noise
    return np.asarray(now.z - away @ np.linalg.solve(among + np.diag(variance), both.T))


def nearest(now: Particles, weight: np.ndarray) -> float:
    """Return the least distance (with the prior's as a penalty) on the straight lines through the runs."""
    middle, level = now.z.mean(axis=0), now.errors.mean(axis=0)
    z = now.z - middle
    unit = np.eye(z.shape[1])
    slopes = np.linalg.solve(z.T @ z + RIDGE * unit, z.T @ (now.errors - level))
    at_zero = level - middle @ slopes
    best = np.linalg.solve(unit + (slopes * weight) @ slopes.T, -(slopes * weight) @ at_zero)
    return float((weight * (at_zero + best @ slopes) ** 2).sum())


def _run(number: int, z: np.ndarray, target: Target, simulate: Simulate) -> Particles:
    return Particles(z, target.errors(simulate(number, z)))


def _round(now: Particles, target: Target, used: float, widened: float) -> Round:
    distance = float(np.median(target.distance(now.errors)))
    return Round(used, distance, float(now.z.std(axis=0).mean()), widened)
