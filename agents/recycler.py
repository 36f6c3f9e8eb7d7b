"""Recyclers: metal from scrap. The captive part is tolled for the firms that own the scrap, and never sold."""

from __future__ import annotations

from agents.producer import Producer
from agents.rule import rule


class Recycler(Producer):
    """Turns scrap into metal, by the rule of producers; the captive part returns to the owners of the scrap."""


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
    recycler.stock_kg -= kg
    recycler.sold_kg += kg
    recycler.received_usd += usd
    recycler.cash_usd += usd
    recycler.tolling_kg = kg
    recycler.tolling_usd = usd


@rule
def take_back(user, kg, usd):
    """Take metal from own scrap into stock and pay the fee."""
    user.stock_kg += kg
    user.bought_kg += kg
    user.paid_usd += usd
    user.cash_usd -= usd
    user.tolling_kg = kg
    user.tolling_usd = usd
