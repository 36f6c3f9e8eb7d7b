"""Named random streams, so that adding a firm or a policy never reshuffles anybody else's draws."""

from zlib import crc32

import numpy as np

NOISE_BLOCK_WEEKS = 104
LUCK_BLOCK_TURNS = 16
MEETING_BLOCK_WEEKS = 16


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator that belongs to `name` under `seed`.

    Args:
        seed: the run's seed.
        name: who draws, e.g. ``"order-noise/jsc-germanium"``. The same name always gives the same draws.

    Returns:
        A PCG64 generator, independent of every other name's (common random numbers across scenarios).
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(crc32(name.encode()),))))


class RowNoise:
    """Standard normal draws, one per row and week, each row from a stream of its own.

    Drawn in blocks of `NOISE_BLOCK_WEEKS`, since a call per row and week would dominate a run.
    """

    def __init__(self, seed: int, purpose: str, names: list[str]) -> None:
        self._streams = [stream(seed, f"{purpose}/{name}") for name in names]
        self._block = np.empty((NOISE_BLOCK_WEEKS, len(names)))
        self._next = NOISE_BLOCK_WEEKS

    def week(self) -> np.ndarray:
        """Return this week's draws, shape [rows]; each call moves on by one week."""
        if self._next == NOISE_BLOCK_WEEKS:
            for column, generator in enumerate(self._streams):
                self._block[:, column] = generator.standard_normal(NOISE_BLOCK_WEEKS)
            self._next = 0
        self._next += 1
        return self._block[self._next - 1]


class RowLuck:
    """Uniform draws by row and turn, each row from a stream of its own: a row's n-th turn has the same luck whenever.

    Drawn in blocks of `LUCK_BLOCK_TURNS`, for all rows at once.
    """

    def __init__(self, seed: int, names: list[str], draws_per_turn: int) -> None:
        self._streams = [stream(seed, name) for name in names]
        self._luck = np.empty((len(names), 0, draws_per_turn))

    def of(self, rows: np.ndarray, turns: np.ndarray) -> np.ndarray:
        """Return the draws of rows at their turns (both [n], turns from 0), shape [n, draws per turn]."""
        while turns.size and turns.max() >= self._luck.shape[1]:
            block = (LUCK_BLOCK_TURNS, self._luck.shape[2])
            more = np.array([generator.random(block) for generator in self._streams])
            self._luck = np.concatenate([self._luck, more], axis=1)
        return self._luck[rows, turns]


class RowMeetings:
    """Uniform draws by week, round and order, each row's orders from a stream of its own.

    Drawn in blocks of `MEETING_BLOCK_WEEKS`.
    """

    def __init__(self, seed: int, purpose: str, names: list[str], rounds: int) -> None:
        self._streams = [stream(seed, f"{purpose}/{name}") for name in names]
        self._rounds = rounds
        self._block = np.empty(0)
        self._next = MEETING_BLOCK_WEEKS

    def week(self, orders: int) -> np.ndarray:
        """Return this week's draws for so many orders of every row, shape [rounds, rows * orders]."""
        if self._next == MEETING_BLOCK_WEEKS:
            shape = (MEETING_BLOCK_WEEKS, self._rounds, orders)
            self._block = np.concatenate([generator.random(shape) for generator in self._streams], axis=2)
            self._next = 0
        self._next += 1
        return self._block[self._next - 1]
