"""The report of the main experiment: the answer first, then tables, figures, what is left out, how to repeat it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from experiments.ensemble.results import Results
from experiments.history.plain import plain_answer
from experiments.history.policies import policy_table
from experiments.history.table import band, markdown_table, observed, shown
from experiments.study.answers import counted, listed, quantity
from experiments.study.record import ANNOUNCED
from experiments.study.report import Report
from experiments.study.shown import Shown
from experiments.study.uncertain import bands_hold
from model import Scenario

FIGURES = ("history_prices", "history_exports", "history_shares", "history_cover", "history_map")


def captions(view: Shown) -> dict[str, str]:
    """Return the captions by figure."""
    points = " Points: observed." if len(view.observed_prices) else ""
    texts = (
        f"Prices by place. Lines: median of the runs, bands: 10 to 90 %.{points}",
        f"{view.names[view.exporter]}'s exports by month. Bars: median of the runs, strokes: 10 to 90 %.{points}",
        "Shares of production and of world trade by country, median of the runs.",
        "Weeks of cover and unmet use by country.",
        "Flows between countries before and after the controls.",
    )
    return dict(zip(FIGURES, texts, strict=True))


SOME_KG = 1.0  # smaller shortages in a whole run are none
SPOT = (
    "Prices are spot prices of free metal; what yearly contracts pay follows them a quarter later. Exchange rates are "
    "not modelled."
)
MONTHS = (
    "Prices of a month are those of the weeks whose Monday lies in it; exports of a week in two months are shared by "
    "days."
)
LEFT_OUT = (
    SPOT,
    MONTHS,
    "Customs records mix wrought and unwrought metal and products; the model counts contained metal. Figures of "
    "wrought metal alone (status partial_scope in the data) are held against nothing.",
    "Firms without published figures are representative ones for the rest of a country's capacity or use.",
    "Licence decisions are drawn at random with chances fitted to the record; the office has no motives of its own.",
    "Chips, optics and fibres made from the metal are not modelled, so neither are losses further down the chain.",
    "Stocks held by companies are assumed from published weeks of cover; few are known.",
    "The auction lets metal of other origin go where Chinese metal may not, and Chinese metal take its place, so that "
    "next to none needs a detour, and the US gets little gallium straight from China at any time: of the ban's evasion "
    "the model says little.",
)


def answer(table: pd.DataFrame, scenario: Scenario, runs: int) -> list[str]:
    """Return the sentences that answer the question, each with its numbers; those without numbers are left out."""
    rows = {row["key"]: row for _, row in table.iterrows()}

    def says(key: str) -> str:
        row = rows[key]
        text = shown(row["median"], row["unit"])
        if row["unit"] == "percent_change":
            size = text.lstrip("+−")
            text = f"rose by {size}" if text[0] == "+" else f"fell by {size}" if text[0] == "−" else "did not change"
        inside = [band(row)] if runs > 1 else []
        inside += [f"observed: {observed(row)}"] if np.isfinite(row["observed"]) else []
        return f"{text} ({'; '.join(inside)})" if inside else text

    real = any(p.kind == "export_licence" and str(p.announced) == ANNOUNCED for p in scenario.policies)
    when = "when China announced export licences" if real else "without the announcement of the record in this scenario"
    imports = [f"{metal}_{way}" for metal in ("gallium", "germanium") for way in ("direct", "others", "indirect")]
    sentences = (
        (("jump", "ge_jump"), f"In the week of 3 July 2023, {when}, the price of gallium in Rotterdam {{}}; that of "
         "germanium {}."),
        (("ratio", "ge_rise"), "In December 2023 gallium in Rotterdam cost {} its price inside China; from June to "
         "December the price of germanium in Rotterdam {}."),
        (("gallium_july", "germanium_july"), "China's exports in July 2023 were {} those of June for gallium and {} "
         "for germanium."),
        (("gallium_rush",), "Gallium's June was a trough on record: July was {} of January to May together."),
        (("gallium_stop", "germanium_stop", "april"), "In August and September 2023 China exported {} of gallium and "
         "{} of germanium; in April 2024 its gallium exports stood at {} of the monthly mean of 2022."),
        (imports, "Between 3 December 2024 and 9 November 2025, the time of the ban in the record, the United States "
         "got {} of gallium straight from China and {} from other countries, of which {} had come out of China; of "
         "germanium {}, {} and {}."),
    )  # fmt: skip
    return [text.format(*map(says, keys)) for keys, text in sentences if all(key in rows for key in keys)]


@dataclass(frozen=True)
class Findings:
    """The tables of a report, each by `headline`; those without rows are left out.

    Attributes:
        of_record: whether the world holds the record of 2023 and 2024.
        compared: next to the record.
        forecast: after the last observation.
        plain: by year, of metals without a record.
    """

    of_record: bool
    compared: pd.DataFrame
    forecast: pd.DataFrame
    plain: pd.DataFrame

    def all(self) -> pd.DataFrame:
        """Return all rows."""
        parts = [part for part in (self.compared, self.forecast, self.plain) if len(part)]
        return pd.concat(parts or [self.compared], ignore_index=True)


def report(
    scenario: Scenario,
    view: Shown,
    seeds: Sequence[int],
    found: Findings,
    events: pd.DataFrame,
    scored: Sequence[str] = (),
    first: Sequence[str] = (),
) -> Report:
    """Return the report: the answer first, then tables, figures, what is left out.

    Args:
        scenario: what was run.
        view: what is shown of its world.
        seeds: one for each run.
        found: the tables.
        events: what policies did in all runs.
        scored: the scorecard, as lines of Markdown.
        first: sentences that stand before all others.
    """
    last, runs = view.start + timedelta(weeks=scenario.weeks - 1), len(seeds)
    bracket = "medians of the runs (10 to 90 % of them" if runs > 1 else "those of one run"
    bracket += ("; observed value)" if runs > 1 else " (observed value)") if found.of_record else ")" * (runs > 1)
    return Report(
        title=scenario.title or scenario.name,
        question=f"{_question(view, found)}\nNumbers are {bracket}.",
        answer=[*first, *_answers(scenario, view, found, runs)],
        basis=[
            f"{runs} run{'s' * (runs > 1)}, seeds {seeds[0]} to {seeds[-1]}, weeks of {view.start} to {last}. "
            "Prices net of VAT."
        ],
        how_sure=(),
        body=[*_sections(found, runs), *scored],
        captions=captions(view),
        left_out=(*(LEFT_OUT if found.of_record else (SPOT, MONTHS)), bands_hold(view.world, scenario.drivers)),
        tables="",
        more=["## Policies in this scenario", "", *policy_table(scenario, events, runs)],
        closing="Versions, seeds, the scenario in full and the hash of the data are in `manifest.json`.",
    )


def misses(card: pd.DataFrame, most: int = 4) -> list[str]:
    """Return how many observations the bands of the runs miss, and the worst of them, before anything is claimed."""
    if card.empty:
        return []
    outside = card[~card["inside"]]
    first = f"The bands of the runs miss {len(outside)} of {counted(len(card), 'observation')}"
    if outside.empty:
        return [f"{first}."]
    worst = [f"{row['what']}: {shown(row['median'], row['unit'])}, on record {observed(row)}"
             for _, row in outside.head(most).iterrows()]  # fmt: skip
    return [f"{first}, worst {'; '.join(worst)}. All are in the scorecard, the worst first."]


def shortages(results: Results, view: Shown) -> str:
    """Return in how many runs end users went without metal that they had planned to use, and where most."""
    found = results.dataset("short")["kg"].stack(run=("cell", "draw", "seed"))
    texts = []
    for metal in view.standard:
        own = found.sel(metal=metal)
        runs = own.sum("zone") > SOME_KG
        count, of = int(runs.sum()), own.sizes["run"]
        if count:
            worst = own.max("run")
            kg, zone = float(own.sum("zone").max()), view.names[str(worst.idxmax("zone").item())]
            texts.append(f"of {metal} in {count} of {of} runs, up to {quantity(kg / 1e3, 't')} in all, most in {zone}")
        else:
            texts.append(f"of {metal} in none of {counted(of, 'run')}")
    return f"End users went short {listed(texts)}; all other use given up was given up for its price."


def _question(view: Shown, found: Findings) -> str:
    country, metals = view.names[view.exporter], listed(list(view.standard))
    if found.of_record:
        return f"What happens to prices, exports and supply when {country} licenses, then bans, exports of {metals}?"
    return f"What happens to prices and exports of {metals} when {country} restricts its exports as listed below?"


def _answers(scenario: Scenario, view: Shown, found: Findings, runs: int) -> list[str]:
    def write(row: pd.Series) -> str:
        return shown(row["median"], row["unit"]) + (f" ({band(row)})" if runs > 1 else "")

    sentences = answer(found.all(), scenario, runs) + plain_answer(found.plain, view, scenario.weeks, write)
    if not sentences and found.of_record:
        return ["The run ends before China announced its export licences: there is nothing to compare yet."]
    return sentences


def _sections(found: Findings, runs: int) -> list[str]:
    lines = []
    own = pd.concat([found.compared, found.forecast]) if len(found.forecast) else found.compared
    if not found.of_record and len(own):
        note = "Another scenario than the record: nothing that was observed says how good these numbers are."
        lines = ["## Numbers of this scenario", "", note, "", *markdown_table(own, False, runs), ""]
    if found.of_record:
        lines = [
            "## Model and record, to June 2024",
            "",
            *(markdown_table(found.compared, True, runs) or ["No row of the record lies in these weeks."]),
            "",
            "## Forecast, after June 2024",
            "",
            "No price, flow or output of after 30 June 2024 went into the model; dated policies and announced plants "
            "did.",
            "",
            *(markdown_table(found.forecast, False, runs) or ["The run ends before these weeks."]),
            "",
        ]
    return [*lines, *(["## By year", "", *markdown_table(found.plain, False, runs)] if len(found.plain) else [])]
