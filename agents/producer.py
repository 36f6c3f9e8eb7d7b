"""Producers: by-product metal from alumina, zinc and coal; recyclers follow the same rule, bound by their scrap.

Rule (Frenzel et al. 2016: by-product supply is elastic up to a capacity limit): utilisation
closes a part of the gap to what the margin asks for, and output is utilisation times capacity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import Firm

if TYPE_CHECKING:
    from model.columns import Columns


class Producer(Firm):
    """A primary producer whose gallium or germanium is a by-product of another metal."""


class ChineseExporter(Producer):
    """A Chinese producer that also sells abroad, as much as it can pack and clear in a week."""


class Rostec(Producer):
    """JSC Germanium, held by Rostec through Shvabe: Russian buyers first, the surplus abroad, costly by-product."""


class Recycler(Producer):
    """Turns scrap into metal; the captive part returns to the firms that own the scrap, for a fee."""


def produce(columns: Columns, rows: slice, rate: float) -> None:
    """Move utilisation and add the week's output to stock.

    Desired output is ``normal * (1 + elasticity * log(expected / reference))``, that is
    ``clip(u0 + beta * log(p_hat / cost), 0, 1)`` with ``u0`` such that a plant runs at its recorded rate at the
    reference price. A price the state guarantees counts for output, not for what is asked in the market.

    Args:
        columns: the state (`model.columns.Columns`).
        rows: producers or recyclers.
        rate: share of the gap closed per week.
    """
    c = columns
    price = np.maximum(c.expected[rows], c.guaranteed[rows])
    wanted = c.output_kg[rows] * (1.0 + c.elasticity[rows] * (price - c.fundamental[rows]))
    target = np.clip(wanted / np.maximum(c.capacity_kg[rows], 1e-9), 0.0, 1.0)
    c.utilisation[rows] += rate * (target - c.utilisation[rows])
    c.produced_kg[rows] = c.utilisation[rows] * c.capacity_kg[rows]
    c.stock_kg[rows] += c.produced_kg[rows]


def mark_origin(columns: Columns, rows: slice, tracked_zone: int) -> None:
    """Book primary output of the tracked zone as metal of that origin (recycled metal counts as local)."""
    here = columns.zone[rows] == tracked_zone
    columns.tracked_kg[rows] += np.where(here, columns.produced_kg[rows], 0.0)
