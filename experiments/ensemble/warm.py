"""Loaded once by the process that workers are forked from, so that none of them has to load and compile it again."""

from __future__ import annotations

import gc
from contextlib import suppress

import experiments.ensemble.worker  # noqa: F401
from model import TradeModel

with suppress(Exception):  # a broken world is refused elsewhere, in words
    TradeModel(seed=0).step()
gc.collect()
gc.freeze()  # what is loaded by now stays, and is shared with the workers as long as nobody touches it
