"""Round values of the parameters: tests of rules run with them, so that they stay when a new fit moves the defaults."""

TYPICAL = {
    "supply_elasticity": 1, "supply_elasticity_recycling": 0.1, "scrap_factor": 1, "scrap_lag_weeks": 8,
    "most_tolled_share": 0.8, "refining_elasticity": 2.5, "glut_response": 0.3, "utilisation_rate": 0.09,
    "growth_gallium": 0.06, "growth_germanium": 0.04, "stock_pressure": 0.25, "cost_floor": 0.85, "selling_pace": 0.1,
    "seller_stock_factor": 1, "fullest_stock": 4, "rung_share_1": 0.4, "rung_share_2": 0.4, "rung_share_3": 0.4,
    "rung_share_4": 0.8, "rung_share_5": 1.5, "adaptation": 0.2, "trend_following": 0.25, "trend_memory": 0.15,
    "fundamental_weight": 0.02, "cover_elasticity": 0.35, "choke_multiple": 6, "cover_factor": 1,
    "minimum_cover_weeks": 7, "stockout_premium": 1.5, "longest_cover_weeks": 52, "normal_price_rate": 0.02,
    "order_closure": 0.12, "normal_price_anchor": 0.008, "precaution": 4.5, "news_rate": 0.9, "risk_decay": 0.02,
    "decision_weight": 0.2, "shortage_risk": 0.03, "handling_factor": 1.1, "handling_adaptation": 0.04,
    "smallest_export_share": 0.02, "domestic_reserve_weeks": 4, "trader_margin": 0.1, "trader_scale": 15,
    "trader_full_margin": 2, "trader_pace": 0.25, "licence_cost_share": 0.1, "reapply_below": 0.5,
    "release_discount": 0.1, "refining_cover_weeks": 4, "new_plant_stock_weeks": 4, "new_line_yield": 0.98,
    "order_noise": 0.01, "elasticity_factor": 1, "substitution_rate": 0.004, "substitution_factor": 2,
    "use_adjustment": 0.15, "starting_stock_weeks_gallium": 3, "starting_stock_weeks_germanium": -2,
    "home_demand_shift_gallium": 0.3, "home_demand_shift_germanium": 0.12, "dependence_memory": 0.02,
    "catch_penalty": 3, "grant_shift_gallium": -0.6, "grant_shift_germanium": 0, "grant_volatility": 0.15,
    "demand_volatility": 0.1, "demand_memory_weeks": 52, "outages_per_year": 0.1, "outage_weeks": 16,
    "outage_depth": 0.5, "freight_volatility": 0.3, "freight_memory_weeks": 26, "contract_share": 0.7,
    "contract_price_weeks": 13, "contract_price_lag_weeks": 4, "relation_spread": 0.05, "switching_cost": 0.03,
    "familiar_share": 0.05,
}  # fmt: skip
