"""The week's order books: what firms may not do with themselves, and what is left of a trader's offers then."""

import numpy as np
import pytest

from agents.books import FREE
from model import TradeModel
from model.state.record import Kind
from tests.conftest import make_scenario

LICENCE = {"kind": "export_licence", "actor": "CHN", "processing_weeks": [2, 6]}


@pytest.fixture(scope="module")
def books():
    """Return the books of every week of a controlled market, with the traders' rows of them."""
    model = TradeModel(make_scenario([LICENCE], weeks=45), seed=1)
    weeks, clear, traders = [], model.exchange.clear, model.firms.of(Kind.TRADER)

    def keep(lanes, *others):
        asks, bids = model.exchange.asks, model.exchange.bids
        here = [slice(traders.start - book.rows.start, traders.stop - book.rows.start) for book in (asks, bids)]
        sides = (asks.price[here[0]], asks.kg[here[0]], bids.price[here[1]], bids.kg[here[1]])
        weeks.append([side.copy() for side in sides])  # the ladders are filled anew every week
        return clear(lanes, *others)

    model.exchange.clear = keep
    model.run()
    return weeks


def test_no_trader_meets_its_own_bid(books):
    """It would pay itself, and the volume and the price of the week would show a trade that nobody made."""
    both = 0
    for ask_price, ask_kg, bid_price, bid_kg in books:
        lowest = np.where(ask_kg > 0, ask_price, np.inf).min(axis=(1, 2))
        highest = np.where(bid_kg[:, FREE] > 0, bid_price[:, FREE], -np.inf).max(axis=1)
        assert (lowest >= highest).all()
        both += (np.isfinite(lowest) & np.isfinite(highest)).sum()
    assert both > 100


def test_traders_still_buy_and_sell_in_the_same_week(books):
    """What is forbidden is the trade with oneself, not to hold offers on both sides."""
    asks, bids = (sum(week[side].sum() for week in books) for side in (1, 3))
    assert asks > 0
    assert bids > 0
