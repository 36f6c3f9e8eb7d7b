"""Ladders: orders by place, best first, ties in the order of the book, however many stand at one place."""

import numpy as np
import pytest

from model.market.ladders import ladders

# Just above a power of two times the length sorted by insertion, one run of a merge is nearly the whole ladder.
SIZES = (0, 1, 16, 17, 33, 129, 193, 300, 2049)


def sorted_by_hand(place: np.ndarray, price: np.ndarray, sign: float) -> list[int]:
    return sorted(range(len(place)), key=lambda i: (place[i], sign * price[i], i))


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("places", [1, 3])
@pytest.mark.parametrize("n", SIZES)
def test_orders_are_sorted_at_any_length(n: int, places: int, sign: float) -> None:
    rng = np.random.default_rng(n)
    place, price, filled = rng.integers(0, places, n), rng.integers(0, 1 + n // 2, n).astype(float), np.ones(n)
    side = ladders(place, price, sign, np.ones(n), filled, 0.0, places)
    assert side.order.tolist() == sorted_by_hand(place, price, sign)
    assert side.place.tolist() == sorted(set(place.tolist()))
    assert np.diff(side.start).tolist() == np.bincount(place, minlength=places)[side.place].tolist()
    assert not filled.any()
