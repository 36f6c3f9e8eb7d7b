"""Generators for hypothesis: whole, valid objects of the model's domain."""

import numpy as np
from hypothesis import strategies as st

# Few distinct values make ties and exactly exhausted orders common, wide ones test rounding.
_PRICES = st.one_of(st.integers(0, 12).map(float), st.floats(0.0, 3000.0, allow_subnormal=False))
_AMOUNTS = st.one_of(st.integers(0, 8).map(float), st.floats(0.0, 5000.0, allow_subnormal=False))
_LIMITS = st.one_of(st.just(np.inf), st.just(0.0), _AMOUNTS)


@st.composite
def order_books(draw: st.DrawFn, max_zones: int = 4, max_orders: int = 8) -> tuple[np.ndarray, ...]:
    """Draw the eight arguments of `model.market.clear`: a valid book, possibly empty, with lanes."""
    n_origins, n_markets = draw(st.integers(1, max_zones)), draw(st.integers(1, max_zones))

    def orders(n_places: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = draw(st.lists(st.tuples(st.integers(0, n_places - 1), _PRICES, _AMOUNTS), max_size=max_orders))
        place, price, kg = zip(*rows, strict=True) if rows else ((), (), ())
        return np.array(place, np.int64), np.array(price, np.float64), np.array(kg, np.float64)

    def lanes(values: st.SearchStrategy[float]) -> np.ndarray:
        n = n_origins * n_markets
        return np.array(draw(st.lists(values, min_size=n, max_size=n))).reshape(n_origins, n_markets)

    return (*orders(n_origins), *orders(n_markets), lanes(_PRICES), lanes(_LIMITS))
