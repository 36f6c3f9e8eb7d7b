"""Named random streams, so that adding a firm or a policy never reshuffles anybody else's draws."""

from zlib import crc32

import numpy as np

from model.errors import InputError
from model.seeding import generators

NOISE_BLOCK_WEEKS = 104
BLOCK_TURNS = 16
MEETING_BLOCK_WEEKS = 16


def whole_seed(seed: int | str | None) -> int:
    """Return the seed as a plain int (0 when not given); text boxes give text, NumPy its own integers."""
    try:
        whole = 0 if seed is None else int(seed)
    except (TypeError, ValueError):
        raise InputError(f"seed = {seed!r}: must be a whole number, 0 or more") from None
    if whole < 0 or (isinstance(seed, float) and whole != seed):
        raise InputError(f"seed = {seed!r}: must be a whole number, 0 or more")
    return whole


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator that belongs to `name` under `seed`.

    Args:
        seed: the run's seed.
        name: who draws, e.g. ``"order-noise/some-firm"``. The same name always gives the same draws.

    Returns:
        A PCG64 generator, independent of every other name's (common random numbers across scenarios). For many names
        at once there is `model.seeding.generators`.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(crc32(name.encode()),))))


class _WeeklyDraws:
    """Draws week by week, each row from a stream of its own.

    Drawn in blocks of weeks, since a call per row and week would dominate a run.
    """

    def __init__(self, seed: int, purpose: str, names: list[str]) -> None:
        self._streams = generators(seed, [f"{purpose}/{name}" for name in names])
        self._block, self._next = np.empty(0), 0

    def week(self) -> np.ndarray:
        """Return this week's draws; each call moves on by one week."""
        if self._next == len(self._block):
            self._block, self._next = self._draw(), 0
        self._next += 1
        found: np.ndarray = self._block[self._next - 1]
        return found

    def _draw(self) -> np.ndarray:
        """Return the draws of the next weeks, [weeks, ...]."""
        raise NotImplementedError


class RowNoise(_WeeklyDraws):
    """Standard normal draws, one per row and week; a week's draws are of shape [rows]."""

    def _draw(self) -> np.ndarray:
        draws = [generator.standard_normal(NOISE_BLOCK_WEEKS) for generator in self._streams]
        return np.array(draws).reshape(-1, NOISE_BLOCK_WEEKS).T.copy()


class RowDraws(_WeeklyDraws):
    """Uniform draws, some per row and week; a week's draws are of shape [rows, draws]."""

    def __init__(self, seed: int, purpose: str, names: list[str], draws: int) -> None:
        """Begin; each row has so many draws a week."""
        super().__init__(seed, purpose, names)
        self._shape = (NOISE_BLOCK_WEEKS, draws)

    def _draw(self) -> np.ndarray:
        draws = [generator.random(self._shape) for generator in self._streams]
        return np.array(draws).reshape(-1, *self._shape).transpose(1, 0, 2).copy()


class TurnDraws:
    """Uniform draws by row and turn, each row from a stream of its own: a row's n-th turn has the same draws whenever.

    Drawn in blocks of `BLOCK_TURNS`, for all rows at once.
    """

    def __init__(self, seed: int, names: list[str], draws_per_turn: int) -> None:
        self._streams = generators(seed, names)
        self._draws = np.empty((len(names), 0, draws_per_turn))

    def up_to(self, turn: int) -> np.ndarray:
        """Return the draws of all rows up to a turn at least (turns count from 0), [rows, turns, draws per turn]."""
        while turn >= self._draws.shape[1]:
            block = (BLOCK_TURNS, self._draws.shape[2])
            more = np.array([generator.random(block) for generator in self._streams]).reshape(-1, *block)
            self._draws = np.concatenate([self._draws, more], axis=1)
        return self._draws


class MeetingDraws(_WeeklyDraws):
    """Uniform draws by week, round and order; a week's draws are of shape [rows, rounds, orders]."""

    def __init__(self, seed: int, purpose: str, names: list[str], rounds: int, orders: int) -> None:
        """Begin; each row has so many orders."""
        super().__init__(seed, purpose, names)
        self._shape = (MEETING_BLOCK_WEEKS, rounds, orders)

    def _draw(self) -> np.ndarray:
        block = np.empty((len(self._streams), *self._shape))
        for generator, own in zip(self._streams, block, strict=True):
            generator.random(out=own)
        return block.swapaxes(0, 1)
