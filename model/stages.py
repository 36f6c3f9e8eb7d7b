"""The stages of a week, compiled: in each, every firm of a kind does what its rule in `agents/` says.

All functions take the records [N] (`model.state.record`), the first record of each kind [kinds + 1] and the parameters
by good [G] (`model.parameters`), and change the records in place. Places are goods and countries, [G, Z].
"""

from __future__ import annotations

import numpy as np
from numba import literal_unroll

from agents import buyer, exporter, firm, learning, producer, recycler, refiner, selling, stockpile, trader
from agents.books import GRAM_KG, LEAST_NOISE
from agents.rule import rule
from model.market.exchange import arrive
from model.state.record import WEEKLY, Kind

PRODUCER, RECYCLER, REFINER, TRADER, STOCKPILE, REFINER_INPUT, BUYER, END = range(8)
assert [int(kind) for kind in Kind] == list(range(END))


@rule
def open_week(firms, spans, params, noise, handling, tracked_zone):
    """Follow the trend, draw the week's deviations of prices, and open the exporters' packing rooms.

    Args:
        firms, spans, params: see the module.
        noise: standard normal draws, [N].
        handling: what exporters are used to ship as a multiple of normal exports, [G].
        tracked_zone: the controlling country, whose sellers are limited (a rush for the door is on record there).
    """
    for i in range(spans[END]):
        firm.grow(firms[i])
        firms[i].price_noise = max(params[firms[i].good].order_noise, LEAST_NOISE) * noise[i]
        firms[i].export_limit_kg = np.inf
    for i in range(spans[PRODUCER], spans[STOCKPILE]):
        if firms[i].zone == tracked_zone:
            exporter.pack(firms[i], handling[firms[i].good], params[firms[i].good])


@rule
def perceive_risk(firms, spans, params):
    """Buyers and traders revise the risk they perceive."""
    for i in range(spans[TRADER], spans[END]):
        learning.perceive_risk(firms[i], params[firms[i].good])


@rule
def begin_week(firms):
    """Forget what firms did last week."""
    for i in range(firms.size):
        for name in literal_unroll(WEEKLY):
            firms[i][name] = 0.0


@rule
def produce(firms, spans, params):
    """Producers and recyclers add to stock, refiners convert, users plan.

    Args:
        firms, spans, params: see the module.
    """
    begin_week(firms)
    for i in range(spans[PRODUCER], spans[RECYCLER]):
        producer.produce(firms[i], params[firms[i].good])
    for i in range(spans[RECYCLER], spans[REFINER]):
        recycler.recycle(firms[i], params[firms[i].good])
    for i in range(spans[REFINER], spans[TRADER]):
        refiner.refine(firms[i], firms[firms[i].line], params[firms[i].good])
    for i in range(spans[BUYER], spans[END]):
        buyer.plan_use(firms[i], params[firms[i].good])


@rule
def post_asks(firms, spans, params, rung_share, delivered, price, kg):
    """Sellers post their asks.

    Args:
        firms, spans, params: see the module.
        rung_share: the ladder, [rungs] (`agents.selling.offer`).
        delivered: last known delivered prices, USD/kg, [G, 2Z].
        price, kg: the book, USD/kg and kg, [sellers, books, rungs], written.
    """
    for i in range(spans[PRODUCER], spans[STOCKPILE]):
        p = params[firms[i].good]
        spot_kg = max(exporter.usual_kg(firms[i]) - firms[i].contract_sold_kg, 0.0)
        selling.offer(firms[i], spot_kg, p, rung_share, price[i], kg[i])
    for i in range(spans[STOCKPILE], spans[REFINER_INPUT]):
        good, zone = firms[i].good, firms[i].zone
        stockpile.offer(firms[i], params[good], delivered[good, zone], price[i], kg[i])


@rule
def post_bids(firms, spans, params, delivered, lane_cost, lane_limit, price, kg):
    """Users, traders and stockpiles post their bids for free and for licensed metal.

    Args:
        firms, spans, params: see the module.
        delivered: last known delivered prices, USD/kg, [G, 2Z].
        lane_cost, lane_limit: this week's lanes, USD/kg and kg, [G, 2Z, 2Z].
        price, kg: the book, USD/kg and kg, [buyers, markets, rungs], written.
    """
    first, zones = spans[TRADER], delivered.shape[1] // 2
    buyers = np.zeros((delivered.shape[0], zones), dtype=np.int64)
    for i in range(first, spans[END]):
        # A stockpile that waits for its day, or a plant not yet built, is nobody to sell to.
        active = firms[i].calm_stock_kg + firms[i].purchase_kg + firms[i].trend_use_kg > 0.0
        buyers[firms[i].good, firms[i].zone] += active
    for i in range(spans[TRADER], spans[STOCKPILE]):
        good, zone = firms[i].good, firms[i].zone
        free, licensed = delivered[good, zone], delivered[good, zone + zones]
        resale = trader.resale_value(
            delivered[good, :zones], lane_cost[good, zone], lane_limit[good, zone], buyers[good]
        )
        trader.bid(firms[i], params[good], resale, free, licensed, price[i - first], kg[i - first])
    for i in range(spans[STOCKPILE], spans[REFINER_INPUT]):
        stockpile.bid(firms[i], price[i - first], kg[i - first])
    for i in range(spans[REFINER_INPUT], spans[END]):
        buyer.bid(firms[i], params[firms[i].good], price[i - first], kg[i - first])


