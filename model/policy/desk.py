"""What a policy may see and touch: the news, the lanes, prices, licences, and the firms it works through."""

from __future__ import annotations

from datetime import date

import numpy as np

from model.drivers.drivers import Drivers
from model.events import Event
from model.market.exchange import Trades
from model.market.lanes import Lanes
from model.market.quotas import Quotas
from model.policy.licences import Licences
from model.scrap import Scrap
from model.state.firms import Firms
from model.state.sources import Sources
from model.world import World


class Desk:
    """The governments' desk, one for a run.

    Attributes:
        week: the week it is; 0 is the scenario's first.
        start: the Monday of week 0.
        seed: of the run.
        lanes: the lane book; policies write into it in `constrain`.
        licences, quotas: the licence offices at work, and this week's export quotas.
        firms: the state; a policy changes only what it says it does.
        drivers: what nobody can know and a run draws.
        trades: what the exchange did last (there when a policy settles).
        announced: titles of the policies whose news was out last week; `heard` has this week's, too.
    """

    week: int
    trades: Trades

    def __init__(
        self, world: World, start: date, seed: int, firms: Firms, lanes: Lanes, sources: Sources,
        scrap: Scrap, delivered_quote: np.ndarray, events: list[Event], drivers: Drivers,
    ) -> None:  # fmt: skip
        """Lay out what policies work with."""
        self.world, self.start, self.seed = world, start, seed
        self.firms, self.lanes, self.sources, self.scrap = firms, lanes, sources, scrap
        self.licences, self.quotas = Licences(firms), Quotas(firms)
        self.drivers = drivers
        self.announced: set[str] = set()
        self.heard: set[str] = set()
        self._delivered_quote, self._events = delivered_quote, events

    def open_week(self, week: int) -> None:
        """Begin a week: policies in force say anew who licenses and who is barred."""
        self.week = week
        self.announced |= self.heard
        self.licences.open_week()

    def log(self, event: Event) -> None:
        """Note what happened."""
        self._events.append(event)

    def free_price(self, good: str, zone: str) -> float:
        """Return the last known delivered price of free metal, USD/kg."""
        return float(self._delivered_quote[self.world.good_index[good], self.world.zone_index[zone]])

    def zone_mask(self, targets: list[str], but: str = "") -> np.ndarray:
        """Return a mask over countries, [Z]: the targets (all when empty) without the country `but`."""
        return np.array([(not targets or zone in targets) and zone != but for zone in self.world.zones])

    def spread_news(self, actor: str, exposure: np.ndarray, goods: np.ndarray) -> None:
        """Give buyers news that their supply from `actor` is at risk, in proportion to how much hangs on it.

        Args:
            actor: the country that restricts.
            exposure: how much it aims at each country, times the severity, [Z].
            goods: mask over goods, [G].
        """
        firms, origin = self.firms, self.world.zone_index[actor]
        share = self.sources.share_from(origin) * exposure[None, :] * goods[:, None]
        share[:, origin] = 0.0
        # Licence applications refer to what came from the actor before anybody knew of its restriction.
        self.sources.note_restriction(origin)
        rows = firms.buyers
        firms["news"][rows] += share[firms["good"][rows], firms["zone"][rows]]

    def exports_kg(self, zone: int) -> np.ndarray:
        """Return what left a country this week, kg, [G]."""
        flow = self.trades.flow
        zones = flow.shape[1] // 2
        left = flow[:, zone].reshape(-1, 2, zones).sum(axis=1)
        found: np.ndarray = left.sum(axis=1) - left[:, zone]
        return found
