"""The fit itself: observations, runs, the sampler, and the posterior in an order in which a few stand for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from experiments.ensemble.design import Raw, checked
from experiments.fit.distance import Target, target_of
from experiments.fit.prior import Prior, prior_of
from experiments.fit.runs import cut_off, prepared
from experiments.fit.sampler import Particles, Round, first_sample, sample
from experiments.study.observations import observations, up_to
from experiments.study.record import Row, held
from experiments.study.shown import shown_of
from experiments.study.study import Place
from model import InputError
from model.world import World


@dataclass(frozen=True)
class Settings:
    """What a fit hangs on: last day of the observations that count, draws, runs in all, and the seed."""

    cut: date
    draws: int
    budget: int
    seed: int


@dataclass(frozen=True)
class Fit:
    """A posterior.

    Attributes:
        settings, prior, target, rows: what it was made from.
        world: the data.
        particles: the draws, in the order in which the first few stand for all.
        before: errors of draws of the prior, in tolerances, [draws, observations].
        rounds: what happened on the way.
        central: number of the draw whose errors lie nearest the median of all.
        different: how many of the draws differ.
    """

    settings: Settings
    world: World
    prior: Prior
    target: Target
    rows: Sequence[Row]
    particles: Particles
    before: np.ndarray
    rounds: Sequence[Round]
    central: int
    different: int

    def values(self) -> np.ndarray:
        """Return the parameters of the draws, [draws, parameters]."""
        return self.prior.values(self.particles.z)


def fit(world: World, scenario: Raw, settings: Settings, place: Place) -> Fit:
    """Fit the parameters of a world to what was observed up to a day.

    Raises:
        InputError: nothing was observed in the weeks of the scenario up to that day.
    """
    plan = checked(scenario, "record", world)
    short = cut_off(scenario, plan.start, settings.cut)
    rows = held(up_to(observations(world, shown_of(world, plan)), settings.cut), world, plan.start, short["weeks"])
    if not rows:
        raise InputError(f"--cut {settings.cut}: nothing was observed from {plan.start} to then; nearest 2024-06-30")
    prior, target = prior_of(world), target_of(rows, world)
    with prepared(short, rows, prior, place, settings.seed) as runs:
        size = settings.draws, settings.budget, settings.seed
        particles, rounds = sample(prior, target, runs, *size)
        there = replace(runs, place=replace(place, fresh=False))  # nothing runs again
        before = target.errors(there(0, first_sample(prior, *size)))
    particles = particles.take(in_order(particles.errors, target.weight))
    middle, different = central(particles.errors, target.weight), len(np.unique(particles.z, axis=0))
    return Fit(settings, world, prior, target, rows, particles, before, rounds, middle, different)


def central(errors: np.ndarray, weight: np.ndarray) -> int:
    """Return the row whose errors lie nearest the median of all."""
    away = errors - np.median(errors, axis=0)
    return int(np.argmin((weight * away**2).sum(axis=1)))


def in_order(errors: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return an order of rows in which the first few are spread like all: van der Corput along the main direction.

    The main direction is the first principal component of the weighted errors, that is, of what the draws say.
    """
    centred = (errors - errors.mean(axis=0)) * np.sqrt(weight)
    main = np.linalg.svd(centred, full_matrices=False)[2][0]
    ranked = np.argsort(centred @ (main * np.sign(main[np.abs(main).argmax()])), kind="stable")
    places = np.argsort(np.argsort([_corput(i) for i in range(len(ranked))]))
    order = np.empty(len(ranked), dtype=np.int64)
    order[:] = ranked[places]
    return order


def _corput(number: int) -> float:
    """Return a whole number with its binary digits mirrored at the point, 0 to 1."""
    found, share = 0.0, 0.5
    number += 1
    while number:
        found, number, share = found + share * (number & 1), number >> 1, share / 2
    return found
