"""This week's order books: sellers' ask ladders, users' bid ladders, traders and stockpiles on both sides."""

from __future__ import annotations

import numpy as np

from agents import buying, selling, trader
from model.columns import Columns, Kind
from model.exchange import Book
from model.lanes import FREE, LICENSED
from model.parameters import Parameters

# A government that releases metal undercuts the home price by this factor, to be sure of selling.
RELEASE_DISCOUNT = 0.9


def ask_book(c: Columns, p: Parameters, delivered: np.ndarray) -> Book:
    """Return the sellers' book: an open part that may go abroad, and a home part.

    Args:
        c: the state; `export_cap_kg` says how much of a row's offers is open.
        p: behavioural parameters.
        delivered: last known delivered prices, USD/kg, [G, 2Z].
    """
    rows, piles = c.sellers, c.of(Kind.STOCKPILE)
    price, kg = selling.ask_ladder(c, rows, p.ask_step, p.stock_pressure, p.cost_floor)
    price[piles] = RELEASE_DISCOUNT * delivered[c.good[piles], c.zone[piles]][:, None]
    kg[piles] = c.output_kg[piles][:, None] / kg.shape[1]
    return Book(rows, np.repeat(price[:, None, :], 2, axis=1), selling.split_books(kg, c.export_cap_kg[rows]))


def bid_book(c: Columns, p: Parameters, delivered: np.ndarray, resale: np.ndarray) -> Book:
    """Return the buyers' book: bids for free and for licensed metal.

    Whoever holds a licence uses it first; what it wants beyond the licence it bids for on the free market, from there
    on down its ladder.

    Args:
        c: the state.
        p: behavioural parameters.
        delivered: last known delivered prices, USD/kg, [G, 2Z].
        resale: best net-back of a kg bought in each zone and sold on the free market, USD/kg, [G, Z].
    """
    rows, users = c.buyers, c.users
    price = np.empty((rows.stop - rows.start, 2, buying.RUNGS))
    kg = np.zeros_like(price)
    cover = buying.target_cover(c, users, p.precaution, p.longest_cover_weeks)
    order = buying.wanted_kg(c, users, cover, p.order_closure)
    held = c.stock_kg[users] + c.in_transit_kg[users]
    licensed = np.minimum(c.licensed_kg[users], order)
    first = users.start - rows.start
    start, size = np.stack([held + licensed, held], axis=1), np.stack([order - licensed, licensed], axis=1)
    price[first:], kg[first:] = buying.bid_ladder(
        c, users, cover, start, size, p.choke_multiple, p.minimum_cover_weeks, p.stockout_premium
    )
    _trader_bids(c, p, delivered, resale, price, kg)
    _stockpile_bids(c, price, kg)
    return Book(rows, price, kg)


def part_from_own_bids(c: Columns, asks: Book, bids: Book) -> None:
    """Raise traders' asks to their own highest bid for free metal: nobody sells for less than it pays for the same.

    Otherwise a trader keen on metal to sell abroad would buy its own at home, and trade would be counted that nobody
    made. At its own bid, an ask has nothing to gain from that bid and stands below what the metal is worth abroad.
    """
    rows = c.of(Kind.TRADER)
    selling_rows = slice(rows.start - asks.rows.start, rows.stop - asks.rows.start)
    buying_rows = slice(rows.start - bids.rows.start, rows.stop - bids.rows.start)
    posted = bids.kg[buying_rows, FREE] > 0
    own = np.where(posted, bids.price[buying_rows, FREE], 0.0).max(axis=1)
    asks.price[selling_rows] = np.maximum(asks.price[selling_rows], own[:, None, None])


def _trader_bids(
    c: Columns, p: Parameters, delivered: np.ndarray, resale: np.ndarray, price: np.ndarray, kg: np.ndarray
) -> None:
    rows, zones = c.of(Kind.TRADER), c.zones
    count = rows.stop - rows.start
    good, zone = c.good[rows], c.zone[rows]
    free, licensed = delivered[good, zone], delivered[good, zone + zones]
    cheapest = np.where(c.licensed_kg[rows] > 0, np.fmin(free, licensed), free)
    log_bid, wanted = trader.buy_orders(c, rows, resale[good, zone], cheapest, p.trader_margin, p.trader_scale)
    under_licence = np.minimum(c.licensed_kg[rows], wanted)
    price[:count] = np.exp(log_bid[:, None] - 0.5 * p.ask_step * np.arange(buying.RUNGS))[:, None, :]
    kg[:count, LICENSED] = (under_licence / buying.RUNGS)[:, None]
    kg[:count, FREE] = ((wanted - under_licence) / buying.RUNGS)[:, None]


def _stockpile_bids(c: Columns, price: np.ndarray, kg: np.ndarray) -> None:
    rows = c.of(Kind.STOCKPILE)
    here = slice(rows.start - c.buyers.start, rows.stop - c.buyers.start)
    price[here] = np.exp(c.expected[rows])[:, None, None]
    kg[here, FREE] = (c.use_kg[rows] / buying.RUNGS)[:, None]
