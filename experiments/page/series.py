"""What the page's figures need from a finished run: small arrays by week, good and country."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from model.calendar import monday
from model.noting import FIRM_COLUMNS
from model.recorder import MARKETS, Week
from model.state.record import Kind
from model.trade_model import TradeModel

RECENT_WEEKS = 13
FLOW_WEEKS = 8
TOLLED = MARKETS.index("tolled")


@dataclass(eq=False)
class Light:
    """Of a run, what bands need, in single precision; see `Series`. Means and sums are those after so many weeks."""

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

    @cached_property
    def paid(self) -> np.ndarray:
        """What buyers paid on average in the last weeks, USD/kg, [W + 1, G, Z]; NaN where they bought nothing."""
        before = np.maximum(np.arange(self.weeks + 1) - RECENT_WEEKS, 0)
        kg, usd = (total - total[before] for total in map(_running, (self.bought_kg, self.paid_usd)))
        return np.divide(usd, kg, out=np.full_like(kg, np.nan), where=kg > 1e-6).astype(np.float32)

    @cached_property
    def missed(self) -> np.ndarray:
        """Planned use for which the metal was not there, since the start, kg, [W + 1, G, Z]."""
        return _running(self.short).astype(np.float32)

    @cached_property
    def gone(self) -> np.ndarray:
        """Use given up since the start, for want of metal or for its price, kg, [W + 1, G, Z]."""
        return (_running(self.short) + _running(self.cut)).astype(np.float32)

    def lost_t(self, goods: list[int], weeks: slice, parts: Sequence[str] = ("short", "cut")) -> np.ndarray:
        """Return use of some goods given up in some weeks, t by country, [Z]: want of metal, and dear metal."""
        kg = sum(getattr(self, part)[weeks][:, goods].sum(axis=(0, 1), dtype=float) for part in parts)
        return np.asarray(kg) / 1e3


class Series(Light):
    """Weekly arrays of one run.

    Attributes:
        free, licensed: delivered prices, USD/kg, [W, G, Z].
        made, exported: output and exports of a country's firms, kg, [W, G, Z].
        held, used: stock (with goods in transit) and use of a country's users, refiners included, kg, [W, G, Z].
        need, short, cut: what end users planned, planned and did not get, and gave up for its price, kg, [W, G, Z].
        bought_kg, paid_usd: what a country's buyers bought and paid, [W, G, Z].
        flow_kg: between countries, [W, G, origin Z, destination Z]; from a country to itself is 0.
        spent_usd: public money spent so far, [W, policies].
    """

    def __init__(self, model: TradeModel) -> None:
        """Read what a finished run has recorded."""
        weeks, firms = model.recorder.weeks, model.firms
        goods, zones = firms.goods, firms.zones
        self.days = np.array([np.datetime64(monday(week.number, model.start)) for week in weeks])
        quotes = np.array([week.delivered for week in weeks])
        self.free, self.licensed = quotes[:, :, :zones], quotes[:, :, zones:]
        self.made = np.array([week.made_kg for week in weeks])
        kept = dict(zip(FIRM_COLUMNS, np.array([week.firms for week in weeks]).swapaxes(0, 1), strict=True))
        users, end = firms.users, firms.of(Kind.BUYER)
        planned = kept["consumed_kg"] + kept["short_kg"]
        # What thrift and substitution leave of use at calm prices; below it use is cut back for its price.
        kept_up = kept["trend_use_kg"] * kept["long_run_response"]
        self.need, self.short = (firms.by_place(end, kg[:, end]) for kg in (planned, kept["short_kg"]))
        self.cut = firms.by_place(end, (kept_up - planned)[:, end])
        self.held = firms.by_place(users, (kept["stock_kg"] + kept["in_transit_kg"])[:, users])
        self.used = firms.by_place(users, kept["consumed_kg"][:, users])
        self.spent_usd = np.array([week.spent_usd for week in weeks]).reshape(len(weeks), len(model.policies))
        self._add_lanes(weeks, (len(weeks), goods, zones))

    def _add_lanes(self, weeks: Sequence[Week], shape: tuple[int, int, int]) -> None:
        """Read what moved. Contracts deliver at their own prices; own scrap that comes back is not bought."""
        lanes = np.concatenate([week.lanes for week in weeks])
        amounts = np.concatenate([week.amounts for week in weeks])
        bought = lanes[:, 3] != TOLLED
        week = np.repeat(np.arange(len(weeks)), [len(one.lanes) for one in weeks])[bought]
        good, origin, destination = lanes[bought, :3].T
        kg, usd = amounts[bought, :2].T
        at = (week * shape[1] + good) * shape[2]
        lane = (at + origin) * shape[2] + destination
        flow = np.bincount(lane, kg, math.prod(shape) * shape[2]).reshape(*shape, shape[2])
        paid = np.bincount(at + destination, usd, math.prod(shape))
        self.bought_kg, self.paid_usd = flow.sum(axis=2), paid.reshape(shape)
        flow[:, :, range(shape[2]), range(shape[2])] = 0.0
        self.exported, self.flow_kg = flow.sum(axis=3), flow.astype(np.float32)

    @cached_property
    def used_so_far(self) -> np.ndarray:
        """Return what a finished run has used up after so many weeks, kg, [W + 1, G, Z]."""
        return _running(self.used)

    def cover_weeks(self, good: int, week: int | None = None) -> np.ndarray:
        """Return weeks of cover, [n, Z]: stock and goods under way over mean use of the last 13 weeks."""
        held, used = self.held[:week, good], self.used[:week, good]
        usual = moving_mean(used, RECENT_WEEKS)
        return np.divide(held, usual, out=np.full_like(held, np.nan), where=usual > 1e-6)

    def lost_share(self, good: int) -> np.ndarray:
        """Return use given up, for want of metal or for its price, as a share of what was needed, 4 weeks, [n, Z]."""
        lost, need = ((values + self.cut)[:, good] for values in (self.short, self.need))
        wanted = moving_mean(need, 4)
        return np.divide(moving_mean(lost, 4), wanted, out=np.zeros_like(wanted), where=wanted > 1e-6)

    def light(self) -> Light:
        """Return the few series that bands need."""
        return Light(*(getattr(self, one.name).astype(np.float32) for one in fields(Light)))

    def received_kg(self, good: int, zone: int, week: int) -> np.ndarray:
        """Return what a country's buyers got in the last weeks from each country, its own included, kg, [Z]."""
        recent = slice(max(week - RECENT_WEEKS, 0), week)
        kg = self.flow_kg[recent, good, :, zone].sum(axis=0, dtype=float)
        bought = self.bought_kg[recent, good, zone].sum()
        kg[zone] = max(float(bought - kg.sum()), 0.0)
        return kg


def _running(values: np.ndarray) -> np.ndarray:
    """Return sums over the weeks before each, and over all."""
    return np.concatenate([np.zeros_like(values[:1], dtype=float), np.cumsum(values, axis=0, dtype=float)])


def moving_mean(values: np.ndarray, weeks: int) -> np.ndarray:
    """Return the mean of the last `weeks` rows at every row (of those there are, at the beginning)."""
    total = np.cumsum(values, axis=0)
    total[weeks:] -= total[:-weeks].copy()
    return total / np.minimum(np.arange(1, len(values) + 1), weeks).reshape(-1, *[1] * (values.ndim - 1))


def monthly(values: np.ndarray, days: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return the middle days of calendar months, and the sums over the weeks that begin in them, [M, Z]."""
    months, first = np.unique(days.astype("datetime64[M]"), return_index=True)
    return [f"{month}-15" for month in months], np.add.reduceat(values, first, axis=0)
