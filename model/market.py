"""The call auction: orders and lanes in, trades and prices out.

A pure function of arrays. It knows no agent, no model and no clock. Maximising the gains from trade over all zones at
once gives the spatial price equilibrium (Samuelson 1952, American Economic Review 42(3); Takayama and Judge 1971,
Spatial and Temporal Price and Allocation Models).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.market_kernel import clear_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Book = tuple[IntArray, FloatArray, FloatArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Clearing:
    """What one clearing decided, for O origins and D markets.

    Prices are the middle of the interval of prices at which the same trades are optimal, and NaN where the book leaves
    one side of that interval open. All the middles together are again an equilibrium: no filled order loses, no
    unfilled order could have gained, and delivered minus net-back equals the lane's cost plus its rent on every lane
    that carries metal.

    Attributes:
        ask_filled_kg: Kg sold by each ask, in the order given.
        bid_filled_kg: Kg bought by each bid, in the order given.
        flow_kg: Kg from each origin to each market, [O, D].
        netback_price: What sellers in each origin receive, USD/kg, [O].
        delivered_price: What buyers in each market pay, USD/kg, [D].
        rent_usd_per_kg: What one more kg of lane limit would be worth, [O, D]; 0 on lanes with room.
        netback_low: Low end of the net-back interval, USD/kg, [O]; `-inf` where open.
        netback_high: High end of the net-back interval, USD/kg, [O]; `inf` where open.
        delivered_low: Low end of the delivered interval, USD/kg, [D]; `-inf` where open.
        delivered_high: High end of the delivered interval, USD/kg, [D]; `inf` where open.
        surplus_usd: Value to buyers minus cost to sellers minus lane costs, USD.
    """

    ask_filled_kg: FloatArray
    bid_filled_kg: FloatArray
    flow_kg: FloatArray
    netback_price: FloatArray
    delivered_price: FloatArray
    rent_usd_per_kg: FloatArray
    netback_low: FloatArray
    netback_high: FloatArray
    delivered_low: FloatArray
    delivered_high: FloatArray
    surplus_usd: float


def clear(
    ask_zone: npt.ArrayLike,
    ask_price: npt.ArrayLike,
    ask_kg: npt.ArrayLike,
    bid_market: npt.ArrayLike,
    bid_price: npt.ArrayLike,
    bid_kg: npt.ArrayLike,
    lane_cost: npt.ArrayLike,
    lane_limit: npt.ArrayLike,
) -> Clearing:
    """Clear one good: choose the trades with the largest total surplus, and the prices that support them.

    Among equal prices in one zone the order given first is filled first. Trades without gain are left out. Orders and
    limits below 4e-14 of the kg that could trade at most (the smaller of all asks and all bids) count as zero.

    Args:
        ask_zone: Origin of each ask, 0..O-1, [A].
        ask_price: Lowest price each seller takes, USD/kg, [A].
        ask_kg: Most each seller sells, kg, [A].
        bid_market: Market of each bid, 0..D-1, [B].
        bid_price: Highest price each buyer pays, USD/kg, [B].
        bid_kg: Most each buyer buys, kg, [B].
        lane_cost: Cost from each origin to each market, USD/kg, [O, D].
        lane_limit: Most each lane carries, kg, [O, D]; `inf` when open, 0 when banned.

    Raises:
        ValueError: If an argument has the wrong shape, is negative, not finite (a limit may be `inf`) or names an
            unknown origin or market. The message starts with the argument's name.
    """
    return clear_arrays(
        *checked_book(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    )


def clear_arrays(
    ask_zone: IntArray,
    ask_price: FloatArray,
    ask_kg: FloatArray,
    bid_market: IntArray,
    bid_price: FloatArray,
    bid_kg: FloatArray,
    lane_cost: FloatArray,
    lane_limit: FloatArray,
) -> Clearing:
    """Do what `clear` does without checks: the arrays must be valid, C-contiguous, float64 and int64."""
    return Clearing(*clear_kernel(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit))


def checked_book(
    ask_zone: npt.ArrayLike,
    ask_price: npt.ArrayLike,
    ask_kg: npt.ArrayLike,
    bid_market: npt.ArrayLike,
    bid_price: npt.ArrayLike,
    bid_kg: npt.ArrayLike,
    lane_cost: npt.ArrayLike,
    lane_limit: npt.ArrayLike,
) -> Book:
    """Return the arguments of `clear` as contiguous arrays, or raise a `ValueError` that names the wrong one."""
    cost = _amounts("lane_cost", lane_cost, n_dims=2)
    limit = _amounts("lane_limit", lane_limit, n_dims=2, may_be_infinite=True)
    if limit.shape != cost.shape:
        raise ValueError(f"lane_limit: shape {limit.shape} differs from that of lane_cost, {cost.shape}")
    n_origins, n_markets = cost.shape
    return (
        *_orders("ask_zone", ask_zone, n_origins, "ask_price", ask_price, "ask_kg", ask_kg),
        *_orders("bid_market", bid_market, n_markets, "bid_price", bid_price, "bid_kg", bid_kg),
        cost,
        limit,
    )


def _orders(
    place_name: str,
    place: npt.ArrayLike,
    n_places: int,
    price_name: str,
    price: npt.ArrayLike,
    kg_name: str,
    kg: npt.ArrayLike,
) -> tuple[IntArray, FloatArray, FloatArray]:
    places = _places(place_name, place, n_places)
    prices, amounts = _amounts(price_name, price), _amounts(kg_name, kg)
    for name, values in ((price_name, prices), (kg_name, amounts)):
        if values.size != places.size:
            raise ValueError(f"{name}: {values.size} values, but {place_name} has {places.size}")
    return places, prices, amounts


def _places(name: str, value: npt.ArrayLike, n_places: int) -> IntArray:
    raw = _array(name, value)
    if raw.ndim != 1:
        raise ValueError(f"{name}: needs 1 dimension, has {raw.ndim}")
    if raw.size and not np.issubdtype(raw.dtype, np.integer):  # an empty list has no type of its own
        raise ValueError(f"{name}: needs whole numbers, has type {raw.dtype}")
    places = np.ascontiguousarray(raw, dtype=np.int64)
    wrong = places[(places < 0) | (places >= n_places)]
    if wrong.size:
        raise ValueError(f"{name}: {wrong[0]} is not one of 0..{n_places - 1}")
    return places


def _amounts(name: str, value: npt.ArrayLike, n_dims: int = 1, may_be_infinite: bool = False) -> FloatArray:
    raw = _array(name, value)
    if not (np.issubdtype(raw.dtype, np.floating) or np.issubdtype(raw.dtype, np.integer)):
        raise ValueError(f"{name}: needs real numbers, has type {raw.dtype}")
    if raw.ndim != n_dims:
        raise ValueError(f"{name}: needs {n_dims} dimension{'s' * (n_dims > 1)}, has {raw.ndim}")
    numbers = np.ascontiguousarray(raw, dtype=np.float64)
    if np.isnan(numbers).any():
        raise ValueError(f"{name}: holds NaN")
    if (numbers < 0).any():
        raise ValueError(f"{name}: holds a negative number, {numbers[numbers < 0][0]}")
    if not may_be_infinite and np.isinf(numbers).any():
        raise ValueError(f"{name}: holds an infinite number")
    return numbers


def _array(name: str, value: npt.ArrayLike) -> npt.NDArray[np.generic]:
    try:
        return np.asarray(value)
    except ValueError as error:  # rows of unequal length
        raise ValueError(f"{name}: {error}") from error
