"""What the report of the mechanism experiment says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.mechanism.cells import FULL, INGREDIENTS, NO_CONTROLS, WHAT
from experiments.mechanism.patterns import SYMBOLS, Pattern, written
from experiments.study.answers import MINUS, Asked, Band, Report, counted
from experiments.study.prose import told
from experiments.study.study import RULE

SAME, QUARTER = "reproduced", 0.25
JUDGED = ("gone", "weaker", "same", "stronger")  # what is left of a pattern that the full model shows


@dataclass(frozen=True)
class Found:
    """Everything the report tells: patterns, bands by cell, what is left of each; seeds; what bands hold, in words."""

    patterns: Sequence[Pattern]
    summary: pd.DataFrame
    left: pd.DataFrame
    seeds: int
    bands: str

    def of(self, pattern: Pattern) -> pd.DataFrame:
        """Return the bands of a pattern by cell."""
        return self.summary[self.summary["key"] == pattern.key].set_index("cell")

    def median(self, pattern: Pattern, cell: str) -> float:
        """Return the median of a pattern in a cell."""
        return float(self.of(pattern).at[cell, "median"])

    def band(self, pattern: Pattern, cell: str, short: bool = False) -> str:
        """Write the median and band of a pattern in a cell."""
        own = self.of(pattern)
        if cell not in own.index:
            return "–"
        median, low, high, runs = own.loc[cell, ["median", "low", "high", "runs"]]
        text = written(median, pattern.unit, short)
        return (
            f"{text} ({written(low, pattern.unit, True)} to {written(high, pattern.unit, True)})" if runs > 1 else text
        )

    def share(self, pattern: Pattern, cell: str) -> str:
        """Write the share of a pattern that is left in a cell."""
        left = float(self.compared(pattern).set_index("cell")["median"].get(cell, np.nan))
        return f"{round(left, 1) + 0.0:.1f}".replace("-", MINUS) if np.isfinite(left) else "–"  # no minus zero

    @staticmethod
    def seen(pattern: Pattern) -> bool:
        """Return whether there is an observed value."""
        return bool(np.isfinite(pattern.observed))

    def verdict(self, pattern: Pattern) -> str:
        """Return whether the full model reproduces what was observed; nothing where there is nothing to compare.

        It does where the band holds the observed value, or where what controls add is within a quarter of what they
        added on record; a lower bound is met from above.
        """
        own = self.of(pattern)
        if FULL not in own.index or not self.seen(pattern):
            return ""
        value, low, high = own.loc[FULL, ["median", "low", "high"]].astype(float)
        absent = pattern.absent if np.isfinite(pattern.absent) else float(own["median"].get(NO_CONTROLS, np.nan))
        share = (value - absent) / (pattern.observed - absent) if pattern.observed != absent else np.nan
        if low <= pattern.observed <= high or (pattern.at_least and share >= 1.0) or abs(share - 1.0) <= QUARTER:
            return SAME
        return "too weak" if share < 1.0 else "too strong"

    def compared(self, pattern: Pattern) -> pd.DataFrame:
        """Return what is left of a pattern, by cell."""
        return self.left[self.left["key"] == pattern.key]

    def cells(self, pattern: Pattern, *verdicts: str) -> list[str]:
        """Return the cells in which a pattern met one of the verdicts, the strongest effect first."""
        own = self.compared(pattern)
        own = own[own["verdict"].isin(verdicts)]
        return [str(cell) for cell in own.sort_values("median", ascending="stronger" not in verdicts)["cell"]]

    def judged(self, patterns: Sequence[Pattern]) -> pd.DataFrame:
        """Return what is left of some patterns, of those that the full model shows."""
        return self.left[self.left["verdict"].isin(JUDGED) & self.left["key"].isin([one.key for one in patterns])]


def headlines(found: Found, cell: str) -> Asked:
    """Return the patterns in a cell, where it was run."""
    own = found.summary[found.summary["cell"] == cell].set_index("key")[["median", "low", "high", "runs"]]
    return {
        f"pattern “{pattern.name}”": (pattern.unit, Band(*own.loc[pattern.key]))
        for pattern in found.patterns
        if pattern.key in own.index
    }


def report(found: Found) -> Report:
    """Return the report."""
    same = [pattern for pattern in found.patterns if found.verdict(pattern) == SAME]
    own, every = found.judged(same), found.judged(found.patterns)  # one that is missed proves nothing
    makers = own[own["verdict"] == "gone"].groupby("cell")["key"].nunique().sort_values(ascending=False)
    clear = ((every["high"] < 0.5) | (every["low"] >= 0.5)).mean() if len(every) and found.seeds > 1 else None
    diverted = found.left[found.left["key"] == "diversion"].set_index("cell")["verdict"]
    return told(
        "mechanism", found=found, written=written, same=same,
        missed=[pattern for pattern in found.patterns if found.verdict(pattern) not in (SAME, "")],
        makers=[f"{INGREDIENTS[str(cell)]} ({counted(count, 'pattern')})" for cell, count in makers.items()],
        idle=[INGREDIENTS[str(cell)] for cell, rows in own.groupby("cell") if (rows["verdict"] == "same").all()],
        cells=[cell for cell in WHAT if (found.summary["cell"] == cell).any()], clear=clear,
        detour_by_bargaining=diverted.get(RULE) == "appears" and not diverted.isin(JUDGED).any(),
        FULL=FULL, NO_CONTROLS=NO_CONTROLS, WHAT=WHAT, INGREDIENTS=INGREDIENTS, SYMBOLS=SYMBOLS,
    )  # fmt: skip
