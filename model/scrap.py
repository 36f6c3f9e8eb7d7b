"""Scrap: which recyclers work up a country's new scrap, and who gets the metal back.

Every week what users lose in making things goes to recyclers by fixed routes; the metal that belongs to the owners of
the scrap goes back to them (tolling), also across borders.
"""

from __future__ import annotations

from math import fsum

import numpy as np

from agents import buyer, recycler
from agents.rule import rule
from model.state.firms import Firms
from model.state.record import Kind

RECYCLER, REFINER, REFINER_INPUT, BUYER, END = (
    int(k) for k in (Kind.RECYCLER, Kind.REFINER, Kind.REFINER_INPUT, Kind.BUYER, len(Kind))
)


class Scrap:
    """The routes of scrap.

    Attributes:
        route: share of a country's new scrap of its metal that goes to each recycler, [R, Z]; what no route takes is
            lost.
        owed: share of each recycler's captive metal that belongs to the users of a country, [R, Z].
    """

    def __init__(self, firms: Firms, metal_of_good: np.ndarray, stays: np.ndarray) -> None:
        """Lay the routes and set what recyclers make at rest.

        A country's own recyclers come first, up to the output of the data; what they leave is worked up abroad by who
        has room. Nobody makes more than the scrap and the other feed yield.

        Args:
            firms: records with the quantities of the data; normal output of recyclers is written.
            metal_of_good: number of the metal of each good, [G].
            stays: countries whose scrap stays at home and who take in none from abroad, [Z].
        """
        self._firms, self.metal = firms, metal_of_good
        rows = self._rows = firms.of(Kind.RECYCLER)
        self.metals = int(metal_of_good.max(initial=-1)) + 1
        metal, zone = metal_of_good[firms["good"][rows]], firms["zone"][rows]
        room = np.maximum(firms["normal_output_kg"][rows] - firms["feed_kg"][rows], 0.0)
        made = self.made_kg()
        self.route = np.zeros((len(zone), firms.zones))
        for m in range(self.metals):
            ours = metal == m
            self._at_home(np.flatnonzero(ours), zone, room, made[m])
            self._abroad(np.flatnonzero(ours & ~stays[zone]), room, made[m] * ~stays)
        received = self.route * made[metal]
        total = received.sum(axis=1, keepdims=True)
        self.owed = np.divide(received, total, out=np.zeros_like(received), where=total > 0)
        firms["normal_output_kg"][rows] = np.minimum(
            firms["normal_output_kg"][rows], total[:, 0] + firms["feed_kg"][rows]
        )

    def made_kg(self) -> np.ndarray:
        """Return the new scrap of a week of trend use by metal and country, kg, [M, Z]."""
        f, rows = self._firms, self._firms.of(Kind.BUYER)
        by_good = f.by_place(rows, f["scrap_share"][rows] * f["trend_use_kg"][rows])
        made = np.zeros((self.metals, f.zones))
        np.add.at(made, self.metal, by_good)
        return made

    def fill(self, params: np.ndarray) -> None:
        """Give recyclers the scrap that they have at hand at rest: normal output times the lag."""
        records = self._firms.table[self._rows]
        records["scrap_kg"] = params["scrap_lag_weeks"][records["good"]] * records["normal_output_kg"]
        self._firms.table[self._rows] = records

    def widen(self, row: int, kg: float) -> tuple[np.ndarray, float]:
        """Collect up to `kg` a week more for a recycler where it collects.

        What is not lost today cannot be collected: the gain may be less than asked for.

        Returns:
            The share of each country's scrap that its route has gained, [Z], and the kg.
        """
        r, m = row - self._rows.start, self.metal[self._firms["good"][row]]
        made = self.made_kg()[m]
        same = self.metal[self._firms["good"][self._rows]] == m
        lost = np.maximum(1.0 - self.route[same].sum(axis=0), 0.0)
        more = np.minimum(kg * self.route[r] / max(float(self.route[r] @ made), 1e-9), lost)
        self.route[r] += more
        return more, float(more @ made)

    def narrow(self, row: int, shares: np.ndarray) -> None:
        """Give up what a recycler's route has gained by `widen`, [Z]."""
        r = row - self._rows.start
        self.route[r] = np.maximum(self.route[r] - shares, 0.0)

    def return_to_owners(self, params: np.ndarray, closed: np.ndarray, tolled: np.ndarray) -> None:
        """Move captive metal to its owners; where nothing may pass it stays with the recycler, who may sell it.

        Args:
            params: parameters by good, [G].
            closed: lanes that nothing may pass, [G, Z, Z].
            tolled: gets kg and USD by good, place of work and owner, [2, G, Z, Z].
        """
        _return(self._firms.table, self._firms.spans, params, self.owed, closed, tolled[0], tolled[1])

    def collect(self) -> None:
        """Send the week's new scrap to the recyclers."""
        _collect(
            self._firms.table, self._firms.spans, self.metal, self.route, np.zeros((self.metals, self._firms.zones))
        )

    def _at_home(self, rows: np.ndarray, zone: np.ndarray, room: np.ndarray, made: np.ndarray) -> None:
        """Route scrap to recyclers of its country, in proportion to their room; `room` is what is left of it."""
        for z in np.unique(zone[rows]):
            here = rows[zone[rows] == z]
            free = fsum(room[here])  # exact: a recycler without room must not regroup the others' sum
            if made[z] > 0 and free > 0:
                taken = min(made[z] / free, 1.0) * room[here]
                self.route[here, z] = taken / made[z]
                room[here] -= taken

    def _abroad(self, rows: np.ndarray, room: np.ndarray, made: np.ndarray) -> None:
        """Route what is left of each country's scrap to recyclers with room, wherever they are."""
        lost = np.maximum(1.0 - self.route[rows].sum(axis=0), 0.0) * made
        free = fsum(room[rows])
        if lost.sum() > 0 and free > 0:
            part = min(free / lost.sum(), 1.0) * room[rows] / free
            self.route[rows] += np.where(made > 0, lost / np.maximum(made, 1e-12), 0.0) * part[:, None]


