"""Buyers: the firms that use metal up. They bid by weeks of cover, around a slowly moving idea of the normal price.

Theory of storage (Kaldor 1939, Working 1949): the convenience yield of one more kg falls as stock rises. Refiners buy
their input by the same rules.
"""

from __future__ import annotations

from math import exp, log

from agents.books import FREE, LICENSED
from agents.firm import Field, Firm, tracked_part_kg
from agents.rule import rule


class Buyer(Firm):
    """A firm that uses metal up; `end_use` says what for."""

    trend_use_kg = Field("trend_use_kg")
    calm_cover_weeks = Field("calm_cover_weeks")


@rule
def plan_use(buyer, p):
    """Set the kg the buyer means to use this week.

    ``use = need * (p_hat / p_ref) ** -eps``, reached at `use_adjustment` a week; thrift and substitution add
    ``(p_hat / p_ref) ** -(eps * (substitution_factor - 1))``, reached at `substitution_rate` a week.
    """
    dearer = buyer.log_expected - buyer.log_reference
    quick = exp(-buyer.demand_elasticity * dearer)
    slow = exp(-buyer.demand_elasticity * (p.substitution_factor - 1.0) * dearer)
    buyer.short_run_response += p.use_adjustment * (quick - buyer.short_run_response)
    buyer.long_run_response += p.substitution_rate * (slow - buyer.long_run_response)
    buyer.planned_use_kg = buyer.trend_use_kg * buyer.short_run_response * buyer.long_run_response


@rule
def use(buyer):
    """Use metal from stock, or go short; return the metal of tracked origin in what was used, kg."""
    used = min(buyer.planned_use_kg, buyer.stock_kg)
    tracked = tracked_part_kg(buyer, used)
    buyer.consumed_kg = used
    buyer.short_kg = buyer.planned_use_kg - used
    buyer.stock_kg -= used
    buyer.tracked_kg -= tracked
    return tracked


@rule
def scrap_kg(buyer):
    """Return the metal in the new scrap of the week: what goes in and does not end in a product, kg."""
    return buyer.scrap_share * buyer.consumed_kg


@rule
def target_cover_weeks(user, p):
    """Return the cover aimed for, weeks: ``kappa0 * (1 + phi * risk * p_ref / p_hat)``, up to `longest_cover_weeks`.

    Money bounds precaution: what a buyer sets aside for it buys half the metal at twice the price. And nobody stores
    metal for ever: it keeps for about a year, and no buyer is on record with more (`parameters.csv`). Who holds more in
    calm times keeps to that.
    """
    calm = user.calm_cover_weeks
    cheaper = exp(min(user.log_reference - user.log_expected, 0.0))
    return min(calm * (1.0 + p.precaution * user.perceived_risk * cheaper), max(calm, p.longest_cover_weeks))


@rule
def order_kg(user, p):
    """Return what a user orders in a week, kg: what it means to use, and a part of the cover it aims for."""
    return user.planned_use_kg + p.order_closure * target_cover_weeks(user, p) * user.trend_use_kg


@rule
def bid(user, p, price, kg):
    """Post the week's bids, one ladder for each market.

    ``bid(x) = min(choke, p_norm * exp(alpha * (1 - x / kappa) + s * max(0, 1 - x / x_min)))``, with x the weeks of
    cover after this week's use. The second term makes the convenience yield convex (Brennan 1958): a buyer about to
    stop a line pays what it takes. What contracts delivered this week is held already and not ordered again. Whoever
    holds a licence uses it first; what it wants beyond the licence it bids for on the free market, from there on down
    its ladder.

    Args:
        user: record of the buyer, or of a refiner's input.
        p: parameters.
        price: USD/kg, [markets, rungs], written.
        kg: kg, [markets, rungs], written.
    """
    cover = target_cover_weeks(user, p)
    wanted_kg = max(order_kg(user, p) - user.contract_bought_kg, 0.0)
    licensed_kg = min(user.licence_balance_kg, wanted_kg)
    held_kg = user.stock_kg + user.in_transit_kg - user.set_aside_kg
    ceiling = user.log_reference + log(p.choke_multiple)
    rungs = price.shape[1]
    for market in (FREE, LICENSED):
        size_kg = licensed_kg if market == LICENSED else wanted_kg - licensed_kg
        before_kg = held_kg if market == LICENSED else held_kg + licensed_kg
        kg[market] = size_kg / rungs
        if size_kg <= 0.0:
            continue
        for k in range(rungs):
            cover_kg = before_kg + size_kg * (k + 0.5) / rungs - user.planned_use_kg
            x = cover_kg / max(user.trend_use_kg, 1e-9)
            log_price = user.log_normal + user.cover_elasticity * (1.0 - x / cover)
            log_price += p.stockout_premium * max(1.0 - x / p.minimum_cover_weeks, 0.0)
            price[market, k] = exp(min(log_price, ceiling) + user.price_noise)
