"""The cycle that an arc closes with the tree, and moving metal around it.

Metal goes from where the ways of the arc's two ends to the root meet down to its tail, along the arc, and from its head
up again. A lane points from an origin to a market; pushed against its direction, it carries less.

Here and in `model.market.tree` a branch never holds the last use of an array, and no function returns early: numba
would count references, which took as long as all the rest.
"""

import numpy as np

from agents.rule import rule
from model.market.network import lane, last, left, take
from model.market.whole import FAR

LANE, TAIL, HEAD = 0, 1, 2  # what ends a push: a lane, the ladder at the tail's side, the one at the head's side


@rule
def left_on(a, b, room, flow):
    """Return the kg that can still go from node `a` to its neighbour `b`; there is no end to a ladder here."""
    o, d, ahead = lane(a, b, room.shape[0] - 1)
    more, less = room[o, d], flow[o, d]
    return more if ahead else less


@rule
def left_on_way(z, top, down, nodes, room, flow):
    """Return the kg that fit along the way between a node and `top` above it, and the last node below `top`."""
    kg, below = np.inf, z
    while z != top:
        below, above = z, nodes[z].parent
        kg = min(kg, left_on(above if down else z, z if down else above, room, flow))
        z = above
    return kg, below


@rule
def blocked_on_way(z, top, down, nodes, room, flow, kg, tol_kg):
    """Return the node below the lane that takes no more than kg on a way; -1 if all do.

    Of several such lanes it is the last that metal comes through: the lowest on the way down, the highest on the way
    up.
    """
    found = -1
    while z != top:
        above = nodes[z].parent
        shut = left_on(above if down else z, z if down else above, room, flow) - kg <= tol_kg
        found = z if shut and (found < 0 or not down) else found
        z = above
    return found


@rule
def push_way(z, top, down, kg, nodes, cost, gate, back, room, flow, tol_kg):
    """Move kg along the way between a node and `top` above it."""
    while z != top:
        above = nodes[z].parent
        push(above if down else z, z if down else above, kg, cost, gate, back, room, flow, tol_kg)
        z = above


@rule
def push(a, b, kg, cost, gate, back, room, flow, tol_kg):
    """Move kg from a node to its neighbour."""
    n_o, n_d = room.shape[0] - 1, room.shape[1] - 1
    o, d, ahead = lane(a, b, n_o)
    more, less = flow[o, d] + (kg if ahead else -kg), room[o, d] - (kg if ahead else -kg)
    flow[o, d], room[o, d] = more if more > tol_kg else 0.0, less if less > tol_kg else 0.0
    is_ladder = (o == n_o) | (d == n_d)
    shut, empty = FAR if less <= tol_kg else cost[o, d], -FAR if more <= tol_kg else cost[o, d]
    gate[o, d], back[o, d] = gate[o, d] if is_ladder else shut, back[o, d] if is_ladder else empty


@rule
def trade(source, sink, sells, buys, next_in, next_out, in_price, way_cost, most_kg, rungs, tol_kg):
    """Bring metal in at one node and out at another, order by order, as long as it gains.

    Args:
        source: The node where metal comes in.
        sink: The node where metal goes out.
        sells: Whether it comes in by filling asks, not by emptying bids.
        buys: Whether it goes out by filling bids, not by emptying asks.
        next_in: The price at which it comes in.
        next_out: The price at which it goes out.
        in_price: The price at the source so far; below `next_in` when its ladder is in the tree.
        way_cost: What the way from source to sink costs.
        most_kg: What fits through it.
        rungs: All orders.
        tol_kg: Remainders up to this size are rounding.

    Returns:
        `(kg, end)`: the kg moved, and what ended it.
    """
    k = source.at if sells else last(source, rungs)
    j = sink.at if buys else last(sink, rungs)
    kg, end = 0.0, LANE
    # Of events that coincide, the ladder out comes first, then lanes, then the ladder in: see `model.market.tree`.
    while most_kg - kg > tol_kg:
        if next_out - next_in <= way_cost:
            end = TAIL
            break
        in_price = next_in
        step = min(most_kg - kg, min(left(rungs[k], sells), left(rungs[j], buys)))
        kg += step
        if take(rungs[k], step, sells, tol_kg):
            k += 1 if sells else -1
            next_in = rungs[k].price if source.first <= k < source.end else FAR
        if take(rungs[j], step, buys, tol_kg):
            j += 1 if buys else -1
            next_out = rungs[j].price if sink.first <= j < sink.end else -FAR
            if next_out - in_price <= way_cost:
                end = HEAD
                break
    put_at(source, k, sells, rungs)
    put_at(sink, j, buys, rungs)
    return kg, end


@rule
def put_at(node, k, fills, rungs):
    """Note the first order that is not full, where `k` is the next to be filled or emptied."""
    rung = rungs[k]
    full = not fills and (k < node.first or rung.filled_kg == rung.kg)
    node.at = k + 1 if full else k
