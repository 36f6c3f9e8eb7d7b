"""Government stockpiles: buy at home up to a price, hold, and release to the country's own users."""

from __future__ import annotations

from math import exp

from agents.books import FREE, HOME, LICENSED, OPEN
from agents.firm import Firm
from agents.rule import rule


class Stockpile(Firm):
    """A government's stock of a good."""


@rule
def bid(pile, price, kg):
    """Bid for this week's purchase of free metal, up to the highest price the policy pays.

    Args:
        pile: its record; the policy has set purchase and limit.
        price: USD/kg, [markets, rungs], written.
        kg: kg, [markets, rungs], written.
    """
    price[:] = exp(pile.log_price_limit)
    kg[FREE] = pile.purchase_kg / kg.shape[1]
    kg[LICENSED] = 0.0


@rule
def offer(pile, p, home_price, price, kg):
    """Offer this week's release at home, below the home price to be sure of selling.

    Args:
        pile: its record; the policy has set the release.
        p: parameters.
        home_price: last delivered price of free metal at home, USD/kg.
        price: USD/kg, [books, rungs], written.
        kg: kg, [books, rungs], written.
    """
    price[:] = (1.0 - p.release_discount) * home_price
    kg[OPEN] = 0.0
    kg[HOME] = pile.release_kg / kg.shape[1]
