"""The book as a network: a node per origin and market, each with a ladder by which metal comes in and goes out.

One more kg can come in at a node by filling its next ask or by emptying its last bid, and go out by filling its next
bid or by emptying its last ask. So both sides of the book are one kind of thing: the price of the next kg in rises with
every kg that came in, and the price of the next kg out lies below it, or is the same where an order is filled in part.

All metal comes from the root and goes there. N origins are the nodes 0..N-1, M markets the nodes N..N+M-1, and the root
is N + M. Matrices of lanes have one more row and column for it, [N + 1, M + 1]: there the ladders stand, as lanes from
origins to the root and from the root to markets (`put_ends`).
"""

import numpy as np

from agents.rule import rule
from model.market.whole import FAR, whole

NODE = np.dtype(
    [
        ("first", np.int64),  # its orders are `rungs[first:end]`, best first
        ("end", np.int64),
        ("at", np.int64),  # the first order that is not full
        ("parent", np.int64),  # the next node on the way to the root (`model.market.tree`)
        ("seen", np.int64),  # the round in which the node was last on a way
        ("lost", np.int64),  # whether it has lost the way to the root
    ],
    align=True,
)
RUNG = np.dtype([("price", np.int64), ("kg", np.float64), ("filled_kg", np.float64)], align=True)


@rule
def lay_out(asks, bids, ranks, top, scale):
    """Return the nodes, the root last, and the rungs of their ladders, all empty.

    A last rung belongs to no node, so that what stands after a ladder can be read. Whole prices are multiplied by
    `ranks`, which leaves room for the rank of a place below them: of equal ways to trade the one between the first
    places is taken, and a trade without gain is left out.
    """
    n_o, n_asks = asks.place.size, asks.order.size
    nodes, rungs = np.zeros(n_o + bids.place.size + 1, NODE), np.zeros(n_asks + bids.order.size + 1, RUNG)
    put_side(asks, nodes[:n_o], rungs, 0, ranks, 1, top, scale)
    put_side(bids, nodes[n_o:], rungs, n_asks, ranks, -1, top, scale)
    return nodes, rungs


@rule
def put_side(side, nodes, rungs, n_before, ranks, worse, top, scale):
    """Write one side of the book; `n_before` rungs belong to the other one."""
    for z in range(side.place.size):
        nodes[z].first = nodes[z].at = n_before + side.start[z]
        nodes[z].end = n_before + side.start[z + 1]
        for k in range(side.start[z], side.start[z + 1]):
            rung, i = rungs[n_before + k], side.order[k]
            rung.price = ranks * whole(side.price[i], top, scale) + worse * (z + 1)
            rung.kg = side.kg[i]


@rule
def hand_back(side, nodes, rungs, n_before):
    """Write what was filled back into one side of the book."""
    for z in range(side.place.size):
        side.at[z] = nodes[z].at - n_before
    for k in range(side.order.size):
        side.filled[side.order[k]] = rungs[n_before + k].filled_kg


@rule
def put_ends(z, node, rungs, cost, gate, back):
    """Write the prices at which the next kg comes in at a node and goes out.

    What a lane's next kg costs stands in `gate`, what it saves to take one back in `back`; an origin's lane to the root
    costs less than nothing. The tree holds a node at the price at which metal goes out, so that is the lane's `cost`.
    """
    n_o, n_d = cost.shape[0] - 1, cost.shape[1] - 1
    sells, last_in = z < n_o, last(node, rungs)
    after, before = rungs[node.at], rungs[last_in]
    fill = after.price if node.at < node.end else FAR
    empty = before.price if last_in >= node.first else FAR
    o, d = z if sells else n_o, n_d if sells else z - n_o
    unsell, buy = -empty if empty < FAR else FAR, fill if fill < FAR else -FAR
    gate[o, d], back[o, d] = unsell if sells else empty, -fill if sells else buy
    cost[o, d] = unsell if sells else buy


@rule
def lane(a, b, n_o):
    """Return the origin and market of the lane between two nodes, and whether it points from `a` to `b`."""
    ahead = a < n_o
    return a if ahead else min(b, n_o), (b if ahead else a) - n_o, ahead


@rule
def price_in(z, gate, back):
    """Return the price at which the next kg comes in at a node."""
    n_o, n_d = gate.shape[0] - 1, gate.shape[1] - 1
    sell, buy = -back[min(z, n_o), n_d], gate[n_o, max(z - n_o, 0)]
    return sell if z < n_o else buy


@rule
def price_out(z, gate, back):
    """Return the price at which the next kg goes out at a node."""
    n_o, n_d = gate.shape[0] - 1, gate.shape[1] - 1
    sell, buy = -gate[min(z, n_o), n_d], back[n_o, max(z - n_o, 0)]
    return sell if z < n_o else buy


@rule
def last(node, rungs):
    """Return the last order of a node that has been filled at all; the one before the first if there is none."""
    rung = rungs[node.at]
    return node.at if node.at < node.end and rung.filled_kg > 0.0 else node.at - 1


@rule
def left(rung, fills):
    """Return the kg by which an order can still be filled, or emptied."""
    return rung.kg - rung.filled_kg if fills else rung.filled_kg


@rule
def take(rung, kg, fills, tol_kg):
    """Fill or empty an order by kg; return whether it is used up.

    Counting up keeps small trades of huge orders exact.
    """
    rung.filled_kg += kg if fills else -kg
    if left(rung, fills) > tol_kg:
        return False
    rung.filled_kg = rung.kg if fills else 0.0
    return True
