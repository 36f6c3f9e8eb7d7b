"""What exporters of the controlling country can pack and clear: their normal exports, and what they are used to."""

from __future__ import annotations

import numpy as np

from agents import exporter
from agents.rule import rule
from model.state.firms import Firms
from model.state.record import Kind


class Handling:
    """The packing rooms of the controlling country.

    Attributes:
        used_to: what exporters of each good are used to ship, as a multiple of normal exports, [G].
    """

    def __init__(self, firms: Firms, params: np.ndarray, flow: np.ndarray, zone: int) -> None:
        """Note each exporter's normal exports as a share of what it sells, from the static equilibrium.

        Makers ship all of them, in proportion to output: the equilibrium knows no traders. A trader that exports can
        handle the same share of its turnover, beside what the makers handle.

        Args:
            firms: the state; `normal_export_share` is written.
            params: parameters by good, [G].
            flow: flows in equilibrium, kg a week, [G, Z, Z].
            zone: the controlling country.
        """
        self._firms = firms
        self._rows = rows = firms.of(Kind.PRODUCER, Kind.TRADER)
        self.used_to = np.ones(firms.goods)
        good = firms["good"][rows]
        exporters = firms["exporter"][rows] & (firms["zone"][rows] == zone)
        made = np.bincount(good, firms["normal_output_kg"][rows] * exporters, firms.goods)
        abroad = flow[:, zone].sum(axis=1) - flow[:, zone, zone]
        share = np.divide(abroad, made, out=np.zeros(firms.goods), where=made > 0)
        share = np.clip(share, params["smallest_export_share"], 1.0)
        firms["normal_export_share"][rows] = np.where(exporters, share[good], 0.0)

    def adapt(self, params: np.ndarray, shipped_kg: np.ndarray) -> None:
        """Blend a week's exports, kg, [G], into what exporters are used to."""
        _adapt(self._firms.table, self._rows.stop, params, shipped_kg, self.used_to)


@rule
def _adapt(firms, end, params, shipped_kg, used_to):
    """Update what exporters are used to (see `Handling`); the first `end` records are sellers."""
    normal_kg = np.zeros(used_to.size)
    for i in range(end):
        normal_kg[firms[i].good] += firms[i].normal_export_share * firms[i].normal_output_kg
    for g in range(used_to.size):
        used_to[g] = exporter.get_used(used_to[g], shipped_kg[g], normal_kg[g], params[g])
