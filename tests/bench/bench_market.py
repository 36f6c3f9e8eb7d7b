"""Time one clearing: the auction, bargaining, and the same linear program through SciPy's HiGHS.

Run from the top folder: `python -m tests.bench.bench_market`.
"""

import time
from collections.abc import Callable

import numpy as np

from model.market import clear_arrays
from model.market.bargaining import ROUNDS, bargain_arrays
from tests.test_market import highs_surplus

# orders, origins, markets, origins with asks, markets with bids
SIZES = ((40, 12, 12, 12, 12), (150, 36, 36, 12, 18), (2_000, 20, 20, 20, 20), (20_000, 20, 20, 20, 20))
BOOKS = 8


def book(seed: int, n_orders: int, n_o: int, n_d: int, active_o: int, active_d: int) -> tuple[np.ndarray, ...]:
    """Draw a book in which half the orders trade and a third of the lanes are limited or banned."""
    rng = np.random.default_rng(seed)
    n = n_orders // 2
    limit = rng.uniform(0, 100 * n / active_o, (n_o, n_d))
    kind = rng.random((n_o, n_d))
    limit[kind < 0.65] = np.inf
    limit[kind > 0.9] = 0.0
    return (
        rng.choice(rng.permutation(n_o)[:active_o], n),
        rng.uniform(100, 400, n),
        rng.uniform(1, 100, n),
        rng.choice(rng.permutation(n_d)[:active_d], n),
        rng.uniform(150, 500, n),
        rng.uniform(1, 100, n),
        rng.uniform(0, 60, (n_o, n_d)),
        limit,
    )


def median_ms(
    call: Callable[[tuple[np.ndarray, ...]], object], books: list[tuple[np.ndarray, ...]], times: int
) -> float:
    """Return the median wall time of one call over all books, after one call to compile."""
    call(books[0])
    spent = []
    for one in books * times:
        start = time.perf_counter()
        call(one)
        spent.append(time.perf_counter() - start)
    return 1e3 * float(np.median(spent))


def main() -> None:
    """Print one line per size."""
    rng = np.random.default_rng(0)
    print(" orders   lanes  auction ms  bargain ms  HiGHS ms  HiGHS/auction  surplus gap")
    for n_orders, n_o, n_d, active_o, active_d in SIZES:
        books = [book(seed, n_orders, n_o, n_d, active_o, active_d) for seed in range(BOOKS)]
        times = max(1, 2_000 // n_orders)
        auction = median_ms(lambda b: clear_arrays(*b), books, times)
        luck = rng.random((2, ROUNDS, n_orders // 2))
        pairs = median_ms(lambda b, luck=luck: bargain_arrays(*b, *luck), books, times)
        few = books[: 2 if n_orders > 5_000 else BOOKS]
        highs = median_ms(lambda b: highs_surplus(*b), few, 1)
        best = [highs_surplus(*b) for b in few]
        gap = max(abs(clear_arrays(*b).surplus_usd / x - 1.0) for b, x in zip(few, best, strict=True))
        ratio = highs / auction
        lanes = f"{n_o}x{n_d}"
        print(f"{n_orders:>7} {lanes:>7} {auction:>11.3f} {pairs:>11.3f} {highs:>9.1f} {ratio:>14.0f} {gap:>12.1e}")


if __name__ == "__main__":
    main()
