"""Parameters that nobody could fit to the record; studies draw them from their ranges."""

from experiments.study.answers import counted

UNCERTAIN = (
    "supply_elasticity", "supply_elasticity_recycling", "refining_elasticity",
    "utilisation_rate", "use_adjustment", "choke_multiple", "stockout_premium", "minimum_cover_weeks",
)  # fmt: skip


def sampled(draws: int, seeds: int) -> str:
    """Return in words what runs differ by, for numbers of draws and of seeds."""
    return f"{counted(draws, 'draw')} of the parameters that could only be assumed, each with {counted(seeds, 'seed')}"
