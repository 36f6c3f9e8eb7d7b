"""The cheapest way to bring one more kg to every market.

Each way starts with the next ask of an origin and runs along lanes with room and, backwards, along lanes that carry
metal. Only the costs of the ways are searched for all markets; the path itself is looked up for the one that is served.

The hot functions here and in `model.market.transport` take plain arrays and raise no errors: for each array of a tuple
that is passed, and in functions that may raise or return early, numba counts references, which took as long as the
search itself.

Arrays, for N origins and M markets:
    dist_o, dist_d: Whole USD/kg to have one more kg at each origin, [N], and market, [M]; `FAR` if there is no way.
    turns_o: How often the way to an origin comes back from a market, [N]; 0 from the origin's own ask.
    from_d: The market it comes back from, [N]; -1 from the origin's own ask.
    gate: Whole USD/kg of each lane, `FAR` where it has no room, [N, M].
    used_o, used_d, used_cost: Origin, market and cost of each lane that carries metal; the first `n_used` count.
"""

import numpy as np

from agents.rule import rule
from model.market.whole import FAR


@rule
def label(dist_o, dist_d, turns_o, from_d, moved, gate, used_o, used_d, used_cost, n_used, ask_now, rise):
    """Find the cost of the cheapest way to every origin and market (label-correcting, in sweeps).

    No label can have risen by more than `rise`: what lies above that is not worth following. `moved` is scratch.

    Choices between values stand where no processor could foresee a branch: a wrong guess costs as much as a row of
    lanes.

    Returns:
        Whether the sweeps came to an end, as they must unless a way gets cheaper for ever.
    """
    n_o, n_d = gate.shape
    for d in range(n_d):
        dist_d[d] = min(dist_d[d] + rise + 1, FAR)
    n_moved = 0
    for o in range(n_o):
        most, own = min(dist_o[o] + rise + 1, FAR), ask_now[o]
        dist_o[o], turns_o[o], from_d[o] = min(own, most), 0, -1
        moved[n_moved] = o
        n_moved += own < most
    for turn in range(1, n_o + 2):  # no cheapest way takes more turns than there are origins
        for k in range(n_moved):
            base, row = dist_o[moved[k]], gate[moved[k]]
            for d in range(n_d):
                dist_d[d] = min(dist_d[d], base + row[d])
        n_moved = 0
        for u in range(n_used):  # metal sent to one market comes back for another where that is cheaper
            o, d = used_o[u], used_d[u]
            back = dist_d[d] - used_cost[u]
            if back < dist_o[o] and dist_d[d] < FAR:
                dist_o[o], from_d[o], turns_o[o] = back, np.int64(d), turn
                moved[n_moved] = o
                n_moved += 1
        if n_moved == 0:
            return True
    return False


@rule
def find_path(market, from_o, dist_o, dist_d, turns_o, from_d, gate, room, flow):
    """Walk back from a market and note in `from_o` the origins on the way, by market.

    Of equal ways into a market the one with fewest turns is taken, then the first.

    Returns:
        `(root, kg)`: the origin whose ask starts the path, and the kg that fit through its lanes; 0 if there is none.
    """
    n_o = dist_o.size
    root, kg, d, left = -1, np.inf, market, n_o
    while d >= 0 and left > 0:  # a path comes through each origin once at most
        left -= 1
        root, turns = 0, n_o + 2
        for o in range(n_o):
            fewer = (turns_o[o] < turns) & (dist_o[o] + gate[o, d] == dist_d[d])
            root, turns = o if fewer else root, turns_o[o] if fewer else turns
        from_o[d] = root
        kg = min(kg, room[root, d]) if turns <= n_o + 1 else 0.0
        d = from_d[root]
        if d >= 0:
            kg = min(kg, flow[root, d])
    return root, kg if d < 0 else 0.0
