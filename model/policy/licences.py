"""All licences of a week: the offices at work, whom bans bar, what holders may use and have used."""

from __future__ import annotations

import numpy as np

from agents.books import GRAM_KG
from agents.rule import rule
from model.events import Event
from model.market.lanes import Lanes
from model.market.trades import Trades
from model.policy.licence_office import Office
from model.state.firms import Firms
from model.state.sources import Sources


class Licences:
    """The licence offices of all countries that work this week."""

    def __init__(self, firms: Firms) -> None:
        """Begin without an office."""
        self._offices: list[Office] = []
        self._firms = firms
        self._barred: dict[int, np.ndarray] = {}
        self._nobody = np.zeros(len(firms), dtype=bool)

    def open_week(self) -> None:
        """Forget who worked and who was barred last week: policies in force say so anew."""
        self._offices.clear()
        self._barred.clear()

    def bar(self, actor: int, rows: np.ndarray) -> None:
        """Leave some records (a mask, [N]) no licence of a country this week."""
        self._barred[actor] = self.barred_from(actor) | rows

    def barred_from(self, actor: int) -> np.ndarray:
        """Return the records that get no licence of a country this week, a mask, [N]."""
        return self._barred.get(actor, self._nobody)

    @property
    def at_work(self) -> bool:
        """Whether any office works this week."""
        return bool(self._offices)

    def open_for_work(self, office: Office) -> None:
        """Have an office work this week."""
        self._offices.append(office)

    def work(self, week: int, sources: Sources, params: np.ndarray) -> list[Event]:
        """Let the offices of this week decide and take applications; return what they decided."""
        decided = [
            office.work(week, self.barred_from(office.actor), sources.share_before(office.actor), params)
            for office in self._offices
        ]
        return [event for event in decided if event is not None]

    def hand_out(self, lanes: Lanes) -> np.ndarray:
        """Tell holders what they may use this week, nothing on closed lanes; return balances by lane, kg, [G, O, D]."""
        self._firms["licence_balance_kg"][self._firms.buyers] = 0.0
        balance = np.zeros(lanes.closed.shape)
        for office in self._offices:
            _hand_out(self._firms.table, office.files, office.actor, lanes.closed, balance)
        return balance

    def balances(self) -> np.ndarray:
        """Return what holders may use this week, by licensing country and record, kg, [Z, N]."""
        balance = np.zeros((self._firms.zones, len(self._firms)))
        for office in self._offices:
            _add_balances(office.files, balance[office.actor])
        return balance

    def draw_contracts(self, licensed_kg: np.ndarray) -> None:
        """Use licences up by what contracts shipped under them, by licensing country and record, kg, [Z, N].

        `licensed_kg` is used up with them, where two offices of a country license.
        """
        for office in self._offices:
            _draw(self._firms.table, office.files, licensed_kg[office.actor])

    def draw_down(self, trades: Trades) -> None:
        """Use licences up by what was shipped under them; where two countries license, by each one's part.

        What one office's licences covered, another of the same country does not count again.
        """
        table, first = self._firms.table, self._firms.buyers.start
        shipped_kg = {
            actor: _shipped(table, first, actor, trades.spot_flow, trades.bought_kg)
            for actor in {office.actor for office in self._offices}
        }
        for office in self._offices:
            _draw(table, office.files, shipped_kg[office.actor])


@rule
def _hand_out(firms, files, actor, closed, balance):
    """Add one office's balances to those of the holders and of the lanes (see `Licences.hand_out`)."""
    for i in range(files.size):
        one = firms[files[i].row]
        if files[i].granted_kg > 0.0 and not closed[one.good, actor, one.zone]:
            one.licence_balance_kg += files[i].granted_kg
            balance[one.good, actor, one.zone] += files[i].granted_kg


@rule
def _shipped(firms, first, actor, flow, bought_kg):
    """Return what each record bought under the licences of a country, kg, [N]: the country's part of what came in."""
    zones, shipped_kg = flow.shape[1] // 2, np.zeros(firms.size)
    for row in range(first, firms.size):
        licensed_kg = bought_kg[row - first, 1]
        if licensed_kg > 0.0:
            one = firms[row]
            total = flow[one.good, :, zones + one.zone].sum()
            ours = flow[one.good, actor, zones + one.zone] + flow[one.good, zones + actor, zones + one.zone]
            shipped_kg[row] = licensed_kg * (ours / total) if total > 0.0 else 0.0
    return shipped_kg


@rule
def _add_balances(files, balance):
    """Add one office's balances to those of the records, kg, [N]."""
    for i in range(files.size):
        balance[files[i].row] += files[i].granted_kg


@rule
def _draw(firms, files, shipped_kg):
    """Take what was shipped, kg, [N], off one office's balances and its holders', and off itself (see `Licences`)."""
    for i in range(files.size):
        one = firms[files[i].row]
        used = min(shipped_kg[files[i].row], files[i].granted_kg)
        shipped_kg[files[i].row] -= used
        left_kg = files[i].granted_kg - used
        files[i].granted_kg = left_kg if left_kg >= GRAM_KG else 0.0  # what rounding leaves is no licence
        one.licence_balance_kg = max(one.licence_balance_kg - used, 0.0)
