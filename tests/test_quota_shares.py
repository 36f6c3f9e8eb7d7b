"""A quota is shared among the sellers that can export, so that it is filled where there is metal to fill it."""

import numpy as np
import pytest

from agents.books import OPEN
from model import TradeModel
from model.world import load_world
from tests.conftest import EFFECTIVE_WEEK, make_scenario, play

WORLD = load_world()
WEEKLY = 7 / 365.25
KG = 1e-6
E = EFFECTIVE_WEEK


def half_of_usual(actor: str, good: str) -> tuple[dict, float]:
    """Return a weekly quota of half the exports without it, and what it lets out in a week, kg."""
    weekly_kg = 0.5 * play().exports(actor, good)[E:].mean()
    quota = {"kind": "export_quota", "actor": actor, "goods": [good], "period_weeks": 1}
    return quota | {"tonnes_per_year": weekly_kg / WEEKLY / 1000}, weekly_kg


@pytest.mark.parametrize(
    ("actor", "good"),
    [
        ("CHN", "gallium-4N"), ("CHN", "gallium-6N"), ("CHN", "germanium-5N"),  # exporters with handling caps
        ("BEL", "germanium-HP"), ("CAN", "germanium-5N"),  # no caps
    ],
)  # fmt: skip
def test_a_weekly_quota_of_half_the_usual_exports_is_filled_every_week(actor, good):
    quota, weekly_kg = half_of_usual(actor, good)
    exported = play([quota]).exports(actor, good)[E:]
    assert exported.max() <= weekly_kg + KG
    assert exported.min() > 0.99 * weekly_kg


def test_a_quota_wider_than_what_can_be_exported_changes_nothing():
    quota = {"kind": "export_quota", "actor": "CHN", "period_weeks": 1, "severity": 0.0, "tonnes_per_year": 1e6}
    wide, base = play([quota]), play()
    for table in ("prices", "trade"):
        assert wide.tables[table].equals(base.tables[table])


@pytest.mark.parametrize(("actor", "good"), [("CHN", "gallium-4N"), ("RUS", "germanium-5N"), ("BEL", "germanium-HP")])
def test_shares_are_the_lowest_offers_of_those_who_can_export(actor, good):
    """Handling caps and home first hold as without the quota, and what may not leave is offered at home."""
    model = TradeModel(make_scenario(weeks=4), seed=1).run(3)
    zone, g = WORLD.zone_index[actor], WORLD.good_index[good]
    asks, f = model.exchange.asks, model.firms
    model.order(model.open_lanes())
    free_kg = asks.kg.copy()
    here = (f["zone"][asks.rows] == zone) & (f["good"][asks.rows] == g)
    left_kg = np.full(len(WORLD.goods), np.inf)
    left_kg[g] = 0.3 * free_kg[here, OPEN].sum()
    model.desk.quotas.limit(zone, left_kg)
    model.order(model.open_lanes())
    assert asks.kg[here, OPEN].sum() == pytest.approx(left_kg[g])
    assert (asks.kg[here, OPEN] <= free_kg[here, OPEN]).all()
    assert np.allclose(asks.kg.sum(axis=1), free_kg.sum(axis=1))
    assert np.array_equal(asks.kg[~here], free_kg[~here])
    shut = asks.kg[here, OPEN] < free_kg[here, OPEN] - KG
    assert asks.price[here, OPEN][asks.kg[here, OPEN] > KG].max() <= asks.price[here, OPEN][shut].min()
