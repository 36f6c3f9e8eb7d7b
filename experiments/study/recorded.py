"""The recorded year: prices and flows that the model starts from, without growth."""

from __future__ import annotations

from model.market.lanes import Lanes
from model.parameters import load_parameters
from model.state.build import businesses, lay_out
from model.state.equilibrium import Equilibrium, static_equilibrium
from model.world import World


def recorded_equilibrium(world: World, anchor: str = "CHN") -> Equilibrium:
    """Return prices and flows of the recorded year, from the model's own start but without growth."""
    p, zone = load_parameters(world=world), world.zone_index[anchor]
    firms = lay_out(world, businesses(world, p), p, zone)
    firms["growth"][:] = 1.0
    return static_equilibrium(firms, Lanes(world), world.reference_price, zone, p.by_good)
