"""The static equilibrium a run starts from: the auction itself, cleared once near the recorded quantities.

Samuelson (1952), Takayama and Judge (1971): with every firm near its recorded rate, the prices that support trade
between zones are the duals of one transport problem. Starting anywhere else, prices drift by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.market.auction import clear_arrays
from model.market.lanes import Lanes
from model.state.firms import Firms

# Rungs of a firm's supply or demand curve, as shares of its recorded quantity around it: nobody is further from the
# record than a tenth. All firms have the same curve, through the recorded quantity at the anchor zone's landed price.
_SPREAD = np.linspace(-0.1, 0.1, 21)
# Log price by which an ask rises with a share of quantity.
_STIFFNESS = 2.0
# Bids pay this much more: at recorded prices bids equal asks to the last digit, and rounding would choose who trades.
_EDGE = 1e-6


@dataclass(frozen=True)
class Equilibrium:
    """Prices by good and zone, USD/kg [G, Z], and flows, kg a week [G, Z, Z]."""

    netback: np.ndarray
    delivered: np.ndarray
    flow: np.ndarray


def static_equilibrium(firms: Firms, lanes: Lanes, price: np.ndarray, anchor: int, params: np.ndarray) -> Equilibrium:
    """Find prices and flows at which every firm runs near its recorded rate.

    Firms whose stocks grow sell less and buy more than they use.

    Args:
        firms: records with trend use, normal output, norms and growth set.
        lanes: the lane book without policies.
        price: reference price of each good in the anchor zone, USD/kg, [G].
        anchor: the zone whose price the data give.
        params: parameters by good, [G].

    Returns:
        The equilibrium; zones where a good is not traded get the price at which they would import it.
    """
    zones, goods = lanes.zones, lanes.goods
    start = np.repeat(price[:, None], zones, axis=1)
    lane = lanes.week(params, start, np.zeros((goods, zones, zones)), np.zeros((goods, zones)))
    cost, limit = lane.cost[:, :zones, :zones].copy(), lane.limit[:, :zones, :zones].copy()
    landed = start + cost[:, anchor, :]
    netback, delivered, flow = np.empty((goods, zones)), np.empty((goods, zones)), np.empty((goods, zones, zones))
    more = firms["growth"] - 1.0
    sold_kg = np.maximum(firms["normal_output_kg"] - more * firms["norm_stock_kg"], 0.0)
    bought_kg = firms["trend_use_kg"] * (1.0 + more * firms["calm_cover_weeks"])
    zone, good = firms["zone"].copy(), firms["good"]
    for g in range(goods):
        a_zone, a_price, a_kg = _curve(zone[firms.makers], (sold_kg * (good == g))[firms.makers], landed[g], 1.0)
        b_zone, b_price, b_kg = _curve(zone[firms.users], (bought_kg * (good == g))[firms.users], landed[g], -1.0)
        result = clear_arrays(a_zone, a_price, a_kg, b_zone, b_price, b_kg, cost[g], limit[g])
        flow[g] = result.flow_kg
        netback[g], delivered[g] = _filled(result.netback_price, result.delivered_price, cost[g], landed[g])
    return Equilibrium(netback, delivered, flow)


def _curve(zone: np.ndarray, kg: np.ndarray, landed: np.ndarray, sign: float) -> tuple[np.ndarray, ...]:
    """Return orders (zone, price, kg) that trace each firm's curve through its recorded quantity."""
    rungs = len(_SPREAD)
    width = np.full(rungs, 2 * _SPREAD[-1] / rungs)
    width[0 if sign > 0 else -1] += 1.0 - _SPREAD[-1]
    middle = landed[zone] * (1.0 - 0.5 * sign * _EDGE)
    price = middle[:, None] * np.exp(_STIFFNESS * _SPREAD)
    return np.repeat(zone, rungs), price.reshape(-1), (kg[:, None] * width).reshape(-1)


def _filled(
    netback: np.ndarray, delivered: np.ndarray, cost: np.ndarray, landed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fill in prices the book does not bound: import parity for buyers, the best outlet for sellers."""
    netback = np.where(netback > 0.0, netback, np.nan)  # where the way costs more than the metal, none is sold
    known = np.where(np.isnan(netback), np.inf, netback)
    parity = (known[:, None] + cost).min(axis=0)
    delivered = np.where(np.isnan(delivered), np.where(np.isfinite(parity), parity, landed), delivered)
    outlet = (delivered[None, :] - cost).max(axis=1)
    return np.where(np.isnan(netback), outlet, netback), delivered
