"""Goods take as long as their lane says, however long that is, and nothing is lost on the way."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model import TradeModel
from model.market.exchange import arrive
from model.world import DATA_FOLDER, World, load_world
from tests.conftest import make_scenario

LONG, KG = 9, 1e-6


def with_lanes(folder: Path, slow: Callable[[dict[str, str]], bool]) -> World:
    """Return the packaged world, copied to `folder`, where lanes that are `slow` take nine weeks."""
    shutil.copytree(DATA_FOLDER, folder)
    path = folder / "lanes.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {"transit_weeks": str(LONG)} if slow(row) else row for row in rows)
    return load_world(folder)


@pytest.fixture(scope="module")
def far_world(tmp_path_factory) -> World:
    """China is nine weeks away from the United States."""
    folder = tmp_path_factory.mktemp("far") / "data"
    return with_lanes(folder, lambda row: (row["origin"], row["destination"]) == ("CHN", "USA"))


@pytest.fixture(scope="module")
def slow_world(tmp_path_factory) -> World:
    """Everybody is nine weeks away from everybody else."""
    return with_lanes(tmp_path_factory.mktemp("slow") / "data", lambda row: True)


def test_a_world_has_as_many_transit_slots_as_its_longest_lane_needs(far_world):
    for world, longest in ((load_world(), 4), (far_world, LONG)):
        model = TradeModel(make_scenario(weeks=1, spin_up_weeks=0), world=world)
        assert model.firms.transit_kg.shape[1] == model.firms.transit_tracked_kg.shape[1] == longest + 1
        assert model.lanes.weeks_under_way.max() == longest


def test_goods_arrive_after_exactly_the_weeks_of_their_lane(far_world):
    model = TradeModel(make_scenario(weeks=1, spin_up_weeks=0), seed=1, world=far_world)
    f, china, usa = model.firms, far_world.zone_index["CHN"], far_world.zone_index["USA"]
    f.transit_kg[:] = f.transit_tracked_kg[:] = 0.0
    model.step()
    goods, zones = f.goods, f.zones
    shipped = model.trades.flow.reshape(goods, 2, zones, 2, zones).sum(axis=(0, 1, 3))[china, usa]
    tracked = model.trades.tracked.reshape(goods, 2, zones, 2, zones).sum(axis=(0, 1, 3))[china, usa]
    assert shipped > tracked > 0
    here = np.flatnonzero((f["zone"] == usa) & (np.arange(len(f)) >= f.buyers.start))
    for weeks_later in range(1, LONG + 4):  # nothing more is bought: what arrives is what week 0 put on its way
        held, held_tracked = f["stock_kg"][here].sum(), f["tracked_kg"][here].sum()
        arrive(f.table, f.buyers.start, f.transit_kg, f.transit_tracked_kg)
        arrived, arrived_tracked = f["stock_kg"][here].sum() - held, f["tracked_kg"][here].sum() - held_tracked
        if weeks_later == LONG:
            assert arrived == pytest.approx(shipped, abs=KG)
            assert arrived_tracked == pytest.approx(tracked, abs=KG)
        elif weeks_later > 4:  # the other lanes into the country take four weeks at most
            assert arrived == arrived_tracked == 0
    assert f["in_transit_kg"][here].sum() == 0


@pytest.mark.parametrize("name", ["far_world", "slow_world"])
def test_mass_balances_over_long_lanes(name, request):
    model = TradeModel(make_scenario(weeks=30, spin_up_weeks=0), seed=1, world=request.getfixturevalue(name))
    f = model.firms
    assert f.transit_kg[:, 5:].sum() > 0 or name == "far_world"  # metal is under way from the start
    for _ in range(30):
        before = f["stock_kg"] + f["in_transit_kg"]
        model.step()
        flows = f["produced_kg"] + f["bought_kg"] - f["sold_kg"] - f["consumed_kg"]
        assert np.abs(f["stock_kg"] + f["in_transit_kg"] - before - flows).max() < KG
        assert f["in_transit_kg"] == pytest.approx(f.transit_kg.sum(axis=1))
