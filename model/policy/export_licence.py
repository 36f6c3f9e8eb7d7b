"""Export licences: every order needs one, for a named end user; the licence office takes weeks and says no to some.

China's MOFCOM and customs, announcement 23 of 2023: applications are accepted from the effective date only; importer,
end user and end use must be declared; about 45 working days (model/data/policy_events.csv).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from agents.firm import GRAM_KG
from model.calendar import week_of
from model.columns import Kind
from model.policy.base import Strict, zone_mask
from model.policy.fields import EndUse, Zone
from model.policy.restriction import Restriction
from model.streams import RowLuck

if TYPE_CHECKING:
    from model.exchange import Trades
    from model.lanes import Lanes
    from model.trade_model import TradeModel

Share = Annotated[float, Field(ge=0, le=1)]
Processing = tuple[Annotated[int, Field(ge=1, le=104)], Annotated[int, Field(ge=1, le=104)]]


class Approval(Strict):
    """Chance that an application is granted: default, or the destination's own, times those of end use and kind."""

    default: Share = 0.6
    destinations: dict[Zone, Share] = Field(default_factory=dict)
    end_uses: dict[EndUse, Share] = Field(default_factory=dict)

    def chance(self, zone: str, end_use: str) -> float:
        """Return the chance for one application."""
        return self.destinations.get(zone, self.default) * self.end_uses.get(end_use, 1.0)


class Phase(Strict):
    """A later change of practice; what is not given stays as it was."""

    start: date
    approval: Approval


class ExportLicence(Restriction):
    """Exports of `goods` by `actor` need a licence per order and end user."""

    kind: Literal["export_licence"]
    severity: float = Field(1.0, ge=0, le=2)
    destinations: list[Zone] = Field(default_factory=list, description="Countries it applies to; all when empty")
    approval: Approval = Field(default_factory=Approval)
    phases: list[Phase] = Field(default_factory=list)
    processing_weeks: Processing = Field(
        (9, 17), description="Shortest and longest decision time of a first application"
    )
    repeat_weeks: Processing = Field((6, 12), description="The same for later applications of the same buyer")
    order_weeks: float = Field(13, gt=0, le=104, description="Weeks of dependent use that one application asks for")
    dispatch_weeks: int = Field(3, ge=0, le=52, description="Weeks from the decision until the order can leave")
    validity_weeks: int = Field(26, ge=1, le=260)
    evasion_kg_per_week: float = Field(0, ge=0, description="Metal that leaves without a licence, per destination")

    _office: Office | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _weeks_in_order(self) -> Self:
        for name in ("processing_weeks", "repeat_weeks"):
            shortest, longest = getattr(self, name)
            if longest < shortest:
                raise ValueError(f"{name}: longest {longest} is below shortest {shortest}")
        return self

    def reach(self, model: TradeModel) -> np.ndarray:
        """Countries it applies to."""
        return zone_mask(model, self.destinations).astype(float)

    def announce(self, model: TradeModel) -> None:
        """Tell the buyers; applications will refer to what came from the actor before this news."""
        self.note_dependence(model)
        super().announce(model)

    def note_dependence(self, model: TradeModel) -> None:
        """Keep it whatever the severity: applications refer to it."""
        model.sources.note_restriction(model.world.zone_index[self.actor])

    def start(self, model: TradeModel) -> None:
        """Open the office: everybody abroad who buys the goods may now apply. After a suspension it is the same one."""
        self._office = self._office or Office(self, model)

    def stop(self, model: TradeModel) -> None:
        """Close the office: licences are no longer needed, and what is granted or pending lapses."""
        self.office.close(model.week)
        model.columns.licensed_kg[self.office.rows] = 0.0

    @property
    def office(self) -> Office:
        """The licence office, from the week in which the policy first takes effect."""
        office = self._office
        assert office is not None
        return office

    def constrain(self, lanes: Lanes, model: TradeModel) -> None:
        """Metal leaves the actor on a licence only, but for what evades."""
        here = zone_mask(model, [self.actor])
        lanes_out = lanes.block(self.covers(model.world), here, zone_mask(model, self.destinations, but=self.actor))
        # Where another rule needs a licence too, the stricter one holds.
        others = np.where(lanes.licence_needed[lanes_out], lanes.evasion_kg[lanes_out], np.inf)
        lanes.evasion_kg[lanes_out] = np.minimum(others, self.evasion_kg_per_week)
        lanes.licence_needed[lanes_out] = True

    def act(self, model: TradeModel) -> None:
        """Decide what is due, let licences lapse, take new applications."""
        self.office.work(model)

    def settle(self, model: TradeModel, trades: Trades) -> None:
        """Draw shipments down from the balances of those who bought."""
        self.office.draw_down(model, trades)


