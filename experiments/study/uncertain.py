"""Parameters that studies draw: from the posterior of a world, else from their ranges what nobody could fit."""

from experiments.ensemble.design import draw_parameters
from experiments.study.answers import counted
from model.world import World

UNCERTAIN = (
    "supply_elasticity", "supply_elasticity_recycling", "refining_elasticity",
    "utilisation_rate", "use_adjustment", "choke_multiple", "stockout_premium", "minimum_cover_weeks",
)  # fmt: skip


def drawn(world: World, count: int) -> list[dict[str, float]]:
    """Return draws of parameters, each for all seeds."""
    if world.posterior is not None:
        return world.posterior.draws(count)
    return draw_parameters(UNCERTAIN, count, world=world)


def bands_hold(world: World, drivers: bool = True) -> str:
    """Return a sentence on what the bands over runs hold, with the scenario's drivers on or off."""
    luck = "orders, licence decisions" + (", demand, outages, freight" if drivers else "")
    if world.posterior is not None:
        return f"Bands hold chance ({luck}) and what the fit leaves open: every run has its own draw of the parameters."
    return f"Bands show chance from run to run ({luck}), not how uncertain the parameters are."


def sampled(world: World, draws: int, seeds: int) -> str:
    """Return in words what runs differ by, for numbers of draws and of seeds."""
    of = "posterior" if world.posterior is not None else "parameters that could only be assumed"
    return f"{counted(draws, 'draw')} of the {of}, each with {counted(seeds, 'seed')}"
