"""The model: firms and countries trade gallium and germanium, one week a step."""

from __future__ import annotations

from datetime import date

import mesa
import numpy as np
import pandas as pd

from agents import buying, learning, selling, trader
from agents.buyer import plan_use, use
from agents.producer import mark_origin, produce
from agents.recycling import return_scrap_metal
from agents.refiner import refine
from model.build import build_columns, settle_into, world_rows
from model.calendar import WEEKS_PER_YEAR, monday
from model.columns import Kind, Row
from model.equilibrium import static_equilibrium
from model.exchange import Book, Exchange, Trades, arrive
from model.lanes import FREE, LICENSED, Lanes
from model.parameters import load_parameters
from model.policy import Policy
from model.policy.export_licence import ExportLicence
from model.population import populate
from model.recorder import Recorder
from model.scenario import Scenario
from model.streams import RowNoise
from model.world import World, load_world

# A country that serves its own users first keeps this many weeks of their use back from export.
DOMESTIC_RESERVE_WEEKS = 4.0


class TradeModel(mesa.Model):
    """Trade in critical metals under export controls.

    Args:
        scenario: dates, policies and parameters (`model.load_scenario`); trade without policies when not given.
        seed: everything random in the run flows from it.
        world: zones, goods, firms, lanes; the packaged data when not given.
        extra_rows: further rows beside those of the data files, e.g. a firm to try out.

    Attributes:
        columns: the state of all firms, one row per firm and good.
        week: index of the current week; 0 is the scenario's first, spin-up weeks are negative.
        delivered_quote, netback_quote: last known prices, USD/kg, [G, 2Z] (free then licensed markets; open then home
            books).
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        seed: int | None = None,
        world: World | None = None,
        extra_rows: list[Row] | None = None,
    ) -> None:
        """Build the world in static equilibrium and let it settle for the scenario's spin-up weeks."""
        self.seed_used = 0 if seed is None else int(seed)
        super().__init__(seed=self.seed_used)
        self.scenario = scenario or Scenario(name="free_trade")
        self.world = world or load_world()
        self.parameters = p = load_parameters(self.scenario.parameters)
        self.start: date = self.scenario.start
        self.week = -self.scenario.spin_up_weeks
        self.policies = self.scenario.fresh_policies()
        self.active: list[Policy] = []
        self.tracked = self.world.zone_index[self.scenario.tracked]

        rows = world_rows(self.world) + (extra_rows or [])
        rows += [row for policy in self.policies for row in policy.rows(self.world)]
        self.columns = c = build_columns(self.world, rows, p)
        self.lanes = Lanes(self.world, p.licence_cost_share, p.catch_penalty)
        self.lanes_changed = False
        self.exchange = Exchange(c, self.lanes)
        equilibrium = static_equilibrium(self.world, c, self.lanes, self.tracked)
        settle_into(c, equilibrium, p, self.seed_used, self.world.transit_weeks)
        self._stockpile_start()
        self._noise = RowNoise(self.seed_used, "order-noise", [f"{r.firm}/{r.good}/{r.kind}" for r in c.rows])
        self._export_norms(equilibrium.flow)
        zones = len(self.world.zones)
        licensed = np.full_like(equilibrium.delivered, np.nan)
        self.delivered_quote = np.concatenate([equilibrium.delivered, licensed], axis=1)
        self.netback_quote = np.concatenate([equilibrium.netback, equilibrium.netback], axis=1)
        self.received_from = equilibrium.flow.copy()
        self.tracked_received = np.zeros((len(self.world.goods), zones))
        self._before: dict[str, np.ndarray] = {}
        self._growth = self._weekly_growth()
        self.trades: Trades | None = None
        self.recorder = Recorder()
        self.countries = populate(self)
        for policy in self.policies:
            policy.schedule(self.start)
        self.datacollector = mesa.DataCollector(model_reporters=_HEADLINES)
        while self.week < 0:
            self._live_a_week()
            self.week += 1

    # ---- the week, in order -------------------------------------------------------------------------------------

    def step(self) -> None:
        """Live one week: news, production, orders, clearing and settlement, arrival and use, learning; record it."""
        tolled = self._live_a_week()
        assert self.trades is not None
        self.recorder.record(self, self.trades, tolled)
        self.datacollector.collect(self)
        self.week += 1

    def run(self, weeks: int | None = None) -> TradeModel:
        """Step to the end of the scenario, or for `weeks` more weeks; return the model itself."""
        for _ in range(self.scenario.weeks - self.week if weeks is None else weeks):
            self.step()
        return self

    def _live_a_week(self) -> tuple[np.ndarray, np.ndarray]:
        self.columns.start_week()
        self.columns.noise[:] = self.parameters.order_noise * self._noise.week()
        self.hear_news()
        tolled = self.produce()
        asks, bids = self.order()
        self.settle(asks, bids)
        self.arrive_and_use()
        self.learn(tolled)
        return tolled

    def hear_news(self) -> None:
        """Countries announce, start and end policies; buyers and traders revise perceived risk; trends go on."""
        c, p = self.columns, self.parameters
        if self.week >= 0:
            self._grow()
        self._limit_exports_to_handling()
        for country in self.countries:
            country.act()
        self.active = [policy for policy in self.policies if policy.in_force(self.week)]
        if self.lanes_changed:
            self.lanes.reset()
            for policy in self.active:
                policy.constrain(self.lanes, self)
            self.lanes_changed = False
        learning.perceive_risk(c, c.buyers, p.news_rate, p.risk_decay, p.shortage_risk)

    def produce(self) -> tuple[np.ndarray, np.ndarray]:
        """Producers and recyclers add to stock, refiners convert, tolled metal returns to the owners of the scrap."""
        c, p = self.columns, self.parameters
        makers = c.of(Kind.PRODUCER, Kind.RECYCLER)
        produce(c, makers, p.utilisation_rate)
        mark_origin(c, c.of(Kind.PRODUCER), self.tracked)
        refine(c, c.of(Kind.REFINER), c.of(Kind.REFINER_INPUT), p.utilisation_rate, p.refining_elasticity)
        plan_use(c, c.of(Kind.BUYER), p.use_adjustment, p.substitution_rate, p.substitution_factor)
        return return_scrap_metal(c, c.of(Kind.RECYCLER), c.users)

    def order(self) -> tuple[Book, Book]:
        """Sellers post ask ladders, users bid ladders, traders and stockpiles both."""
        return self._asks(), self._bids()

    def settle(self, asks: Book, bids: Book) -> None:
        """Clear each good in one call auction across all zones; move metal and money; draw licences down."""
        lanes = self.lanes.week(self.netback_quote[:, : len(self.world.zones)], self._licences(), self._tracked_share())
        self.trades = trades = self.exchange.clear(asks, bids, lanes)
        bought, sold = trades.flow.any(axis=1), trades.flow.any(axis=2)
        self.delivered_quote = _quote(self.delivered_quote, bought, trades.delivered_low, trades.delivered_high, np.inf)
        self.netback_quote = _quote(self.netback_quote, sold, trades.netback_low, trades.netback_high, -np.inf)
        for policy in self.active:
            policy.settle(self, trades)

    def arrive_and_use(self) -> None:
        """Goods in transit arrive; buyers consume, or go short."""
        arrive(self.columns)
        use(self.columns, self.columns.of(Kind.BUYER))

    def learn(self, tolled: tuple[np.ndarray, np.ndarray]) -> None:
        """Update price expectations, normal prices and the record of where metal comes from."""
        c, p = self.columns, self.parameters
        seen = np.log(self._prices_seen())
        learning.expect(c, seen, p.adaptation, p.fundamental_weight)
        learning.hold_normal(c, c.buyers, seen, p.normal_price_rate)
        self._remember_sources(tolled[0])

    # ---- orders -------------------------------------------------------------------------------------------------

    def _asks(self) -> Book:
        c, p = self.columns, self.parameters
        rows = c.sellers
        price, kg = selling.ask_ladder(c, rows, p.ask_step, p.stock_pressure, p.cost_floor)
        piles = c.of(Kind.STOCKPILE)
        price[piles] = 0.9 * self.delivered_quote[c.good[piles], c.zone[piles]][:, None]
        kg[piles] = c.output_kg[piles][:, None] / kg.shape[1]
        first = c.domestic_first[rows]
        cap = np.where(first, np.maximum(c.stock_kg[rows] - self._domestic_reserve()[rows], 0.0), c.export_cap_kg[rows])
        books = selling.split_books(kg, cap)
        return Book(rows, np.repeat(price[:, None, :], 2, axis=1), books)

    def _bids(self) -> Book:
        c, p = self.columns, self.parameters
        rows, users = c.buyers, c.users
        offset = users.start - rows.start
        price = np.empty((rows.stop - rows.start, 2, buying.RUNGS))
        kg = np.zeros_like(price)
        cover = buying.target_cover(c, users, p.precaution)
        order = buying.wanted_kg(c, users, cover, p.order_closure)
        held = c.stock_kg[users] + c.in_transit_kg[users]
        licensed = np.minimum(c.licensed_kg[users], order)
        price[offset:, LICENSED], kg[offset:, LICENSED] = buying.bid_ladder(
            c, users, cover, held, licensed, p.choke_multiple
        )
        price[offset:, FREE], kg[offset:, FREE] = buying.bid_ladder(
            c, users, cover, held + licensed, order - licensed, p.choke_multiple
        )
        self._trader_bids(price, kg)
        self._stockpile_bids(price, kg, c.of(Kind.STOCKPILE).start - rows.start)
        return Book(rows, price, kg)

    def _trader_bids(self, price: np.ndarray, kg: np.ndarray) -> None:
        c, p, zones = self.columns, self.parameters, len(self.world.zones)
        rows = c.of(Kind.TRADER)
        count = rows.stop - rows.start
        good, zone = c.good[rows], c.zone[rows]
        free = self.delivered_quote[:, :zones]
        cost = self.lanes.arbitrage_cost(self.netback_quote[:, :zones], self._tracked_share())
        value = trader.resale_value(free, cost)[good, zone]
        licensed_price = self.delivered_quote[good, zone + zones]
        cheap = np.where(c.licensed_kg[rows] > 0, np.fmin(free[good, zone], licensed_price), free[good, zone])
        log_bid, wanted = trader.buy_orders(c, rows, value, cheap, p.trader_margin, p.trader_scale)
        licensed = np.minimum(c.licensed_kg[rows], wanted)
        price[:count] = np.exp(log_bid)[:, None, None] * np.exp(-p.ask_step / 2 * np.arange(buying.RUNGS))
        kg[:count, LICENSED] = (licensed / buying.RUNGS)[:, None]
        kg[:count, FREE] = ((wanted - licensed) / buying.RUNGS)[:, None]

    def _stockpile_bids(self, price: np.ndarray, kg: np.ndarray, first: int) -> None:
        c, rows = self.columns, self.columns.of(Kind.STOCKPILE)
        count = rows.stop - rows.start
        price[first : first + count] = np.exp(c.expected[rows])[:, None, None]
        kg[first : first + count, FREE] = (c.use_kg[rows] / buying.RUNGS)[:, None]

    # ---- what policies and rules ask the model --------------------------------------------------------------------

    def log(self, what: str) -> None:
        """Note an event under this week's Monday."""
        self.recorder.events.append((monday(self.week, self.start), what))

    def free_price(self, good: str, zone: str) -> float:
        """Return the last known delivered price of free metal, USD/kg."""
        return float(self.delivered_quote[self.world.good_index[good], self.world.zone_index[zone]])

    def row_of(self, firm: str, first: Kind = Kind.PRODUCER, last: Kind = Kind.BUYER, good: str | None = None) -> int:
        """Return a firm's row among the kinds `first` to `last`, of a good if given."""
        span = self.columns.of(first, last)
        for row in range(span.start, span.stop):
            if self.columns.firm[row] == firm and good in (None, self.world.goods[self.columns.good[row]]):
                return row
        raise KeyError(f"{firm} holds no row of {good or 'any good'} there")

    def spread_news(self, actor: str, reach: np.ndarray, goods: np.ndarray) -> None:
        """Give buyers news that their supply from `actor` is at risk, in proportion to how much hangs on it."""
        c = self.columns
        share = self.dependence(actor, "now") * reach[None, :] * goods[:, None]
        share[:, self.world.zone_index[actor]] = 0.0
        # From now on "before" means before this policy was known: applications refer to it.
        self._before.setdefault(actor, self.dependence(actor, "now"))
        c.news[c.buyers] += share[c.good[c.buyers], c.zone[c.buyers]]

    def dependence(self, actor: str, when: str = "now") -> np.ndarray:
        """Return the share of each country's metal that comes from `actor`, directly or in refined metal, [G, Z]."""
        if when == "before" and actor in self._before:
            return self._before[actor]
        origin = self.world.zone_index[actor]
        total = np.maximum(self.received_from.sum(axis=1), 1e-9)
        direct = self.received_from[:, origin, :] / total
        return np.maximum(direct, self.tracked_received / total) if origin == self.tracked else direct

    def limit_exports(self, actor: str, left_kg: np.ndarray) -> None:
        """Hold the actor's sellers to `left_kg` of exports this week, [G], in proportion to output."""
        c, rows = self.columns, self.columns.sellers
        here = c.zone[rows] == self.world.zone_index[actor]
        output = np.where(here, c.output_kg[rows], 0.0)
        total = np.bincount(c.good[rows], output, len(left_kg))
        allowed = np.divide(output, total[c.good[rows]], out=np.zeros_like(output), where=output > 0)
        allowed *= np.where(np.isfinite(left_kg), left_kg, 1e18)[c.good[rows]]
        c.export_cap_kg[rows] = np.where(here, np.minimum(c.export_cap_kg[rows], allowed), c.export_cap_kg[rows])

    def exports_kg(self, actor: str, trades: Trades) -> np.ndarray:
        """Return what left the actor this week, kg, [G]."""
        zones = len(self.world.zones)
        origin = self.world.zone_index[actor]
        left = trades.flow[:, origin].reshape(-1, 2, zones).sum(axis=1)
        return left.sum(axis=1) - left[:, origin]

    def bar_licences(self, actor: str, ban: str, rows: np.ndarray) -> None:
        """Tell the actor's licence offices which rows (a mask over all rows) a ban refuses from now on."""
        for policy in self.policies:
            if isinstance(policy, ExportLicence) and policy.actor == actor and policy.in_force(self.week):
                policy.office.bar(ban, rows)

    def tables(self, run: int = 0) -> dict[str, pd.DataFrame]:
        """Return the recorded weeks as tidy tables: prices, trade, shares, firms, events."""
        return self.recorder.tables(self, run)

    # ---- book-keeping -------------------------------------------------------------------------------------------

    def _stockpile_start(self) -> None:
        piles = self.columns.of(Kind.STOCKPILE)
        self.columns.stock_kg[piles] = [row.stock_kg for row in self.columns.rows[piles]]

    def _export_norms(self, flow: np.ndarray) -> None:
        """Note the share of output that exporters send abroad in equilibrium; zones without exporters have no cap."""
        c = self.columns
        exporting = np.unique(c.zone[c.exporter])
        rows = c.of(Kind.PRODUCER, Kind.REFINER)
        for z in exporting:
            here = c.zone[rows] == z
            abroad = flow[:, z, :].sum(axis=1) - flow[:, z, z]
            made = np.bincount(c.good[rows], c.output_kg[rows] * here * c.exporter[rows], c.goods)
            share = np.clip(np.divide(abroad, made, out=np.zeros(c.goods), where=made > 0), 0.02, 1.0)
            c.export_share[rows] = np.where(here, share[c.good[rows]] * c.exporter[rows], c.export_share[rows])
            c.export_cap_kg[rows] = np.where(here, 0.0, c.export_cap_kg[rows])

    def _limit_exports_to_handling(self) -> None:
        c, rows = self.columns, self.columns.of(Kind.PRODUCER, Kind.REFINER)
        capped = np.isfinite(c.export_cap_kg[rows])
        handled = self.parameters.handling_factor * c.export_share[rows] * c.output_kg[rows]
        c.export_cap_kg[rows] = np.where(capped, handled, c.export_cap_kg[rows])

    def _weekly_growth(self) -> np.ndarray:
        metals = self.world.metal_of_good
        yearly = np.array([self.parameters.for_metal("growth", metals[g]) for g in self.columns.good])
        return (1.0 + yearly) ** (1.0 / WEEKS_PER_YEAR)

    def _grow(self) -> None:
        """Let trend use and the output that serves it grow together: the baseline is balanced."""
        c = self.columns
        piles = c.of(Kind.STOCKPILE)
        factor = self._growth.copy()
        factor[piles] = 1.0
        for column in (c.use_kg, c.output_kg, c.capacity_kg, c.norm_stock_kg):
            column *= factor

    def _domestic_reserve(self) -> np.ndarray:
        """Return the kg each domestic-first row keeps for its own country, [N]."""
        c = self.columns
        use_by_zone = np.zeros((c.goods, c.zones))
        np.add.at(use_by_zone, (c.good[c.users], c.zone[c.users]), c.planned_kg[c.users])
        makers = c.of(Kind.PRODUCER, Kind.REFINER)
        made_by_zone = np.zeros((c.goods, c.zones))
        np.add.at(made_by_zone, (c.good[makers], c.zone[makers]), c.output_kg[makers])
        made = made_by_zone[c.good, c.zone]
        share = np.divide(c.output_kg, made, out=np.zeros(len(c)), where=made > 0)
        return DOMESTIC_RESERVE_WEEKS * share * use_by_zone[c.good, c.zone]

    def _licences(self) -> np.ndarray:
        """Return valid licence balances, kg, [G, O, D]."""
        goods, zones = len(self.world.goods), len(self.world.zones)
        balance = np.zeros((goods, zones, zones))
        for policy in self.active:
            if isinstance(policy, ExportLicence):
                balance[:, self.world.zone_index[policy.actor]] += policy.office.balance_kg((goods, zones))
        return balance

    def _tracked_share(self) -> np.ndarray:
        """Return the share of tracked-origin metal in what each zone's sellers hold, [G, Z]."""
        c, rows = self.columns, self.columns.sellers
        held, tracked = np.zeros((c.goods, c.zones)), np.zeros((c.goods, c.zones))
        np.add.at(held, (c.good[rows], c.zone[rows]), c.stock_kg[rows])
        np.add.at(tracked, (c.good[rows], c.zone[rows]), c.tracked_kg[rows])
        return np.divide(tracked, held, out=np.zeros_like(held), where=held > 0)

    def _prices_seen(self) -> np.ndarray:
        """Return the price each row saw: what it paid or got where it traded, the quote where it did not, [N]."""
        c, zones = self.columns, len(self.world.zones)
        free = self.delivered_quote[c.good, c.zone]
        seen = np.where(np.isfinite(c.export_cap_kg), self.netback_quote[c.good, c.zone + zones], free)
        sells, buys = c.of(Kind.PRODUCER, Kind.TRADER), c.users
        # Tolling fees say nothing about the market.
        for rows, kg, usd in ((sells, c.sold_kg, c.received_usd), (buys, c.bought_kg, c.paid_usd)):
            traded, money = kg[rows] - c.tolled_kg[rows], usd[rows] - c.tolled_usd[rows]
            seen[rows] = np.divide(money, traded, out=seen[rows].copy(), where=traded > 1e-6)
        return np.maximum(seen, 1e-6)

    def _remember_sources(self, tolled: np.ndarray) -> None:
        """Blend this week's receipts by origin into each country's record of where its metal comes from."""
        assert self.trades is not None
        goods, zones, memory = len(self.world.goods), len(self.world.zones), self.parameters.dependence_memory
        kg = self.trades.flow.reshape(goods, 2, zones, 2, zones).sum(axis=(1, 3))
        tracked = self.trades.tracked.reshape(goods, 2, zones, 2, zones).sum(axis=(1, 2, 3))
        kg[:, range(zones), range(zones)] += tolled
        self.received_from += memory * (kg - self.received_from)
        self.tracked_received += memory * (tracked - self.tracked_received)


def _quote(last: np.ndarray, traded: np.ndarray, low: np.ndarray, high: np.ndarray, idle_side: float) -> np.ndarray:
    """Return the price a reporter would publish for each node.

    Where metal changed hands it is the middle of the price interval. Where none did, a buyer looks at what the next kg
    would cost (the upper end, `idle_side` inf) and a seller at what it would fetch (the lower end, -inf). Where that
    end is open, it is the point of the interval nearest to the last quote.
    """
    bounded = np.isfinite(low) & np.isfinite(high)
    middle = 0.5 * (np.where(bounded, low, 0.0) + np.where(bounded, high, 0.0))
    end = high if idle_side > 0 else low
    other = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, np.nan))
    near = np.clip(np.where(np.isnan(last), other, last), low, high)
    return np.where(traded & bounded, middle, np.where(np.isfinite(end), end, near))


def _headline(good: str, zone: str):
    return lambda model: model.free_price(good, zone)


_HEADLINES = {
    f"{good} in {zone} (USD/kg)": _headline(good, zone)
    for good in ("gallium-4N", "germanium-5N")
    for zone in ("CHN", "DEU", "USA")
}
