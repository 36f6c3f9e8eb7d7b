"""Buyers: the firms that use metal up, by end use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import Column, Firm

if TYPE_CHECKING:
    from model.columns import Columns


class Buyer(Firm):
    """A firm that uses gallium or germanium; subclasses say what for."""

    use_kg = Column("use_kg", "Trend use, kg a week.")
    cover_weeks = Column("cover_weeks", "Weeks of cover it aims for in calm times.")


class SemiconductorBuyer(Buyer):
    """GaAs and GaN wafers, chips and radio-frequency devices; light-emitting diodes."""


class MagnetBuyer(Buyer):
    """NdFeB magnets doped with gallium."""


class InfraredOpticsBuyer(Buyer):
    """Germanium lenses and windows for thermal imaging."""


class FibreBuyer(Buyer):
    """Germanium tetrachloride for optical fibre."""


class SolarBuyer(Buyer):
    """Germanium wafers for satellite cells; gallium-doped silicon and thin-film cells."""


class DefenceBuyer(Buyer):
    """Defence users, named as such on end-use declarations."""


class OtherBuyer(Buyer):
    """Catalysts, research, stock-building and the rest."""


BY_END_USE: dict[str, type[Buyer]] = {
    "semiconductor": SemiconductorBuyer,
    "led": SemiconductorBuyer,
    "magnet": MagnetBuyer,
    "infrared": InfraredOpticsBuyer,
    "fibre": FibreBuyer,
    "solar": SolarBuyer,
    "defence": DefenceBuyer,
}


def plan_use(columns: Columns, rows: slice, rate: float, long_rate: float, long_factor: float) -> None:
    """Set the kg each buyer means to use this week.

    ``use = need * (p_hat / p_ref) ** -eps``, reached at `rate` a week; thrift and substitution add
    ``(p_hat / p_ref) ** -(eps * (long_factor - 1))``, reached at `long_rate` a week.

    Args:
        columns: the state.
        rows: end users.
        rate: weekly speed of the short-run response.
        long_rate: weekly speed of substitution.
        long_factor: long-run elasticity over the short-run one.
    """
    c = columns
    dearer = c.expected[rows] - c.fundamental[rows]
    c.intensity[rows] += rate * (np.exp(-c.elasticity[rows] * dearer) - c.intensity[rows])
    c.thrift[rows] += long_rate * (np.exp(-c.elasticity[rows] * (long_factor - 1.0) * dearer) - c.thrift[rows])
    c.planned_kg[rows] = c.use_kg[rows] * c.intensity[rows] * c.thrift[rows]


def use(columns: Columns, rows: slice) -> None:
    """Use metal from stock, or go short."""
    c = columns
    used = np.minimum(c.planned_kg[rows], c.stock_kg[rows])
    origin = np.divide(c.tracked_kg[rows], c.stock_kg[rows], out=np.zeros_like(used), where=c.stock_kg[rows] > 0)
    c.consumed_kg[rows] = used
    c.short_kg[rows] = c.planned_kg[rows] - used
    c.stock_kg[rows] -= used
    c.tracked_kg[rows] -= used * origin
