"""The model: firms and countries trade critical metals, one week a step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import mesa
import numpy as np
import pandas as pd

from agents.country import Country
from model import stages
from model.calendar import monday
from model.contracts import contracts_of
from model.drivers.drivers import Drivers
from model.errors import RENAMED
from model.familiarity import charge_strangers
from model.market.exchange import Exchange, quote
from model.market.lanes import LaneWeek
from model.market.mechanism import Auction, Bargaining, Mechanism
from model.market.trades import Trades
from model.parameters import RUNGS, load_parameters
from model.policy import Policy
from model.policy.desk import Desk
from model.population import headlines, populate
from model.recorder import Recorder
from model.rest import collector_at_rest
from model.scenario import Scenario, parse_scenario
from model.soundness import check_state, name_order
from model.state.build import businesses
from model.state.firms import Business
from model.state.start import start_state
from model.streams import RowNoise, whole_seed
from model.world import World, load_world


class TradeModel(mesa.Model):
    """Trade in critical metals under export controls.

    Args:
        scenario: dates, policies and parameters (`model.load_scenario`); trade without policies when not given.
        seed: everything random in the run flows from it.
        world: zones, goods, firms, lanes; the packaged data when not given.
        extra: further businesses beside those of the data files, e.g. a firm to try out.

    Attributes:
        firms: the state of all firms, one record per firm and good.
        week: index of the current week; 0 is the scenario's first, spin-up weeks are negative.
        delivered_quote, netback_quote: last known prices, USD/kg, [G, 2Z] (free then licensed markets; open then home
            books).
        trades: what the exchange did last.
        tolled: metal returned to the owners of scrap this week, kg, and fees, USD, [2, G, Z, Z].
        in_force: policies in force this week.
    """

    trades: Trades

    @collector_at_rest()
    def __init__(
        self,
        scenario: Scenario | None = None,
        seed: int | None = None,
        world: World | None = None,
        extra: Iterable[Business] = (),
    ) -> None:
        """Build the world in static equilibrium and let it settle for the scenario's spin-up weeks."""
        self.seed_used = whole_seed(seed)
        super().__init__(seed=self.seed_used)
        self.world = world or load_world()
        self.scenario = scenario or parse_scenario({"name": "free_trade"}, "free trade", self.world)
        self.parameters = load_parameters(self.scenario.parameters, self.world)
        self.start: date = self.scenario.start
        self.week = -self.scenario.spin_up_weeks
        self.policies = self.scenario.fresh_policies()
        self.tracked = self.world.zone_index[self.scenario.tracked]

        p = self.parameters
        rows = [*businesses(self.world, p), *extra]
        rows += [row for policy in self.policies for row in policy.businesses(self.world, p)]
        # A week begins with its growth, so the run starts from the end of the week before its first.
        day = monday(self.week - 1, self.start)
        state = start_state(self.world, p, self.seed_used, rows, self.tracked, day)
        firms = state.firms
        self.firms, self.trend, self.lanes = firms, state.trend, state.lanes
        self.handling, self.sources, self.scrap = state.handling, state.sources, state.scrap
        self.delivered_quote, self.netback_quote = state.delivered_quote, state.netback_quote
        labels = firms.labels()
        self.exchange = Exchange(firms, self.lanes, RUNGS, self._mechanism(labels))
        self._noise = RowNoise(self.seed_used, "order-noise", labels)
        self.tolled = np.zeros((2, firms.goods, firms.zones, firms.zones))
        self.recorder = Recorder(self.world, firms, self.start)
        self.drivers = Drivers(self.world, p, self.start, self.seed_used, self.scenario.drivers, firms, self.lanes)
        self.desk = Desk(self.world, self.start, self.seed_used, firms, self.lanes, self.sources, self.scrap,
                         self.delivered_quote, self.recorder.events, self.drivers)  # fmt: skip
        self.contracts = contracts_of(self.world, firms, p, self.seed_used, self.tracked, self.netback_quote)
        self.countries: list[Country] = populate(self, self.world, firms, self.policies, self.tracked)
        for policy in self.policies:
            policy.schedule(self.start)
            if policy.announced_by(self.week - 1):
                self.desk.heard.add(policy.title)
            if policy.is_old_news(self.week):  # nobody is told of it, but what came before it counts
                policy.note_dependence(self.desk)
        self.datacollector = mesa.DataCollector(model_reporters=headlines(self.world))
        while self.week < 0:
            self._live_a_week()
            self.week += 1
        if self.scenario.recorded_markets:
            self.drivers.follow_record(self.tracked)

    # ---- the week, in order -------------------------------------------------------------------------------------

    def step(self) -> None:
        """Live one week: news, production, orders, clearing and settlement, arrival and use, learning; record it."""
        self._live_a_week()
        spent = [policy.spent_usd for policy in self.policies]
        quotes = self.delivered_quote, self.netback_quote
        self.recorder.record(self.week, quotes, self.trades, self.tolled, spent)
        self.datacollector.collect(self)
        self.week += 1

    @collector_at_rest()
    def run(self, weeks: int | None = None) -> TradeModel:
        """Step to the end of the scenario, or for `weeks` more weeks; return the model itself."""
        for _ in range(self.scenario.weeks - self.week if weeks is None else weeks):
            self.step()
        return self

    def _live_a_week(self) -> None:
        self.hear_news()
        self.produce()
        lanes = self.open_lanes()
        self.fulfil(lanes)
        self.order(lanes)
        self.settle(lanes)
        self.arrive_and_use()
        self.learn()
        check_state(self.week, self.firms)

    def hear_news(self) -> None:
        """Trends and drivers move on; countries announce, start and end policies; buyers and traders revise risk."""
        firms, p = self.firms, self.parameters.by_good
        noise = self._noise.week()
        stages.open_week(firms.table, firms.spans, p, noise, self.handling.used_to, self.tracked)
        self.trend.week(monday(self.week, self.start))
        self.drivers.week(self.week)
        self.in_force = self._govern()
        stages.perceive_risk(firms.table, firms.spans, p)

    def _govern(self) -> list[Policy]:
        """Let countries decide by last week's state, turn, then act; return the policies in force.

        Acts are in the order of kind and country, so that the order of rows and tables in files makes no difference.
        """
        desk, acting = self.desk, [country for country in self.countries if country.policies]
        desk.open_week(self.week)
        for country in acting:
            country.decide(desk)
        in_force = [policy for country in acting for policy in country.turn(desk)]
        in_force.sort(key=lambda policy: (policy.kind, policy.actor))
        for policy in in_force:
            policy.act(desk)
        for event in desk.licences.work(self.week, self.sources, self.parameters.by_good):
            desk.log(event)
        if self.lanes.changed:
            self.lanes.reset()
            for policy in in_force:
                policy.constrain(desk)
            self.lanes.changed = False
        return in_force

    def produce(self) -> None:
        """Producers and recyclers add to stock, refiners convert, captive metal returns to the owners of the scrap."""
        stages.produce(self.firms.table, self.firms.spans, self.parameters.by_good)
        self.scrap.return_to_owners(self.parameters.by_good, self.lanes.closed, self.tolled)

    def open_lanes(self) -> LaneWeek:
        """Exporters keep a reserve for home; lanes get their cost and room."""
        firms, p = self.firms, self.parameters.by_good
        stages.keep_for_home(firms.table, firms.spans, p, self.tolled.shape[1:3])
        licensed_kg = self.desk.licences.hand_out(self.lanes)
        tracked = stages.tracked_share(firms.table, firms.spans, licensed_kg.shape[:2])
        return self.lanes.week(p, self.netback_quote, licensed_kg, tracked)

    def fulfil(self, lanes: LaneWeek) -> None:
        """Contracts settle first, if there are any; the auction clears the rest, where first orders cost extra."""
        if self.contracts:
            self.contracts.fulfil(self.desk, lanes, self.netback_quote)
        charge_strangers(self.parameters.by_good, self.sources.received_from, self.netback_quote, lanes.cost)

    def order(self, lanes: LaneWeek) -> None:
        """Sellers post ask ladders, users bid ladders, traders and stockpiles both."""
        firms, p, asks, bids = self.firms, self.parameters, self.exchange.asks, self.exchange.bids
        stages.post_orders(firms.table, firms.spans, p.by_good, p.rung_share, self.delivered_quote, lanes.cost,
                           lanes.limit, asks.price, asks.kg, bids.price, bids.kg)  # fmt: skip
        self.desk.quotas.share_out(asks)

    def settle(self, lanes: LaneWeek) -> None:
        """Clear each good in one call auction across all countries; move metal and money; draw licences down."""
        try:
            t = self.exchange.clear(lanes, self.contracts.delivered if self.contracts else None)
        except ValueError as fault:
            raise name_order(self.week, self.firms, self.exchange, lanes, self.world.zones, fault) from None
        quote(self.delivered_quote, t.came_kg, t.delivered, t.delivered_low, t.delivered_high, False)
        quote(self.netback_quote, t.left_kg, t.netback, t.netback_low, t.netback_high, True)
        self.desk.licences.draw_down(t)
        self.trades = self.desk.trades = t
        for policy in self.in_force:
            policy.settle(self.desk)

    def arrive_and_use(self) -> None:
        """Goods in transit arrive; buyers consume, or go short; their scrap goes to recyclers."""
        firms = self.firms
        stages.arrive_and_use(firms.table, firms.spans, firms.transit_kg, firms.transit_tracked_kg)
        self.scrap.collect()

    def learn(self) -> None:
        """Update price expectations, normal prices, the record of where metal comes from, and exporters' routine."""
        firms, p = self.firms, self.parameters.by_good
        stages.learn(firms.table, firms.spans, p, self.delivered_quote, self.netback_quote)
        self.sources.remember(p, self.trades, self.tolled[0])
        if self.contracts:
            self.contracts.learn(self.trades)
        self.handling.adapt(p, self.desk.exports_kg(self.tracked))

    def __getattr__(self, name: str) -> Any:
        if name in RENAMED:
            raise AttributeError(f"TradeModel.{name} is gone: {RENAMED[name]} (see CHANGELOG.md)")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # ---- what users ask the model ---------------------------------------------------------------------------------

    def free_price(self, good: str, zone: str) -> float:
        """Return the last known delivered price of free metal, USD/kg."""
        return self.desk.free_price(good, zone)

    def tables(self, run: int = 0) -> dict[str, pd.DataFrame]:
        """Return the recorded weeks as tidy tables: prices, trade, shares, firms, events, policies."""
        return self.recorder.tables([policy.title for policy in self.policies], run)

    def _mechanism(self, labels: list[str]) -> Mechanism:
        if self.scenario.mechanism == "auction":
            return Auction()
        return Bargaining(self.seed_used, labels[self.firms.sellers], labels[self.firms.buyers], 2 * RUNGS)