@rule
def _collect(firms, spans, metal, route, made_kg):
    """Add up the new scrap by metal and country, [M, Z] (zeros on entry), and send it along the routes."""
    for i in range(spans[BUYER], spans[END]):
        made_kg[metal[firms[i].good], firms[i].zone] += buyer.scrap_kg(firms[i])
    for i in range(spans[RECYCLER], spans[REFINER]):
        came_kg = 0.0
        for z in range(made_kg.shape[1]):
            came_kg += route[i - spans[RECYCLER], z] * made_kg[metal[firms[i].good], z]
        recycler.take_in(firms[i], came_kg)


@rule
def _return(firms, spans, params, owed, closed, tolled_kg, tolled_usd):
    """Move the captive part of recyclers' output to the users of the countries it is owed to, in proportion to use."""
    zones = owed.shape[1]
    use, captive = np.zeros((params.size, zones)), np.zeros((params.size, zones))
    back_kg, back_usd = np.zeros((params.size, zones)), np.zeros((params.size, zones))
    for i in range(spans[REFINER_INPUT], spans[END]):
        use[firms[i].good, firms[i].zone] += firms[i].trend_use_kg
    for i in range(spans[RECYCLER], spans[REFINER]):
        for z in range(zones):
            captive[firms[i].good, z] += owed[i - spans[RECYCLER], z] * recycler.captive_kg(firms[i])
    tolled_kg[:] = 0.0
    tolled_usd[:] = 0.0
    for i in range(spans[RECYCLER], spans[REFINER]):
        good, zone = firms[i].good, firms[i].zone
        captive_kg = recycler.captive_kg(firms[i])
        for z in range(zones):
            if owed[i - spans[RECYCLER], z] > 0.0 and captive[good, z] > 0.0 and not closed[good, zone, z]:
                fits = min(1.0, recycler.most_tolled_kg(use[good, z], params[good]) / captive[good, z])
                kg = owed[i - spans[RECYCLER], z] * captive_kg * fits
                recycler.give_back(firms[i], kg)
                tolled_kg[good, zone, z] += kg
                tolled_usd[good, zone, z] += kg * firms[i].cost_usd_per_kg
    for o in range(zones):
        back_kg += tolled_kg[:, o]
        back_usd += tolled_usd[:, o]
    for i in range(spans[REFINER_INPUT], spans[END]):
        good, zone = firms[i].good, firms[i].zone
        if firms[i].trend_use_kg > 0.0 and back_kg[good, zone] > 0.0:
            share = firms[i].trend_use_kg / use[good, zone]
            recycler.take_back(firms[i], share * back_kg[good, zone], share * back_usd[good, zone])
