"""From the prior to the posterior by tempering: particles move by Metropolis steps while the record counts ever more.

Sequential Monte Carlo (Del Moral, Doucet and Jasra 2006). A first sample fills the prior; the best of it are particles
to which the record counts a little (heat). Each round every particle tries a step that keeps the straight-line guess of
`emulator`; a real run decides. Once most have moved, the heat rises until half of them would carry the weight, and they
are drawn anew.

What is sampled is parameters and luck: a particle has a seed, and its steps keep it most of the time. Luck changes the
likelihood by far more than a small step does; were it drawn anew for each step, the luckiest particle would never move,
and all others would become copies of it (the sticking of pseudo-marginal chains; Deligiannidis, Doucet and Pitt 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.fit.distance import Target
from experiments.fit.emulator import propose
from experiments.fit.prior import Prior
from model.streams import stream

FIRST_SHARE = 0.2  # of the budget, for the sample of the prior
KEPT = 0.5  # share of particles that must carry the weight after a rise of the heat
MOVED = 0.5  # steps accepted for each particle before the heat may rise
STEP = 0.3  # of the proposals, 0 to 1; it follows what is accepted
ACCEPTED, FOLLOWS = 0.25, 2.0  # share of proposals that should be accepted; how fast the step follows
LEAST_STEP, LARGEST_STEP = 0.05, 0.9
NEW_LUCK = 0.2  # share of proposals that try other luck instead of other parameters
LOCAL = 1500  # runs, the latest, through which the straight line goes: the world is straight near by only
SEEDS = 100_000  # apart are those of two rounds

# Runs the model; takes the number of the round, coordinates and seeds, and returns values, [runs, observations].
Simulate = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Particles:
    """A sample with what its runs gave.

    Attributes:
        z: coordinates, [particles, parameters].
        luck: seeds, [particles].
        errors: in tolerances, [particles, observations].
        score: log-likelihood, [particles].
    """

    z: np.ndarray
    luck: np.ndarray
    errors: np.ndarray
    score: np.ndarray

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.z, self.luck, self.errors, self.score

    def take(self, rows: np.ndarray) -> Particles:
        """Return some of them, in order."""
        return Particles(*(part[rows] for part in self._parts()))

    def latest(self, count: int) -> Particles:
        """Return the last of them."""
        return self.take(np.arange(max(len(self.z) - count, 0), len(self.z)))

    def join(self, other: Particles) -> Particles:
        """Return these and the others."""
        return Particles(*map(np.concatenate, zip(self._parts(), other._parts(), strict=True)))

    def replaced(self, where: np.ndarray, other: Particles) -> Particles:
        """Return these with the others where a mask says so."""
        pairs = zip(self._parts(), other._parts(), strict=True)
        return Particles(*(np.where(where.reshape(-1, *[1] * (a.ndim - 1)), b, a) for a, b in pairs))


@dataclass(frozen=True)
class Round:
    """What happened in a round: the heat in it, what share of steps was accepted, their size, the median distance."""

    heat: float
    accepted: float
    size: float
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
    z = first_sample(prior, count, budget, seed)
    seen = _run(0, z, seeds_of(0, len(z), seed), target, simulate)
    heat = _next_heat(seen.score, 0.0, KEPT * count / len(z))
    now = seen.take(_drawn(heat * seen.score, count, draws))
    rounds = [Round(heat, 1.0, 1.0, float(np.median(target.distance(now.errors))))]
    total, moved, size = max((budget - len(z)) // count, 1), 0.0, STEP
    for number in range(1, total + 1):
        tried, better = _step(number, now, seen.latest(LOCAL), heat, size, target, simulate, seed, draws)
        seen, now = seen.join(tried), now.replaced(better, tried)
        accepted = float(better.mean())
        rounds.append(Round(heat, accepted, size, float(np.median(target.distance(now.errors)))))
        size = float(np.clip(size * np.exp(FOLLOWS * (accepted - ACCEPTED)), LEAST_STEP, LARGEST_STEP))
        left, moved = total - number, moved + accepted
        if heat < 1.0 and left > 0 and (moved >= MOVED or left <= total // 2):
            # The last rounds are at full heat, whatever it costs in particles.
            risen = 1.0 if left <= 2 else _next_heat(now.score, heat, KEPT)
            now = now.take(_drawn((risen - heat) * now.score, count, draws))
            heat, moved = risen, 0.0
    return now, rounds


def _step(
    number: int, now: Particles, seen: Particles, heat: float, size: float, target: Target, simulate: Simulate,
    seed: int, draws: np.random.Generator,
) -> tuple[Particles, np.ndarray]:  # fmt: skip
    """Return where particles try to go, and which of them do."""
    guess = propose(seen.z, seen.errors, target.weight, heat)
    noise, chance = draws.standard_normal(now.z.shape), draws.random(len(now.z))
    other_luck = draws.random(len(now.z)) < NEW_LUCK
    z = np.where(other_luck[:, None], now.z, guess.step(now.z, size, noise))
    luck = np.where(other_luck, seeds_of(number, len(z), seed), now.luck)
    tried = _run(number, z, luck, target, simulate)
    gain = heat * (tried.score - now.score) + _prior(z) - _prior(now.z)
    gain -= guess.log_density(z) - guess.log_density(now.z)
    return tried, np.log(chance) < gain


def seeds_of(number: int, count: int, seed: int) -> np.ndarray:
    """Return the seeds that are new in a round."""
    return np.arange(count) + SEEDS * number + seed


def first_sample(prior: Prior, count: int, budget: int, seed: int) -> np.ndarray:
    """Return the coordinates that fill the prior, with which a sampler of these settings begins (round 0)."""
    return prior.hypercube(max(int(FIRST_SHARE * budget), count), seed)


def _run(number: int, z: np.ndarray, luck: np.ndarray, target: Target, simulate: Simulate) -> Particles:
    errors = target.errors(simulate(number, z, luck))
    return Particles(z, luck, errors, target.log_likelihood(target.distance(errors)))


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
