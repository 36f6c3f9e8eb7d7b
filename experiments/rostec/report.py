"""The report of the Rostec experiment: the answer first, then the claims, the figures, how sure, what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import xarray as xr

from experiments.ensemble.design import Cell
from experiments.rostec.cells import STORY, STRESS, TODAY, cell, extra, through, through_share, undone
from experiments.rostec.figures import CAPTIONS
from experiments.rostec.verdict import EXTENSION, FEWEST_RUNS, GIVEN, OPEN, REFUTED, RUNS, SUPPORTED, Finding, says
from experiments.study.answers import listed, markdown
from experiments.study.bands import band
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.uncertain import bands_hold
from model.world import World

LEFT_OUT = (
    "Rostec's high-purity refining does not grow with its output of standard metal, although such a project is "
    "reported.",
    "Rostec's cost is assumed; it decides what Rostec earns, hardly what others pay.",
    "An increase needs concentrate, ash or scrap; the model does not ask where it comes from. 40 t/yr, twice the "
    "nameplate, in half a year is a stress test, not a plan.",
    "A plant goes on making metal that it cannot sell, and stores it; with closed exports a real one would stop.",
    "Chinese exporters can ship abroad in a week only so much more than they used to; others are not bound so.",
    "Russian buyers come first by a rule of the model. Politics between Russia and China is not modelled.",
    "The US ban of December 2024, China's state purchases and new plants elsewhere are left out, so that cells "
    "differ by the three factors alone.",
    "What is measured lies in 2024 and says little about later years: metal from Rostec adds up, so that it undoes "
    "more of the licences' rise the longer they last; under a total ban users live on their stocks first, and the "
    "price multiplies when these are gone, which metal from Rostec only puts off.",
    "The demand that lifted gallium inside China in 2024 is not modelled; the model is a quarter to a third too low "
    "there.",
    "Prices are spot prices of free metal; what yearly contracts pay follows them a quarter later.",
)


def answer(findings: Sequence[Finding], numbers: xr.Dataset) -> list[str]:
    """Return the sentences that answer the question, with numbers and bands."""
    verdict = {finding.key: finding.verdict for finding in findings}
    small = {
        SUPPORTED: "Rostec does not undermine China's licences",
        REFUTED: "Rostec undermines China's licences",
    }
    start = small.get(verdict["undermine"], "Whether Rostec undermines China's licences cannot be said")
    named = {SUPPORTED: "supported", REFUTED: "not supported", OPEN: "open"}
    tried, given = ([f.verdict for f in findings if f.rests_on == basis] for basis in (RUNS, GIVEN))
    counts = listed([f"{tried.count(which)} {words}" for which, words in named.items()])
    abroad, inside = numbers["germanium_price_DEU"], numbers["germanium_price_CHN"]
    of_rise, of_ban = (says(undone(abroad, STORY, restriction), "share") for restriction in ("licences", "ban"))
    of_stress = says(undone(abroad, STRESS), "share")
    rises, at_home = (band(through_share(price)).moved("change") for price in (abroad, inside))
    more, through_licences = extra(numbers), through(numbers, STORY)
    bought, used = (cell(numbers[f"russia_hp_{key}"], STORY) for key in ("imports", "use"))
    return [
        f"These runs can try {len(tried)} of the story's {len(tried) + len(given)} claims: {counts}. The other "
        f"{len(given)} rest on the record or on what is put into the model.",
        f"{start} in 2024: with them the price of germanium in Rotterdam {rises}; more output at Rostec, {STORY} "
        f"instead of {TODAY} t/yr, undoes {of_rise} of that rise. Of the rise under a total ban it would undo {of_ban} "
        f"in that year, while users still live on their stocks; a stress test of {STRESS} t/yr, twice the nameplate, "
        f"undoes {of_stress} under licences.",
        f"With the increase Rostec makes {says(more['rostec_output'], 't_per_yr')} more. Use in Russia changes "
        f"by {says(more['russia_use'], 't_per_yr_change')}, Russian exports by "
        f"{says(more['russia_exports'], 't_per_yr_change')}, and China's share of world trade in germanium by "
        f"{says(more['china_trade_share'], 'points')}.",
        "The increase is standard metal. Of high-purity germanium Russia still buys "
        f"{says(bought, 'kg_per_yr')} from China under licences, of {says(used, 'kg_per_yr')} that it uses.",
        f"Under China's licences the price of germanium inside China {at_home}. Over 18 months Rostec's profit changes "
        f"by {says(through_licences['rostec_margin'], 'musd')} through them, that of China's germanium exporters "
        f"by {says(through_licences['china_margin'], 'musd')}; Rostec's increase changes the Chinese exporters' "
        f"profit by {says(more['china_margin'], 'musd')}.",
    ]


def headlines(numbers: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return what licences do to germanium and what Rostec's increase adds or undoes, under both market rules."""
    asked: tuple[tuple[str, str, Callable[[xr.Dataset], xr.DataArray]], ...] = (
        ("rise of germanium in Rotterdam through licences", "change",
         lambda found: through_share(found["germanium_price_DEU"])),
        (f"part of that rise that Rostec at {STORY} t/yr undoes", "share",
         lambda found: undone(found["germanium_price_DEU"], STORY)),
        (f"change of Russian exports with Rostec at {STORY} t/yr", "t_per_yr_change",
         lambda found: extra(found["russia_exports"])),
        (f"change of China's share of trade with Rostec at {STORY} t/yr", "points",
         lambda found: extra(found["china_trade_share"])),
        ("high-purity germanium that Russia buys from China under licences", "kg_per_yr",
         lambda found: cell(found["russia_hp_imports"], STORY)),
    )  # fmt: skip
    return [Headline(what, unit, band(of(numbers)), band(of(rivals))) for what, unit, of in asked]


