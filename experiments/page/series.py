"""What the page's figures need from a run: small arrays by week, good and country, filled as the model steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from model.calendar import monday
from model.recorder import MARKETS
from model.state.record import Kind
from model.trade_model import TradeModel

RECENT_WEEKS = 13
FLOW_WEEKS = 8
TOLLED = MARKETS.index("tolled")


class Sums:
    """What has come together up to a week: means and sums after so many weeks, [W + 1, G, Z]."""

    free: np.ndarray
    bought_kg: np.ndarray
    paid_usd: np.ndarray
    short: np.ndarray
    cut: np.ndarray

    @cached_property
    def paid(self) -> np.ndarray:
        """What buyers paid on average in the last weeks, USD/kg; NaN where they bought nothing."""
        kg, usd = (total - _shifted(total, RECENT_WEEKS) for total in map(_running, (self.bought_kg, self.paid_usd)))
        return np.divide(usd, kg, out=np.full_like(kg, np.nan), where=kg > 1e-6).astype(np.float32)

    @cached_property
    def missed(self) -> np.ndarray:
        """Planned use for which the metal was not there, since the start, kg."""
        return _running(self.short).astype(np.float32)

    @cached_property
    def gone(self) -> np.ndarray:
        """Use given up since the start, for want of metal or for its price, kg."""
        return (_running(self.short) + _running(self.cut)).astype(np.float32)

    def lost_t(self, goods: list[int], weeks: slice, parts: Sequence[str] = ("short", "cut")) -> np.ndarray:
        """Return use of some goods given up in some weeks, t by country, [Z]: want of metal, and dear metal."""
        kg = sum(getattr(self, part)[weeks][:, goods].sum(axis=(0, 1), dtype=float) for part in parts)
        return np.asarray(kg) / 1e3


class Series(Sums):
    """Weekly arrays of one run; weeks 0 to `n` - 1 are filled.

    Attributes:
        free, licensed: delivered prices, USD/kg, [W, G, Z].
        made, exported: output and exports of a country's firms, kg, [W, G, Z].
        held, used: stock (with goods in transit) and use of a country's users, refiners included, kg, [W, G, Z].
        need, short, cut: what end users planned, planned and did not get, and gave up for its price, kg, [W, G, Z].
        bought_kg, paid_usd: what a country's buyers bought and paid, [W, G, Z].
        flow_kg: between countries, [W, G, origin Z, destination Z]; from a country to itself is 0.
    """

    def __init__(self, weeks: int, goods: int, zones: int, start: date) -> None:
        """Make room for so many weeks."""
        self.n, self.weeks, self.start = 0, weeks, start
        shape = (weeks, goods, zones)
        self.free, self.licensed = np.full(shape, np.nan), np.full(shape, np.nan)
        self.made, self.exported, self.held = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.used, self.need, self.short, self.cut = (np.zeros(shape) for _ in range(4))
        self.bought_kg, self.paid_usd = np.zeros(shape), np.zeros(shape)
        self.flow_kg = np.zeros((*shape, zones), dtype=np.float32)
        self.days = np.array([np.datetime64(monday(week, start)) for week in range(weeks)])

    def add(self, model: TradeModel, whole: bool = True) -> None:
        """Take in the week that the model has just lived; what bands need alone if it need not be whole."""
        w, firms = self.n, model.firms
        goods, zones = firms.goods, firms.zones
        self.free[w], self.licensed[w] = model.delivered_quote[:, :zones], model.delivered_quote[:, zones:]
        end = firms.of(Kind.BUYER)
        planned, short = firms["consumed_kg"][end] + firms["short_kg"][end], firms["short_kg"][end]
        # What thrift and substitution leave of use at calm prices; below it use is cut back for its price.
        kept_up = firms["trend_use_kg"][end] * firms["long_run_response"][end]
        self.short[w], self.cut[w] = firms.by_place(end, short), firms.by_place(end, kept_up - planned)
        # Contracts deliver at their own prices, as the recorder notes; own scrap that comes back is not bought.
        week = model.recorder.weeks[-1]
        bought = week.lanes[:, 3] != TOLLED
        good, origin, destination = week.lanes[bought, :3].T
        kg, usd = week.amounts[bought, :2].T
        lane = (good * zones + origin) * zones + destination
        flow = np.bincount(lane, kg, goods * zones * zones).reshape(goods, zones, zones)
        self.paid_usd[w] = np.bincount(good * zones + destination, usd, goods * zones).reshape(goods, zones)
        self.bought_kg[w] = flow.sum(axis=1)
        self.n += 1
        if not whole:
            return
        makers, users = firms.makers, firms.users
        self.made[w] = firms.by_place(makers, firms["produced_kg"][makers])
        self.held[w] = firms.by_place(users, firms["stock_kg"][users] + firms["in_transit_kg"][users])
        self.used[w] = firms.by_place(users, firms["consumed_kg"][users])
        self.need[w] = firms.by_place(end, planned)
        flow[:, range(zones), range(zones)] = 0.0
        self.exported[w], self.flow_kg[w] = flow.sum(axis=2), flow

    @cached_property
    def used_so_far(self) -> np.ndarray:
        """Return what a finished run has used up after so many weeks, kg, [W + 1, G, Z]."""
        return _running(self.used)

    def upto(self, values: np.ndarray, week: int | None = None) -> np.ndarray:
        """Return the filled weeks of an array, up to and without `week`."""
        return values[: self.n if week is None else min(week, self.n)]

    def cover_weeks(self, good: int, week: int | None = None) -> np.ndarray:
        """Return weeks of cover, [n, Z]: stock and goods under way over mean use of the last 13 weeks."""
        held, used = self.upto(self.held, week)[:, good], self.upto(self.used, week)[:, good]
        usual = moving_mean(used, RECENT_WEEKS)
        return np.divide(held, usual, out=np.full_like(held, np.nan), where=usual > 1e-6)

    def lost_share(self, good: int) -> np.ndarray:
        """Return use given up, for want of metal or for its price, as a share of what was needed, 4 weeks, [n, Z]."""
        lost, need = (self.upto(values + self.cut)[:, good] for values in (self.short, self.need))
        wanted = moving_mean(need, 4)
        return np.divide(moving_mean(lost, 4), wanted, out=np.zeros_like(wanted), where=wanted > 1e-6)

    def light(self, spent_usd: np.ndarray) -> Light:
        """Return the few series that bands need, with public money spent so far, [W, policies]."""
        kept = (self.free, self.bought_kg, self.paid_usd, self.short, self.cut, spent_usd)
        return Light(*(values.astype(np.float32) for values in kept))

    def received_kg(self, good: int, zone: int, week: int) -> np.ndarray:
        """Return what a country's buyers got in the last weeks from each country, its own included, kg, [Z]."""
        kg = self.upto(self.flow_kg, week)[-RECENT_WEEKS:, good, :, zone].sum(axis=0, dtype=float)
        bought = self.upto(self.bought_kg, week)[-RECENT_WEEKS:, good, zone].sum()
        kg[zone] = max(float(bought - kg.sum()), 0.0)
        return kg


