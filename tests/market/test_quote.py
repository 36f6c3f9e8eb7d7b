"""The price a reporter would publish: that of deals, else what the next kg would cost or fetch, else the last one."""

import numpy as np
import pytest

from model.market.exchange import quote

INF, NAN = np.inf, np.nan
LAST = 100.0


def quoted(traded: float, deal: float, low: float, high: float, selling: bool, last: float = LAST) -> float:
    prices = np.array([[last]])
    quote(prices, *(np.array([[value]]) for value in (traded, deal, low, high)), selling)
    return float(prices[0, 0])


@pytest.mark.parametrize("selling", [False, True])
def test_where_metal_changed_hands_it_is_the_price_of_the_deals(selling):
    assert quoted(5.0, 140.0, 120.0, 160.0, selling) == 140


def test_where_none_did_a_buyer_looks_up_and_a_seller_down():
    assert quoted(0.0, 140.0, 120.0, 160.0, selling=False) == 160
    assert quoted(0.0, 140.0, 120.0, 160.0, selling=True) == 120


@pytest.mark.parametrize("selling", [False, True])
def test_a_deal_whose_price_the_book_leaves_open_is_no_quote(selling):
    assert quoted(5.0, NAN, 120.0, 160.0, selling) == (120 if selling else 160)


@pytest.mark.parametrize(("last", "now"), [(90.0, 120.0), (150.0, 150.0), (NAN, 120.0)])
def test_a_buyer_without_an_offer_keeps_the_last_quote_unless_a_bid_is_above_it(last, now):
    """The interval is 120 and above: the point nearest to the last quote."""
    assert quoted(0.0, NAN, 120.0, INF, selling=False, last=last) == now


@pytest.mark.parametrize(("last", "now"), [(190.0, 160.0), (150.0, 150.0), (NAN, 160.0)])
def test_a_seller_without_a_bid_keeps_the_last_quote_unless_an_offer_is_below_it(last, now):
    assert quoted(0.0, NAN, -INF, 160.0, selling=True, last=last) == now


@pytest.mark.parametrize("selling", [False, True])
def test_where_nobody_bids_or_asks_the_last_quote_holds(selling):
    assert quoted(0.0, NAN, -INF, INF, selling) == LAST
    assert np.isnan(quoted(0.0, NAN, -INF, INF, selling, last=NAN))


def test_every_node_has_its_own_quote():
    last = np.array([[1.0, 2.0], [3.0, 4.0]])
    traded, deal = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[10.0, 20.0], [30.0, 40.0]])
    quote(last, traded, deal, deal - 1, deal + 1, False)
    assert last.tolist() == [[10, 21], [31, 40]]
