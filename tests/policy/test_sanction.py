"""A sanction closes the lanes between two sides, in the directions it names."""

import numpy as np
import pytest

from tests.conftest import play
from tests.policy.helpers import WORLD, E


@pytest.mark.parametrize(
    ("direction", "into", "out"), [("both", True, True), ("imports", True, False), ("exports", False, True)]
)
def test_sanction_closes_the_named_directions(direction, into, out):
    sanction = {"kind": "sanction", "actor": "BEL", "partners": ["DEU"], "targets": ["CHN", "USA"]}
    played, base = play([sanction | {"direction": direction}]), play()
    for origin, destination, closed in (("CHN", "DEU", into), ("BEL", "USA", out)):
        assert base.flow(origin, destination)[E:].sum() > 0
        assert (played.flow(origin, destination)[E:].sum() == 0) == closed
    zones = WORLD.zone_index
    ours, theirs = [zones["BEL"], zones["DEU"]], [zones["CHN"], zones["USA"]]
    shut = np.zeros((len(zones), len(zones)), dtype=bool)
    shut[np.ix_(theirs, ours)], shut[np.ix_(ours, theirs)] = into, out
    assert (played.model.lanes.closed == shut).all()


def test_sanction_ends():
    played = play([{"kind": "sanction", "actor": "DEU", "targets": ["CHN"], "until": "2023-08-07"}])
    assert played.flow("CHN", "DEU")[E:31].max() == 0
    assert played.flow("CHN", "DEU")[31:].sum() > 0
