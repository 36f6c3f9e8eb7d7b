"""Scrap: recyclers make metal of what users lose and of what else they are fed, and of nothing else."""

import numpy as np
import pytest

from model import TradeModel
from model.scrap import Scrap
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario
from tests.records import one, parameters_by_good, row, state

HERE, THERE = 0, 1
LICENCE = {"kind": "export_licence", "actor": "CHN", "processing_weeks": [6, 12], "approval": {"default": 0.5}}
SUPPORT = {"kind": "recycling_support", "actor": "CHN", "increase_share": 2.0, "ramp_weeks": 8}


def recycler(firm: str, zone: int, kg: float, feed_kg: float = 0.0) -> dict:
    return one(firm, Kind.RECYCLER, zone, normal_output_kg=kg, feed_kg=feed_kg, captive_share=0.8)


def user(firm: str, zone: int, kg: float, share: float = 0.5) -> dict:
    return one(firm, Kind.BUYER, zone, trend_use_kg=kg, consumed_kg=kg, scrap_share=share)


def laid(*records: dict, stays: tuple[bool, bool] = (False, False)):
    firms = state(*records)
    return firms, Scrap(firms, np.zeros(1, dtype=np.int64), np.array(stays))


def test_own_recyclers_come_first_and_the_rest_goes_abroad():
    """20 kg of scrap here, of which the recycler here takes 8; the one there has room for 6 of the 12 that are left."""
    firms, scrap = laid(recycler("a", HERE, 8.0), recycler("b", THERE, 6.0), user("u", HERE, 40.0))
    assert scrap.route == pytest.approx(np.array([[8 / 20, 0.0], [6 / 20, 0.0]]))
    assert scrap.owed == pytest.approx(np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert firms["normal_output_kg"][:2].tolist() == [8.0, 6.0]


def test_nobody_makes_more_than_scrap_and_other_feed_yield():
    firms, scrap = laid(recycler("a", HERE, 30.0, feed_kg=5.0), user("u", HERE, 40.0))
    assert scrap.route.sum() == pytest.approx(1.0)
    assert row(firms, "a")["normal_output_kg"] == pytest.approx(20.0 + 5.0)


def test_scrap_of_a_country_that_keeps_it_stays():
    _, scrap = laid(recycler("b", THERE, 6.0), user("u", HERE, 40.0), stays=(True, False))
    assert scrap.route.sum() == 0
    _, scrap = laid(recycler("b", THERE, 6.0), user("u", HERE, 40.0), stays=(False, True))
    assert scrap.route.sum() == 0


def test_a_week_of_scrap_goes_along_the_routes():
    """The user took in twice its trend: 40 kg of scrap, two fifths and three tenths of it, and 1 kg of other feed."""
    firms, scrap = laid(recycler("a", HERE, 9.0, feed_kg=1.0), recycler("b", THERE, 6.0), user("u", HERE, 40.0))
    firms["consumed_kg"][firms.of(Kind.BUYER)] = 80.0
    scrap.collect()
    assert row(firms, "a")["scrap_kg"] == pytest.approx(0.4 * 40.0 + 1.0)
    assert row(firms, "b")["scrap_kg"] == pytest.approx(0.3 * 40.0)


def test_what_is_not_lost_cannot_be_collected():
    """8 of 20 kg are collected: 5 more can be, and of 20 more only the 7 that are then left."""
    _, scrap = laid(recycler("a", HERE, 8.0), user("u", HERE, 40.0))
    assert scrap.widen(0, 5.0)[1] == pytest.approx(5.0)
    assert scrap.widen(0, 20.0)[1] == pytest.approx(7.0)
    assert scrap.route[0, HERE] == pytest.approx(1.0)


def test_a_route_gives_up_what_it_gained_whatever_is_used_by_then():
    """8 and then 13 of 20 kg are collected; users double, and 13 kg of 40 would be half of what was gained."""
    firms, scrap = laid(recycler("a", HERE, 8.0), user("u", HERE, 40.0))
    gained, kg = scrap.widen(0, 13.0 - 8.0)
    assert (gained.tolist(), kg) == (pytest.approx([0.25, 0.0]), pytest.approx(5.0))
    firms["trend_use_kg"][:] *= 2.0
    scrap.narrow(0, gained)
    assert scrap.route[0].tolist() == pytest.approx([0.4, 0.0])


def test_recyclers_start_with_the_scrap_of_their_lag():
    firms, scrap = laid(recycler("a", HERE, 8.0), user("u", HERE, 40.0))
    scrap.fill(parameters_by_good(1, scrap_lag_weeks=6.0))
    assert row(firms, "a")["scrap_kg"] == pytest.approx(48.0)


@pytest.mark.parametrize("policies", [[], [LICENCE, SUPPORT]], ids=["free", "controls and support"])
def test_output_never_exceeds_scrap_in_any_week(policies):
    """What recyclers made and hold as scrap is no more than they began with, users lost, and else came."""
    model = TradeModel(make_scenario(policies, weeks=104), seed=1)
    f, rows, buyers = model.firms, model.firms.of(Kind.RECYCLER), model.firms.of(Kind.BUYER)
    began, came, made, lost = f["scrap_kg"][rows].copy(), 0.0, 0.0, 0.0
    for _ in range(104):
        held = f["scrap_kg"][rows].copy()
        model.step()
        produced = f["produced_kg"][rows]
        assert (produced <= held + 1e-9).all()
        made, came = made + produced, came + f["feed_kg"][rows]
        lost += (f["scrap_share"] * f["consumed_kg"])[buyers].sum()
    assert (f["scrap_kg"][rows] + made <= began + came + lost).all()
    assert (f["scrap_kg"][rows] + made).sum() <= (began + came).sum() + lost
    assert (model.scrap.route.reshape(len(made), -1) >= 0).all()
    metal = model.scrap.metal[f["good"][rows]]
    for m in range(model.scrap.metals):
        assert (model.scrap.route[metal == m].sum(axis=0) <= 1.0 + 1e-9).all()


def test_every_use_of_a_metal_has_its_scrap():
    world = load_world()
    firms = TradeModel(seed=1).firms
    share = firms["scrap_share"][firms.of(Kind.BUYER)]
    assert share.min() >= 0
    assert share.max() < 1
    assert set(world.scrap["end_use"]) >= {b.end_use for b in firms.businesses[firms.of(Kind.BUYER)]}


def test_less_use_means_less_scrap_and_less_recycled_metal():
    """Use that falls by a third takes recycling with it: metal does not come from nothing."""
    model, calm = (TradeModel(make_scenario(weeks=60), seed=1) for _ in range(2))
    f = model.firms
    f["trend_use_kg"][f.of(Kind.BUYER)] *= 2 / 3
    model.run(60), calm.run(60)
    ratio = [m.firms["produced_kg"][m.firms.of(Kind.RECYCLER)].sum() for m in (model, calm)]
    assert 0.55 < ratio[0] / ratio[1] < 0.85
