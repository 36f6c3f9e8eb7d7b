"""Both market rules: a study's headline under bargaining beside that under the auction, and whether they agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from experiments.ensemble.design import Cell, vary
from experiments.ensemble.results import Results
from experiments.study.answers import Band
from experiments.study.report import Report
from experiments.study.study import Place, Study
from model import Scenario

RULE = "bargaining"  # the other rule, and the folder of its runs inside the study's
ALIKE = 0.05  # of the larger: medians that differ by less do not disagree
MOST_RUNS = 20  # of a cell under the other rule: enough to see whether the two disagree
# Numbers under one rule: in words, to the unit and the values of the runs (or their band).
Asked = Mapping[str, tuple[str, ArrayLike | Band]]


@dataclass(frozen=True)
class Headline:
    """One number of a study under both rules: in words, its unit, and the two bands."""

    what: str
    unit: str
    auction: Band
    bargaining: Band

    @property
    def known(self) -> bool:
        """Whether runs of both rules have a value."""
        return bool(self.auction.runs and self.bargaining.runs)

    @property
    def agree(self) -> bool:
        """Whether one of the bands holds the other's median, or both medians are all but alike."""
        one, other = self.auction, self.bargaining
        held = one.low <= other.median <= one.high or other.low <= one.median <= other.high
        return held or abs(one.median - other.median) <= ALIKE * max(abs(one.median), abs(other.median))


def bargained(study: Study, place: Place, cells: Collection[str]) -> Results:
    """Run some cells of a study under bargaining, in a folder inside the study's.

    Draws come first: what parameters leave open is more than what chance does.
    """
    draws = study.draws[:MOST_RUNS]
    seeds = study.seeds[: max(MOST_RUNS // len(draws), 1)]
    chosen = [replace(cell, scenario=_under(cell)) for cell in study.cells if cell.name in cells]
    other = replace(study, cells=chosen, draws=draws, seeds=seeds, records=(), label=f"{study.label}, {RULE}")
    return other.run(replace(place, out=place.out / RULE))


def _under(cell: Cell) -> Scenario | Mapping[str, object]:
    """Return a cell's scenario with bargaining as its rule."""
    if isinstance(cell.scenario, Scenario):
        return cell.scenario.model_copy(update={"mechanism": RULE})
    return vary(cell.scenario, {"mechanism": RULE})


def with_both_rules(report: Report, auction: Asked, bargaining: Asked) -> Report:
    """Return a report that also gives its headline under bargaining; where the rules disagree it says so first."""
    from experiments.study.prose import parts_of  # slow to load, and nobody waits for words before the numbers

    both = [Headline(what, unit, *(_band(values) for _, values in (auction[what], bargaining[what])))
            for what, (unit, _) in auction.items() if what in bargaining]  # fmt: skip
    known = [headline for headline in both if headline.known]
    if not known:
        return report
    said = parts_of("study/rules.md.j2", known=known, apart=[one for one in known if not one.agree], alike=ALIKE)
    return replace(report, answer=[*said["answer"], *report.answer], body=[*report.body, "", *said["body"]])


def _band(values: ArrayLike | Band) -> Band:
    return values if isinstance(values, Band) else Band.of(np.ravel(values))
