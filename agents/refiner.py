"""Refiners: buy low grade, sell high purity, with a yield, a conversion cost and a capacity."""

from __future__ import annotations

from math import exp

from agents.buyer import use
from agents.firm import Firm
from agents.producer import glut, move_utilisation
from agents.rule import rule


class Refiner(Firm):
    """A refiner: one record for the input it buys, one for the high-purity metal it sells."""


@rule
def refine(output, source, p):
    """Convert input into high-purity metal, as far as margin, capacity and input in stock allow.

    A full warehouse is the nearest sign of a poor market: nobody refines for the shelf.

    Args:
        output: record of the refined good.
        source: record of the good that goes in, of the same refining line.
        p: parameters.
    """
    margin = (output.log_expected - output.log_reference) - (source.log_expected - source.log_reference)
    wanted = output.normal_output_kg * exp(p.refining_elasticity * margin - p.glut_response * glut(output))
    move_utilisation(output, wanted, p)
    source.planned_use_kg = output.utilisation * output.capacity_kg / output.yield_share
    tracked = use(source)
    output.produced_kg = source.consumed_kg * output.yield_share
    output.stock_kg += output.produced_kg
    output.tracked_kg += tracked * output.yield_share
