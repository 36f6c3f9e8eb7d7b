"""Report of the mechanism experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.answers import bullets, figure_lines, markdown
from experiments.mechanism_cells import FULL, NO_CONTROLS, WHAT
from experiments.mechanism_figures import CAPTIONS
from experiments.mechanism_patterns import Pattern, written

LEFT_OUT = (
    "An ingredient is switched off while all others keep the values fitted with it: a model fitted anew without "
    "it might "
    "make up for part of the loss. What is shown is what the ingredient does here, not that nothing else could.",
    "Ingredients work together; two that matter only jointly look idle one at a time.",
    "Buyers' private stocks cannot be switched off, only what news does to them; China's representative stock-builders "
    "of gallium stay as well.",
    "Licences without chance grant every order at the average size; destinations with better chances than the default "
    "keep no advantage, and later changes of practice are left out.",
    "Bands show chance from run to run, not how uncertain the parameters are.",
    "Diversion under the ban lies after June 2024: the model's forecast, with nothing observed to compare it with.",
)


@dataclass(frozen=True)
class Found:
    """Everything the report tells: patterns, their bands by cell, and what is left of each."""

    patterns: Sequence[Pattern]
    summary: pd.DataFrame
    left: pd.DataFrame
    runs: int
    failures: int
    command: str

    def band(self, pattern: Pattern, cell: str, short: bool = False) -> str:
        """Write the median and band of a pattern in a cell."""
        own = self.summary[(self.summary["key"] == pattern.key) & (self.summary["cell"] == cell)]
        if own.empty:
            return "–"
        row = own.iloc[0]
        text = written(row["median"], pattern.unit, short)
        if row["runs"] < 2:
            return text
        return f"{text} ({written(row['low'], pattern.unit, True)} to {written(row['high'], pattern.unit, True)})"

    def cells(self, pattern: Pattern, *verdicts: str) -> list[str]:
        """Return the cells in which a pattern met one of the verdicts, the strongest effect first."""
        own = self.left[(self.left["key"] == pattern.key) & self.left["verdict"].isin(verdicts)]
        return [str(cell) for cell in own.sort_values("median", ascending="stronger" not in verdicts)["cell"]]


def answer(found: Found) -> list[str]:
    """Return one sentence per pattern: what it is made of."""
    return [sentence(found, pattern) for pattern in found.patterns]


def sentence(found: Found, pattern: Pattern) -> str:
    """Return what makes a pattern, in words."""
    observed = ""
    if np.isfinite(pattern.observed):
        observed = f"; observed: {'over ' if pattern.at_least else ''}{written(pattern.observed, pattern.unit)}"
    head = f"{pattern.name} ({found.band(pattern, FULL)} in the full model{observed})"
    own = found.left[found.left["key"] == pattern.key]
    if own.empty:
        return f"{head}: no cell to compare with."
    if own["verdict"].isin(["none", "appears"]).all():
        appears = [f"{cell} ({found.band(pattern, cell)})" for cell in found.cells(pattern, "appears")]
        more = f"; it appears with {_and(appears)}" if appears else ", with or without any single ingredient"
        return f"{head}: the full model shows next to none of it{more}."
    gone = [f"{cell} ({found.band(pattern, cell)})" for cell in found.cells(pattern, "gone")]
    weaker = [f"{cell} ({found.band(pattern, cell)})" for cell in found.cells(pattern, "weaker")]
    stronger = [f"{cell} ({found.band(pattern, cell)})" for cell in found.cells(pattern, "stronger")]
    parts = [f"at least half of it goes with {_and(gone)}" if gone else "no single ingredient makes it"]
    parts += [f"a fifth to a half goes with {_and(weaker)}"] if weaker else []
    parts += [f"it is stronger with {_and(stronger)}"] if stronger else []
    return f"{head}: {'; '.join(parts)}."


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def report(found: Found) -> list[str]:
    """Return the report as lines of Markdown."""
    return [
        "# Which ingredient makes which pattern?",
        "",
        "The record of 2023 and 2024 shows a price jump on the announcement, a surge of exports in July 2023, "
        "none in August "
        "and September, a gap between prices in Rotterdam and China, and little of all this for germanium. Which "
        "ingredient of the model is each of them made of?",
        "",
        *bullets(answer(found)),
        "",
        f"Medians and 10 to 90 % of {found.runs} runs a cell, the same seeds in all cells.",
        *([f"{found.failures} runs failed and are left out; see `tables/failures.parquet`."] if found.failures else []),
        "",
        "## Patterns by cell",
        "",
        *_table(found),
        "",
        "Read across: a row is a pattern, a column the record with one thing changed. Percentages are changes or "
        "shares; "
        "`x` is a ratio; `t` tonnes.",
        "",
        "## What is left of each pattern",
        "",
        "1: as in the full model; 0: as without China's controls (for germanium's mild response: as strong as "
        "gallium's). "
        "Median of the runs, each against the runs with the same seed. A dash: the full model does not show the "
        "pattern.",
        "",
        *_left_table(found),
        "",
        "## How sure",
        "",
        *bullets(_how_sure(found)),
        "",
        "## What the cells are",
        "",
        *bullets([f"*{cell}*: {WHAT[cell]}." for cell in _cells(found)]),
        "",
        "Licences' lumps have two sides, so they are switched off one by one: whether an order is granted (`no "
        "chance in "
        "licences`), and how long the decision takes (`no waiting`).",
        "",
        "## Figures",
        "",
        *figure_lines(CAPTIONS),
        "## What the model leaves out",
        "",
        *bullets(LEFT_OUT),
        "",
        "## How to repeat it",
        "",
        "```sh",
        found.command,
        "```",
        "",
        "Versions, seeds and hashes of scenarios and data are in `manifest.json`; tables in `tables/`.",
        "",
    ]


def _cells(found: Found) -> list[str]:
    return [cell for cell in WHAT if (found.summary["cell"] == cell).any()]


def _table(found: Found) -> list[str]:
    cells = _cells(found)
    rows = []
    for pattern in found.patterns:
        over = "over " if pattern.at_least else ""
        seen = over + written(pattern.observed, pattern.unit, True) if np.isfinite(pattern.observed) else "–"
        rows.append([f"{pattern.what}, {pattern.unit}", seen, *(found.band(pattern, cell, True) for cell in cells)])
    return markdown(["Pattern", "Observed", *cells], rows, right=range(1, len(cells) + 2))


def _left_table(found: Found) -> list[str]:
    cells = [cell for cell in _cells(found) if cell not in (FULL, NO_CONTROLS)]
    rows = []
    for pattern in found.patterns:
        own = found.left[found.left["key"] == pattern.key].set_index("cell")["median"]
        texts = [f"{own[cell]:.1f}".replace("-", "−") if np.isfinite(own.get(cell, np.nan)) else "–" for cell in cells]
        rows.append([pattern.name, *texts])
    return markdown(["Pattern", *cells], rows, right=range(1, len(cells) + 1))


def _how_sure(found: Found) -> list[str]:
    own = found.left[found.left["verdict"].isin(["gone", "weaker", "same", "stronger"])]
    clear = ((own["high"] < 0.5) | (own["low"] >= 0.5)).mean() if len(own) else np.nan
    texts = []
    if np.isfinite(clear):
        texts.append(
            f"In {100 * clear:.0f} % of the pairs of pattern and cell the whole band lies on one side of one "
            "half, so the word "
            "`goes` does not hang on chance."
        )
    for pattern in found.patterns:
        row = found.summary[(found.summary["key"] == pattern.key) & (found.summary["cell"] == FULL)]
        if row.empty or not np.isfinite(pattern.observed):
            continue
        value, low, high = row.iloc[0][["median", "low", "high"]]
        off = abs(value - pattern.observed) > max(0.25 * abs(pattern.observed), 0.02)
        agrees = pattern.at_least and value >= pattern.observed
        if off and not agrees and not low <= pattern.observed <= high:
            texts.append(
                f"{pattern.name}: the full model itself misses the record by more than a quarter "
                f"({written(value, pattern.unit)} against {'over ' if pattern.at_least else ''}"
                f"{written(pattern.observed, pattern.unit)}), so what makes it here may not be all that made it."
            )
    if found.left[found.left["key"] == "diversion"]["verdict"].isin(["none", "appears"]).all():
        texts.append(
            "Next to no Chinese metal reaches the US through others in the full model because the auction needs "
            "no detour: "
            "metal of other origin goes to the US instead, and China's takes its place elsewhere. Random bilateral "
            "meetings do not find that exchange, so metal takes the detour."
        )
    return [
        *texts,
        "The ingredients' strengths were fitted to some of these very patterns; this explains, it does not prove.",
    ]
