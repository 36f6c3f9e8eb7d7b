"""The network simplex: from a spanning tree to a better one, until no arc gains.

Each round takes the arc that gains most per kg and pushes all it can around the cycle that the arc closes with the
tree; the arc that stops the push leaves the tree (Ahuja, Magnanti and Orlin 1993, Network Flows, chapter 11). A push
goes through order after order of a ladder, so that the rounds grow with the places, not with the orders.
"""

import numpy as np

from agents.rule import rule
from model.market.cycle import HEAD, LANE, TAIL, blocked_on_way, left_on, left_on_way, push, push_way, trade
from model.market.network import price_in, price_out, put_ends
from model.market.tree import meeting, plant, put_node_prices, rehang

ROUNDS = 1000  # per order and lane; no book known needs more than two


@rule
def transport(nodes, rungs, cost, gate, back, room, flow, tol_kg):
    """Trade until no path gains; fills orders and lanes in place.

    Args:
        nodes: N origins, M markets and the root.
        rungs: The orders of all nodes.
        cost: Lane costs as whole numbers, [N + 1, M + 1]; the last row and column are the root's.
        gate: The same where the lane has room, `FAR` where not.
        back: The same where the lane carries metal, `-FAR` where not.
        room: Kg that each lane still takes; no limit at the root.
        flow: Kg on each lane; no limit at the root.
        tol_kg: Remainders up to this size are rounding.

    Raises:
        RuntimeError: If there is no end to it, which no valid book can bring about.
    """
    n_o, root = cost.shape[0] - 1, nodes.size - 1
    price = np.zeros(nodes.size, np.int64)
    line, spare = np.empty(nodes.size, np.int64), np.empty(nodes.size, np.int64)
    for z in range(root):
        put_ends(z, nodes[z], rungs, cost, gate, back)
    n = plant(nodes, price, line, gate, back)
    gain = 0
    for turn in range(1, ROUNDS * (rungs.size + cost.size)):
        gain, u, v = best_arc(price, gate, back)
        if gain <= 0:
            break
        top = meeting(u, v, nodes, turn)
        kg, source, sink = most_around(u, v, top, nodes, room, flow)
        end = LANE
        if top == root:
            low, high = price_in(source, gate, back), price_out(sink, gate, back)
            start = low if u == root else price[source]
            sides = (source < n_o, sink >= n_o)
            kg, end = trade(
                nodes[source], nodes[sink], *sides, low, high, start, high - start - gain, kg, rungs, tol_kg
            )
            put_ends(source, nodes[source], rungs, cost, gate, back)
            put_ends(sink, nodes[sink], rungs, cost, gate, back)
        cut, new, parent = leaving(end, source, sink, u, v, top, nodes, room, flow, kg, tol_kg)
        push_way(u, top, True, kg, nodes, cost, gate, back, room, flow, tol_kg)
        push(u, v, kg, cost, gate, back, room, flow, tol_kg)
        push_way(v, top, False, kg, nodes, cost, gate, back, room, flow, tol_kg)
        if cut >= 0:
            rehang(cut, new, parent, nodes, line, n, spare)
        put_node_prices(nodes, price, line, n, cost)
    if gain > 0:
        raise RuntimeError("the auction found no end")


@rule
def best_arc(price, gate, back):
    """Return the gain of the arc that gains most per kg, its tail and its head."""
    n_o, root = gate.shape[0] - 1, price.size - 1
    market_price = price[n_o:]
    gain, row, column = np.int64(0), 0, 0
    for o in range(n_o + 1):
        more = row_gain(price[o if o < n_o else root], market_price, gate[o], back[o])
        row = o if more > gain else row
        gain = max(gain, more)
    origin = row if row < n_o else root
    for d in range(market_price.size):
        rise = market_price[d] - price[origin]
        column = d if (rise - gate[row, d] == gain) | (back[row, d] - rise == gain) else column
    market = n_o + column
    ahead = market_price[column] - price[origin] - gate[row, column] == gain
    return gain, origin if ahead else market, market if ahead else origin


@rule
def row_gain(price, market_price, gate, back):
    """Return the most that a lane of an origin gains by carrying more, or less."""
    gain = np.int64(0)
    for d in range(market_price.size):
        rise = market_price[d] - price
        gain = max(gain, max(rise - gate[d], back[d] - rise))
    return gain


@rule
def most_around(u, v, top, nodes, room, flow):
    """Return the kg that fit around a cycle, and the nodes next to where its ways meet, down and up."""
    root = nodes.size - 1
    down_kg, source = left_on_way(u, top, True, nodes, room, flow)
    up_kg, sink = left_on_way(v, top, False, nodes, room, flow)
    kg = min(left_on(u, v, room, flow), min(down_kg, up_kg))
    return kg, v if u == root else source, u if v == root else sink


@rule
def leaving(end, source, sink, u, v, top, nodes, room, flow, kg, tol_kg):
    """Return the node whose arc to its parent leaves the tree, and the arc that comes for it; -1 if none leaves.

    The arc is given by its node in the subtree that is cut off, and by the other one.
    """
    root = nodes.size - 1
    z, y = u if end == LANE else top, v if end == LANE else top
    up = blocked_on_way(y, top, False, nodes, room, flow, kg, tol_kg)
    down = blocked_on_way(z, top, True, nodes, room, flow, kg, tol_kg)
    down = -1 if left_on(u, v, room, flow) - kg <= tol_kg else down
    up = sink if end == HEAD and v != root else up
    down = source if end == TAIL and u != root else down
    return (up, v, u) if up >= 0 else (down, u, v)


@rule
def fill(filled, size, i, kg, tol_kg):
    """Fill an order by kg; return whether it is full now. Counting up keeps small trades of huge orders exact."""
    filled[i] += kg
    if size[i] - filled[i] > tol_kg:
        return False
    filled[i] = size[i]
    return True
