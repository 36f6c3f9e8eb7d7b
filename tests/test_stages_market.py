"""Orders and learning in the stages: every record looks at the prices and lanes of its own good and country."""

import numpy as np
import pytest

from agents.books import FREE, HOME, OPEN
from model import stages
from model.state.record import Kind
from tests.records import one, parameters_by_good, row, state

GOODS, ZONES = 2, 2
# Delivered: free in both countries, then licensed; net-back: open books, then home books.
DELIVERED = np.array([[200.0, 300, np.nan, 250], [1_000, 1_200, np.nan, np.nan]])
NETBACK = np.array([[190.0, 280, 180, 270], [990, 1_190, 980, 1_180]])


def seen_by(kind: Kind, zone: int = 0, good: int = 0, **fields: float) -> float:
    """Return the price that a record sees: it takes it over at once, and holds it to be normal if it buys."""
    firms = state(one("x", kind, zone, good, **fields), zones=ZONES, goods=GOODS)
    p = parameters_by_good(GOODS, adaptation=1.0, fundamental_weight=0.0, normal_price_rate=1.0,
                           normal_price_anchor=0.0)  # fmt: skip
    stages.learn(firms.table, firms.spans, p, DELIVERED, NETBACK)
    normal = row(firms, "x")["log_normal"]
    assert normal == (row(firms, "x")["log_expected"] if kind >= Kind.TRADER else 0.0)
    return float(np.exp(row(firms, "x")["log_expected"]))


@pytest.mark.parametrize("kind", Kind)
def test_who_did_not_trade_looks_at_the_quote_of_its_market(kind):
    assert seen_by(kind, zone=1) == pytest.approx(300)
    assert seen_by(kind, zone=0, good=1) == pytest.approx(1_000)


def test_a_seller_whose_exports_are_limited_looks_at_its_home_market():
    assert seen_by(Kind.PRODUCER, zone=1, export_limit_kg=5.0) == pytest.approx(270)
    assert seen_by(Kind.TRADER, zone=0, good=1, export_limit_kg=0.0) == pytest.approx(980)


@pytest.mark.parametrize("kind", [Kind.PRODUCER, Kind.RECYCLER, Kind.REFINER, Kind.TRADER])
def test_a_seller_sees_what_it_got_tolling_apart(kind):
    """2,300 USD for 10 kg, of them 300 USD for 2 kg tolled: 2,000 / 8 = 250."""
    sold = {"sold_kg": 10.0, "received_usd": 2_300.0, "tolling_kg": 2.0, "tolling_usd": 300.0}
    assert seen_by(kind, export_limit_kg=5.0, **sold) == pytest.approx(250)
    assert seen_by(kind, sold_kg=2.0005, received_usd=999.0, tolling_kg=2.0) == pytest.approx(200)  # half a gram


@pytest.mark.parametrize("kind", [Kind.REFINER_INPUT, Kind.BUYER])
def test_a_buyer_sees_what_it_paid_tolling_apart(kind):
    paid = {"bought_kg": 10.0, "paid_usd": 2_300.0, "tolling_kg": 2.0, "tolling_usd": 300.0}
    assert seen_by(kind, **paid) == pytest.approx(250)
    assert seen_by(kind, bought_kg=2.0, paid_usd=300.0, tolling_kg=2.0, tolling_usd=300.0) == pytest.approx(200)


def test_traders_and_stockpiles_do_not_learn_from_what_they_pay():
    for kind in (Kind.TRADER, Kind.STOCKPILE):
        assert seen_by(kind, bought_kg=10.0, paid_usd=2_300.0) == pytest.approx(200)


def test_a_price_of_nothing_can_be_learnt_from():
    assert seen_by(Kind.BUYER, bought_kg=10.0, paid_usd=0.0) == pytest.approx(1e-6)


