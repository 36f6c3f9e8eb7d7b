"""Report of the mechanism experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.mechanism.cells import FULL, INGREDIENTS, NO_CONTROLS, WHAT
from experiments.mechanism.figures import CAPTIONS
from experiments.mechanism.patterns import SYMBOLS, Pattern, written
from experiments.study.answers import Band, bullets, counted, listed, markdown
from experiments.study.report import Report
from experiments.study.rules import RULE, Headline

SAME, QUARTER = "reproduced", 0.25
LEFT_OUT = (
    "An ingredient is switched off while all others keep the values fitted with it: a model fitted anew without "
    "it might "
    "make up for part of the loss. What is shown is what the ingredient does here, not that nothing else could.",
    "Ingredients work together; two that matter only jointly look idle one at a time.",
    "Buyers' private stocks cannot be switched off, only what news does to them; China's representative stock-builders "
    "of gallium stay as well.",
    "Licences without chance grant every order at the average size; destinations with better chances than the default "
    "keep no advantage, and later changes of practice are left out.",
    "Diversion under the ban lies after June 2024: the model's forecast, with nothing observed to compare it with.",
)


@dataclass(frozen=True)
class Found:
    """Everything the report tells: patterns, bands by cell, what is left of each; seeds; what bands hold, in words."""

    patterns: Sequence[Pattern]
    summary: pd.DataFrame
    left: pd.DataFrame
    seeds: int
    bands: str

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

    def verdict(self, pattern: Pattern) -> str:
        """Return whether the full model reproduces what was observed; nothing where there is nothing to compare.

        It does where the band holds the observed value, or where what controls add is within a quarter of what they
        added on record; a lower bound is met from above.
        """
        own = self.summary[self.summary["key"] == pattern.key].set_index("cell")
        if FULL not in own.index or not np.isfinite(pattern.observed):
            return ""
        value, low, high = own.loc[FULL, ["median", "low", "high"]].astype(float)
        absent = pattern.absent if np.isfinite(pattern.absent) else float(own["median"].get(NO_CONTROLS, np.nan))
        share = (value - absent) / (pattern.observed - absent) if pattern.observed != absent else np.nan
        if low <= pattern.observed <= high or (pattern.at_least and share >= 1.0) or abs(share - 1.0) <= QUARTER:
            return SAME
        return "too weak" if share < 1.0 else "too strong"

    def against(self, pattern: Pattern) -> str:
        """Write the pattern with the model's value against the record's."""
        seen = ("over " if pattern.at_least else "") + written(pattern.observed, pattern.unit)
        return f"{pattern.name} ({self.band(pattern, FULL)} against {seen})"

    def cells(self, pattern: Pattern, *verdicts: str) -> list[str]:
        """Return the cells in which a pattern met one of the verdicts, the strongest effect first."""
        own = self.left[(self.left["key"] == pattern.key) & self.left["verdict"].isin(verdicts)]
        return [str(cell) for cell in own.sort_values("median", ascending="stronger" not in verdicts)["cell"]]


def answer(found: Found) -> list[str]:
    """Return which observed patterns the full model reproduces and misses, then one sentence per pattern."""
    verdict = {pattern.key: found.verdict(pattern) for pattern in found.patterns}
    seen = [pattern for pattern in found.patterns if verdict[pattern.key]]
    same = [pattern.name for pattern in seen if verdict[pattern.key] == SAME]
    missed = [f"{found.against(pattern)}, {verdict[pattern.key]}" for pattern in seen if verdict[pattern.key] != SAME]
    first = f"Of {len(seen)} observed patterns the full model reproduces {len(same)}"
    first += f" ({listed(same)})" if same else ""
    first += f"; it misses {listed(missed, '; ')}." if missed else "."
    return [first, _makers(found, same), *(sentence(found, pattern) for pattern in found.patterns)]


def _makers(found: Found, same: Sequence[str]) -> str:
    """Say without which ingredients half of a reproduced pattern goes; one that is missed proves nothing."""
    keys = [pattern.key for pattern in found.patterns if pattern.name in same]
    judged = found.left["verdict"].isin(["gone", "weaker", "same", "stronger"])
    shown = found.left[judged & found.left["key"].isin(keys)]
    makers = shown[shown["verdict"] == "gone"].groupby("cell")["key"].nunique().sort_values(ascending=False)
    parts = [f"{INGREDIENTS[str(cell)]} ({counted(count, 'pattern')})" for cell, count in makers.items()]
    idle = [INGREDIENTS[str(cell)] for cell, rows in shown.groupby("cell") if (rows["verdict"] == "same").all()]
    made = f"goes without {listed(parts)}" if parts else "goes without no single ingredient"
    return f"At least half of a reproduced pattern {made}" + (
        f"; none of these changes much without {listed(idle)}." if idle else "."
    )


def sentence(found: Found, pattern: Pattern) -> str:
    """Return what makes a pattern, in words."""
    seen = ""
    if np.isfinite(pattern.observed):
        seen = f", observed {'over ' if pattern.at_least else ''}{written(pattern.observed, pattern.unit)}"
    verdict = found.verdict(pattern)
    missed = f": missed, {verdict}; what follows explains {found.band(pattern, FULL)}, not the record"
    seen += missed if verdict not in (SAME, "") else ""
    head = f"{pattern.name} ({pattern.what}): {found.band(pattern, FULL)} in the full model{seen}."
    own = found.left[found.left["key"] == pattern.key]
    if own.empty:
        return f"{head} No run to compare with."
    if own["verdict"].isin(["none", "appears"]).all():
        appears = _without(found, pattern, "appears")
        return f"{head} The full model shows next to none of it{f'; it appears without {appears}' if appears else ''}."
    gone, weaker, stronger = (_without(found, pattern, verdict) for verdict in ("gone", "weaker", "stronger"))
    parts = [f"at least half of it goes without {gone}" if gone else "none of the ingredients tried makes it alone"]
    parts += [f"a fifth to a half goes without {weaker}"] if weaker else []
    parts += [f"it is stronger without {stronger}"] if stronger else []
    text = "; ".join(parts)
    return f"{head} {text[:1].upper()}{text[1:]}."


def _without(found: Found, pattern: Pattern, verdict: str) -> str:
    """Return the ingredients whose absence has a verdict, each with the median that is seen without it."""
    own = found.summary[found.summary["key"] == pattern.key].set_index("cell")["median"]
    cells = found.cells(pattern, verdict)
    return listed([f"{INGREDIENTS[cell]} (then {written(own[cell], pattern.unit)})" for cell in cells])


def report(found: Found) -> Report:
    """Return the report."""
    return Report(
        title="Which ingredient makes which pattern?",
        question="The record of 2023 and 2024 shows a price jump on the announcement of China's licences, a surge of "
        "exports in July 2023, none in August and September, a gap between prices in Rotterdam and China, and little "
        "of all this for germanium. Which ingredient of the model is each of them made of?",
        answer=answer(found),
        basis=[
            f"Medians, in brackets 10 to 90 %, of {found.seeds} run{'s' * (found.seeds > 1)} of each variant, with "
            "the same seeds and parameters in all of them. Each variant is the record with one ingredient of "
            "the model switched off.",
        ],
        how_sure=_how_sure(found),
        body=_body(found),
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`summary`: bands; `left`: what is left of each pattern; `numbers` and `weekly`: run by run; `runs`",
    )


def headlines(found: Found) -> list[Headline]:
    """Return the patterns of the full model under both market rules, where both were run."""
    rows = found.summary.set_index(["key", "cell"])[["median", "low", "high", "runs"]]
    return [
        Headline(
            f"pattern “{pattern.name}”", pattern.unit, *(Band(*rows.loc[pattern.key, cell]) for cell in (FULL, RULE))
        )
        for pattern in found.patterns
        if all((pattern.key, cell) in rows.index for cell in (FULL, RULE))
    ]


def _body(found: Found) -> list[str]:
    return [
        "## Patterns by ingredient switched off",
        "",
        *_table(found),
        "",
        "Read across: a row is a pattern, a column the record with one thing changed. Percentages are changes or "
        "shares; `x` is a ratio; `t` tonnes.",
        "",
        "## What is left of each pattern",
        "",
        "1: as in the full model; 0: as without China's controls (for germanium's mild response: as strong as "
        "gallium's). Median of the runs, each against the run with the same seed and parameters. A dash: the full "
        "model does not show the pattern.",
        "",
        *_left_table(found),
        "",
        "## What the columns are",
        "",
        *bullets([f"*{cell}*: {WHAT[cell]}." for cell in _cells(found)]),
        "",
        "Licences make exports lumpy in two ways, which are switched off one by one: whether an order is granted "
        "(`no chance in licences`), and how long the decision takes (`no waiting`).",
    ]


def _cells(found: Found) -> list[str]:
    return [cell for cell in WHAT if (found.summary["cell"] == cell).any()]


def _table(found: Found) -> list[str]:
    cells = _cells(found)
    rows = []
    for pattern in found.patterns:
        over = "over " if pattern.at_least else ""
        seen = over + written(pattern.observed, pattern.unit, True) if np.isfinite(pattern.observed) else "–"
        rows.append(
            [f"{pattern.what}, {SYMBOLS[pattern.unit]}", seen, *(found.band(pattern, cell, True) for cell in cells)]
        )
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
    if found.seeds > 1 and np.isfinite(clear):
        texts.append(
            f"In {100 * clear:.0f} % of the pairs of pattern and ingredient the whole band of what is left lies on one "
            "side of one half; elsewhere it is open whether “at least half of it goes”."
        )
    diverted = found.left[found.left["key"] == "diversion"].set_index("cell")["verdict"]
    if diverted.get("bargaining") == "appears" and diverted.isin(["none", "appears"]).all():
        texts.append(
            "Next to no Chinese metal reaches the US through others in the full model because the auction needs "
            "no detour: metal of other origin goes to the US instead, and China's takes its place elsewhere. Random "
            "bilateral meetings do not find that exchange, so metal takes the detour."
        )
    return [
        found.bands,
        *texts,
        "The ingredients' strengths were fitted to some of these very patterns; this explains, it does not prove.",
    ]