@rule
def part_from_own_bids(spans, ask_price, bid_price, bid_kg):
    """Traders raise their asks to their own bids (`agents.trader.part_from_own_bids`); ladders [firms, 2, rungs]."""
    for i in range(spans[TRADER], spans[STOCKPILE]):
        k = i - spans[TRADER]
        trader.part_from_own_bids(ask_price[i], bid_price[k], bid_kg[k])


@rule
def post_orders(
    firms, spans, params, rung_share, delivered, lane_cost, lane_limit, ask_price, ask_kg, bid_price, bid_kg
):  # fmt: skip
    """All post their orders: see `post_asks`, `post_bids` and `part_from_own_bids`."""
    post_asks(firms, spans, params, rung_share, delivered, ask_price, ask_kg)
    post_bids(firms, spans, params, delivered, lane_cost, lane_limit, bid_price, bid_kg)
    part_from_own_bids(spans, ask_price, bid_price, bid_kg)


@rule
def keep_for_home(firms, spans, params, shape):
    """Sellers who serve their own country first keep a reserve for it; `shape` is (goods, countries)."""
    use, made = np.zeros(shape), np.zeros(shape)
    for i in range(spans[REFINER_INPUT], spans[END]):
        use[firms[i].good, firms[i].zone] += firms[i].planned_use_kg
    for i in range(spans[PRODUCER], spans[TRADER]):
        made[firms[i].good, firms[i].zone] += firms[i].normal_output_kg
    for i in range(spans[PRODUCER], spans[STOCKPILE]):
        if firms[i].domestic_first:
            good, zone = firms[i].good, firms[i].zone
            exporter.keep_for_home(firms[i], use[good, zone], made[good, zone], params[good])


@rule
def tracked_share(firms, spans, shape):
    """Return the share of tracked-origin metal in what each country may sell abroad this week, [G, Z] (`shape`).

    Stockpiles serve their own country, and a maker or trader counts with no more than its limit for exports.
    """
    offered, tracked = np.zeros(shape), np.zeros(shape)
    for i in range(spans[PRODUCER], spans[STOCKPILE]):
        one = firms[i]
        abroad = min(one.stock_kg, one.export_limit_kg)
        offered[one.good, one.zone] += abroad
        tracked[one.good, one.zone] += firm.tracked_part_kg(one, abroad)
    for g in range(shape[0]):
        for z in range(shape[1]):
            tracked[g, z] = tracked[g, z] / offered[g, z] if offered[g, z] > GRAM_KG else 0.0
    return tracked


@rule
def use(firms, spans):
    """Buyers use metal, or go short."""
    for i in range(spans[BUYER], spans[END]):
        buyer.use(firms[i])


@rule
def arrive_and_use(firms, spans, transit_kg, transit_tracked_kg):
    """What is due arrives (`model.market.exchange.arrive`), then buyers use it."""
    arrive(firms, spans[TRADER], transit_kg, transit_tracked_kg)
    use(firms, spans)


@rule
def learn(firms, spans, params, delivered, netback):
    """Update expectations and normal prices with the price each firm saw.

    That is what it paid or got where it traded (tolling fees and the lagged prices of contracts say nothing new about
    the market), and the quote where it did not: a seller whose exports are limited looks at the price at home.

    Args:
        firms, spans, params: see the module.
        delivered, netback: last known prices, USD/kg, [G, 2Z].
    """
    zones = delivered.shape[1] // 2
    for i in range(spans[END]):
        one = firms[i]
        seen = delivered[one.good, one.zone]
        if np.isfinite(one.export_limit_kg):
            seen = netback[one.good, one.zone + zones]
        sold_kg = one.sold_kg - one.tolling_kg - one.contract_sold_kg
        bought_kg = one.bought_kg - one.tolling_kg - one.contract_bought_kg
        if i < spans[STOCKPILE] and sold_kg > GRAM_KG:
            seen = (one.received_usd - one.tolling_usd - one.contract_received_usd) / sold_kg
        if i >= spans[REFINER_INPUT] and bought_kg > GRAM_KG:
            seen = (one.paid_usd - one.tolling_usd - one.contract_paid_usd) / bought_kg
        log_seen = np.log(max(seen, 1e-6))
        learning.expect(one, log_seen, params[one.good])
        if i >= spans[TRADER]:
            learning.hold_normal(one, log_seen, params[one.good])
