"""Producers: by-product metal from alumina, zinc and coal.

Rule (Frenzel et al. 2016: by-product supply is elastic up to a capacity limit): utilisation closes a part of the gap to
what the margin asks for, and output is utilisation times capacity.
"""

from __future__ import annotations

from math import exp

from agents.firm import Firm
from agents.rule import rule


class Producer(Firm):
    """A primary producer whose metal is a by-product of another one."""


class Exporter(Producer):
    """A producer in the controlling country that also sells abroad, as much as it can pack and clear in a week."""


class DomesticFirstProducer(Producer):
    """A producer that serves the users of its country first and exports the surplus."""


@rule
def move_utilisation(maker, wanted_kg, p):
    """Close a part of the gap between a plant's utilisation and the one that would make `wanted_kg` a week."""
    target = min(max(wanted_kg / max(maker.capacity_kg, 1e-9), 0.0), 1.0)
    maker.utilisation += p.utilisation_rate * (target - maker.utilisation)


@rule
def glut(maker):
    """Return how far a maker's warehouse is over its norm, as a multiple of it; 0 below, and for who has no norm."""
    return max(maker.stock_kg / maker.norm_stock_kg - 1.0, 0.0) if maker.norm_stock_kg > 0.0 else 0.0


@rule
def produce(maker, p):
    """Move utilisation and add the week's output to stock.

    Desired output is ``normal * (1 + elasticity * log(expected / reference))``, that is
    ``clip(u0 + beta * log(p_hat / cost), 0, 1)`` with ``u0`` such that a plant runs at its recorded rate at the
    reference price. A price the state guarantees counts for output, not for what is asked in the market. A full
    warehouse slows a plant: ``exp(-glut_response * (stock / norm - 1))`` of it when the stock is above its norm. An
    outage takes a share of what the plant would make. What users abroad buy ahead of the controls
    (`model.drivers.recorded`) is made on top, as far as capacity goes.
    """
    log_price = max(maker.log_expected, maker.log_guaranteed)
    wanted = maker.normal_output_kg * (1.0 + maker.supply_elasticity * (log_price - maker.log_reference))
    move_utilisation(maker, wanted * exp(-p.glut_response * glut(maker)), p)
    running = 1.0 - maker.outage_share
    maker.produced_kg = maker.utilisation * maker.capacity_kg * running
    if maker.made_ahead_kg > 0.0:
        maker.produced_kg = min(maker.produced_kg + maker.made_ahead_kg, maker.capacity_kg * running)
    maker.stock_kg += maker.produced_kg
    if maker.of_tracked_origin:
        maker.tracked_kg += maker.produced_kg
