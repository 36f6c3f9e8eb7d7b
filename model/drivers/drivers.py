"""The drivers of one run: every process has a named stream of its own, so that no scenario reshuffles another's."""

from __future__ import annotations

from datetime import date

from model.drivers.grants import Grants
from model.parameters import Parameters
from model.world import World


class Drivers:
    """What moves the world from outside; off, nothing moves and what the data say holds."""

    def __init__(self, world: World, p: Parameters, start: date, seed: int, on: bool) -> None:
        """Begin where the data stand."""
        self.on = on
        self._world, self._p, self._start, self._seed = world, p, start, seed

    def grants(self, actor: str) -> Grants:
        """Return how much the offices of a country grant."""
        return Grants(self._world, actor, self._start, self._seed, self.on, self._by_metal)

    def _by_metal(self, name: str, metal: str) -> float:
        return float(self._p.by_good[name][self._world.metal_of_good.index(metal)])
