"""What is believed of parameters before the record is looked at: the ranges of `parameters.csv`.

Every parameter whose range has a width counts, behavioural ones that nobody could publish above all. It is uniform from
low to high; a scale, whose high end is more than `RATIO` times a positive low end, is uniform in its logarithm. The
declared value plays no part, so that defaults taken from a posterior do not lead to another one.

Draws are made in standard normal coordinates z, one for each parameter, since a sampler that keeps N(0, 1) there keeps
the prior, whatever the number of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from model.errors import InputError
from model.streams import stream
from model.world import World

RATIO = 5.0
DIGITS = 4  # significant ones of a drawn value: more say nothing, and files stay short


@dataclass(frozen=True)
class Prior:
    """Ranges of parameters.

    Attributes:
        names: keys of the parameters.
        low, high: ends of the ranges, [parameters].
        scale: whether it is uniform in its logarithm, [parameters].
    """

    names: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    scale: np.ndarray

    def values(self, z: np.ndarray) -> np.ndarray:
        """Return parameters for standard normal coordinates, both [draws, parameters]."""
        from scipy.special import ndtr  # slow to load, and workers do not draw

        share = ndtr(z)
        start, end = (np.where(self.scale, np.log(np.where(self.scale, side, 1.0)), side)
                      for side in (self.low, self.high))  # fmt: skip
        plain = start + share * (end - start)
        found = np.where(self.scale, np.exp(np.where(self.scale, plain, 0.0)), plain)
        return np.clip(_rounded(found), self.low, self.high)

    def draws(self, z: np.ndarray) -> list[dict[str, float]]:
        """Return the same as draws by name."""
        return [dict(zip(self.names, row, strict=True)) for row in self.values(z).tolist()]

    def hypercube(self, count: int, seed: int) -> np.ndarray:
        """Return a Latin hypercube over the prior, [count, parameters] in standard normal coordinates."""
        from scipy.special import ndtri
        from scipy.stats import qmc

        unit = qmc.LatinHypercube(len(self.names), rng=stream(seed, "prior")).random(count)
        return np.asarray(ndtri(unit))

    def digest(self) -> str:
        """Return a hash of it."""
        content = repr((self.names, self.low.tolist(), self.high.tolist(), self.scale.tolist()))
        return sha256(content.encode()).hexdigest()


def prior_of(world: World) -> Prior:
    """Return the prior over the parameters of a world.

    Raises:
        InputError: none has a range.
    """
    table = world.parameter_table
    kept = table[table["low"] < table["high"]]
    if kept.empty:
        raise InputError("parameters.csv: no parameter has a range (low below high): there is nothing to fit")
    low, high = (kept[side].to_numpy(dtype=float) for side in ("low", "high"))
    return Prior(tuple(map(str, kept.index)), low, high, (low > 0.0) & (high > RATIO * low))


def _rounded(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        size = np.floor(np.log10(np.abs(values)))
    factor = 10.0 ** (DIGITS - 1 - np.where(np.isfinite(size), size, 0.0))
    return np.asarray(np.round(values * factor) / factor)
