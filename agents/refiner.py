"""Refiners: buy low grade, sell high purity, with a yield, a conversion cost and a capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import Firm

if TYPE_CHECKING:
    from model.columns import Columns


class Refiner(Firm):
    """A refiner: one row for the input it buys, one for the high-purity metal it sells."""


def refine(columns: Columns, outputs: slice, inputs: slice, rate: float, elasticity: float) -> None:
    """Convert input into high-purity metal, as far as margin, capacity and input in stock allow.

    Args:
        columns: the state; output row i and input row i belong to the same refining line.
        outputs: rows of the refined good.
        inputs: rows of the good that goes in.
        rate: share of the gap to desired utilisation closed per week.
        elasticity: response of desired throughput to the log of the margin over its reference.
    """
    c = columns
    margin = (c.expected[outputs] - c.fundamental[outputs]) - (c.expected[inputs] - c.fundamental[inputs])
    # A full warehouse is the nearest sign of a poor market: nobody refines for the shelf.
    glut = c.stock_kg[outputs] / np.maximum(c.norm_stock_kg[outputs], 1e-9) - 1.0
    wanted = c.output_kg[outputs] * np.exp(elasticity * margin - 0.5 * np.maximum(glut, 0.0))
    target = np.clip(wanted / np.maximum(c.capacity_kg[outputs], 1e-9), 0.0, 1.0)
    c.utilisation[outputs] += rate * (target - c.utilisation[outputs])

    planned = c.utilisation[outputs] * c.capacity_kg[outputs] / c.yield_share[outputs]
    used = np.minimum(planned, c.stock_kg[inputs])
    origin = np.divide(c.tracked_kg[inputs], c.stock_kg[inputs], out=np.zeros_like(used), where=c.stock_kg[inputs] > 0)
    c.planned_kg[inputs] = planned
    c.consumed_kg[inputs] = used
    c.short_kg[inputs] = planned - used
    c.stock_kg[inputs] -= used
    c.tracked_kg[inputs] -= used * origin
    made = used * c.yield_share[outputs]
    c.produced_kg[outputs] = made
    c.stock_kg[outputs] += made
    c.tracked_kg[outputs] += made * origin
