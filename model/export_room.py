"""How much each seller may offer abroad in a week: packing and customs, quotas, domestic users first."""

from __future__ import annotations

import numpy as np

from model.columns import Columns, Kind
from model.exchange import Book
from model.lanes import HOME, OPEN

# A country that serves its own users first keeps this many weeks of their use back from export.
DOMESTIC_RESERVE_WEEKS = 4.0
# Exporters of a good that does not leave the country in equilibrium can still send this share of output.
SMALLEST_SHARE = 0.02


class ExportRoom:
    """Weekly caps on what may be offered abroad, by row; rows without a cap offer everything anywhere."""

    def __init__(
        self, columns: Columns, flow: np.ndarray, handling_factor: float, adaptation: float, zone: int
    ) -> None:
        """Note the normal exports of the controlling country's exporters in equilibrium.

        Makers ship all of them, in proportion to output: the equilibrium knows no traders. A trader that exports can
        handle the same share of its turnover, beside what the makers handle.

        Args:
            columns: the state.
            flow: equilibrium flows, kg a week, [G, Z, Z].
            handling_factor: the most that can be packed and cleared, as a multiple of normal exports.
            adaptation: share of the gap between what was shipped and what they are used to that is closed in a week.
            zone: the country whose exporters are limited: the tracked one, where a rush for the door is on record. Its
                sellers that are no exporters sell at home.
        """
        self._c = c = columns
        self._rows = rows = c.of(Kind.PRODUCER, Kind.TRADER)
        self._capped = c.zone[rows] == zone
        self._handling_factor, self._adaptation = handling_factor, adaptation
        self._quotas: list[tuple[int, np.ndarray]] = []
        # What exporters are used to ship, as a multiple of normal exports, [G].
        self._used_to = np.ones(c.goods)
        exporter = c.exporter[rows] & self._capped
        self._makes = c.kind[rows] < Kind.TRADER
        made = np.bincount(c.good[rows], c.output_kg[rows] * (exporter & self._makes), c.goods)
        abroad = flow[:, zone].sum(axis=1) - flow[:, zone, zone]
        share = np.clip(np.divide(abroad, made, out=np.zeros(c.goods), where=made > 0), SMALLEST_SHARE, 1.0)
        self._normal_share = np.where(exporter, share[c.good[rows]], 0.0)

    def adapt(self, shipped_kg: np.ndarray) -> None:
        """Blend a week's exports, kg, [G], into what exporters are used to: more hands and slots take months."""
        c, rows = self._c, self._rows
        normal = np.bincount(c.good[rows], self._normal_share * c.output_kg[rows] * self._makes, c.goods)
        pace = np.divide(shipped_kg, normal, out=np.ones(c.goods), where=normal > 0)
        self._used_to += self._adaptation * (pace - self._used_to)

    def open_week(self) -> None:
        """Reset the caps to what can be handled; hands that idle stay."""
        c, rows = self._c, self._rows
        usual = np.maximum(self._used_to, 1.0)[c.good[rows]] * self._normal_share * c.output_kg[rows]
        handled = self._handling_factor * usual
        c.export_cap_kg[rows] = np.where(self._capped, handled, np.inf)

    def keep_for_users(self) -> None:
        """Cap rows whose country serves its own users first at their surplus over a reserve for them."""
        c, rows = self._c, np.flatnonzero(self._c.domestic_first)
        makers = c.of(Kind.PRODUCER, Kind.REFINER)
        use, made = c.by_place(c.users, c.planned_kg[c.users]), c.by_place(makers, c.output_kg[makers])
        at = (c.good[rows], c.zone[rows])
        share = np.divide(c.output_kg[rows], made[at], out=np.zeros(len(rows)), where=made[at] > 0)
        surplus = np.maximum(c.stock_kg[rows] - DOMESTIC_RESERVE_WEEKS * share * use[at], 0.0)
        c.export_cap_kg[rows] = np.minimum(c.export_cap_kg[rows], surplus)

    def limit(self, zone: int, left_kg: np.ndarray) -> None:
        """Hold a country's sellers to `left_kg` of exports this week, [G] (a quota; infinite where there is none)."""
        self._quotas.append((zone, left_kg))

    def share_quotas(self, asks: Book) -> None:
        """Leave what quotas let out in the open book and move the rest of it to the home book; forget the quotas.

        The lowest offers go first: among those who can export, the permits are with whoever gains most by them, as if
        they were traded. So a quota is filled as long as anybody abroad buys at all.
        """
        c = self._c
        for zone, left_kg in self._quotas:
            for good in np.flatnonzero(np.isfinite(left_kg)):
                here = (c.zone[asks.rows] == zone) & (c.good[asks.rows] == good)
                offers = asks.kg[here, OPEN]
                shut_kg = offers - _lowest(asks.price[here, OPEN], offers, left_kg[good])
                asks.kg[here, OPEN] -= shut_kg
                asks.kg[here, HOME] += shut_kg
        self._quotas.clear()


def _lowest(price: np.ndarray, kg: np.ndarray, most_kg: float) -> np.ndarray:
    """Return how much of each offer is among the lowest `most_kg`; all arrays [rows, rungs]."""
    order = np.argsort(price, axis=None, kind="stable")
    offered = kg.ravel()[order]
    taken = np.zeros(kg.size)
    taken[order] = np.clip(most_kg - (np.cumsum(offered) - offered), 0.0, offered)
    return taken.reshape(kg.shape)
