"""The call auction: orders and lanes in, trades and prices out.

A pure function of arrays. It knows no agent, no model and no clock. Maximising the gains from trade over all zones at
once gives the spatial price equilibrium (Samuelson 1952, American Economic Review 42(3); Takayama and Judge 1971,
Spatial and Temporal Price and Allocation Models).
"""

from dataclasses import dataclass

import numpy.typing as npt

from model.market.book import FloatArray, IntArray, checked_book
from model.market.kernel import clear_kernel


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
        ValueError: If an argument has the wrong shape, holds a number that is negative, NaN or above 1e100 (a
            limit may be `inf`), or names an unknown origin or market. The message starts with the argument's name.
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
    """Do what `clear` does for C-contiguous arrays of float64 and int64; the compiled part checks their contents."""
    *arrays, surplus = clear_kernel(ask_zone, ask_price, ask_kg, bid_market, bid_price, bid_kg, lane_cost, lane_limit)
    return Clearing(*(*arrays, float(surplus[0])))
