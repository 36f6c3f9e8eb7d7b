"""A straight line through runs: how errors hang on parameters, and where the posterior would lie if that were all.

It only proposes where to look (Metropolis decides by real runs), so it may be as simple as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 3.0  # of the slopes, in runs: few runs must not make steep lines


@dataclass(frozen=True)
class Gauss:
    """A normal distribution over standard normal coordinates.

    Attributes:
        mean: [parameters].
        root: lower triangular, times its transpose the covariance, [parameters, parameters].
    """

    mean: np.ndarray
    root: np.ndarray

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the log density of points, [points], up to a constant."""
        white = np.linalg.solve(self.root, (z - self.mean).T)
        return np.asarray(-0.5 * (white**2).sum(axis=0))

    def step(self, z: np.ndarray, size: float, noise: np.ndarray) -> np.ndarray:
        """Return points moved such that this distribution stays as it is (preconditioned Crank-Nicolson).

        Args:
            z: where they are, [points, parameters].
            size: 0 stays, 1 draws anew.
            noise: standard normal, same shape.
        """
        return self.mean + np.sqrt(1.0 - size**2) * (z - self.mean) + size * noise @ self.root.T


def propose(z: np.ndarray, errors: np.ndarray, weight: np.ndarray, heat: float) -> Gauss:
    """Return the posterior that a linear fit of errors on coordinates has, with a standard normal prior.

    Directions that no observation depends on keep their prior.

    Args:
        z: coordinates of runs, [runs, parameters].
        errors: of these runs, in tolerances, [runs, observations].
        weight: of the observations.
        heat: what the weights are multiplied with, 0 to 1.
    """
    middle, level = z.mean(axis=0), errors.mean(axis=0)
    centred = z - middle
    size = centred.shape[1]
    slopes = np.linalg.solve(centred.T @ centred + RIDGE * np.eye(size), centred.T @ (errors - level))
    rest = errors - level - centred @ slopes
    # What the line leaves (curves, luck) is uncertainty of the same kind as a tolerance.
    share = heat * weight / (1.0 + (rest**2).mean(axis=0))
    precision = np.eye(size) + (slopes * share) @ slopes.T
    at_prior_mean = level - middle @ slopes
    mean = np.linalg.solve(precision, -(slopes * share) @ at_prior_mean)
    return Gauss(mean, np.linalg.cholesky(np.linalg.inv(precision)))
