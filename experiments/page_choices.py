"""What the page lets people choose, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from model.world import load_world

Raw = dict[str, Any]  # a scenario as the tables of its file

AS_IT_IS = "As in the scenario"
NONE = "None"
LICENCES = "Export licences"
US_BAN = "Ban on the US"
BOTH = "Licences and a ban on the US"
TOTAL_BAN = "Total ban"
RESTRICTIONS = (AS_IT_IS, NONE, LICENCES, US_BAN, BOTH, TOTAL_BAN)

SURPLUS = "Where sanctions allow"
NOT_AT_ALL = "Not at all"
EVERYWHERE = "Everywhere, sanctions lifted"
ROSTEC_EXPORTS = (SURPLUS, NOT_AT_ALL, EVERYWHERE)

STOCKPILE_MONTHS = (0, 3, 6, 12)

WITHOUT_CHINA = "the same without China's restrictions"
AS_FILED = "the scenario as it is in its file"
NO_POLICY = "no policy at all"
COMPARISONS = (WITHOUT_CHINA, AS_FILED, NO_POLICY)


@dataclass(frozen=True)
class Settings:
    """The positions of all controls. What stands as in the scenario leaves the scenario untouched."""

    restriction: str = AS_IT_IS
    start_month: int = 7  # months after the scenario's first
    approval_us: int = 40  # %
    approval_others: int = 60  # %
    processing: tuple[int, int] = (9, 17)  # weeks
    enforcement: int = 5  # %
    rostec_t: int = 6  # t/yr
    rostec_exports: str = SURPLUS
    stockpile_us: int = 0  # months of use
    stockpile_eu: int = 0
    growth_gallium: float = 6.0  # %/yr
    growth_germanium: float = 4.0
    precaution: float = 1.5
    weeks: int = 209
    seed: int = 1


def start_of(raw: Raw) -> date:
    """Return the scenario's first day."""
    start = raw.get("start")
    return start if isinstance(start, date) else load_world().start


def month_start(raw: Raw, chosen: Settings) -> date:
    """Return the first day of the chosen month."""
    months = start_of(raw).month - 1 + chosen.start_month
    return date(start_of(raw).year + months // 12, months % 12 + 1, 1)
