"""What the page lets people choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from model.world import load_world

Raw = dict[str, Any]  # a scenario as the tables of its file

# Restrictions of exports (`page_case` says them in words).
AS_IT_IS, NONE, LICENCES = "as it is", "none", "licences"
TARGET_BAN, BOTH, TOTAL_BAN = "target ban", "both", "total ban"
RESTRICTIONS = (AS_IT_IS, NONE, LICENCES, TARGET_BAN, BOTH, TOTAL_BAN)

# Where the producer that serves its own country first may sell what is left.
SURPLUS = "Where sanctions allow"
NOT_AT_ALL = "Not at all"
EVERYWHERE = "Everywhere, sanctions lifted"
GROWER_EXPORTS = (SURPLUS, NOT_AT_ALL, EVERYWHERE)

STOCKPILE_MONTHS = (0, 3, 6, 12)

# Runs to compare with.
UNRESTRICTED, AS_FILED, NO_POLICY = "unrestricted", "as filed", "no policy"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The positions of all controls. What stands as in the scenario leaves the scenario untouched."""

    restriction: str = AS_IT_IS
    start_month: int = 7  # months after the scenario's first
    approval_target: int  # %
    approval_others: int  # %
    processing: tuple[int, int]  # weeks
    enforcement: int  # %
    grower_t: int  # t/yr
    grower_exports: str
    stockpiles: tuple[int, ...]  # months of use, in the order of `Case.piles`
    growth: tuple[float, ...]  # %/yr, in the order of `Case.growth`
    precaution: float
    weeks: int
    seed: int = 1


def start_of(raw: Raw) -> date:
    """Return the scenario's first day."""
    start = raw.get("start")
    return start if isinstance(start, date) else load_world().start


def month_start(raw: Raw, chosen: Settings) -> date:
    """Return the first day of the chosen month."""
    months = start_of(raw).month - 1 + chosen.start_month
    return date(start_of(raw).year + months // 12, months % 12 + 1, 1)
