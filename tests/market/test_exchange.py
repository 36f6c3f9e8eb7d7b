"""Settlement: kg and USD change hands as the clearing says, and metal is on its way as long as its lane takes."""

import numpy as np
import pytest

from agents.books import FREE, HOME, LICENSED, OPEN
from model.market.exchange import arrive, deliver, receive
from model.state.firms import Firms
from model.state.record import Kind
from tests.records import one, row, state

# Nodes: open books of countries 0 and 1, then home books; free markets, then licensed ones.
NODES = 4


@pytest.fixture
def sellers() -> Firms:
    """A maker of tracked metal and a trader of country 0, and a maker of country 1 that sells nothing."""
    return state(
        one("maker", Kind.PRODUCER, 0, stock_kg=100.0, tracked_kg=100.0, cash_usd=50.0),
        one("other", Kind.PRODUCER, 1, stock_kg=40.0, tracked_kg=10.0),
        one("trader", Kind.TRADER, 0, stock_kg=20.0, tracked_kg=5.0),
    )


SOLD = np.array([[30.0, 20.0], [0.0, 0.0], [10.0, 0.0]])  # open and home book


def delivered_by(firms: Firms) -> tuple[np.ndarray, ...]:
    """Settle 40 kg from the open book (25 to country 1, with a rent of 4 USD/kg) and 20 from the home book."""
    flow, rent, tracked = np.zeros((1, NODES, NODES)), np.zeros((1, NODES, NODES)), np.zeros((1, NODES, NODES))
    flow[0, 0, 0], flow[0, 0, 1], flow[0, 2, 0] = 15.0, 25.0, 20.0
    rent[0, 0, 1] = 4.0
    netback = np.array([[200.0, np.nan, 190.0, np.nan]])
    return *deliver(firms.table, int(firms.spans[Kind.TRADER]), SOLD, flow, rent, netback, tracked), flow, tracked


def test_sold_metal_leaves_stock_with_its_part_of_tracked_origin(sellers):
    delivered_by(sellers)
    assert sellers["stock_kg"].tolist() == [50, 40, 10]
    assert sellers["tracked_kg"].tolist() == [50, 10, 2.5]
    assert sellers["sold_kg"].tolist() == [50, 0, 10]


def test_sellers_get_the_price_of_each_book_and_their_part_of_the_rent(sellers):
    """Rent 25 * 4 = 100 USD for 40 kg from the open book: 75 to the maker, 25 to the trader."""
    delivered_by(sellers)
    assert sellers["rent_usd"].tolist() == [75, 0, 25]
    assert sellers["received_usd"].tolist() == [30 * 200 + 20 * 190 + 75, 0, 10 * 200 + 25]
    assert sellers["cash_usd"].tolist() == [50 + 9_875, 0, 2_025]


def test_flows_carry_the_mix_of_their_book(sellers):
    """The open book has 30 + 10 * 0.25 = 32.5 tracked kg of 40; the home book is all the maker's."""
    left, resold, resold_tracked, flow, tracked = delivered_by(sellers)
    assert left.tolist() == [[40, 0, 20, 0]]
    assert tracked[0, 0, 1] == pytest.approx(25 * 32.5 / 40)
    assert tracked[0, 2, 0] == 20
    assert tracked.sum() == pytest.approx(52.5)
    assert resold.tolist() == [[0.25, 0, 0, 0]]
    assert resold_tracked == pytest.approx(np.array([[2.5 / 40, 0, 0, 0]]))
    assert (tracked <= flow).all()


def test_who_sells_from_an_empty_stock_gets_no_metal_from_nowhere():
    """Rounding may fill a hair more than there is."""
    firms = state(one("maker", Kind.PRODUCER, stock_kg=1.0, tracked_kg=0.5))
    zero = np.zeros((1, NODES, NODES))
    deliver(firms.table, 1, np.array([[1.0 + 1e-12, 0.0]]), zero.copy(), zero.copy(), np.full((1, NODES), 200.0), zero)
    assert row(firms, "maker")["stock_kg"] == 0
    assert row(firms, "maker")["tracked_kg"] == pytest.approx(0, abs=1e-9)


