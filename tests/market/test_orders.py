"""Ladders and the order book: good by good, in the order of the firms, and what was filled finds its way back."""

import numpy as np
import pytest

from agents.books import GRAM_KG, HOME, OPEN
from model.market.orders import Ladders, sum_rungs
from model.state.record import Kind
from tests.records import one, state

ZONES = 3
# In the order of their rows: goods 1, 0, 1 in countries 0, 2, 1.
SELLERS = (
    one("a", Kind.PRODUCER, 0, 1), one("b", Kind.PRODUCER, 2, 0), one("c", Kind.PRODUCER, 1, 1),
)  # fmt: skip


@pytest.fixture
def ladders() -> Ladders:
    """Ladders of two rungs; price and kg of an order tell where it stands: firm, book, rung as digits."""
    firms = state(*SELLERS, one("u", Kind.BUYER), zones=ZONES, goods=3)
    asks = Ladders(firms, firms.sellers, 2)
    places = np.array([[[100 * f + 10 * b + k for k in (1, 2)] for b in (1, 2)] for f in (1, 2, 3)], dtype=float)
    asks.price[:], asks.kg[:] = places, places / 10
    return asks


def test_orders_stand_good_by_good_and_keep_their_order(ladders):
    orders = ladders.orders()
    assert orders.start.tolist() == [0, 4, 12, 12]
    assert orders.price[orders.of(0)].tolist() == [211, 212, 221, 222]
    assert orders.price[orders.of(1)].tolist() == [111, 112, 121, 122, 311, 312, 321, 322]
    assert orders.price[orders.of(2)].tolist() == []
    assert orders.kg == pytest.approx(orders.price / 10)


def test_the_second_book_of_a_country_is_a_node_of_its_own(ladders):
    orders = ladders.orders()
    assert orders.node[orders.of(0)].tolist() == [2, 2, 2 + ZONES, 2 + ZONES]
    assert orders.node[orders.of(1)].tolist() == [0, 0, ZONES, ZONES, 1, 1, 1 + ZONES, 1 + ZONES]


def test_orders_of_no_size_are_left_out(ladders):
    ladders.kg[0, OPEN] = 0.0, GRAM_KG
    ladders.kg[1] = 0.0
    ladders.kg[2, HOME, 1] = 2 * GRAM_KG
    orders = ladders.orders()
    assert orders.start.tolist() == [0, 0, 6, 6]
    assert orders.price.tolist() == [121, 122, 311, 312, 321, 322]
    assert orders.kg[-1] == 2 * GRAM_KG


def test_what_was_filled_is_summed_by_firm_and_book(ladders):
    orders = ladders.orders()
    assert sum_rungs(orders.ladder, orders.kg, ladders.kg.shape).tolist() == ladders.kg.sum(axis=2).tolist()
    part = np.zeros(12)
    part[orders.price == 212], part[orders.price == 321], part[orders.price == 322] = 1.0, 2.0, 4.0
    assert sum_rungs(orders.ladder, part, ladders.kg.shape).tolist() == [[0, 0], [1, 0], [0, 6]]


def test_what_was_filled_finds_its_firm_when_orders_are_left_out(ladders):
    ladders.kg[0] = 0.0
    ladders.kg[1, HOME, 0] = 0.0
    orders = ladders.orders()
    assert sum_rungs(orders.ladder, np.ones(len(orders.kg)), ladders.kg.shape).tolist() == [[0, 0], [2, 1], [2, 2]]


def test_an_empty_book_has_no_orders(ladders):
    ladders.kg[:] = 0.0
    orders = ladders.orders()
    assert orders.start.tolist() == [0, 0, 0, 0]
    assert sum_rungs(orders.ladder, np.zeros(0), ladders.kg.shape).tolist() == [[0, 0]] * 3


def test_a_book_of_bids_counts_from_its_first_record():
    firms = state(*SELLERS, one("t", Kind.TRADER, 1, 1), one("u", Kind.BUYER, 2, 0), zones=ZONES, goods=2)
    bids = Ladders(firms, firms.buyers, 1)
    bids.kg[:], bids.price[:] = 1.0, [[[5], [6]], [[7], [8]]]
    orders = bids.orders()
    assert orders.price.tolist() == [7, 8, 5, 6]
    assert orders.node.tolist() == [2, 5, 1, 4]
    assert orders.ladder.tolist() == [2, 3, 0, 1]
