"""How far a run is from what was observed: errors of each kind against tolerances, all of them stated here.

A tolerance joins two errors. *Observation*: how well a figure is known, by its confidence in the data. *Discrepancy*:
how far a right model of representative firms, weeks and one quote per country may be off; without it a few quotes with
small errors would decide all. An error of the model lasts: a price that is too dear in one week is in part so in the
next. So n observations of one kind, metal and place in a month count as the root of n.

That the tolerances are right is itself a guess: the sampler widens them by a common factor where no draw can come near,
so that what is left is wide rather than a point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from experiments.study.record import Row
from model.world import World

OBSERVATION = {"high": 0.03, "medium": 0.06, "low": 0.15}  # log error; points for shares
DISCREPANCY = {
    "price": 0.10,  # log: a tenth, as far as one weekly quote is from another of the same market
    "other price": 0.30,  # export values and FOB quotes: of other contracts than the market price of the model
    "month": 0.35,  # log: a month holds four or five weeks, and licences come in lumps
    "total": 0.20,  # log: over longer spans lumps even out
    "destination": 0.40,  # log: to one country in one month
    "share": 0.10,  # points
}
ONE_SIDED = 0.10  # log: the high or the low end of a range of quotes
OTHER_PRICES = ("fob", "unit_value", "import")  # words in the names of such series
SMALLEST_T = 0.5  # added to amounts before logs are taken: below it a month's exports are as good as none
NOTHING = 5.0  # tolerances, where a run has no value
LARGEST = 10.0  # tolerances: how wrong a wrong value is makes no difference beyond it


@dataclass(frozen=True)
class Target:
    """What runs are held against, [observations].

    Attributes:
        keys: of the rows.
        kinds: keys of `DISCREPANCY`.
        observed: in the units of the rows.
        tolerance: of log errors, of differences for shares.
        weight: how much each counts; their sum is the number of independent observations.
    """

    keys: tuple[str, ...]
    kinds: tuple[str, ...]
    observed: np.ndarray
    tolerance: np.ndarray
    weight: np.ndarray

    def errors(self, values: np.ndarray) -> np.ndarray:
        """Return errors in tolerances, [runs, observations], for values of runs (NaN: none)."""
        kinds = np.array(self.kinds)
        amount = np.isin(kinds, ["month", "total", "destination"])
        added = np.where(amount, SMALLEST_T, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log((values + added) / (self.observed + added))
        found = np.where(kinds == "share", values - self.observed, logs) / self.tolerance
        return np.clip(np.where(np.isnan(found), NOTHING, found), -LARGEST, LARGEST)

    def distance(self, errors: np.ndarray) -> np.ndarray:
        """Return the weighted sum of squares of errors in tolerances, [runs]."""
        return np.asarray((self.weight * errors**2).sum(axis=1))

    def by_kind(self, errors: np.ndarray) -> dict[str, float]:
        """Return the mean square error in tolerances of each kind over runs and observations."""
        kinds = np.array(self.kinds)
        return {kind: float((errors[:, kinds == kind] ** 2 @ self.weight[kinds == kind]).mean()
                            / self.weight[kinds == kind].sum()) for kind in dict.fromkeys(self.kinds)}  # fmt: skip


def target_of(rows: Sequence[Row], world: World) -> Target:
    """Return the target for rows of `study.observations`, all of which count."""
    kinds = [_kind(row, world) for row in rows]
    groups = [_group(row, kind) for row, kind in zip(rows, kinds, strict=True)]
    many = Counter(groups)
    return Target(
        tuple(row.key for row in rows),
        tuple(kinds),
        np.array([row.observed for row in rows], dtype=float),
        np.array([_tolerance(row, kind, world) for row, kind in zip(rows, kinds, strict=True)]),
        np.array([many[group] ** -0.5 for group in groups]),
    )


def _kind(row: Row, world: World) -> str:
    kind = row.key.split("/")[1]
    if kind == "price":
        return "other price" if any(word in _series(row, world) for word in OTHER_PRICES) else "price"
    if row.quantity.unit == "percent":
        return "share"
    return "destination" if "zone" in row.quantity.where else kind


def _series(row: Row, world: World) -> str:
    return str(world.observed_prices["series"].iloc[int(row.key.rsplit("/", 1)[1])])


def _group(row: Row, kind: str) -> tuple[object, ...]:
    assert row.quantity.span is not None
    first, last = map(date.fromisoformat, row.quantity.span)
    middle = first + (last - first) / 2
    where = row.quantity.where
    place = [where.get(name) for name in ("good", "metal", "zone")]
    # What spans more than a month stands for itself.
    when = row.quantity.span if (last - first).days > 31 else (middle.year, middle.month)
    return (kind, *place, when)


def _tolerance(row: Row, kind: str, world: World) -> float:
    parts = [OBSERVATION[row.source], DISCREPANCY[kind]]
    if kind == "price" and _series(row, world).endswith(("_high", "_low")):
        parts.append(ONE_SIDED)
    return float(np.hypot.reduce(parts))
