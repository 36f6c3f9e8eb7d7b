"""Recycling support brings more scrap to recyclers, sold freely, where scrap is lost today."""

import numpy as np
import pytest

from model.state.record import Kind
from tests.conftest import Played, play
from tests.policy.helpers import E, here

SCRAP = {"kind": "recycling_support", "actor": "CHN", "increase_share": 1.0, "ramp_weeks": 10, "goods": ["gallium"]}


def recycled(played: Played, zone: str, metal: str) -> np.ndarray:
    firms = played.tables["firms"]
    keep = (firms["kind"] == "recycler") & (firms["zone"] == zone) & firms["good"].astype(str).str.startswith(metal)
    return firms[keep].groupby("week")["produced_kg"].sum().to_numpy()


def test_recycling_support_raises_recycling_of_its_metal_and_lowers_the_price():
    more, base = play([SCRAP | {"public_cost_usd_per_kg": 10}], weeks=104), play(weeks=104)
    assert np.array_equal(recycled(more, "CHN", "gallium")[:E], recycled(base, "CHN", "gallium")[:E])
    ratio = recycled(more, "CHN", "gallium")[E + 10 :] / recycled(base, "CHN", "gallium")[E + 10 :]
    assert ratio.mean() == pytest.approx(2.0, rel=0.1)
    assert np.allclose(recycled(more, "CHN", "germanium"), recycled(base, "CHN", "germanium"), rtol=0.02)
    assert np.allclose(recycled(more, "DEU", "gallium"), recycled(base, "DEU", "gallium"), rtol=0.1)
    for zone in ("JPN", "CHN"):
        cheaper = [p.price("gallium-4N", zone)[-26:].mean() for p in (more, base)]
        assert cheaper[0] < cheaper[1]
    added = recycled(more, "CHN", "gallium") - recycled(base, "CHN", "gallium")
    assert more.model.policies[0].spent_usd == pytest.approx(10 * added[E:].sum(), rel=0.1)


def test_recycling_support_is_sold_freely_and_ends():
    model = play([SCRAP]).model
    f, plain = model.firms, play().model.firms
    rows = np.flatnonzero((f["kind"] == Kind.RECYCLER) & here(model, "CHN") & (f["good"] <= 1))
    captive, before = (x["captive_share"][rows] * x["normal_output_kg"][rows] for x in (f, plain))
    assert np.allclose(captive, before, rtol=0.05)
    ended = play([SCRAP | {"until": "2023-10-02"}]).model.firms
    assert np.allclose(ended["capacity_kg"][rows], plain["capacity_kg"][rows], rtol=1e-6)
    assert np.allclose(ended["captive_share"][rows], plain["captive_share"][rows], rtol=1e-6)


def test_where_no_scrap_is_lost_money_brings_no_more():
    """All of Japan's new gallium scrap is worked up, there or abroad (the routes of `model.scrap`)."""
    model = play([SCRAP | {"actor": "JPN"}]).model
    japan = model.world.zone_index["JPN"]
    gallium = model.scrap.metal[model.firms["good"][model.firms.of(Kind.RECYCLER)]] == model.world.metals.index(
        "gallium"
    )
    assert model.scrap.route[gallium, japan].sum() == pytest.approx(1.0)
    more, base = play([SCRAP | {"actor": "JPN"}]), play()
    assert np.allclose(recycled(more, "JPN", "gallium"), recycled(base, "JPN", "gallium"), rtol=0.05)