def test_sellers_post_asks_by_the_parameters_of_their_good():
    firms = state(
        one("maker", Kind.PRODUCER, good=1, stock_kg=10.0, norm_stock_kg=10.0, normal_output_kg=4.0, log_expected=6.0),
        one("trader", Kind.TRADER, stock_kg=10.0, norm_stock_kg=10.0, turnover_kg=2.0, log_expected=5.0,
            export_limit_kg=0.0),
        one("pile", Kind.STOCKPILE, zone=1, stock_kg=10.0, release_kg=6.0), goods=GOODS,
    )  # fmt: skip
    price, kg = np.full((3, 2, 2), np.nan), np.full((3, 2, 2), np.nan)
    p = parameters_by_good(GOODS, cost_floor=0.0, release_discount=0.1)
    p["stock_pressure"] = [0.0, 0.1]
    p["fullest_stock"] = 4.0
    stages.post_asks(firms.table, firms.spans, p, np.array([1.0, 1.0]), DELIVERED, price, kg)
    assert np.log(price[:2, OPEN]) == pytest.approx(np.array([[6.02, 6.06], [5.0, 5.0]]))
    assert kg[:2].tolist() == [[[4, 4], [0, 0]], [[0, 0], [2, 2]]]
    assert price[2] == pytest.approx(np.full((2, 2), 270.0))
    assert kg[2].tolist() == [[0, 0], [3, 3]]


def test_buyers_post_bids_in_rows_that_count_from_the_first_trader():
    """The trader in country 1 gets 200 - 15 at the other end of its lane, and 300 - 0 at home."""
    firms = state(
        one("maker", Kind.PRODUCER), one("pile", Kind.STOCKPILE, purchase_kg=8.0, log_price_limit=np.log(150.0)),
        one("trader", Kind.TRADER, zone=1, calm_stock_kg=100.0),
        one("user", Kind.BUYER, planned_use_kg=6.0, calm_cover_weeks=8.0, log_normal=5.0, log_reference=9.0),
        goods=GOODS,
    )  # fmt: skip
    cost, limit = np.zeros((GOODS, 4, 4)), np.full((GOODS, 4, 4), np.inf)
    cost[0, 1, 0] = 15.0
    price, kg = np.full((3, 2, 2), np.nan), np.full((3, 2, 2), np.nan)
    p = parameters_by_good(GOODS, trader_pace=0.25, trader_full_margin=0.0, choke_multiple=6.0)
    stages.post_bids(firms.table, firms.spans, p, DELIVERED, cost, limit, price, kg)
    assert price[0, FREE, 0] == pytest.approx(300)
    assert kg[0].tolist() == [[12.5, 12.5], [0, 0]]
    assert kg[1, FREE].tolist() == [4, 4]
    assert price[1, FREE] == pytest.approx([150, 150])
    assert kg[2].tolist() == [[3, 3], [0, 0]]
    assert price[2, FREE] == pytest.approx([6 * np.exp(9.0)] * 2)
    limit[0, 1, 1] = 0.0
    stages.post_bids(firms.table, firms.spans, p, DELIVERED, cost, limit, price, kg)
    assert price[0, FREE, 0] == pytest.approx(185)


def test_nobody_to_sell_to_is_no_outlet():
    """Where a stockpile waits for its day and a plant is not built yet, a quote brings a trader nothing."""
    firms = state(
        one("pile", Kind.STOCKPILE), one("plant", Kind.REFINER_INPUT), one("trader", Kind.TRADER, zone=1,
                                                                          calm_stock_kg=100.0),
    )  # fmt: skip
    cost, limit = np.zeros((1, 4, 4)), np.full((1, 4, 4), np.inf)
    price, kg = np.full((3, 2, 2), np.nan), np.full((3, 2, 2), np.nan)
    p, delivered = parameters_by_good(1, trader_full_margin=0.0), np.array([[500.0, 300, np.nan, np.nan]])
    for wanted_kg, outlet in ((0.0, 300.0), (1.0, 500.0)):
        firms["purchase_kg"][firms.of(Kind.STOCKPILE)] = wanted_kg
        stages.post_bids(firms.table, firms.spans, p, delivered, cost, limit, price, kg)
        assert price[0, FREE, 0] == pytest.approx(outlet)


def test_a_trader_parts_its_asks_from_its_own_bids_alone():
    firms = state(one("maker", Kind.PRODUCER), one("a", Kind.TRADER), one("b", Kind.TRADER), one("u", Kind.BUYER))
    ask, bid = np.full((3, 2, 1), 100.0), np.array([120.0, 90, 500])[:, None, None] * np.ones((3, 2, 1))
    stages.part_from_own_bids(firms.spans, ask, bid, np.ones((3, 2, 1)))
    assert ask[:, OPEN, 0].tolist() == ask[:, HOME, 0].tolist() == [100, 120, 100]
