"""Who supplies whom at the start: as spread out abroad as costs, quantities and recorded shares of trade allow.

The cheapest pattern that balances the world leaves all but a few lanes empty, and which ones hangs on cents. What is
on record is spread out. So what countries sell at home stays as it is in the static equilibrium, and their trade
abroad is the most likely one for given quantities and costs (entropy: Wilson 1967; Erlander and Stewart 1990),
``flow[o, d] = a[o] * b[d] * exp(-cost[o, d] / (spread * price))``, held to recorded shares as far as quantities allow.
"""

from __future__ import annotations

import numpy as np

from agents.rule import rule
from model.world import World

_ROUNDS, _LAST_ROUNDS = 200, 50
_MOST = 2.0  # factor by which a round changes a lane: what quantities rule out is given up, not run after
_STEEPEST = 700.0  # exp of less is no number
_NOTHING = 1e-12  # kg


def relations(
    world: World, supply: np.ndarray, need: np.ndarray, home: np.ndarray, cost: np.ndarray, closed: np.ndarray,
    spread: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return who supplies whom, kg a week, [G, Z, Z].

    Args:
        world: recorded shares of trade (`relations.csv`), reference prices.
        supply: what countries sell in a normal week, kg, [G, Z].
        need: what they buy, kg, [G, Z].
        home: what they sell at home, kg, [G, Z].
        cost: of the lanes, USD/kg, [G, Z, Z].
        closed: lanes that nothing may pass, [G, Z, Z].
        spread: share of the price that a lane may cost more and still carry about a third, [G].
    """
    at_home = np.eye(supply.shape[1], dtype=bool)
    home = np.clip(home, 0.0, np.minimum(supply, need))
    out, into = supply - home, need - home
    # More may be wanted than there is, or less: what is traded is the smaller of the two.
    traded = np.minimum(out.sum(axis=1), into.sum(axis=1))
    out, into = out * _ratio(traded, out.sum(axis=1))[:, None], into * _ratio(traded, into.sum(axis=1))[:, None]
    steep = cost / (np.maximum(spread, 1e-6) * world.reference_price)[:, None, None]
    steep -= np.where(at_home, np.inf, steep).min(axis=1, keepdims=True)
    flow = np.where(closed | at_home, 0.0, np.exp(-np.clip(steep, 0.0, _STEEPEST)) * out[:, :, None] * into[:, None, :])
    _balance(flow, out, into, *_recorded(world))
    # Nobody is promised what a seller has not got.
    found: np.ndarray = flow * np.minimum(_ratio(out, flow.sum(axis=2)), 1.0)[:, :, None] + home[:, :, None] * at_home
    return found


def _recorded(world: World) -> tuple[np.ndarray, ...]:
    """Return the recorded shares, [n]: whether of exports or of imports, which goods [n, G], the lane, the share."""
    rows, metal = world.relations, np.array(world.metal_of_good)
    return (
        (rows["side"] == "exports").to_numpy(),
        rows["metal"].to_numpy()[:, None] == metal,
        np.array([rows[end].map(world.zone_index).to_numpy(np.int64) for end in ("origin", "destination")]).T,
        rows["share"].to_numpy(float),
    )


@rule
def _balance(flow, out, into, of_exports, goods, lane, share):
    """Hold lanes to their recorded shares, and countries to what they sell, [G, Z], and buy, [G, Z], in turn."""
    for turn in range(_ROUNDS + _LAST_ROUNDS):
        for k in range(share.size if turn < _ROUNDS else 0):
            _hold_to(flow, of_exports[k], np.flatnonzero(goods[k]), lane[k, 0], lane[k, 1], share[k])
        for g in range(flow.shape[0]):
            for o in range(flow.shape[1]):
                total = flow[g, o].sum()
                flow[g, o] *= out[g, o] / total if total > _NOTHING else 0.0
            total = flow[g].sum(axis=0)
            for d in range(total.size):
                flow[g, :, d] *= into[g, d] / total[d] if total[d] > _NOTHING else 0.0


@rule
def _hold_to(flow, of_exports, goods, origin, destination, share):
    """Scale a lane of a metal's goods to its recorded share of the origin's exports or the destination's imports."""
    carried, whole = np.empty(goods.size), np.empty((goods.size, flow.shape[1]))
    for i in range(goods.size):
        carried[i] = flow[goods[i], origin, destination]
        whole[i] = flow[goods[i], origin] if of_exports else flow[goods[i], :, destination]
    lane = carried.sum()
    others = whole.sum() - lane
    if lane > 0.0 and others > 0.0 and 0.0 < share < 1.0:  # who has one partner only cannot be held to less
        more = min(max(share / (1.0 - share) * others / lane, 1.0 / _MOST), _MOST)
        for g in goods:
            flow[g, origin, destination] *= more


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.zeros_like(part), where=whole > _NOTHING)
    return found
