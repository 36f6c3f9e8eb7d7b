"""A re-export ban makes it risky to pass the actor's metal on to its targets."""

import numpy as np

from model import TradeModel
from tests.conftest import make_scenario, play
from tests.policy.helpers import WORLD, E


def tracked_into_usa(enforcement: float) -> float:
    ban = {"kind": "export_ban", "actor": "CHN", "targets": ["USA"]}
    reexport = {"kind": "reexport_ban", "actor": "CHN", "targets": ["USA"], "enforcement": enforcement}
    played = play([ban, reexport], weeks=78)
    assert played.flow("CHN", "USA")[E:].max() == 0
    others = [zone for zone in WORLD.zones if zone not in ("USA", "CHN")]
    return sum(played.flow(zone, "USA", column="tracked_kg")[E:].sum() for zone in others)


def test_reexport_ban_lets_less_through_the_harder_it_is_enforced():
    none, some, much = (tracked_into_usa(level) for level in (0.0, 0.1, 0.5))
    assert none > 0
    assert none >= some >= much >= 0
    assert much < 0.7 * none


def test_reexport_ban_campaigns_raise_the_cost_of_passing_metal_on_from_their_dates():
    ban = {"kind": "reexport_ban", "actor": "CHN", "targets": ["USA"], "enforcement": 0.1}
    ban["campaigns"] = [{"start": "2023-08-07", "enforcement": 0.9}, {"start": "2023-06-05", "enforcement": 0.4}]
    japan, usa, good = (WORLD.zone_index["JPN"], WORLD.zone_index["USA"], WORLD.good_index["germanium-HP"])
    model, calm = (TradeModel(make_scenario(policies), seed=1) for policies in ([ban], []))
    more = np.zeros(40)
    for week in range(40):
        costs = [each.run(1).trades.lanes.cost[good, japan] for each in (model, calm)]
        more[week] = costs[0][usa] - costs[1][usa]
        assert abs(costs[0][WORLD.zone_index["FRA"]] - costs[1][WORLD.zone_index["FRA"]]) < 1.0
    assert np.abs(more[:E]).max() == 0
    spans = [more[first:last].mean() for first, last in ((E, 22), (22, 31), (31, 40))]
    assert spans[0] > 0
    assert spans[1] > 2 * spans[0]
    assert spans[2] > 1.5 * spans[1]


def test_reexport_ban_does_not_burden_the_actors_own_shipments():
    """It reaches beyond the actor's border; what the actor ships itself is for an export ban to stop."""
    model = TradeModel(make_scenario([{"kind": "reexport_ban", "actor": "CHN", "targets": ["JPN"]}]), seed=1)
    free = TradeModel(make_scenario(), seed=1)
    for each in (model, free):
        each.run(E + 1)
    chn, jpn = WORLD.zone_index["CHN"], WORLD.zone_index["JPN"]
    assert np.allclose(model.trades.lanes.cost[:, chn, jpn], free.trades.lanes.cost[:, chn, jpn], rtol=0.02)