def report(
    findings: Sequence[Finding], numbers: xr.Dataset, design: Sequence[Cell], lift_sanctions: bool, world: World
) -> Report:
    """Return the report.

    Args:
        findings: the claims and their verdicts.
        numbers: what was measured, by factor and run.
        design: the scenarios it comes from.
        lift_sanctions: whether open exports may go to the countries that sanction Rostec.
        world: whether its parameters are drawn from a posterior.
    """
    runs = numbers.sizes["run"]
    return Report(
        title="Rostec's germanium and China's restriction",
        question="Which of the story's claims about Rostec's germanium hold: does it serve Russia first, can it "
        "export, does it dent China's share or its restriction, does Russia still need China?",
        answer=answer(findings, numbers),
        basis=_basis(runs),
        how_sure=(
            f"{bands_hold(world)} How well the model follows the record is in the report of `experiments.history`.",
            "The parameters were fitted to prices and exports up to June 2024; Russian figures are few, and most of "
            "them assumed. Differences between cells are surer than levels.",
            f"A verdict needs at least {FEWEST_RUNS} runs per cell and the whole band on one side of a bound, "
            "listed below; otherwise it is “cannot say”.",
        ),
        body=[*_claims(findings), *_tried(design, runs, lift_sanctions)],
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`effects`: every quantity in every cell; `numbers`: run by run; `claims`; `flows`; `places`; `runs`",
    )


def _basis(runs: int) -> list[str]:
    many = (
        f"Numbers are the median of {runs} runs per cell (in brackets: 10 to 90 % of them; no bracket where these "
        "agree to the digits shown)."
    )
    return [
        many if runs > 1 else "Numbers come from one run per cell: there are no bands.",
        "Prices, flows and rates are means over 2024 unless a date is given. Differences compare runs with the same "
        "seed and parameters. A cell is one combination of what was varied; where none is named, it is China's "
        "licences with open Russian exports, the one nearest to what happened.",
    ]


def _claims(findings: Sequence[Finding]) -> list[str]:
    notes = {RUNS: "", GIVEN: " (not by the runs)", EXTENSION: ""}
    rows = [(f.story, f.record, f.model, f"**{f.verdict}**{notes[f.rests_on]}") for f in findings]
    return [
        "## The claims, one by one", "",
        *markdown(("Claim of the story", "Record", "Model", "Verdict"), rows), "",
        "What each verdict hangs on:", "",
        *markdown(("Claim", "Bound"), [(f.story, f.test) for f in findings]), "",
    ]  # fmt: skip


def _tried(design: Sequence[Cell], runs: int, lift_sanctions: bool) -> list[str]:
    places = "every country" if lift_sanctions else "every country that does not sanction Rostec"
    scenarios = [dict(one.scenario) for one in design]
    policies = [policy for scenario in scenarios for policy in scenario["policies"]]
    licences = next(policy for policy in policies if policy["kind"] == "export_licence")
    increase = next(policy for policy in policies if policy["kind"] == "capacity_support")
    outputs = sorted({int(one.levels["output_t"]) for one in design})
    return [
        "## What was tried", "",
        f"Three factors, every combination ({len(design)} cells), {runs} seeds each, "
        f"{scenarios[0]['weeks']} weeks from {_day(scenarios[0]['start'])}. All act from July 2023; before that, "
        "the cells are the same.", "",
        f"- China's restriction: none; licences as on record (announced {_day(licences['announced'])}, in force "
        f"{_day(licences['effective'])}); a total ban on exports of both metals, on the same dates.",
        f"- Rostec's output of standard germanium: {listed([str(t) for t in outputs])} t/yr, of which {TODAY} is that "
        f"of mid-2023 and {STORY} the nameplate; the increase starts with Rostec's statement of "
        f"{_day(increase['announced'])} and takes {increase['ramp_weeks']} weeks; beyond {STORY} t/yr new capacity is "
        "built.",
        f"- Russian germanium exports: closed (none may leave) or open (to {places}).", "",
    ]  # fmt: skip


def _day(day: object) -> str:
    return f"{pd.Timestamp(str(day)):%-d %B %Y}"
