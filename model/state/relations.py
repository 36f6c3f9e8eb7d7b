"""Who supplies whom at the start: as spread out abroad as costs, quantities and recorded shares of trade allow.

The cheapest pattern that balances the world leaves all but a few lanes empty, and which ones hangs on cents. What is
on record is spread out. So what countries sell at home stays as it is in the static equilibrium, and their trade
abroad is the most likely one for given quantities and costs (entropy: Wilson 1967; Erlander and Stewart 1990),
``flow[o, d] = a[o] * b[d] * exp(-cost[o, d] / (spread * price))``, held to recorded shares as far as quantities allow.
"""

from __future__ import annotations

import numpy as np

from model.world import World

_ROUNDS, _LAST_ROUNDS = 200, 50
_MOST = 2.0  # factor by which a round changes a lane: what quantities rule out is given up, not run after
_STEEPEST = 700.0  # exp of less is no number


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
    recorded = _recorded(world)
    for turn in range(_ROUNDS + _LAST_ROUNDS):
        if turn < _ROUNDS:
            for row in recorded:
                _hold_to(flow, *row)
        flow *= _ratio(out, flow.sum(axis=2))[:, :, None]
        flow *= _ratio(into, flow.sum(axis=1))[:, None, :]
    # Nobody is promised what a seller has not got.
    found: np.ndarray = flow * np.minimum(_ratio(out, flow.sum(axis=2)), 1.0)[:, :, None] + home[:, :, None] * at_home
    return found


def _recorded(world: World) -> list[tuple[str, np.ndarray, int, int, float]]:
    metal = np.array(world.metal_of_good)
    return [
        (str(row.side), np.flatnonzero(metal == row.metal), world.zone_index[row.origin],
         world.zone_index[row.destination], float(row.share))
        for row in world.relations.itertuples()
    ]  # fmt: skip


def _hold_to(flow: np.ndarray, side: str, goods: np.ndarray, origin: int, destination: int, share: float) -> None:
    """Scale a lane of a metal's goods to its recorded share of the origin's exports or the destination's imports."""
    lane = flow[goods, origin, destination].sum()
    others = (flow[goods, origin] if side == "exports" else flow[goods, :, destination]).sum() - lane
    if lane > 0.0 and others > 0.0 and 0.0 < share < 1.0:  # who has one partner only cannot be held to less
        flow[goods, origin, destination] *= np.clip(share / (1.0 - share) * others / lane, 1 / _MOST, _MOST)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.zeros_like(part), where=whole > 1e-12)
    return found
