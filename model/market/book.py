"""The order book from outside: anything array-like is turned into valid arrays, or refused by name."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Book = tuple[IntArray, FloatArray, FloatArray, IntArray, FloatArray, FloatArray, FloatArray, FloatArray]


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
