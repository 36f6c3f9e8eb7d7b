"""What must hold in every week of every run: book-keeping, limits, sound numbers; kept beside a model, week by week."""

from __future__ import annotations

import numpy as np

from model import TradeModel
from model.policy.export_quota import ExportQuota
from model.soundness import WATCHED
from model.state.record import Kind

TINY, SHARE = 1e-6, 1e-9  # kg or USD, and the same as a share of the amounts at hand


class Ledger:
    """Follows a model that is stepped; `broken` holds what did not hold, with its week."""

    def __init__(self, model: TradeModel) -> None:
        self.model, self.broken = model, list[str]()
        self._granted, self._shipped = np.zeros(self._lanes), np.zeros(self._lanes)
        self._seen: dict[int, int] = {}
        self._left: dict[int, tuple[int, np.ndarray]] = {}
        self._remember()

    @property
    def _lanes(self) -> tuple[int, int, int]:
        return self.model.firms.goods, self.model.firms.zones, self.model.firms.zones

    def step(self) -> None:
        """Live a week and check it."""
        self._remember()
        self.model.step()
        for check in (self._numbers, self._mass, self._money, self._prices, self._flows, self._licences,
                      self._quotas, self._scrap):  # fmt: skip
            check()

    def run(self, weeks: int) -> Ledger:
        for _ in range(weeks):
            self.step()
        self._shares()
        return self

    # ---- one identity each -----------------------------------------------------------------------------------------

    def _remember(self) -> None:
        f = self.model.firms
        self._held = f["stock_kg"] + f["in_transit_kg"]
        self._cash, self._scrap_kg = f["cash_usd"].copy(), f["scrap_kg"].copy()

    def _numbers(self) -> None:
        f = self.model.firms
        for name in (*WATCHED, "produced_kg", "bought_kg", "sold_kg", "consumed_kg", "short_kg", "paid_usd",
                     "received_usd", "support_usd", "normal_output_kg", "trend_use_kg"):  # fmt: skip
            self._expect(np.isfinite(f[name]), f"{name} is not finite")
        for name in ("stock_kg", "in_transit_kg", "produced_kg", "bought_kg", "sold_kg", "consumed_kg", "short_kg",
                     "capacity_kg", "scrap_kg", "licence_balance_kg", "perceived_risk"):  # fmt: skip
            self._expect(f[name] >= 0.0, f"{name} is below 0")
        self._expect(f.transit_kg >= 0.0, "metal in transit is below 0")
        self._expect(_close(np.minimum(f["tracked_kg"], 0.0), 0.0, f["stock_kg"]), "tracked metal is below 0")
        self._expect(_close(np.maximum(f["tracked_kg"] - f["stock_kg"], 0.0), 0.0, f["stock_kg"]), "tracked above all")
        self._expect(_close(np.maximum(f["produced_kg"] - f["capacity_kg"], 0.0), 0.0, f["capacity_kg"]),
                     "output above capacity")  # fmt: skip

    def _mass(self) -> None:
        f = self.model.firms
        moved = f["produced_kg"] + f["bought_kg"] - f["sold_kg"] - f["consumed_kg"]
        scale = self._held + f["bought_kg"] + f["sold_kg"]
        self._expect(_close(f["stock_kg"] + f["in_transit_kg"] - self._held, moved, scale), "mass")

    def _money(self) -> None:
        f, amounts = self.model.firms, self.model.recorder.weeks[-1].amounts.sum(axis=0)
        _, usd, lanes, tariffs, rent, netback, _ = amounts
        scale = abs(usd) + abs(netback)
        self._expect(_close(f["paid_usd"].sum(), usd, scale), "payments are not the value of trade")
        self._expect(_close(f["received_usd"].sum(), netback + rent, scale), "receipts are not net-backs and rents")
        self._expect(_close(usd, netback + lanes + tariffs + rent, scale), "value is not net-back, lane, tariff, rent")
        change = f["received_usd"] + f["support_usd"] - f["paid_usd"]
        scale = np.abs(self._cash) + f["received_usd"] + f["paid_usd"] + f["support_usd"]
        self._expect(_close(f["cash_usd"] - self._cash, change, scale), "cash")

    def _prices(self) -> None:
        m, zones = self.model, self.model.firms.zones
        free = m.delivered_quote[:, :zones]
        self._expect(np.isfinite(free) & (free > 0.0), "a free price is not above 0")
        for quotes in (m.delivered_quote, m.netback_quote):
            self._expect(~np.isinf(quotes) & ~(quotes < 0.0), "a price is below 0 or endless")

    def _flows(self) -> None:
        m, zones = self.model, self.model.firms.zones
        by_lane = m.trades.flow.reshape(-1, 2, zones, 2, zones).sum(axis=(1, 3)) + m.tolled[0]
        self._expect(by_lane >= 0.0, "a flow is below 0")
        self._expect(~m.lanes.closed | (by_lane == 0.0), "metal passed a closed lane")
        limit = m.trades.lanes.limit
        self._expect(_close(np.maximum(m.trades.spot_flow - limit, 0.0), 0.0, limit), "a lane carried more than it may")

    def _licences(self) -> None:
        """All that left under licences so far was granted before."""
        m, zones = self.model, self.model.firms.zones
        flow = m.trades.flow.reshape(-1, 2, zones, 2, zones)[:, :, :, 1].sum(axis=1)
        self._shipped += flow
        for policy in m.policies:
            office = getattr(policy, "office", None)
            if office is None:
                continue
            self._expect(office.files["granted_kg"] >= 0.0, "a licence is below 0")
            for decision in office.decisions[self._seen.get(id(policy), 0) :]:
                if decision.granted:
                    one = m.firms.table[decision.row]
                    self._granted[one["good"], office.actor, one["zone"]] += decision.kg
            self._seen[id(policy)] = len(office.decisions)
        over = np.maximum(self._shipped - self._granted, 0.0)
        self._expect(_close(over, 0.0, 1e3 * self._granted), "more was shipped than was licensed")  # the lane's hair

    def _quotas(self) -> None:
        m = self.model
        for policy in m.policies:
            if isinstance(policy, ExportQuota) and policy.in_force(m.week - 1):
                actor, covered = m.world.zone_index[policy.actor], policy.covers(m.world)
                self._expect(policy._left_kg[covered] >= 0.0, "a quota is below 0")
                period = (m.week - 1 - (policy._timeline.effective or 0)) // policy.period_weeks
                number, gone = self._left.get(id(policy), (period, np.zeros(m.firms.goods)))
                gone = (gone if number == period else 0.0) + m.desk.exports_kg(actor)
                self._left[id(policy)] = (period, gone)
                most = policy.tonnes_per_year * 1000.0 * policy.period_weeks / (365.25 / 7)
                over = np.maximum(gone[covered] - most, 0.0)
                self._expect(_close(over, 0.0, most), "more was exported than the quota")

    def _scrap(self) -> None:
        """Recyclers take in no more than users lose and other feed brings."""
        f, metal = self.model.firms, self.model.scrap.metal
        recyclers, buyers = f.of(Kind.RECYCLER), f.of(Kind.BUYER)
        came = f["scrap_kg"][recyclers] - self._scrap_kg[recyclers] + f["produced_kg"][recyclers]
        lost = f["scrap_share"][buyers] * f["consumed_kg"][buyers]
        for m in range(self.model.scrap.metals):
            ours, theirs = metal[f["good"][recyclers]] == m, metal[f["good"][buyers]] == m
            most = f["feed_kg"][recyclers][ours].sum() + lost[theirs].sum()
            self._expect(_close(max(came[ours].sum() - most, 0.0), 0.0, most), "more scrap than was lost")

    def _shares(self) -> None:
        shares = self.model.tables()["shares"].groupby(["week", "good"], observed=True)
        for column, kg in (("share_of_production", "produced_kg"), ("share_of_world_trade", "exported_kg")):
            total, amount = shares[column].sum(), shares[kg].sum()
            self._expect(np.abs(total[amount > 0] - 1.0).to_numpy() < 1e-9, f"{column} does not sum to one")

    def _expect(self, kept: np.ndarray | bool, what: str) -> None:
        if not np.all(kept):
            self.broken.append(f"week {self.model.week - 1}: {what} ({np.size(kept) - np.count_nonzero(kept)} of them)")


def _close(one: np.ndarray | float, other: np.ndarray | float, scale: np.ndarray | float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.abs(np.subtract(one, other)) <= TINY + SHARE * np.where(np.isfinite(scale), np.abs(scale), 0.0)
