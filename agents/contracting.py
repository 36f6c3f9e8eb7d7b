"""Yearly offtakes: how much of its need a user puts under contract, what it takes of it in a week, and with whom.

A contract names a seller, a user and kg a week; its price follows the seller's spot price by a formula, with a lag. It
is no free choice in the week, so that nobody learns about the market from it (`model.stages.learn`).
"""

from __future__ import annotations

import math

from agents.buyer import order_kg
from agents.rule import rule

# So many makers of one country a user signs with at most. Nobody keeps count of hundreds; where there are no more of a
# good, as in the packaged world, it signs with all.
MOST_MAKERS = 12


@rule
def needed_kg(user):
    """Return what a user buys in a normal week, kg: its trend use less what comes back from its own scrap."""
    return max(user.trend_use_kg - user.tolling_kg, 0.0)


@rule
def for_sale_kg(maker):
    """Return what a maker sells in a normal week, kg: its output less what belongs to the owners of scrap."""
    return max(maker.normal_output_kg - maker.tolling_kg, 0.0)


@rule
def share_of(size_kg, before_kg, country_kg, makers, pick):
    """Return a maker's share in what a user asks of a country: by size, where there are few makers.

    Where there are more than `MOST_MAKERS`, the user picks: it lays them end to end by what they sell and takes those
    on which as many marks fall, at equal distances and the first at `pick`, 0 to 1 of that. Then each maker is picked
    by its share of all users (systematic sampling: Madow 1949, Annals of Mathematical Statistics 20(3)).

    Args:
        size_kg: what the maker sells in a normal week.
        before_kg: what those before it in the row sell.
        country_kg: what all of them sell.
        makers: how many there are.
        pick: the user's, 0 to 1.
    """
    if makers <= MOST_MAKERS:
        return size_kg / country_kg
    first = math.ceil(MOST_MAKERS * (before_kg / country_kg) - pick)
    end = math.ceil(MOST_MAKERS * ((before_kg + size_kg) / country_kg) - pick)
    return (end - first) / MOST_MAKERS


@rule
def takes_kg(user, agreed_kg, p):
    """Return what a user takes this week of what is agreed, kg: no more than it would order.

    Offtakes bend a little in both directions; nobody is made to fill a warehouse for a plant that runs at half pace.
    """
    return min(agreed_kg, order_kg(user, p))


@rule
def remember(lately_kg, kg, p):
    """Return what a user bought lately from a country, kg a week, after one more week."""
    return lately_kg + p.dependence_memory * (kg - lately_kg)


@rule
def unfamiliar(share, p):
    """Return how strange a supplier country is to a buyer country, 1 to 0; it wears off with the share it supplies.

    Qualifying a source, credit and paperwork are a cost of the first orders: at `familiar_share` half of it is left.
    """
    return p.familiar_share / (p.familiar_share + share)
