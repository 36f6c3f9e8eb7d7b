"""Random generators for many names at once: those of `numpy.random.SeedSequence`, in a tenth of the time.

A run has a thousand streams, and NumPy mixes the seed anew for each of them. What a name adds is the last of what is
mixed, so here the seed is mixed once and all names in one go (O'Neill's `seed_seq`, as `numpy.random` documents it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np

WORD = 2**32
POOL_WORDS, STATE_WORDS = 4, 8  # 32 bits each; PCG64 starts from 256 bits
# Constants of the hash: while mixing in, while reading out, and of the two sides of a mix.
INIT_IN, TIMES_IN, INIT_OUT, TIMES_OUT = 0x43B0D7E5, 0x931E8875, 0x8B51F9DD, 0x58F38DED
LEFT, RIGHT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)


class _Known(np.random.bit_generator.ISeedSequence):
    """The state that a generator starts from, as NumPy asks for it."""

    def __init__(self, state: np.ndarray) -> None:
        self._state = state

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        return self._state


def generators(seed: int, names: Sequence[str]) -> list[np.random.Generator]:
    """Return a generator for each name: what `SeedSequence(seed, spawn_key=(crc32 of the name,))` gives a PCG64."""
    keys = np.array([crc32(name.encode()) for name in names], np.uint32)
    known: list[Any] = [_Known(state) for state in _read_out(_mixed_in(seed, keys))]
    return [np.random.Generator(np.random.PCG64(start)) for start in known]


def _mixed_in(seed: int, keys: np.ndarray) -> np.ndarray:
    """Return the pools of entropy of a seed and some keys, [POOL_WORDS, keys]."""
    pool = np.random.SeedSequence(seed).pool
    words = max(-(-seed.bit_length() // 32), POOL_WORDS)
    hashes = POOL_WORDS * words  # so many went into the seed's own pool
    mixed = np.empty((POOL_WORDS, keys.size), np.uint32)
    for i in range(POOL_WORDS):
        hashed = _hash(keys, INIT_IN, TIMES_IN, hashes + i)
        mixed[i] = _shifted(LEFT * pool[i : i + 1] - RIGHT * hashed)
    return mixed


def _read_out(pools: np.ndarray) -> np.ndarray:
    """Return what generators start from, [keys, STATE_WORDS / 2] of 64 bits."""
    words = [_hash(pools[i % POOL_WORDS], INIT_OUT, TIMES_OUT, i) for i in range(STATE_WORDS)]
    return np.stack(words, axis=1).astype("<u4").view("<u8").astype(np.uint64)


def _hash(values: np.ndarray, start: int, times: int, number: int) -> np.ndarray:
    """Return values hashed; the hash changes from one use to the next, which are numbered from 0."""
    before = start * pow(times, number, WORD) % WORD
    return _shifted((values ^ np.uint32(before)) * np.uint32(before * times % WORD))


def _shifted(values: np.ndarray) -> np.ndarray:
    shifted: np.ndarray = values ^ (values >> np.uint32(16))
    return shifted
