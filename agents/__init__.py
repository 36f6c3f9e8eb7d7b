"""The actors of the trade: countries, producers, refiners, traders and buyers."""
