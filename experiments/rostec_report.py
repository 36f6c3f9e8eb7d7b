"""The report of the Rostec experiment: the answer first, then the claims, the figures, how sure, what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.answers import Band, bullets, figure_lines, markdown
from experiments.rostec_cells import OPEN, REFUTED, STORY, SUPPORTED, TODAY, Cells, Finding, says
from experiments.rostec_figures import CAPTIONS

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
    "Prices are spot prices of free metal; contracts of a year or more are not modelled.",
)


@dataclass(frozen=True)
class Setting:
    """What was run.

    Attributes:
        cells: the measured numbers.
        weeks: weeks of each run.
        lift_sanctions: whether open exports may go to the countries that sanction Rostec.
        failures: runs that failed.
        command: the command that repeats it.
    """

    cells: Cells
    weeks: int
    lift_sanctions: bool
    failures: int
    command: str


def answer(findings: Sequence[Finding], cells: Cells) -> list[str]:
    """Return the sentences that answer the question, with numbers and bands."""
    verdict = {finding.key: finding.verdict for finding in findings}
    undone = cells.taken_back("germanium_price_DEU")
    small = {
        SUPPORTED: "Rostec does not undermine China's licences",
        REFUTED: "Rostec undermines China's licences",
    }
    start = small.get(verdict["undermine"], "Whether Rostec undermines China's licences cannot be said")
    named = {OPEN: "cannot be decided", SUPPORTED: "supported", REFUTED: "not supported"}
    counts = [f"{sum(v == which for v in verdict.values())} are {named[which]}" for which in (SUPPORTED, REFUTED)]
    rises = Band.of(cells.through_share("germanium_price_DEU")).moved("change")
    at_home = Band.of(cells.through_share("germanium_price_CHN")).moved("change")
    return [
        f"{start}: with them germanium in Rotterdam {rises} over a world without restriction; Rostec's step from "
        f"{TODAY} to {STORY} t/yr undoes {says(undone, 'share')} of that rise. Of the rise under a total ban it would "
        f"undo {says(cells.taken_back('germanium_price_DEU', restriction='ban'), 'share')}.",
        f"The step adds {says(cells.extra('russia_exports'), 't_per_yr_change')} of Russian exports and changes "
        f"China's share of germanium trade by {says(cells.extra('china_trade_share'), 'points')}; of the "
        f"{says(cells.extra('rostec_output'), 't_per_yr_change')} more that Rostec makes users in Russia need next to "
        f"nothing: their use changes by {says(cells.extra('russia_use'), 't_per_yr_change')}.",
        "Rostec's increase is standard metal: of high-purity germanium Russia still buys "
        f"{says(cells.of('russia_hp_imports', STORY), 'kg_per_yr')} from China under licences, of "
        f"{says(cells.of('russia_hp_use', STORY), 'kg_per_yr')} it uses.",
        f"Under China's licences the price of germanium inside China {at_home}; Rostec's profit changes by "
        f"{says(cells.through('rostec_margin', STORY), 'musd')} in 18 months through them, that of China's germanium "
        f"exporters by {says(cells.through('china_margin', STORY), 'musd')}. Rostec's increase changes the Chinese "
        f"exporters' profit by {says(cells.extra('china_margin'), 'musd')}.",
        f"Of the {len(verdict)} claims {counts[0]}, {counts[1]}, and {sum(v == OPEN for v in verdict.values())} "
        f"{named[OPEN]} by these runs.",
    ]


def text(findings: Sequence[Finding], setting: Setting) -> str:
    """Return report.md."""
    runs = len(setting.cells.seeds)
    places = "every country" if setting.lift_sanctions else "every country that does not sanction Rostec"
    heads = ("Claim of the story", "Record", "Model", "Verdict")
    rows = [(f.story, f.record, f.model, f"**{f.verdict}**") for f in findings]
    lines = [
        "# Rostec's germanium and China's restriction",
        "",
        "Which of the story's claims about Rostec's germanium hold: does it serve Russia first, can it export, does "
        "it dent China's share or its restriction, does Russia still need China?",
        "",
        *bullets(answer(findings, setting.cells)),
        "",
        f"Numbers are the median of {runs} runs per cell (in brackets: 10 to 90 % of them; no bracket where "
        "these agree to the digits shown)." if runs > 1 else
        "Numbers come from one run per cell: there are no bands.",
        "Prices, flows and rates are means over 2024 unless a date is given. Differences compare runs with the same "
        "seed.",
        "",
        "## The claims, one by one",
        "",
        *markdown(heads, rows),
        "",
        "Where a row does not name the cell, it is licences with open exports, the one nearest to what happened. A "
        "verdict needs the whole band on one side of a bound, otherwise it is “cannot say”:",
        "",
        *markdown(("Claim", "Bound"), [(f.story, f.test) for f in findings]),
        "",
        "## What was tried",
        "",
        f"Three factors, every combination (24 cells), {runs} seeds each, weeks of 2 January 2023 and "
        f"{setting.weeks - 1} more. All act from July 2023; before that, the cells are the same.",
        "",
        "- China's restriction: none; licences as on record (announced 3 July, in force 1 August 2023); a total ban "
        "on exports of both metals, on the same dates.",
        f"- Rostec's output of standard germanium: {TODAY} t/yr (mid-2023), 13, {STORY} (nameplate), 40; the "
        "increase starts with Rostec's statement of 5 July 2023 and takes 26 weeks; beyond 20 t/yr new capacity is "
        "built.",
        f"- Russian germanium exports: closed (none may leave) or open (to {places}).",
        "",
        "## Figures",
        "",
        *figure_lines(CAPTIONS),
        "## How sure",
        "",
        "Bands show chance from run to run (licence decisions, orders, expectations), not how uncertain the model's "
        "parameters are. How well the model follows the record is in the report of `experiments.history`. The "
        "parameters were fitted to prices and exports up to June 2024; Russian figures are few, and most of them "
        "assumed. Differences between cells are surer than levels.",
        *([f"{setting.failures} runs failed and their seeds are left out."] if setting.failures else []),
        "",
        "## What the model leaves out",
        "",
        *bullets(LEFT_OUT),
        "",
        "## How to repeat it",
        "",
        "```sh",
        setting.command,
        "```",
        "",
        "Tables are in `tables/` (`effects`: every quantity in every cell; `numbers`: run by run; `claims`; "
        "`flows`; `places`; `runs`); versions and hashes in `manifest.json`.",
        "",
    ]  # fmt: skip
    return "\n".join(lines)
