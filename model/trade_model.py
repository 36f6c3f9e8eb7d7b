"""The model: firms and countries trade gallium and germanium, one week a step."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial

import mesa
import numpy as np
import pandas as pd

from agents import learning
from agents.buyer import plan_use, use
from agents.producer import mark_origin, produce
from agents.recycling import return_scrap_metal
from agents.refiner import refine
from agents.trader import resale_value
from model.build import build_columns, raise_nameplate, serve_growth, settle_into, weekly_growth, world_rows
from model.calendar import monday
from model.columns import Kind, Row
from model.equilibrium import static_equilibrium
from model.errors import InputError
from model.exchange import Book, Exchange, Mechanism, Trades, arrive
from model.export_room import ExportRoom
from model.lanes import Lanes, LaneWeek
from model.market import clear_arrays
from model.market.bargaining import bargain_arrays
from model.orders import ask_book, bid_book
from model.parameters import load_parameters
from model.policy import Policy
from model.policy.export_licence import ExportLicence
from model.population import populate
from model.recorder import Recorder
from model.scenario import Scenario
from model.sources import Sources
from model.streams import RowNoise, stream
from model.world import World, load_world


class TradeModel(mesa.Model):
    """Trade in critical metals under export controls.

    Args:
        scenario: dates, policies and parameters (`model.load_scenario`); trade without policies when not given.
        seed: everything random in the run flows from it.
        world: zones, goods, firms, lanes; the packaged data when not given.
        extra_rows: further rows beside those of the data files, e.g. a firm to try out.

    Attributes:
        columns: the state of all firms, one row per firm and good.
        growth: weekly growth factor of each row's trend, [N].
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
        self.seed_used = _whole_seed(seed)
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
        self._rows_of: dict[str, list[int]] = defaultdict(list)
        for row, firm in enumerate(c.firm):
            self._rows_of[firm].append(row)
        self.growth = weekly_growth(c, self.world, p)
        self.lanes = Lanes(self.world, p.licence_cost_share, p.catch_penalty)
        self.lanes_changed = False
        self.exchange = Exchange(c, self.lanes, _mechanism(self.scenario.mechanism, self.seed_used))
        equilibrium = static_equilibrium(self.world, c, self.lanes, self.tracked)
        settle_into(c, equilibrium, p, self.seed_used, self.world.transit_weeks)
        self._stockpile_start()
        serve_growth(c, self.growth)
        c.scale(self.growth ** float(self.week))
        self._noise = RowNoise(self.seed_used, "order-noise", [f"{r.firm}/{r.good}/{r.kind}" for r in c.rows])
        licensed = np.full_like(equilibrium.delivered, np.nan)
        self.delivered_quote = np.concatenate([equilibrium.delivered, licensed], axis=1)
        self.netback_quote = np.concatenate([equilibrium.netback, equilibrium.netback], axis=1)
        self.sources = Sources(equilibrium.flow, self.tracked, p.dependence_memory)
        self.export_room = ExportRoom(c, equilibrium.flow, p.handling_factor, p.handling_adaptation, self.tracked)
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
        with _collector_at_rest():
            for _ in range(self.scenario.weeks - self.week if weeks is None else weeks):
                self.step()
        return self

    def _live_a_week(self) -> tuple[np.ndarray, np.ndarray]:
        self.columns.noise[:] = self.parameters.order_noise * self._noise.week()
        self.hear_news()
        self.columns.start_week()
        tolled = self.produce()
        self.settle(*self.order())
        self.arrive_and_use()
        self.learn(tolled)
        return tolled

    def hear_news(self) -> None:
        """Countries announce, start and end policies; buyers and traders revise perceived risk; trends go on."""
        c, p = self.columns, self.parameters
        c.scale(self.growth)
        if monday(self.week, self.start).year != monday(self.week - 1, self.start).year:
            raise_nameplate(c, self.world, monday(self.week, self.start).year)
        self.export_room.open_week()
        self.active = [policy for country in self.countries for policy in country.act()]
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

    def order(self) -> tuple[Book, Book, LaneWeek]:
        """Sellers post ask ladders, users bid ladders, traders and stockpiles both; lanes get their cost and room."""
        c, p, zones = self.columns, self.parameters, len(self.world.zones)
        lanes = self.lanes.week(self.netback_quote[:, :zones], self._licences(), c.tracked_share())
        resale = resale_value(self.delivered_quote[:, :zones], self.lanes.free_cost(lanes))
        self.export_room.keep_for_users()
        return ask_book(c, p, self.delivered_quote), bid_book(c, p, self.delivered_quote, resale), lanes

    def settle(self, asks: Book, bids: Book, lanes: LaneWeek) -> None:
        """Clear each good in one call auction across all zones; move metal and money; draw licences down."""
        self.trades = trades = self.exchange.clear(asks, bids, lanes)
        paid, low, high = trades.delivered, trades.delivered_low, trades.delivered_high
        self.delivered_quote = _quote(self.delivered_quote, np.where(trades.bought, paid, np.nan), low, high, high)
        got, low, high = trades.netback, trades.netback_low, trades.netback_high
        self.netback_quote = _quote(self.netback_quote, np.where(trades.sold, got, np.nan), low, high, low)
        for policy in self.active:
            policy.settle(self, trades)

    def arrive_and_use(self) -> None:
        """Goods in transit arrive; buyers consume, or go short."""
        arrive(self.columns)
        use(self.columns, self.columns.of(Kind.BUYER))

    def learn(self, tolled: tuple[np.ndarray, np.ndarray]) -> None:
        """Update price expectations, normal prices, the record of where metal comes from, and exporters' routine."""
        c, p = self.columns, self.parameters
        seen = np.log(self._prices_seen())
        learning.expect(c, seen, p.adaptation, p.fundamental_weight)
        learning.hold_normal(c, c.buyers, seen, p.normal_price_rate)
        assert self.trades is not None
        self.sources.remember(self.trades, tolled[0])
        self.export_room.adapt(self.exports_kg(self.scenario.tracked, self.trades))

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
        for row in self._rows_of.get(firm, ()):
            if span.start <= row < span.stop and good in (None, self.world.goods[self.columns.good[row]]):
                return row
        raise KeyError(f"{firm} holds no row of {good or 'any good'} there")

    def spread_news(self, actor: str, reach: np.ndarray, goods: np.ndarray) -> None:
        """Give buyers news that their supply from `actor` is at risk, in proportion to how much hangs on it.

        Args:
            actor: the country that restricts.
            reach: how much it aims at each country, times the severity, [Z].
            goods: mask over goods, [G].
        """
        c, origin = self.columns, self.world.zone_index[actor]
        share = self.sources.share_from(origin) * reach[None, :] * goods[:, None]
        share[:, origin] = 0.0
        # Licence applications refer to what came from the actor before anybody knew of its restriction.
        self.sources.note_restriction(origin)
        c.news[c.buyers] += share[c.good[c.buyers], c.zone[c.buyers]]

    def exports_kg(self, actor: str, trades: Trades) -> np.ndarray:
        """Return what left the actor this week, kg, [G]."""
        zones = len(self.world.zones)
        origin = self.world.zone_index[actor]
        left = trades.flow[:, origin].reshape(-1, 2, zones).sum(axis=1)
        return left.sum(axis=1) - left[:, origin]

    def bar_licences(self, ban: Policy, rows: np.ndarray) -> None:
        """Tell the licence offices of the ban's actor which rows (a mask over all rows) it refuses from now on."""
        for policy in self.policies:
            if isinstance(policy, ExportLicence) and policy.actor == ban.actor and policy.is_open(self.week):
                policy.office.bar(id(ban), rows)

    def tables(self, run: int = 0) -> dict[str, pd.DataFrame]:
        """Return the recorded weeks as tidy tables: prices, trade, shares, firms, events."""
        return self.recorder.tables(self, run)

    # ---- book-keeping -------------------------------------------------------------------------------------------

    def _stockpile_start(self) -> None:
        piles = self.columns.of(Kind.STOCKPILE)
        self.columns.stock_kg[piles] = [row.stock_kg for row in self.columns.rows[piles]]

    def _licences(self) -> np.ndarray:
        """Tell each row what it may use of its licences, and return the balances by lane, kg, [G, O, D]."""
        c, goods, zones = self.columns, len(self.world.goods), len(self.world.zones)
        balance = np.zeros((goods, zones, zones))
        c.licensed_kg[:] = 0.0
        for policy in self.active:
            if isinstance(policy, ExportLicence):
                rows, usable = policy.office.rows, policy.office.usable_kg(self)
                c.licensed_kg[rows] += usable
                actor = self.world.zone_index[policy.actor]
                balance[:, actor] += c.by_place(rows, usable)
        return balance

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


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Hold back cyclic garbage collection: a week leaves no cycles, and scanning all loaded modules costs a fifth."""
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()


def _mechanism(name: str, seed: int) -> Mechanism:
    """Return the rule that turns order books into trades; bargaining draws its matches from a stream of its own."""
    return clear_arrays if name == "auction" else partial(bargain_arrays, rng=stream(seed, "bargaining"))


def _quote(last: np.ndarray, deal: np.ndarray, low: np.ndarray, high: np.ndarray, idle: np.ndarray) -> np.ndarray:
    """Return the price a reporter would publish for each node, USD/kg.

    Where metal changed hands it is the price of the deals. Where none did, a buyer looks at what the next kg would cost
    (the upper end of the price interval) and a seller at what it would fetch (the lower end): `idle`. Where that end is
    open, it is the point of the interval nearest to the last quote.
    """
    known_end = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, np.nan))
    near = np.clip(np.where(np.isnan(last), known_end, last), low, high)
    return np.where(np.isfinite(deal), deal, np.where(np.isfinite(idle), idle, near))


def _whole_seed(seed: int | str | None) -> int:
    """Return the seed as a plain int (0 when not given); text boxes give text, NumPy its own integers."""
    try:
        whole = 0 if seed is None else int(seed)
    except (TypeError, ValueError):
        raise InputError(f"seed = {seed!r}: must be a whole number, 0 or more") from None
    if whole < 0 or (isinstance(seed, float) and whole != seed):
        raise InputError(f"seed = {seed!r}: must be a whole number, 0 or more")
    return whole


def _headline(good: str, zone: str) -> Callable[[TradeModel], float]:
    return lambda model: model.free_price(good, zone)


_HEADLINES = {
    f"{good} in {zone} (USD/kg)": _headline(good, zone)
    for good in ("gallium-4N", "germanium-5N")
    for zone in ("CHN", "DEU", "USA")
}
