"""The fit itself: observations, runs, the sampler, and the posterior in an order in which a few stand for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np

from experiments.ensemble.design import Raw, checked
from experiments.fit.distance import Target, target_of
from experiments.fit.prior import Prior, prior_of
from experiments.fit.runs import cut_off, prepared
from experiments.fit.sampler import ROUNDS, Particles, Round, Simulate, first_sample, sample
from experiments.study.observations import observations, up_to
from experiments.study.quantity import price
from experiments.study.record import Row, held
from experiments.study.shown import shown_of
from experiments.study.study import Place
from model import InputError
from model.world import World

NEAREST, RUNS_OF_NEAREST = 24, 5  # draws that may be the central one, and runs of each


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
        central: number of the draw nearest the median of all (`central`).
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
        further = ahead(world, scenario, settings.cut)
        on = replace(runs, scenario={**scenario, "drivers": True}, rows=further) if further else None
        middle, different = central(particles, target, runs, on), len(np.unique(particles.z, axis=0))
    return Fit(settings, world, prior, target, rows, particles, before, rounds, middle, different)


def ahead(world: World, scenario: Raw, cut: date) -> list[Row]:
    """Return yearly prices of the standard grades, where quoted, in the whole years of a scenario after a day."""
    plan = checked(scenario, "record", world)
    years = range(cut.year + 1, cut.year + 1 + plan.weeks // 52)
    quotes = [
        Row(f"{good}/{zone}/{year}", price(where={"good": good, "zone": zone}, span=(f"{year}-01-01", f"{year}-12-24")))
        for good, zone, year in product(world.standard_goods, world.quoted_zones, years)
    ]
    return held(quotes, world, plan.start, plan.weeks)


def central(particles: Particles, target: Target, simulate: Simulate, on: Simulate | None = None) -> int:
    """Return the draw nearest the median of all in what it says, with a run's luck averaged out, and in its parameters.

    What the record is silent about is free in every draw: without the second part an odd value of it would be nobody's
    fault, and some odd values show only later, so what runs say of prices after the record counts, too. All draws run
    once more; those that are then nearest run `RUNS_OF_NEAREST` times each.

    Args:
        particles: the draws.
        target: what runs are held against.
        simulate: runs the record.
        on: runs on from there, drivers and all; returns prices, [runs, prices].
    """
    again = target.errors(simulate(ROUNDS + 1, particles.z))
    middle = np.median(np.concatenate([particles.errors, again]), axis=0)
    odd = ((particles.z - np.median(particles.z, axis=0)) ** 2).sum(axis=1)
    apart = target.distance((particles.errors + again) / 2 - middle) + odd
    near = np.argsort(apart, kind="stable")[:NEAREST]
    more = target.errors(simulate(ROUNDS + 2, np.repeat(particles.z[near], RUNS_OF_NEAREST, axis=0)))
    mean = more.reshape(len(near), RUNS_OF_NEAREST, -1).mean(axis=1)
    later = _apart_later(particles.z, near, on) if on else 0.0
    return int(near[np.argmin(target.distance(mean - middle) + odd[near] + later)])


def _apart_later(z: np.ndarray, near: np.ndarray, on: Simulate) -> np.ndarray:
    """Return how far some draws are from the median of all in later prices: squares of spreads of all, summed."""
    every = np.log(on(ROUNDS + 3, z))
    own = np.log(on(ROUNDS + 4, np.repeat(z[near], RUNS_OF_NEAREST, axis=0))).reshape(len(near), RUNS_OF_NEAREST, -1)
    off = (np.nanmean(own, axis=1) - np.nanmedian(every, axis=0)) / np.nanstd(every, axis=0)
    return np.asarray((off**2).sum(axis=1))


def in_order(errors: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return an order of rows in which the first few are spread like all (herding; Chen, Welling and Smola 2010).

    Each next row is near all rows and far from those before it, in weighted errors, that is, in what the draws say: so
    the energy distance between the first few and all is small. Those at hand first are the same whatever the order was.
    """
    points = (errors - errors.mean(axis=0)) * np.sqrt(weight)
    square = (points**2).sum(axis=1)
    apart = np.sqrt(np.maximum(square[:, None] + square - 2.0 * points @ points.T, 0.0))
    to_all, to_taken = apart.mean(axis=1), np.zeros(len(points))
    order = np.empty(len(points), dtype=np.int64)
    for place in range(len(points)):
        order[place] = np.argmin(to_all - to_taken / (place + 1))
        to_taken += apart[:, order[place]]
        to_all[order[place]] = np.inf
    return order


def few_for_all(errors: np.ndarray, few: int, many: int) -> np.ndarray:
    """Return how far the median of the first few rows is from that of many, in bands (10 to 90 %) of many.

    Columns without a band are left out.
    """
    low, middle, high = np.quantile(errors[:many], (0.1, 0.5, 0.9), axis=0)
    wide = high > low
    return np.asarray((np.abs(np.median(errors[:few], axis=0) - middle)[wide]) / (high - low)[wide])
