"""A price floor pays its makers the difference to the market, and they make more."""

import numpy as np
import pytest

from model import TradeModel
from model.state.record import Kind
from tests.conftest import Played, make_scenario, play
from tests.policy.helpers import WORLD, E, here

FLOOR = {"kind": "price_floor", "actor": "CAN", "good": "germanium-5N", "floor_usd_per_kg": 2500}


def made_in(played: Played, zone: str, good: str, column: str = "produced_kg") -> np.ndarray:
    firms = played.tables["firms"]
    keep = (firms["zone"] == zone) & (firms["good"] == good) & firms["kind"].isin(["producer", "recycler", "refiner"])
    return firms[keep].groupby("week")[column].sum().to_numpy()


def test_price_floor_above_the_market_raises_output_that_is_still_sold():
    floored, base = play([FLOOR], weeks=104), play(weeks=104)
    late = slice(-26, None)
    made, sold = made_in(floored, "CAN", "germanium-5N")[late], made_in(floored, "CAN", "germanium-5N", "sold_kg")[late]
    assert made.sum() > 1.03 * made_in(base, "CAN", "germanium-5N")[late].sum()
    assert sold.sum() > 0.9 * made.sum()
    assert floored.price("germanium-5N", "USA")[late].mean() <= 1.005 * base.price("germanium-5N", "USA")[late].mean()


def test_price_floor_pays_the_difference_and_no_more():
    model = TradeModel(make_scenario([FLOOR]), seed=1)
    f, policy, spent = model.firms, model.policies[0], 0.0
    ours = here(model, "CAN") & (f["good"] == WORLD.good_index["germanium-5N"]) & (f["kind"] <= Kind.REFINER)
    for _ in range(52):
        model.step()
        support = f["support_usd"]
        assert (support[~ours] == 0).all()
        sold = f["sold_kg"] - f["tolling_kg"]
        due = sold * 2500 - (f["received_usd"] - f["tolling_usd"])
        paid = ours & (sold > 1e-3) & (model.week > E)
        assert np.allclose(support[paid], np.maximum(due[paid], 0.0), atol=1e-6)
        spent += support.sum()
    assert spent > 0
    assert policy.spent_usd == pytest.approx(spent)


def test_price_floor_below_the_market_and_offtake_cost_less():
    costs = []
    for change in ({}, {"offtake_t_per_year": 2}, {"floor_usd_per_kg": 1}):
        costs.append(play([FLOOR | change]).model.policies[0].spent_usd)
    assert costs[0] > costs[1] > costs[2] == 0
