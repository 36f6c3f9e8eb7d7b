"""The headline table (what the model says, what was observed, the difference) and the report around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.answers import listed
from experiments.history_rows import ANNOUNCED, Row
from experiments.runs import Series
from model import Scenario
from model.events import Action
from model.policy import Policy
from model.world import load_world


def headline(rows: Sequence[Row], runs: Sequence[Series]) -> pd.DataFrame:
    """Read the rows from all runs; rows whose weeks no run holds are left out.

    Returns:
        Columns key, what, unit, median, low, high (10 and 90 % of runs), observed, source, at_least.
    """
    found = []
    for row in rows:
        values = np.array([row.read(series) for series in runs])
        values = values[np.isfinite(values)]
        if len(values):
            low, median, high = np.quantile(values, [0.1, 0.5, 0.9])
            observed = np.nan if row.observed is None else row.observed
            found.append((row.key, row.what, row.unit, median, low, high, observed, row.source, row.at_least))
    names = ["key", "what", "unit", "median", "low", "high", "observed", "source", "at_least"]
    return pd.DataFrame(found, columns=names)


def shown(value: float, unit: str) -> str:
    """Write a value with its unit, as precise as it deserves."""
    if not np.isfinite(value):
        return "–"
    if unit == "%":
        return _signed(100 * value, "%")
    if unit == "share":
        return f"{100 * value:.0f} %"
    if unit == "x":
        return f"{value:.1f} times"
    if unit == "t":
        return "0 t" if value == 0 else f"{value:.1g} t" if abs(value) < 0.1 else f"{value:.1f} t"
    return f"{value:,.0f} USD/kg"


def _signed(value: float, unit: str, digits: int = 0) -> str:
    rounded = round(value, digits) + 0.0  # no minus zero
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{digits}f} {unit}"


def band(row: pd.Series) -> str:
    """Write the 10-90 % band of a row."""
    low, high = shown(row["low"], row["unit"]), shown(row["high"], row["unit"])
    unit = high.split(" ", 1)[1]
    return f"{low.removesuffix(' ' + unit)} to {high}"


def error(row: pd.Series) -> str:
    """Write how far the median is from the observed value, and whether the band holds it."""
    if not np.isfinite(row["observed"]):
        return ""
    gap = row["median"] - row["observed"]
    if row["at_least"]:
        return "agrees" if gap >= 0 else "too low"
    inside = ", in band" if row["low"] <= row["observed"] <= row["high"] else ""
    if row["unit"] in ("%", "share"):
        return _signed(100 * gap, "points") + inside
    if row["unit"] == "t":
        return "none" if abs(gap) < 0.01 else f"{_signed(gap, 't', 1)}{inside}"
    return _signed(100 * gap / row["observed"], "%") + inside


def observed(row: pd.Series) -> str:
    """Write the observed value."""
    return ("over " if row["at_least"] else "") + shown(row["observed"], row["unit"])


# ---- the report ------------------------------------------------------------------------------------------------------

LEFT_OUT = (
    "Prices are spot prices of free metal; contracts agreed for a year or more, and exchange rates, are not modelled.",
    "A month is made of the weeks whose Monday lies in it, so that months hold four or five weeks.",
    "Customs records mix wrought and unwrought metal and products; the model counts contained metal.",
    "Firms without published figures are representative ones for the rest of a country's capacity or use.",
    "Licence decisions are drawn at random with chances fitted to the record; the office has no motives of its own.",
    "Chips, optics and fibres made from the metal are not modelled, so neither are losses further down the chain.",
    "Stocks held by companies are assumed from published weeks of cover; few are known.",
    "The auction lets metal of other origin go where Chinese metal may not, and Chinese metal take its place, so that "
    "next to none needs a detour, and the US gets little gallium straight from China at any time: of the ban's evasion "
    "the model says little.",
    "Bands show chance from run to run (orders, licence decisions), not how uncertain the parameters are.",
)


def answer(table: pd.DataFrame, scenario: Scenario, runs: int) -> list[str]:
    """Return the sentences that answer the question, each with its numbers; those without numbers are left out."""
    rows = {row["key"]: row for _, row in table.iterrows()}

    def says(key: str) -> str:
        row = rows[key]
        text = shown(row["median"], row["unit"])
        if row["unit"] == "%":
            size = text.lstrip("+−")
            text = f"rose by {size}" if text[0] == "+" else f"fell by {size}" if text[0] == "−" else "did not change"
        inside = [band(row)] if runs > 1 else []
        inside += [f"observed: {observed(row)}"] if np.isfinite(row["observed"]) else []
        return f"{text} ({'; '.join(inside)})" if inside else text

    real = any(p.kind == "export_licence" and str(p.announced) == ANNOUNCED for p in scenario.policies)
    when = "when China announced export licences" if real else "without the announcement of the record in this scenario"
    sentences = {
        ("jump", "ge_jump"): f"In the week of 3 July 2023, {when}, the price of gallium in Rotterdam {{}}; that of "
        "germanium {}.",
        (
            "ratio",
            "ge_rise",
        ): "In December 2023 gallium in Rotterdam cost {} its price inside China; from June to "
        "December the price of germanium in Rotterdam {}.",
        ("gallium_july", "germanium_july"): "China's exports in July 2023 were {} those of June for gallium and {} for "
        "germanium.",
        (
            "gallium_stop",
            "germanium_stop",
            "april",
        ): "In August and September 2023 China exported {} of gallium and {} of "
        "germanium; in April 2024 its gallium exports stood at {} of the monthly mean of 2022.",
        (
            "gallium_direct",
            "gallium_others",
            "gallium_indirect",
            "germanium_direct",
            "germanium_others",
            "germanium_indirect",
        ): "Between 3 December 2024 and 9 November 2025, the time of the ban in the record, the United States got {} "
        "of gallium straight from China and {} from other countries, of which {} had come out of China; of germanium "
        "{}, {} and {}.",
    }
    return [text.format(*map(says, keys)) for keys, text in sentences.items() if all(key in rows for key in keys)]


def markdown_table(table: pd.DataFrame, compared: bool, runs: int) -> list[str]:
    """Return a table as lines of Markdown, with or without the observed columns, without bands for a single run."""
    heads = [
        "What",
        *(["Model, median", "10–90 % of runs"] if runs > 1 else ["Model"]),
        *(["Observed", "Date and source", "Error"] if compared else []),
    ]
    lines = [
        "| " + " | ".join(heads) + " |",
        "|---|" + "---:|" * (1 + (runs > 1)) + ("---:|---|---:|" if compared else ""),
    ]
    for _, row in table.iterrows():
        cells = [row["what"], shown(row["median"], row["unit"]), *([band(row)] if runs > 1 else [])]
        cells += [observed(row), row["source"], error(row)] if compared else []
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def policy_table(scenario: Scenario, events: pd.DataFrame, runs: int) -> list[str]:
    """Return the scenario's policies with their dates, as lines of Markdown.

    Args:
        scenario: what was run.
        events: the events of all runs.
        runs: how many there were.
    """
    lines = ["| Policy | By | Kind | Announced | In force from | Until | Suspended |", "|---|---|---|---|---|---|---|"]
    for policy in scenario.policies:
        pauses = ", ".join(f"{pause.start} to {pause.end}" for pause in policy.suspensions)
        start = policy.effective or _fired(policy, events, runs)
        dates = (policy.announced or "", start, policy.until or "", pauses)
        cells = (policy.title, policy.actor, policy.kind.replace("_", " "), *dates)
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return lines if scenario.policies else ["None."]


def _fired(policy: Policy, events: pd.DataFrame, runs: int) -> str:
    """Return what a policy waits for, and when it came."""
    rule = policy.when
    assert rule is not None
    if rule.policy is not None:
        condition = f'"{rule.policy}" is announced'
    else:
        side, bound = ("above", rule.price_above) if rule.price_above is not None else ("below", rule.price_below)
        condition = f"{rule.good} in {rule.zone} is {side} {bound:g} USD/kg for {_weeks(rule.for_weeks)}"
    delay = f"{_weeks(policy.delay_weeks)} after" if policy.delay_weeks else "as soon as"
    came = events[(events["policy"] == policy.title) & (events["action"] == Action.ANNOUNCED)]
    found = (
        f"came in {came['run'].nunique()} of {runs} runs, first on {min(came['date'])}" if len(came) else "never came"
    )
    return f"{delay} {condition}: {found}"


def _weeks(number: int) -> str:
    return f"{number} week{'s' * (number != 1)}"


def write_report(
    folder: Path,
    scenario: Scenario,
    seeds: Sequence[int],
    compared: pd.DataFrame,
    forecast: pd.DataFrame,
    figures: Mapping[str, str],
    events: pd.DataFrame,
    command: str,
) -> None:
    """Write report.md: the answer first, then the table, the figures, what is left out, and how to repeat it."""
    last = scenario.start + timedelta(weeks=scenario.weeks - 1)
    both = pd.concat([part for part in (compared, forecast) if len(part)] or [compared], ignore_index=True)
    sentences = answer(both, scenario, len(seeds))
    bracket = (
        "medians of the runs (10 to 90 % of them; observed value)"
        if len(seeds) > 1
        else "those of one run (observed value)"
    )
    lines = [
        f"# {scenario.title or scenario.name}",
        "",
        f"What happens to prices, exports and supply of {listed(load_world().metals)} under these policies?",
        f"Numbers are {bracket}.",
        "",
        *(f"- {sentence}" for sentence in sentences),
        *([] if sentences else ["Nothing of the record lies in this run: there is nothing to compare."]),
        "",
        f"{len(seeds)} run{'s' * (len(seeds) > 1)}, seeds {seeds[0]} to {seeds[-1]}, weeks of {scenario.start} to "
        f"{last}. Prices net of VAT.",
        "",
        "## Model and record, to June 2024",
        "",
        *(
            markdown_table(compared, True, len(seeds))
            if len(compared)
            else ["No row of the record lies in these weeks."]
        ),
        "",
        "## Forecast, after June 2024",
        "",
        "No price, flow or output of after 30 June 2024 went into the model; dated policies and announced plants did.",
        "",
        *(markdown_table(forecast, False, len(seeds)) if len(forecast) else ["The run ends before these weeks."]),
        "",
        "## Figures",
        "",
    ]
    for name, caption in figures.items():
        lines += [f"![{caption}](figures/{name}.png)", "", caption, ""]
    lines += ["## What the model leaves out", "", *(f"- {text}" for text in LEFT_OUT), ""]
    lines += ["## Policies in this scenario", "", *policy_table(scenario, events, len(seeds)), ""]
    lines += ["## How to repeat it", "", "```sh", command, "```", ""]
    lines += ["Versions, seeds, the scenario in full and the hash of the data are in `manifest.json`.", ""]
    (folder / "report.md").write_text("\n".join(lines), encoding="utf-8")