class Office:
    """The licence office at work: one application at a time per buyer and good, decided after some weeks.

    It outlives suspensions of its rule: decisions are kept, applicants stay known, and their luck goes on.

    Attributes:
        rows: rows of the columns that may apply.
        granted_kg: valid balance of each, kg.
        decisions: (week, row, granted, kg) of every decision so far.
    """

    def __init__(self, rule: ExportLicence, model: TradeModel) -> None:
        c, world = model.columns, model.world
        self._rule = rule
        actor = world.zone_index[rule.actor]
        mask = rule.covers(world)[c.good] & (rule.reach(model) > 0)[c.zone] & (c.zone != actor)
        mask &= (c.kind == Kind.TRADER) | (c.kind >= Kind.REFINER_INPUT)
        self.rows = np.flatnonzero(mask)
        n = len(self.rows)
        self.granted_kg = np.zeros(n)
        self.decisions: list[tuple[int, int, bool, float]] = []
        self._decision_week = np.full(n, model.week - 1)
        self._asked_kg = np.zeros(n)
        self._expires = np.zeros(n, dtype=int)
        self._clears = np.zeros(n, dtype=int)
        self._cleared_kg = np.zeros(n)
        self._filed = np.zeros(n, dtype=int)
        names = [f"licence/{rule.actor}/{c.firm[i]}/{c.good[i]}/{c.kind[i]}" for i in self.rows]
        # Each application's luck: how long it takes, and the answer.
        self._luck = RowLuck(model.seed_used, names, draws_per_turn=2)
        self._answer = np.zeros(n)
        self._node = (c.good[self.rows], c.zone[self.rows])
        phases = sorted(rule.phases, key=lambda phase: phase.start)
        shares = [rule.approval, *(phase.approval for phase in phases)]
        self._chances = [
            np.array([a.chance(world.zones[c.zone[i]], c.rows[i].end_use) for i in self.rows]) for a in shares
        ]
        self._phase_weeks = [week_of(phase.start, model.start) for phase in phases]

    def close(self, week: int) -> None:
        """Let everything lapse: nobody needs the licences, and an application asks for trade as it was when filed.

        Whoever still wants a licence when the rule comes back files anew: its next turn, as an applicant already known.
        """
        self.granted_kg[:] = self._cleared_kg[:] = 0.0
        self._decision_week[:] = week - 1

    def work(self, model: TradeModel) -> None:
        """Decide what is due, let licences lapse, take new applications; who is barred by a ban gets nothing."""
        barred = model.barred_from(self._rule.actor)[self.rows]
        due = np.flatnonzero(self._decision_week == model.week)
        if due.size:
            self._decide(model, due, barred)
        self._clear(model.week)
        self.granted_kg[(self._expires <= model.week) | barred] = 0.0
        wanted = self._wanted_kg(model)
        on_hand = self.granted_kg + self._cleared_kg
        apply = (self._decision_week <= model.week) & ~barred & (wanted > GRAM_KG) & (on_hand < 0.5 * wanted)
        self._take_in(np.flatnonzero(apply), wanted, model.week)

    def _take_in(self, rows: np.ndarray, wanted: np.ndarray, week: int) -> None:
        """File this week's applications; luck and time taken depend on the applicant and its turn alone."""
        turn = self._filed[rows]
        patience, self._answer[rows] = self._luck.of(rows, turn).T
        times = np.array([self._rule.processing_weeks, self._rule.repeat_weeks])
        shortest, longest = times[np.minimum(turn, 1)].T
        self._decision_week[rows] = week + shortest + np.floor(patience * (longest + 1 - shortest)).astype(int)
        self._asked_kg[rows] = wanted[rows]
        self._filed[rows] += 1

    def usable_kg(self, model: TradeModel) -> np.ndarray:
        """Return the balances that can be used, kg, by row: none where another policy closes the lane."""
        closed = model.lanes.closed[:, model.world.zone_index[self._rule.actor]]
        return np.where(closed[self._node], 0.0, self.granted_kg)

    def _clear(self, week: int) -> None:
        """Add orders that have been packed and cleared to what may be shipped."""
        ready = (self._cleared_kg > 0) & (self._clears <= week)
        # What is left of an older licence is carried over into the new one.
        self.granted_kg[ready] += self._cleared_kg[ready]
        self._expires[ready] = week + self._rule.validity_weeks
        self._cleared_kg[ready] = 0.0

    def draw_down(self, model: TradeModel, trades: Trades) -> None:
        """Use licences up by what was shipped under them; where two countries license, by each one's part."""
        c, (good, zone) = model.columns, self._node
        goods, zones = c.goods, c.zones
        shipped = trades.flow[:, :, zones:].reshape(goods, 2, zones, zones).sum(axis=1)
        ours, total = shipped[:, model.world.zone_index[self._rule.actor]], shipped.sum(axis=1)
        part = np.divide(ours, total, out=np.zeros_like(ours), where=total > 0)[good, zone]
        used = np.minimum(part * trades.licensed_bought_kg[self.rows - c.buyers.start], self.granted_kg)
        self.granted_kg -= used
        self.granted_kg[self.granted_kg < GRAM_KG] = 0.0  # used up: what rounding leaves is no licence
        c.licensed_kg[self.rows] = np.maximum(c.licensed_kg[self.rows] - used, 0.0)

    def _wanted_kg(self, model: TradeModel) -> np.ndarray:
        """Return what each asks for, kg: a user its dependent use over the order, a trader the stock it wants."""
        c, rows = model.columns, self.rows
        use = self._rule.order_weeks * c.use_kg[rows] * self._share_before(model)
        return np.where(c.kind[rows] == Kind.TRADER, c.norm_stock_kg[rows], use)

    def _share_before(self, model: TradeModel) -> np.ndarray:
        return model.sources.share_before(model.world.zone_index[self._rule.actor])[self._node]

    def _decide(self, model: TradeModel, due: np.ndarray, barred: np.ndarray) -> None:
        phase = sum(week <= model.week for week in self._phase_weeks)
        chance = np.where(barred[due], 0.0, self._chances[phase][due])
        granted = self._answer[due] < chance
        yes, no = due[granted], due[~granted]
        self._cleared_kg[yes] += self._asked_kg[yes]
        self._clears[yes] = model.week + self._rule.dispatch_weeks
        model.columns.risk[self.rows[no]] += model.parameters.refusal_risk
        asked = self._asked_kg[due]
        self.decisions += zip([model.week] * len(due), self.rows[due], granted, asked, strict=True)
        model.log(f"{self._rule.title}: {len(yes)} of {len(due)} applications granted, {asked[granted].sum():,.0f} kg")
