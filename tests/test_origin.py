"""Tracked origin at the start: without spin-up the model knows where metal comes from, and a long run agrees."""

from datetime import date

import numpy as np
import pytest

from model import TradeModel
from model.state.record import Kind
from model.world import load_world
from tests.conftest import make_scenario

WORLD = load_world()
START = date(2023, 1, 2)
CHINA = WORLD.zone_index["CHN"]
GOODS, ZONES = WORLD.good_index, WORLD.zone_index


def model_at_rest(policies=(), **keys) -> TradeModel:
    return TradeModel(make_scenario(policies, start=START, spin_up_weeks=0, **keys), seed=1)


@pytest.fixture(scope="module")
def start() -> TradeModel:
    """A model without spin-up that has not lived a week."""
    return model_at_rest()


@pytest.fixture(scope="module")
def later() -> TradeModel:
    """The same after three years of free trade."""
    return model_at_rest().run(156)


def shares(model: TradeModel, rows: slice) -> np.ndarray:
    """Return the tracked share of what rows hold and have under way, by good and zone, [G, Z]."""
    f = model.firms
    held = f["stock_kg"][rows] + f["in_transit_kg"][rows]
    tracked = f["tracked_kg"][rows] + f.transit_tracked_kg[rows].sum(axis=1)
    whole = f.by_place(rows, held)
    return f.by_place(rows, tracked) / np.where(whole > 0, whole, 1.0)


def test_stocks_at_the_start_have_the_origin_of_their_makers(start):
    kind, zone, stock_kg = (start.firms[name] for name in ("kind", "zone", "stock_kg"))
    share = start.firms["tracked_kg"] / np.where(stock_kg > 0, stock_kg, 1.0)
    made_here = (kind == Kind.PRODUCER) & (zone == CHINA)
    assert share[made_here & (stock_kg > 0)] == pytest.approx(1)
    assert (share[(kind == Kind.PRODUCER) & (zone != CHINA) | (kind == Kind.RECYCLER)] == 0).all()
    assert share.min() >= 0
    assert share.max() <= 1


def test_origin_goes_through_refining(start):
    """Japan and Germany refine Chinese gallium: some of the high purity they sell is Chinese, more than they import."""
    sources, lines = start.sources, start.firms.table[start.firms.of(Kind.REFINER)]
    inputs = start.firms.table[lines["line"]]
    assert set(inputs["kind"]) == {Kind.REFINER_INPUT}
    of_output = lines["tracked_kg"] / lines["stock_kg"]
    assert of_output == pytest.approx(inputs["tracked_kg"] / inputs["stock_kg"])
    good = GOODS["gallium-6N"]
    for zone in ("JPN", "DEU"):
        here = ZONES[zone]
        direct = sources.received_from[good, CHINA, here] / sources.received_from[good, :, here].sum()
        assert sources.share_from(CHINA)[good, here] > 1.5 * direct


def test_all_primary_metal_of_china_is_received_somewhere(start):
    """Gallium 4N and germanium 5N as they leave the plants, to the tenth by which flows at rest may differ."""
    producers = start.firms.of(Kind.PRODUCER)
    primary = start.firms.by_place(producers, start.firms["normal_output_kg"][producers])[:, CHINA]
    for good in ("gallium-4N", "germanium-5N"):
        received = start.sources.tracked_received[GOODS[good]].sum()
        assert received == pytest.approx(primary[GOODS[good]], rel=0.1)


def test_shares_at_the_start_are_those_of_a_long_run(later):
    """What flows where is not the same every week, so shares are compared over everybody outside China.

    The start is the first week, in which contracts are written: they spread trade more than it is spread at rest.
    """
    start = model_at_rest().run(1)
    outside = np.arange(len(ZONES)) != CHINA
    for good, g in GOODS.items():
        begun, lived = (
            (m.sources.tracked_received[g, outside].sum() / m.sources.received_from[g][:, outside].sum())
            for m in (start, later)
        )
        assert begun == pytest.approx(lived, abs=0.06), good
        assert begun > 0.1
    for zone, good in (("JPN", "gallium-4N"), ("JPN", "gallium-6N"), ("DEU", "gallium-6N"), ("CHN", "germanium-5N")):
        at = GOODS[good], ZONES[zone]
        for rows in (start.firms.sellers, start.firms.users):
            assert shares(start, rows)[at] == pytest.approx(shares(later, rows)[at], abs=0.1), (zone, good)
        assert start.sources.share_from(CHINA)[at] == pytest.approx(later.sources.share_from(CHINA)[at], abs=0.1)


def test_licence_orders_without_spin_up_are_as_large_as_after_one():
    """An order covers the use that hangs on the actor, be it supplied through others: the start must know."""
    licence = {"kind": "export_licence", "actor": "CHN", "announced": "2023-01-09", "effective": "2023-01-16"}
    wanted = []
    for spin_up_weeks in (0, 156):
        model = TradeModel(make_scenario([licence], start=START, spin_up_weeks=spin_up_weeks), seed=1).run(3)
        files = model.policies[0].office.files
        applicants = model.firms.table[files["row"]]
        mine = (applicants["zone"] == ZONES["JPN"]) & (applicants["good"] == GOODS["gallium-6N"])
        wanted.append(files["asked_kg"][mine & (applicants["kind"] == Kind.BUYER)].sum())
    assert wanted[0] == pytest.approx(wanted[1], rel=0.2)
    assert wanted[0] > 0


def test_prices_at_rest_are_those_of_the_data_whichever_country_is_tracked():
    """Reference prices are of the world's own tracked country: to follow another one's metal moves no price."""
    one, other = model_at_rest(tracked="RUS"), model_at_rest()
    assert one.delivered_quote[:, CHINA] == pytest.approx(other.delivered_quote[:, CHINA], rel=0.02)


def test_any_country_can_be_tracked():
    model = model_at_rest(tracked="RUS")
    everybody, f = slice(0, len(model.firms)), model.firms
    tracked = f.by_place(everybody, f["tracked_kg"])
    russia = ZONES["RUS"]
    assert tracked[GOODS["germanium-5N"], russia] > 0
    assert tracked[:, CHINA].sum() < 0.05 * f.by_place(everybody, f["stock_kg"])[:, CHINA].sum()
