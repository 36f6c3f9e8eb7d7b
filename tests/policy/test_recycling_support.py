"""Recycling support brings more scrap to recyclers, sold freely."""

import numpy as np
import pytest

from model.state.record import Kind
from tests.conftest import Played, play
from tests.policy.helpers import E, here

SCRAP = {"kind": "recycling_support", "actor": "JPN", "increase_share": 1.0, "ramp_weeks": 10, "goods": ["gallium"]}


def recycled(played: Played, zone: str, metal: str) -> np.ndarray:
    firms = played.tables["firms"]
    keep = (firms["kind"] == "recycler") & (firms["zone"] == zone) & firms["good"].astype(str).str.startswith(metal)
    return firms[keep].groupby("week")["produced_kg"].sum().to_numpy()


def test_recycling_support_raises_recycling_of_its_metal_and_lowers_the_price():
    more, base = play([SCRAP | {"public_cost_usd_per_kg": 10}], weeks=104), play(weeks=104)
    assert np.array_equal(recycled(more, "JPN", "gallium")[:E], recycled(base, "JPN", "gallium")[:E])
    ratio = recycled(more, "JPN", "gallium")[E + 10 :] / recycled(base, "JPN", "gallium")[E + 10 :]
    assert ratio.mean() == pytest.approx(2.0, rel=0.1)
    assert np.allclose(recycled(more, "JPN", "germanium"), recycled(base, "JPN", "germanium"), rtol=0.02)
    assert np.allclose(recycled(more, "DEU", "gallium"), recycled(base, "DEU", "gallium"), rtol=0.1)
    for zone in ("JPN", "CHN"):
        cheaper = [p.price("gallium-4N", zone)[-26:].mean() for p in (more, base)]
        assert cheaper[0] < cheaper[1]
    added = recycled(more, "JPN", "gallium") - recycled(base, "JPN", "gallium")
    assert more.model.policies[0].spent_usd == pytest.approx(10 * added[E:].sum(), rel=0.1)


def test_recycling_support_is_sold_freely_and_ends():
    model = play([SCRAP]).model
    f, plain = model.firms, play().model.firms
    rows = np.flatnonzero((f["kind"] == Kind.RECYCLER) & here(model, "JPN") & (f["good"] <= 1))
    captive, before = (x["captive_share"][rows] * x["normal_output_kg"][rows] for x in (f, plain))
    assert np.allclose(captive, before, rtol=0.05)
    ended = play([SCRAP | {"until": "2023-10-02"}]).model.firms
    assert np.allclose(ended["capacity_kg"][rows], plain["capacity_kg"][rows], rtol=1e-6)
    assert np.allclose(ended["captive_share"][rows], plain["captive_share"][rows], rtol=1e-6)
