"""Markets as the record found them: what trade at rest does not know and nobody announced."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from model.calendar import WEEKS_PER_YEAR
from model.state.firms import Firms
from model.state.record import Kind


class RecordedMarkets:
    """Stocks abroad at the start, what users abroad bought ahead of the controls, and demand at home after them.

    Before the controls users abroad had bought more or less than they used. What lay there when the record starts is
    `starting_stock_weeks`. What they added from then to the reference date is `stock_building_weeks`: they set it
    aside, beside the cover they aim for, and count it as cover again over as long a time; below 0 they lived on
    their stock. What they bought ahead was made at home on top of the trend: on record it went abroad at a flat price
    there. Who lived on stock was not missed by makers: by-product metal keeps coming, and got cheaper at home.
    Use at home rises by `home_demand_shift` over the year from the reference date.
    """

    def __init__(
        self, firms: Firms, params: np.ndarray, metal: np.ndarray, home: int, start: date, reference_date: date
    ) -> None:
        """Give users abroad the stocks of the record.

        Args:
            firms: the records, changed in place.
            params: parameters by good, [G].
            metal: number of the metal of each good, [G].
            home: the country that controls exports.
            start: first day of the record.
            reference_date: day on which the quantities of the data hold.
        """
        self._firms, self._reference_date = firms, reference_date
        self._built_up_in = (reference_date - start) / timedelta(weeks=1)
        users, buyers = firms.users, firms.of(Kind.BUYER)
        good, abroad = firms["good"][users], firms["zone"][users] != home
        self._set_aside_kg = np.where(abroad, params["stock_building_weeks"][good] * firms["trend_use_kg"][users], 0.0)
        self._made_ahead_kg = self._made_for(self._set_aside_kg, metal, home)
        growth = (1.0 + params["home_demand_shift"]) ** (1.0 / WEEKS_PER_YEAR)
        self._growth = np.where(firms["zone"][buyers] == home, growth[firms["good"][buyers]], 1.0)
        self._hold_stocks(np.where(abroad, params["starting_stock_weeks"][good], 0.0))

    def _hold_stocks(self, weeks: np.ndarray) -> None:
        """Add so many weeks of use to the stocks of users; below 0, leave at least a quarter."""
        firms, users = self._firms, self._firms.users
        stock_kg = firms["stock_kg"][users]
        kg = np.maximum(stock_kg + weeks * firms["trend_use_kg"][users], 0.25 * stock_kg)
        firms["tracked_kg"][users] *= np.divide(kg, stock_kg, out=np.ones_like(kg), where=stock_kg > 0)
        firms["stock_kg"][users] = kg

    def _made_for(self, set_aside_kg: np.ndarray, metal: np.ndarray, home: int) -> np.ndarray:
        """Return what each producer at home makes on top for what is bought ahead, kg a week, by idle capacity."""
        f, rows, metals = self._firms, self._firms.of(Kind.PRODUCER), metal.max(initial=-1) + 1
        bought_kg = np.bincount(metal[f["good"][f.users]], set_aside_kg, metals)
        wanted_kg = np.maximum(bought_kg, 0.0) / max(self._built_up_in, 1.0)
        of, idle_kg = metal[f["good"][rows]], f["capacity_kg"][rows] - f["normal_output_kg"][rows]
        idle_kg = np.where(f["zone"][rows] == home, np.maximum(idle_kg, 0.0), 0.0)
        all_idle_kg = np.bincount(of, idle_kg, metals)
        share = np.divide(wanted_kg, all_idle_kg, out=np.zeros(metals), where=all_idle_kg > 0)
        more_kg: np.ndarray = idle_kg * np.minimum(share, 1.0)[of]
        return more_kg

    def week(self, day: date) -> None:
        """Let what is set aside and use at home be what they are in the week up to a day."""
        firms, since = self._firms, (day - self._reference_date) / timedelta(weeks=1)
        share = max(1.0 - abs(since) / self._built_up_in, 0.0) if self._built_up_in > 0 else 0.0
        firms["set_aside_kg"][firms.users] = share * self._set_aside_kg
        building = -self._built_up_in <= since < 0
        firms["made_ahead_kg"][firms.of(Kind.PRODUCER)] = self._made_ahead_kg if building else 0.0
        if 0 < since <= WEEKS_PER_YEAR:
            firms["trend_use_kg"][firms.of(Kind.BUYER)] *= self._growth
