"""Price floor or offtake: the state pays its producers the difference to a guaranteed price."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from agents.books import GRAM_KG
from model.calendar import WEEKS_PER_YEAR
from model.policy.desk import Desk
from model.policy.fields import MOST_TONNES, MOST_USD_PER_KG
from model.policy.goods import GoodPolicy
from model.state.build import TONNE
from model.state.record import Kind


class PriceFloor(GoodPolicy):
    """Producers and recyclers in the actor's country get at least the floor (a contract for difference).

    With `offtake_t_per_year`, only for so much metal: what each sells counts towards it in proportion.
    """

    kind: Literal["price_floor"]
    floor_usd_per_kg: float = Field(gt=0, le=MOST_USD_PER_KG)
    offtake_t_per_year: float | None = Field(None, gt=0, le=MOST_TONNES)

    def settle(self, desk: Desk) -> None:
        """Pay the difference on the week's sales; makers then plan output for the price they expect and its top-up."""
        f, rows = desk.firms, self._rows(desk)
        kg = f["sold_kg"][rows] - f["tolling_kg"][rows]
        sold = kg > GRAM_KG
        expected = np.exp(f["log_expected"][rows])
        price = np.divide(f["received_usd"][rows] - f["tolling_usd"][rows], kg, out=expected.copy(), where=sold)
        covered = 1.0
        if self.offtake_t_per_year is not None:
            covered = min(1.0, self.offtake_t_per_year * TONNE / WEEKS_PER_YEAR / max(kg.sum(), 1e-9))
        paid = np.where(sold, kg * covered * np.maximum(self.floor_usd_per_kg - price, 0.0), 0.0)
        # What a maker can count on is the price it expects and what that lacks, not a good week's price.
        lacks = covered * np.maximum(self.floor_usd_per_kg - expected, 0.0)
        f["log_guaranteed"][rows] = np.where(lacks > 0, np.log(expected + lacks), -np.inf)
        f["support_usd"][rows] += paid
        f["cash_usd"][rows] += paid
        self._timeline.spent_usd += float(paid.sum())

    def stop(self, desk: Desk) -> None:
        """Guarantee nothing any more."""
        desk.firms["log_guaranteed"][self._rows(desk)] = -np.inf

    def _rows(self, desk: Desk) -> np.ndarray:
        return self.records(desk, Kind.PRODUCER, Kind.RECYCLER)
