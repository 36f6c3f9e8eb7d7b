"""Time one clearing: the auction, bargaining, the same linear program through SciPy's HiGHS; and the record's books.

`kernel` is `clear_arrays`, `clear` the public entry that checks anything array-like first. The books of the record are
cleared one after the other, since one book again and again is learnt by the processor and takes half the time.

Run from the top folder: `python -m tests.bench.bench_market`.
"""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from model import TradeModel, load_scenario
from model.market import Cleared, bargain_arrays, clear, clear_arrays
from model.market.bargaining import ROUNDS
from model.market.lanes import LaneWeek
from model.market.mechanism import Auction
from model.market.orders import Posted
from tests.test_market import highs_surplus

# orders, origins, markets, origins with asks, markets with bids
SIZES = ((40, 12, 12, 12, 12), (150, 36, 36, 12, 18), (2_000, 20, 20, 20, 20), (20_000, 20, 20, 20, 20))
BOOKS = 8
SCENARIO = Path(__file__).parents[2] / "experiments" / "scenarios" / "history.toml"


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


def books_of_the_record() -> list[tuple[np.ndarray, ...]]:
    """Run the record once and return every book it clears."""
    books = []

    class Noting(Auction):
        def clear(self, asks: Posted, bids: Posted, lanes: LaneWeek) -> Cleared:
            for g in range(len(lanes.cost)):
                a, b = asks.of(g), bids.of(g)
                sides = (asks.node[a], asks.price[a], asks.kg[a], bids.node[b], bids.price[b], bids.kg[b])
                books.append((*sides, lanes.cost[g].copy(), lanes.limit[g].copy()))
            return super().clear(asks, bids, lanes)

    model = TradeModel(load_scenario(SCENARIO), seed=1)
    model.exchange._mechanism = Noting()
    model.run()
    return books


def main() -> None:
    """Print one line per size, then the mean over the books of the record."""
    rng = np.random.default_rng(0)
    print(" orders   lanes  kernel ms  clear ms  bargain ms  HiGHS ms  HiGHS/kernel  HiGHS/clear  surplus gap")
    for n_orders, n_o, n_d, active_o, active_d in SIZES:
        books = [book(seed, n_orders, n_o, n_d, active_o, active_d) for seed in range(BOOKS)]
        times = max(1, 2_000 // n_orders)
        kernel = median_ms(lambda b: clear_arrays(*b), books, times)
        public = median_ms(lambda b: clear(*b), books, times)
        draws = rng.random((2, ROUNDS, n_orders // 2))
        pairs = median_ms(lambda b, draws=draws: bargain_arrays(*b, *draws), books, times)
        few = books[: 2 if n_orders > 5_000 else BOOKS]
        highs = median_ms(lambda b: highs_surplus(*b), few, 1 if n_orders > 1_000 else 5)
        best = [highs_surplus(*b) for b in few]
        gap = max(abs(clear_arrays(*b).surplus_usd / x - 1.0) for b, x in zip(few, best, strict=True))
        times_ms = f"{kernel:>10.3f} {public:>9.3f} {pairs:>11.3f} {highs:>9.1f}"
        ratios = f"{highs / kernel:>13.0f} {highs / public:>12.0f} {gap:>12.1e}"
        print(f"{n_orders:>7} {f'{n_o}x{n_d}':>7} {times_ms} {ratios}")
    record = books_of_the_record()
    orders = np.mean([b[0].size + b[3].size for b in record])
    means = []
    for call in (clear_arrays, clear):
        start = time.perf_counter()
        for one in record * 5:
            call(*one)
        means.append(1e3 * (time.perf_counter() - start) / (5 * len(record)))
    print(f"{orders:>7.0f} {'record':>7} {means[0]:>10.3f} {means[1]:>9.3f}")


if __name__ == "__main__":
    main()