@dataclass(frozen=True, eq=False)
class Light(Sums):
    """Of a run, what bands need: arrays of `Series` in single precision, [W, G, Z], and of money, [W, policies]."""

    free: np.ndarray
    bought_kg: np.ndarray
    paid_usd: np.ndarray
    short: np.ndarray
    cut: np.ndarray
    spent_usd: np.ndarray

    @property
    def weeks(self) -> int:
        """Weeks of the run."""
        return len(self.free)


def _running(values: np.ndarray) -> np.ndarray:
    """Return sums over the weeks before each, and over all."""
    return np.concatenate([np.zeros_like(values[:1], dtype=float), np.cumsum(values, axis=0, dtype=float)])


def _shifted(values: np.ndarray, weeks: int) -> np.ndarray:
    """Return what stood so many rows before, at first what stands in the first row."""
    return values[np.maximum(np.arange(len(values)) - weeks, 0)]


def moving_mean(values: np.ndarray, weeks: int) -> np.ndarray:
    """Return the mean of the last `weeks` rows at every row (of those there are, at the beginning)."""
    total = np.cumsum(values, axis=0)
    total[weeks:] -= total[:-weeks].copy()
    return total / np.minimum(np.arange(1, len(values) + 1), weeks).reshape(-1, *[1] * (values.ndim - 1))


def known_mean(values: np.ndarray, weeks: int) -> np.ndarray:
    """Return the mean of the known values of the last `weeks`; NaN where none is known. For [W]."""
    known = np.isfinite(values)
    total, n = (moving_mean(one, weeks) for one in (np.where(known, values, 0.0), known.astype(float)))
    return np.divide(total, n, out=np.full_like(total, np.nan), where=n > 1e-9)


def monthly(values: np.ndarray, days: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the middle days of calendar months, and the sums over the weeks that begin in them, [M, Z]."""
    months, first = np.unique(days.astype("datetime64[M]"), return_index=True)
    return [f"{month}-15" for month in months], np.add.reduceat(values, first, axis=0)
