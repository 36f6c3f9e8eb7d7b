"""What value at risk is made from: metal used, missed and paid for, which a study has to measure in each run."""

from __future__ import annotations

from experiments.study.quantity import Quantity, price, used


def measured(span: tuple[str, str], calm: tuple[str, str]) -> dict[str, dict[str, Quantity]]:
    """Return the tables that a study has to measure in each run.

    Args:
        span: first and last day of the weeks that count.
        calm: those of weeks with calm prices.
    """
    own = used(scale=1.0, by=("metal", "zone", "end_use"), span=span, unit="kg")
    before = own.but(of="firms.bought_kg", span=calm)
    paid = own.but(of="firms.paid_usd", per=before.but(span=span), unit="usd_per_kg")
    quote = price(where={"standard": True}, by=("metal", "zone"), span=span)
    return {
        "metal_used": {
            "used_kg": own.but(what="end use"),
            "short_kg": own.but(of="firms.short_kg", what="planned end use for which there was no metal"),
            "cut_back_kg": own.but(of="firms.cut_back_kg", what="end use given up for the price"),
            "paid_usd_per_kg": paid.but(what="mean cost of metal to its users"),
            "calm_usd_per_kg": paid.but(span=calm, per=before, what="the same in calm times"),
        },
        "metal_quoted": {"usd_per_kg": quote.but(what="mean price of free metal, standard grade")},
    }
