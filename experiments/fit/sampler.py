"""From the prior to the posterior: each draw seeks its own compromise between where it began and the record with noise.

Randomised maximum likelihood by an iterative ensemble smoother (Oliver 1996; Chen and Oliver 2013). A draw of the prior
and a draw of the record's noise make a pair; the draw moves to where both together are least violated. For straight
lines and normal errors the result is the posterior, each draw as likely as any other. No draw is copied, so what the
record is silent about keeps the width of its prior. The way is Gauss and Newton's, with slopes that a regression finds
in all runs so far, those near the record above all: each round runs the model anew. A run's luck counts beyond
the tolerances, which allow for lumps and chance already: no draw is held to what another seed would have given.

Lines leave curves out, and a draw far out on many of them at once ends far from the record. So more draws move than are
asked for, and those nearest the record are kept (rejection; Pritchard et al. 1999).

Slopes from some hundred runs are partly chance: what is no more than chance would give is set to nothing. Tolerances
hold up to a common factor (`distance`): where even the nearest point of the lines is further off than they allow, they
are widened to that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.fit.distance import Target
from experiments.fit.prior import Prior
from model.streams import stream

ROUNDS = 7
STEP = 0.6  # of the way to where the lines point: they are lines only near by
CHANCE = 2.0  # slopes below so many of their standard errors are chance
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

    def join(self, other: Particles) -> Particles:
        """Return these and the others."""
        return Particles(np.concatenate([self.z, other.z]), np.concatenate([self.errors, other.errors]))


@dataclass(frozen=True)
class Lines:
    """Errors as straight lines of coordinates.

    Attributes:
        slopes: [parameters, observations].
        level: errors where all coordinates are 0, [observations].
        rest: variance of what the lines leave: a run's luck, and curves where nothing better is known, [observations].
    """

    slopes: np.ndarray
    level: np.ndarray
    rest: np.ndarray


@dataclass(frozen=True)
class Round:
    """What there was before a step: median distance, mean spread (the prior's is 1), by how much tolerances widen."""

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
    start = first_sample(prior, count, budget, seed)
    now = seen = _run(0, start, target, simulate)
    noise = stream(seed, "sampler").standard_normal(now.errors.shape)
    rounds: list[Round] = []
    luck: np.ndarray | None = None
    for number in range(1, ROUNDS + 1):
        found = lines(seen, target)
        if luck is not None:
            found = replace(found, rest=luck)
        widened = max(1.0, nearest(found, target.weight) / target.weight.sum())
        rounds.append(_round(now, target, widened))
        moved = _run(number, step(now, start, found, widened / target.weight, noise), target, simulate)
        luck = luck_of(now, moved, found)
        now, seen = moved, seen.join(moved)
    rounds.append(_round(now, target, rounds[-1].widened))
    return now.take(np.sort(np.argsort(target.distance(now.errors), kind="stable")[:count])), rounds


def lines(runs: Particles, target: Target) -> Lines:
    """Return the lines through runs, without slopes that chance may have made."""
    enough = target.weight.sum()
    weight = enough / (enough + target.distance(runs.errors))  # far from the record lines are others
    weight /= weight.mean()
    middle, mean = (np.average(values, axis=0, weights=weight) for values in (runs.z, runs.errors))
    z, errors = runs.z - middle, runs.errors - mean
    inverse = np.linalg.inv((z.T * weight) @ z + RIDGE * np.eye(z.shape[1]))
    slopes = inverse @ (z.T * weight) @ errors
    variance = np.average((errors - z @ slopes) ** 2, axis=0, weights=weight)
    slopes[np.abs(slopes) < CHANCE * np.sqrt(np.outer(np.diag(inverse), variance))] = 0.0
    return Lines(slopes, mean - middle @ slopes, variance)


def luck_of(before: Particles, after: Particles, found: Lines) -> np.ndarray:
    """Return the variance of a run's luck, [observations]: half of what a short move changes beside the lines."""
    return np.asarray((after.errors - before.errors - (after.z - before.z) @ found.slopes).var(axis=0) / 2.0)


def step(now: Particles, start: np.ndarray, found: Lines, variance: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return coordinates after a step towards each draw's compromise.

    Args:
        now: where the draws are.
        start: where they began, [particles, parameters].
        found: lines through runs near by.
        variance: of the record, in squared tolerances, [observations].
        noise: of the record for each draw, standard normal, [particles, observations].
    """
    slopes = found.slopes
    # What the record with noise asks of a draw's start, if lines hold from there to here.
    asked = now.errors + np.sqrt(variance) * noise - (now.z - start) @ slopes
    allowed = np.maximum(variance, found.rest)  # tolerances hold luck; their sum would count it twice
    best = start - asked @ np.linalg.solve(slopes.T @ slopes + np.diag(allowed), slopes.T)
    return np.asarray(now.z + STEP * (best - now.z))


def nearest(found: Lines, weight: np.ndarray) -> float:
    """Return the distance at the point of the lines that the record and the prior together point at."""
    slopes = found.slopes
    best = np.linalg.solve(np.eye(len(slopes)) + (slopes * weight) @ slopes.T, -(slopes * weight) @ found.level)
    return float((weight * (found.level + best @ slopes) ** 2).sum())


def _run(number: int, z: np.ndarray, target: Target, simulate: Simulate) -> Particles:
    return Particles(z, target.errors(simulate(number, z)))


def _round(now: Particles, target: Target, widened: float) -> Round:
    return Round(float(np.median(target.distance(now.errors))), float(now.z.std(axis=0).mean()), widened)
