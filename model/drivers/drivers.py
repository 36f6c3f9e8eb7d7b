"""The drivers of one run: every process has a named stream of its own, so that no scenario reshuffles another's."""

from __future__ import annotations

from datetime import date

import numpy as np

from agents.rule import rule
from model.calendar import monday
from model.drivers.grants import Grants
from model.drivers.processes import Outages, Swings
from model.drivers.recorded import RecordedMarkets
from model.market.lanes import Lanes
from model.parameters import Parameters
from model.state.firms import Firms
from model.state.record import Kind
from model.world import World


class Drivers:
    """What moves the world from outside; off, nothing moves and what the data say holds.

    Nothing moves before the scenario's first week. The quantities of the data are facts of that time, and the static
    equilibrium and its spin-up are solved for them: a swing drawn there would be noise on what is known. So processes
    begin at 0, and their spread grows to the stationary one.

    Attributes:
        on: whether the run draws them; what follows is there only then.
        uses: end use and metal of each process of demand, in order.
        demand: log of use over its trend, by process.
        plants: producers that may fail.
        outages: which of them do.
        freight: log of freight over what the data say.
    """

    uses: list[str]
    demand: Swings
    plants: list[str]
    outages: Outages
    freight: Swings

    def __init__(
        self, world: World, p: Parameters, start: date, seed: int, on: bool, firms: Firms, lanes: Lanes
    ) -> None:
        """Note whose drivers they are; off, there is nothing to draw."""
        self.on = on
        self._world, self._p, self._start, self._seed = world, p, start, seed
        self._firms, self._lanes = firms, lanes
        self._recorded: RecordedMarkets | None = None
        if on:
            self._lay_out()

    def _lay_out(self) -> None:
        """Begin the processes, each where the data stand."""
        world, p, seed, firms = self._world, self._p, self._seed, self._firms
        of_firms, good = p.by_good[firms["good"]], firms["good"]

        self._buyers = firms.of(Kind.BUYER)
        who = [
            f"{row.end_use}/{world.metal_of_good[g]}"
            for row, g in zip(firms.businesses[self._buyers], good[self._buyers], strict=True)
        ]
        names, first, self._use_of = np.unique(np.array(who, dtype=object), return_index=True, return_inverse=True)
        self.uses, by_use = names.tolist(), of_firms[self._buyers][first]
        self.demand = Swings(seed, "demand", self.uses, by_use["demand_volatility"], by_use["demand_memory_weeks"])

        self._producers = firms.of(Kind.PRODUCER)
        by_plant = of_firms[self._producers]
        self.plants, self._depth = firms.labels()[self._producers], by_plant["outage_depth"]
        self.outages = Outages(seed, self.plants, by_plant["outages_per_year"], by_plant["outage_weeks"])

        freight = np.array([p.freight_volatility]), np.array([p.freight_memory_weeks])
        self.freight = Swings(seed, "freight", ["world"], *freight)

    def follow_record(self, home: int) -> None:
        """Let markets be from now on as the record found them; drawn or not, they are data."""
        world, by_good = self._world, self._p.by_good
        self._recorded = RecordedMarkets(
            self._firms, by_good, world.metal_numbers, home, self._start, world.reference_date
        )

    def week(self, week: int) -> None:
        """Let use, plants and freight be what they are this week."""
        if self._recorded:
            self._recorded.week(monday(week, self._start))
        if not self.on or week < 0:
            return
        demand, outages = np.exp(self.demand.week()), self.outages.week()
        _drive(self._firms.table, self._buyers.start, demand, self._use_of, self._producers.start, outages, self._depth)
        self.freight.week()
        self._lanes.freight_factor = float(np.exp(self.freight.levels[0]))

    def grants(self, actor: str) -> Grants:
        """Return how much the offices of a country grant."""
        return Grants(self._world, actor, self._start, self._seed, self.on, self._by_metal)

    def _by_metal(self, name: str, metal: str) -> float:
        return float(self._p.by_good[name][self._world.metal_of_good.index(metal)])


@rule
def _drive(firms, first_buyer, demand, use_of, first_producer, out, depth):
    """Let buyers' use move by the factor of their end use, and producers lose capacity that is out."""
    for i in range(use_of.size):
        firms[first_buyer + i].trend_use_kg *= demand[use_of[i]]
    for i in range(out.size):
        firms[first_producer + i].outage_share = depth[i] if out[i] else 0.0
