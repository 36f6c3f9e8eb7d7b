"""The book of yearly contracts: who delivers how much to whom, at which price, and how contracts are renewed.

Contracts settle before the auction (`model.market.deliveries`), which clears the rest. A user renews all of its
contracts once a year, each in a week of its own, with those from whose country it bought lately, on contract or spot.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from model import renewal
from model.market.deliveries import CONTRACT, Delivered
from model.market.lanes import LICENSED_LIMIT, LaneWeek
from model.market.trades import Trades
from model.parameters import Parameters
from model.policy.desk import Desk
from model.seeding import generators
from model.state.firms import Firms
from model.state.origin import as_own_scrap, mark_start, tolled_at_rest
from model.state.relations import relations
from model.world import World

YEAR_WEEKS = 52  # a contract runs that long


class Contracts:
    """All contracts of a run; they begin in its first week.

    Attributes:
        lately_kg: what each user bought from each country lately, kg a week, [U, Z].
        signed: the contracts there are, user by user, [n] of `CONTRACT`.
        delivered: what was delivered this week.
    """

    delivered: Delivered

    def __init__(self, world: World, firms: Firms, p: Parameters, seed: int, tracked: int, netback: np.ndarray) -> None:
        """Begin without a contract.

        Args:
            world: recorded shares of trade, reference prices.
            firms: the state.
            p: parameters.
            seed: of the run; each user's week of renewal is drawn from its own stream.
            tracked: the controlling country, from which exporters alone sell abroad.
            netback: prices at the start, USD/kg, [G, 2Z]; the formula knows no earlier ones.
        """
        self._world, self._firms, self._params, self._tracked = world, firms, p.by_good, tracked
        users, makers = firms.users, firms.makers
        self.lately_kg = np.zeros((users.stop - users.start, firms.zones))
        good, abroad = firms["good"][makers], (firms["exporter"] | (firms["zone"] != tracked))[makers]
        listed = np.argsort(good, kind="stable")
        start = np.searchsorted(good[listed], np.arange(firms.goods + 1))
        self._makers = renewal.Makers(abroad, firms["zone"][makers].copy(), listed, start)
        draws = generators(seed, [f"contracts/{label}" for label in firms.labels()[users]])
        self._turn = np.array([draw.integers(YEAR_WEEKS) for draw in draws], np.int64)
        self._picks = np.array([draw.random() for draw in draws])
        self._agreed = renewal.nothing_agreed(firms.table, users.start, self._makers, firms.zones)
        weeks = int((self._params["contract_price_weeks"] + self._params["contract_price_lag_weeks"]).max())
        self._prices = np.repeat(netback[None, :, : firms.zones], weeks, axis=0)
        self.signed, self._begun = np.empty(0, CONTRACT), False

    def fulfil(self, desk: Desk, lanes: LaneWeek, netback: np.ndarray) -> None:
        """Deliver what is due this week; what is left of stocks, limits, licences and quotas is the auction's.

        Args:
            desk: lanes, licences, quotas, the record of where metal comes from, the week.
            lanes: this week's lanes; the room of licensed ones is lowered to what is left.
            netback: last known prices, USD/kg, [G, 2Z].
        """
        f, book = self._firms, desk.lanes
        if not self._begun:
            self._begin(desk, lanes)
        else:
            self._renew(self._turn == desk.week % YEAR_WEEKS, book.closed)
        self.delivered, licensed_kg = renewal.deliver(
            f.table, f.makers.stop, self._params, self.signed, self._prices, netback, lanes.cost, lanes.tariff,
            book.closed, book.licence_needed, desk.licences.balances(), desk.quotas.room(), book.weeks_under_way,
            f.transit_kg, f.transit_tracked_kg,
        )  # fmt: skip
        self._leave_the_rest(desk, lanes, licensed_kg)

    def learn(self, trades: Trades) -> None:
        """Remember who bought from where this week."""
        f, bought_kg = self._firms, trades.bought_kg[self._firms.users.start - self._firms.buyers.start :]
        renewal.remember(f.table, f.users.start, self._params, trades.spot_flow, bought_kg, self.signed, self.lately_kg)

    def table(self) -> pd.DataFrame:
        """Return the contracts there are: seller, user, good, kg a week agreed, kg delivered this week."""
        f = self._firms
        names = np.array(f.names, dtype=object)
        return pd.DataFrame(
            {
                "seller": names[f["firm"][self.signed["seller"]]],
                "user": names[f["firm"][self.signed["user"]]],
                "good": np.array(self._world.goods, dtype=object)[self.signed["good"]],
                "agreed_kg": self.signed["agreed_kg"],
                "delivered_kg": self.signed["kg"],
            }
        )

    def _begin(self, desk: Desk, lanes: LaneWeek) -> None:
        """Write the first book, from who supplies whom; countries know their suppliers as it has them."""
        f, p, zones, sources = self._firms, self._params, self._firms.zones, desk.sources
        supply, need, tolled = renewal.normal_week(f.table, f.spans, f.goods, zones)
        cost = lanes.cost[:, :zones, :zones]
        home = sources.received_from[:, np.arange(zones), np.arange(zones)] - tolled
        found = relations(self._world, supply, need, home, cost, desk.lanes.closed, p["relation_spread"])
        renewal.share_out(f.table, f.users.start, found, need, self.lately_kg)
        self._renew(np.ones(len(self.lately_kg), dtype=bool), desk.lanes.closed)
        back = tolled_at_rest(f, p, desk.scrap.owed)
        known = mark_start(f, p, found + back, desk.scrap.owed, self._tracked)
        sources.restart(as_own_scrap(found + back, back), known)
        self._begun = True

    def _renew(self, due: np.ndarray, closed: np.ndarray) -> None:
        f = self._firms
        self.signed = renewal.renew(f.table, f.users.start, self._params, due, closed, self._makers, self._picks,
                                    self.lately_kg, self._agreed, self.signed)  # fmt: skip

    def _leave_the_rest(self, desk: Desk, lanes: LaneWeek, licensed_kg: np.ndarray) -> None:
        """Take what was delivered off licences and quotas, and tell holders and lanes what is left."""
        zones = self._firms.zones
        desk.quotas.use(self.delivered.flow[:, :zones])
        if desk.licences.at_work:
            desk.licences.draw_contracts(licensed_kg)
            room, left_kg = lanes.limit[:, :zones, zones:], desk.licences.hand_out(desk.lanes)
            np.multiply(left_kg, LICENSED_LIMIT, out=room, where=room > 0.0)


def contracts_of(
    world: World, firms: Firms, p: Parameters, seed: int, tracked: int, netback: np.ndarray
) -> Contracts | None:
    """Return the contracts of a run (see `Contracts`), or nothing where no share of anything is under contract."""
    return Contracts(world, firms, p, seed, tracked, netback) if p.by_good["contract_share"].any() else None