WEEKS = np.tile([[0, 2], [2, 0]], (2, 2))


@pytest.fixture
def buyers() -> Firms:
    """Two users in country 1 behind a maker; metal from country 0 takes two weeks."""
    return state(
        one("maker", Kind.PRODUCER), one("a", Kind.BUYER, 1, in_transit_kg=3.0), one("b", Kind.BUYER, 1), slots=3
    )


def received_by(firms: Firms) -> np.ndarray:
    """Settle 30 kg from country 0 and 10 from home on the free market, 8 kg from country 0 on the licensed one."""
    flow, tracked, tariff = (np.zeros((1, NODES, NODES)) for _ in range(3))
    flow[0, 0, 1], flow[0, 1, 1], flow[0, 0, 3] = 30.0, 10.0, 8.0
    tracked[0, 0, 1], tracked[0, 0, 3] = 12.0, 8.0
    tariff[0, 0, 1], tariff[0, 0, 3] = 5.0, 4.0
    bought = np.zeros((2, 2))
    bought[0, FREE], bought[1, FREE], bought[1, LICENSED] = 10.0, 30.0, 8.0
    delivered = np.array([[np.nan, 300.0, np.nan, 250.0]])
    return receive(firms.table, firms.buyers.start, bought, flow, tracked, delivered, tariff, WEEKS,
                   firms.transit_kg, firms.transit_tracked_kg)  # fmt: skip


def test_bought_metal_is_on_its_way_by_the_mix_of_the_market(buyers):
    """Three quarters of free metal come from afar, two fifths of them tracked."""
    assert received_by(buyers).tolist() == [[0, 40, 0, 8]]
    assert buyers.transit_kg.tolist() == [[0, 0, 0], [2.5, 0, 7.5], [7.5, 0, 22.5 + 8]]
    assert buyers.transit_tracked_kg == pytest.approx(np.array([[0, 0, 0], [0, 0, 3], [0, 0, 9 + 8]]))
    assert buyers["bought_kg"].tolist() == [0, 10, 38]
    assert buyers["in_transit_kg"].tolist() == [0, 13, 38]
    assert (buyers["stock_kg"] == 0).all()


def test_buyers_pay_the_price_of_each_market_and_the_duty_in_it(buyers):
    """Duty 30 * 5 = 150 USD on 40 kg of free metal, 8 * 4 = 32 on licensed metal."""
    received_by(buyers)
    assert buyers["paid_usd"].tolist() == [0, 3_000, 9_000 + 2_000]
    assert buyers["cash_usd"].tolist() == [0, -3_000, -11_000]
    assert buyers["duty_usd"] == pytest.approx([0, 37.5, 112.5 + 32])


def test_metal_arrives_slot_by_slot(buyers):
    received_by(buyers)
    stocks, tracked = [], []
    for _ in range(4):
        arrive(buyers.table, buyers.buyers.start, buyers.transit_kg, buyers.transit_tracked_kg)
        stocks.append(buyers["stock_kg"].tolist())
        tracked.append(buyers["tracked_kg"].tolist())
        assert buyers["in_transit_kg"] == pytest.approx(buyers.transit_kg.sum(axis=1))
    assert stocks == [[0, 2.5, 7.5], [0, 2.5, 7.5], [0, 10, 38], [0, 10, 38]]
    assert np.array(tracked) == pytest.approx(np.array([[0, 0, 0], [0, 0, 0], [0, 3, 17], [0, 3, 17]]))
    assert buyers.transit_kg.sum() == buyers.transit_tracked_kg.sum() == 0


def test_a_world_without_distances_delivers_at_once():
    firms = state(one("a", Kind.BUYER), slots=1)
    firms.transit_kg[0, 0] = 5.0
    arrive(firms.table, 0, firms.transit_kg, firms.transit_tracked_kg)
    assert row(firms, "a")["stock_kg"] == 5
    assert firms.transit_kg.tolist() == [[0]]


def test_books_and_markets_have_their_places():
    assert (OPEN, HOME, FREE, LICENSED) == (0, 1, 0, 1)
