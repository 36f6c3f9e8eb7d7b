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
    their stock. Use at home rises by `home_demand_shift` over the year from the reference date.
    """

    def __init__(self, firms: Firms, params: np.ndarray, home: int, start: date, reference_date: date) -> None:
        """Give users abroad the stocks of the record.

        Args:
            firms: the records, changed in place.
            params: parameters by good.
            home: the country that controls exports.
            start: first day of the record.
            reference_date: day on which the quantities of the data hold.
        """
        self._firms, self._start, self._reference_date = firms, start, reference_date
        users, buyers = firms.users, firms.of(Kind.BUYER)
        good, abroad = firms["good"][users], firms["zone"][users] != home
        self._set_aside_kg = np.where(abroad, params["stock_building_weeks"][good] * firms["trend_use_kg"][users], 0.0)
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

    def week(self, day: date) -> None:
        """Let what is set aside and use at home be what they are in the week up to a day."""
        since = (day - self._reference_date) / timedelta(weeks=1)
        built_up_in = (self._reference_date - self._start) / timedelta(weeks=1)
        share = max(1.0 - abs(since) / built_up_in, 0.0) if built_up_in > 0 else 0.0
        self._firms["set_aside_kg"][self._firms.users] = share * self._set_aside_kg
        if 0 < since <= WEEKS_PER_YEAR:
            self._firms["trend_use_kg"][self._firms.of(Kind.BUYER)] *= self._growth
