"""Recyclers: metal from scrap, never more than there is. What belongs to others is tolled for them, and never sold.

Most of it is new scrap: what is lost in making wafers, lenses and magnets (`agents.buyer.scrap_kg`). Old scrap and
residues, the `feed_kg`, come on top where there are any.
"""

from __future__ import annotations

from math import exp

from agents.producer import Producer
from agents.rule import rule


class Recycler(Producer):
    """Turns scrap into metal; the captive part returns to the owners of the scrap."""


@rule
def recycle(recycler, p):
    """Work off a part of the scrap at hand and add the metal to stock.

    ``output = scrap / lag * (price / reference) ** elasticity``: scrap is worth more than its treatment at any price
    seen so far, so a high price only clears it faster. The plant's capacity and the scrap at hand are the limits.
    """
    dearer = max(recycler.log_expected, recycler.log_guaranteed) - recycler.log_reference
    wanted = recycler.scrap_kg / p.scrap_lag_weeks * exp(recycler.supply_elasticity * dearer)
    made = min(wanted, recycler.capacity_kg, recycler.scrap_kg)
    recycler.utilisation = made / max(recycler.capacity_kg, 1e-9)
    recycler.produced_kg = made
    recycler.scrap_kg -= made
    recycler.stock_kg += made


@rule
def take_in(recycler, scrap_kg):
    """Take in a week's new scrap, kg of metal in it, and the week's old scrap and residues."""
    recycler.scrap_kg += scrap_kg + recycler.feed_kg


@rule
def captive_kg(recycler):
    """Return the part of the week's output that belongs to others, kg."""
    return recycler.captive_share * recycler.produced_kg


@rule
def most_tolled_kg(use_kg, p):
    """Return the most that users of a country take back under tolling, kg: nobody tolls more than it can use itself."""
    return p.most_tolled_share * use_kg


@rule
def give_back(recycler, kg):
    """Hand captive metal to its owners, for a fee at recycling cost."""
    usd = kg * recycler.cost_usd_per_kg
    recycler.stock_kg = max(recycler.stock_kg - kg, 0.0)  # shares of all owners may add up to a hair above one
    recycler.sold_kg += kg
    recycler.received_usd += usd
    recycler.cash_usd += usd
    recycler.tolling_kg += kg
    recycler.tolling_usd += usd


@rule
def take_back(user, kg, usd):
    """Take metal from own scrap into stock and pay the fee."""
    user.stock_kg += kg
    user.bought_kg += kg
    user.paid_usd += usd
    user.cash_usd -= usd
    user.tolling_kg += kg
    user.tolling_usd += usd
