"""The order book from outside: anything array-like is turned into valid arrays, or refused by name."""

import numpy as np
import numpy.typing as npt

from model.market.guard import MOST, NAMES, first_fault

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
    book = (
        _places("ask_zone", ask_zone),
        _amounts("ask_price", ask_price),
        _amounts("ask_kg", ask_kg),
        _places("bid_market", bid_market),
        _amounts("bid_price", bid_price),
        _amounts("bid_kg", bid_kg),
        _amounts("lane_cost", lane_cost, n_dims=2),
        _amounts("lane_limit", lane_limit, n_dims=2),
    )
    fault = first_fault(*book)
    if fault >= 0:
        raise ValueError(f"{NAMES[fault]}: {_what_is_wrong(book, fault)}")
    return book


def _places(name: str, value: npt.ArrayLike) -> IntArray:
    raw = _array(name, value, 1)
    if raw.dtype.kind not in "iu" and raw.size:  # an empty list has no type of its own
        raise ValueError(f"{name}: needs whole numbers, has type {raw.dtype}")
    return np.ascontiguousarray(raw, dtype=np.int64)


def _amounts(name: str, value: npt.ArrayLike, n_dims: int = 1) -> FloatArray:
    raw = _array(name, value, n_dims)
    if raw.dtype.kind not in "fiu":
        raise ValueError(f"{name}: needs real numbers, has type {raw.dtype}")
    return np.ascontiguousarray(raw, dtype=np.float64)


def _array(name: str, value: npt.ArrayLike, n_dims: int) -> npt.NDArray[np.generic]:
    try:
        raw = np.asarray(value)
    except ValueError as error:  # rows of unequal length
        raise ValueError(f"{name}: {error}") from error
    if raw.ndim != n_dims:
        raise ValueError(f"{name}: needs {n_dims} dimension{'s' * (n_dims > 1)}, has {raw.ndim}")
    return raw


def _what_is_wrong(book: Book, fault: int) -> str:
    """Say what `first_fault` found: a size that differs, or the first number out of range."""
    side = fault // 3  # asks, bids, lanes
    first, values = book[3 * side], book[fault]
    if values.shape != first.shape:
        return f"shape {values.shape} differs from that of {NAMES[3 * side]}, {first.shape}"
    if fault in (0, 3):
        n_places = book[6].shape[side]
        return f"{values[(values < 0) | (values >= n_places)][0]} is not one of 0..{n_places - 1}"
    most = np.inf if fault == 7 else MOST
    return f"{values[~((values >= 0) & (values <= most))][0]} is not a number from 0 to {most}"
