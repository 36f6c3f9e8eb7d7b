"""Parameters that nobody could fit to the record; studies draw them from their ranges."""

UNCERTAIN = (
    "supply_elasticity_gallium", "supply_elasticity_germanium", "supply_elasticity_recycling", "refining_elasticity",
    "utilisation_rate", "use_adjustment", "choke_multiple", "stockout_premium", "minimum_cover_weeks",
)  # fmt: skip
