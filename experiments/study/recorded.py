"""The recorded year: prices and flows that the model starts from, without growth, and plants that then make more."""

from __future__ import annotations

from datetime import date

from experiments.ensemble.design import Raw
from model.market.lanes import Lanes
from model.parameters import load_parameters
from model.state.build import businesses, lay_out
from model.state.equilibrium import Equilibrium, static_equilibrium
from model.world import World


def recorded_equilibrium(world: World) -> Equilibrium:
    """Return prices and flows of the recorded year, from the model's own start but without growth."""
    p, zone = load_parameters(world=world), world.zone_index[world.tracked_zone]
    firms = lay_out(world, businesses(world, p), p, zone)
    firms["growth"][:] = 1.0
    return static_equilibrium(firms, Lanes(world), world.reference_price, zone, p.by_good)


def more_output(
    world: World, firm: str, good: str, t_per_yr: float, name: str, day: date | str, ramp_weeks: int
) -> list[Raw]:
    """Return the policy that raises a producer's output of a good to so many t a year; none where it makes as much.

    It is raised within the nameplate, and beyond it by building.

    Args:
        world: the producer's plant, of which nothing is built within its nameplate.
        firm: the producer.
        good: what it makes.
        t_per_yr: output reached.
        name: of the policy.
        day: announced and begun.
        ramp_weeks: until the output is reached.
    """
    plant = world.supply.set_index(["firm", "good"]).loc[(firm, good)]
    more = t_per_yr - float(plant["output_t_per_yr"])
    if more <= 0:
        return []
    built = max(t_per_yr - float(plant["capacity_t_per_yr"]), 0.0)
    zone = str(world.firms.set_index("firm").at[firm, "zone"])
    return [
        {"kind": "capacity_support", "name": name, "actor": zone, "firm": firm, "good": good,
         "capacity_t_per_year": built, "output_t_per_year": more, "ramp_weeks": ramp_weeks,
         "announced": day, "effective": day}
    ]  # fmt: skip
