"""Government stockpiles: bids up to a price for free metal, offers at home below the home price."""

import numpy as np
import pytest

from agents.books import FREE, HOME, LICENSED, OPEN
from agents.stockpile import bid, offer
from tests.records import fields_that_differ, ladder, parameters, record

P = parameters(release_discount=0.1)


def bids(**fields) -> tuple[np.ndarray, np.ndarray]:
    price, kg = ladder(4)
    bid(record(**fields), price, kg)
    return price, kg


def offers(home_price=300.0, **fields) -> tuple[np.ndarray, np.ndarray]:
    price, kg = ladder(4)
    offer(record(**fields), P, home_price, price, kg)
    return price, kg


def test_the_weeks_purchase_is_bid_for_at_the_price_limit():
    price, kg = bids(purchase_kg=20.0, log_price_limit=np.log(450.0))
    assert price == pytest.approx(np.full((2, 4), 450.0))
    assert kg[FREE] == pytest.approx([5, 5, 5, 5])
    assert (kg[LICENSED] == 0).all()


def test_without_a_purchase_nothing_is_bid_for():
    price, kg = bids(log_price_limit=np.log(450.0))
    assert (kg == 0).all()
    assert np.isfinite(price).all()


def test_a_licence_in_its_name_changes_nothing():
    _, kg = bids(purchase_kg=20.0, log_price_limit=6.0, licence_balance_kg=15.0)
    assert kg.tolist() == [[5.0] * 4, [0.0] * 4]


def test_the_weeks_release_is_offered_at_home_a_tenth_below_the_price_there():
    price, kg = offers(release_kg=12.0)
    assert price == pytest.approx(np.full((2, 4), 270.0))
    assert kg[HOME] == pytest.approx([3, 3, 3, 3])
    assert (kg[OPEN] == 0).all()


def test_without_a_release_nothing_is_offered_whatever_the_stock():
    _, kg = offers(stock_kg=5_000.0)
    assert (kg == 0).all()


def test_orders_change_nothing_in_the_record():
    pile = record(purchase_kg=20.0, release_kg=12.0, stock_kg=50.0, log_price_limit=6.0)
    before = pile.copy()
    bid(pile, *ladder(4))
    offer(pile, P, 300.0, *ladder(4))
    assert not fields_that_differ(pile, before)
