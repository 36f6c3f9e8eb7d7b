"""Both market rules: a study's headline under bargaining beside that under the auction, and whether they agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from experiments.ensemble.design import Cell, vary
from experiments.ensemble.results import Results
from experiments.study.answers import Band, counted, markdown, percent
from experiments.study.report import Report
from experiments.study.study import Place, Study
from model import Scenario

RULE = "bargaining"  # the other rule, and the folder of its runs inside the study's
ALIKE = 0.05  # of the larger: medians that differ by less do not disagree
TOLD = 4  # disagreements in the first line; the others are in the table
MOST_RUNS = 20  # of a cell under the other rule: enough to see whether the two disagree


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


def with_both_rules(report: Report, headlines: Sequence[Headline]) -> Report:
    """Return a report that also gives its headline under bargaining; where the rules disagree it says so first."""
    known = [headline for headline in headlines if headline.known]
    if not known:
        return report
    apart = [headline for headline in known if not headline.agree]
    body = [*report.body, "", *_section(known, len(apart))]
    return replace(report, answer=[*_disagreement(apart, len(known)), *report.answer], body=body)


def _disagreement(apart: Sequence[Headline], count: int) -> list[str]:
    if not apart:
        return []
    parts = [
        f"{one.what}: {one.auction.text(one.unit)} by the auction, {one.bargaining.text(one.unit)} by bargaining"
        for one in apart[:TOLD]
    ]
    more = f"; {len(apart) - TOLD} more in the table below" if len(apart) > TOLD else ""
    return [
        f"The two market rules disagree on {len(apart)} of {counted(count, 'number')}: {'; '.join(parts)}{more}. What "
        "follows is the auction's; where the rules disagree neither may be relied on alone."
    ]


def _section(known: Sequence[Headline], apart: int) -> list[str]:
    rows = [
        [one.what[:1].upper() + one.what[1:], one.auction.text(one.unit), one.bargaining.text(one.unit),
         "agree" if one.agree else "disagree"]
        for one in known
    ]  # fmt: skip
    runs = min(one.bargaining.runs for one in known)
    said = f"They disagree on {apart} of {counted(len(known), 'number')}" if apart else "They agree on all numbers here"
    return [
        "## Under both market rules",
        "",
        "The auction finds every gain from trade in a week; in bargaining, buyers and sellers meet at random in pairs "
        f"and find some of them. Nothing else differs. Bargaining: {counted(runs, 'run')}. {said}; the rules agree "
        f"where one's median lies in the other's band or the medians differ by less than {percent(ALIKE)}.",
        "",
        *markdown(("", "Auction", "Bargaining", ""), rows, right=(1, 2)),
        "",
        "Real trade in these metals is bilateral, under contracts as well as on the spot; which rule is nearer to it "
        "is not known.",
    ]
