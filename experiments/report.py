"""The headline table: what the model says, what was observed, and the difference; and the report around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.runs import Series
from model import Scenario
from model.world import World

GALLIUM, GERMANIUM = "gallium-4N", "germanium-5N"
ANNOUNCED, WEEK_BEFORE = "2023-07-03", "2023-06-26"
DECEMBER = ("2023-12-01", "2023-12-31")
BAN = ("2024-12-02", "2025-11-09")  # Mondays of the weeks in which China's ban on the US was in force
MEAN_2022_KG = 94_000 / 12
Reading = Callable[[Series], float]


@dataclass(frozen=True)
class Row:
    """One line of the headline table.

    Attributes:
        key: short name for the report's sentences.
        what: the quantity, in words.
        unit: `%` (a change, as a share), `x` (a ratio), `share` (a share), `t`, or `USD/kg`.
        read: takes one run's series, gives the value or NaN where the run does not hold the weeks.
        observed: the observed value; None in the forecast.
        source: date and source of the observed value.
        at_least: the observed value is a lower bound.
    """

    key: str
    what: str
    unit: str
    read: Reading
    observed: float | None = None
    source: str = ""
    at_least: bool = False


# ---- readings from one run -------------------------------------------------------------------------------------------


def price(series: Series, good: str, zone: str, first: str, last: str | None = None) -> float:
    """Return the mean price of free metal, USD/kg, over the weeks whose Mondays lie in a span (one day: that week)."""
    frame = series["prices"]
    if (good, zone, "free") not in frame or not _holds(frame.index, first, last or first):
        return np.nan
    return float(frame.loc[first : last or first, (good, zone, "free")].mean())


def exports(series: Series, metal: str, *months: str) -> float:
    """Return China's exports in some months, kg."""
    frame, wanted = series["exports"], pd.to_datetime(list(months))
    # The last month may be cut short by the end of the run.
    whole = (
        frame.index[:-1] if series["prices"].index[-1] + pd.Timedelta(weeks=1) <= _end(frame.index[-1]) else frame.index
    )
    return float(frame.loc[wanted, (metal,)].sum()) if wanted.isin(whole).all() else np.nan


def into_us(series: Series, metal: str, way: str) -> float:
    """Return what reached the US during the ban, kg: `us_direct` from China, `us_others` from elsewhere."""
    frame = series[way]
    return float(frame.loc[BAN[0] : BAN[1], (metal,)].sum()) if _holds(frame.index, *BAN) else np.nan


def _holds(weeks: pd.DatetimeIndex, first: str, last: str) -> bool:
    return weeks[0] <= pd.Timestamp(first) and pd.Timestamp(last) < weeks[-1] + pd.Timedelta(weeks=1)


def _end(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.offsets.MonthEnd(1)


def _ratio(top: Reading, bottom: Reading, minus: float = 0.0) -> Reading:
    def read(series: Series) -> float:
        below = bottom(series)
        return top(series) / below - minus if below else np.nan

    return read


def _tonnes(reading: Reading) -> Reading:
    return lambda series: reading(series) / 1000.0


def _price(good: str, zone: str, first: str, last: str | None = None) -> Reading:
    return partial(price, good=good, zone=zone, first=first, last=last)


def _exports(metal: str, *months: str) -> Reading:
    return lambda series: exports(series, metal, *months)


def _into_us(metal: str, way: str) -> Reading:
    return _tonnes(partial(into_us, metal=metal, way=way))


# ---- the rows --------------------------------------------------------------------------------------------------------


def compared_rows(world: World) -> list[Row]:
    """Return the rows with an observed value, all before July 2024; values come from the data folder."""
    seen, shipped = partial(_seen, world), partial(_shipped, world)
    before, after = seen(GALLIUM, "rotterdam_4N", "2023-06-30"), seen(GALLIUM, "rotterdam_4N", "2023-07-07")
    december = [seen(GALLIUM, "rotterdam_4N", day) for day in ("2023-12-01", "2023-12-15")]
    in_december = float(np.mean([value for value, _ in december]))
    # No Chinese quote in December: on the straight line between 18 October and mid-January.
    autumn, winter = (seen(GALLIUM, "china_domestic_4N", day)[0] for day in ("2023-10-18", "2024-01-01"))
    china_december = float(np.interp(58, [0, 89], [autumn, winter]))  # days from 18 October to 15 December, 15 January
    ge_june, ge_december = (seen(GERMANIUM, "europe_metal_reuters", day) for day in ("2023-06-30", "2023-12-01"))
    jump = partial(_ratio, minus=1.0)
    rows = [
        Row("jump", "Gallium, Rotterdam: week of 3 July 2023 over the week before", "%",
            jump(_price(GALLIUM, "DEU", ANNOUNCED), _price(GALLIUM, "DEU", WEEK_BEFORE)),
            after[0] / before[0] - 1, f"30 June to {after[1]}"),
        Row("ge_jump", "Germanium, Rotterdam: week of 3 July 2023 over the week before", "%",
            jump(_price(GERMANIUM, "DEU", ANNOUNCED), _price(GERMANIUM, "DEU", WEEK_BEFORE)),
            0.02, "July 2023; approximate, no dated quotes"),
        Row("ge_rise", "Germanium, Rotterdam: December over June 2023", "%",
            jump(_price(GERMANIUM, "DEU", *DECEMBER), _price(GERMANIUM, "DEU", "2023-06-01", "2023-06-30")),
            ge_december[0] / ge_june[0] - 1, f"June to {ge_december[1]}"),
        Row("ratio", "Gallium: Rotterdam over China, December 2023", "x",
            _ratio(_price(GALLIUM, "DEU", *DECEMBER), _price(GALLIUM, "CHN", *DECEMBER)),
            in_december / china_december, "1 and 15 December 2023; Fastmarkets over SMM and USGS, China interpolated"),
    ]  # fmt: skip
    for metal, june in (("gallium", shipped("gallium", "2023-06")), ("germanium", None)):
        july = shipped(metal, "2023-07")
        observed = july[0] / june[0] if june else 2.0
        rows.append(
            Row(f"{metal}_july", f"China's {metal} exports: July over June 2023", "x",
                _ratio(_exports(metal, "2023-07"), _exports(metal, "2023-06")), observed,
                f"July 2023; {july[1]}", at_least=june is None))  # fmt: skip
    for metal in ("gallium", "germanium"):
        months = [shipped(metal, month) for month in ("2023-08", "2023-09")]
        rows.append(
            Row(f"{metal}_stop", f"China's {metal} exports in August and September 2023", "t",
                _tonnes(_exports(metal, "2023-08", "2023-09")), sum(kg for kg, _ in months) / 1000,
                f"August and September 2023; {months[0][1]}"))  # fmt: skip
    april = shipped("gallium", "2024-04")
    rows.append(
        Row("april", "China's gallium exports: April 2024 over the monthly mean of 2022", "share",
            _ratio(_exports("gallium", "2024-04"), lambda _: MEAN_2022_KG), april[0] / MEAN_2022_KG,
            f"April 2024; {april[1]}"))  # fmt: skip
    quotes = [
        ("Gallium, Rotterdam, December 2023", GALLIUM, "DEU", *DECEMBER, in_december,
         f"1 and {december[1][1]}"),
        ("Gallium, Rotterdam, end of March 2024", GALLIUM, "DEU", "2024-03-25", None,
         *seen(GALLIUM, "rotterdam_4N", "2024-03-29")),
        ("Gallium, China, January 2024", GALLIUM, "CHN", "2024-01-01", "2024-01-31",
         *seen(GALLIUM, "china_domestic_4N", "2024-01-01")),
        ("Gallium, China, June 2024", GALLIUM, "CHN", "2024-06-01", "2024-06-30",
         *seen(GALLIUM, "china_domestic_4N", "2024-06-01")),
        ("Germanium, Rotterdam, December 2023", GERMANIUM, "DEU", *DECEMBER, *ge_december),
        ("Germanium, China, end of August 2023", GERMANIUM, "CHN", "2023-08-28", None,
         *seen(GERMANIUM, "china_domestic_metal", "2023-08-31")),
        ("Germanium, China, January 2024", GERMANIUM, "CHN", "2024-01-01", "2024-01-31",
         *seen(GERMANIUM, "china_domestic_metal", "2024-01-01")),
    ]  # fmt: skip
    for what, good, zone, first, last, value, source in quotes:
        rows.append(Row(f"{good}_{zone}_{first}", what, "USD/kg", _price(good, zone, first, last), value, source))
    return rows


def forecast_rows() -> list[Row]:
    """Return the rows after June 2024, for which the data folder holds no observation on purpose."""
    rows = []
    for name, good in (("Gallium", GALLIUM), ("Germanium", GERMANIUM)):
        for zone, place in (("DEU", "Rotterdam"), ("CHN", "China")):
            for first, last, when in (
                ("2024-07-01", "2024-12-31", "second half of 2024"),
                ("2025-01-01", "2025-12-31", "2025"),
                ("2026-01-01", "2026-12-31", "2026"),
            ):
                key = f"{good}_{zone}_{first}"
                rows.append(Row(key, f"{name}, {place}, mean of {when}", "USD/kg", _price(good, zone, first, last)))
    for metal in ("gallium", "germanium"):
        rows += [
            Row(f"{metal}_direct", f"US imports of {metal} straight from China, 3 Dec 2024 to 9 Nov 2025", "t",
                _into_us(metal, "us_direct")),
            Row(f"{metal}_others", f"US imports of {metal} from other countries, same weeks", "t",
                _into_us(metal, "us_others")),
            Row(f"{metal}_indirect", f"of which Chinese {metal}, passed on by other countries", "t",
                _into_us(metal, "us_indirect")),
        ]  # fmt: skip
    return rows


def _seen(world: World, good: str, series: str, day: str) -> tuple[float, str]:
    table = world.observed_prices
    row = table[(table["good"] == good) & (table["series"] == series) & (table["date"] == day)].iloc[0]
    return float(row["usd_per_kg"]), _dated(row)


def _dated(row: pd.Series) -> str:
    """Return the day or month of an observation and who published it."""
    day, month = f"{row['date'].day} {row['date']:%B %Y}", f"{row['date']:%B %Y}"
    source = str(row["source"]).removeprefix("derived: ").removeprefix("from ")
    who = re.split(r",| \(| with | \d{4}-", source)[0]
    return f"{day if row['date'] == row['end_date'] else month}; {who}"


def _shipped(world: World, metal: str, month: str) -> tuple[float, str]:
    table = world.observed_exports
    row = table[(table["metal"] == metal) & (table["month"] == f"{month}-01")].iloc[0]
    return float(row["kg"]), str(row["source"]).split(" via ")[0].split("/")[0]


# ---- the table -------------------------------------------------------------------------------------------------------


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


def markdown_table(table: pd.DataFrame, compared: bool) -> list[str]:
    """Return a table as lines of Markdown, with or without the observed columns."""
    heads = [
        "What",
        "Model, median",
        "10–90 % of runs",
        *(["Observed", "Date and source", "Error"] if compared else []),
    ]
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * 2 + ("---:|---|---:|" if compared else "")]
    for _, row in table.iterrows():
        cells = [row["what"], shown(row["median"], row["unit"]), band(row)]
        cells += [observed(row), row["source"], error(row)] if compared else []
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def policy_table(scenario: Scenario) -> list[str]:
    """Return the scenario's policies with their dates, as lines of Markdown."""
    lines = ["| Policy | By | Kind | Announced | In force from | Until | Suspended |", "|---|---|---|---|---|---|---|"]
    for policy in scenario.policies:
        pauses = ", ".join(f"{pause.start} to {pause.end}" for pause in policy.suspensions)
        start = policy.effective or f"{policy.delay_weeks} weeks after its price condition is met"
        dates = (policy.announced or "", start, policy.until or "", pauses)
        cells = (policy.title, policy.actor, policy.kind.replace("_", " "), *dates)
        lines.append("| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |")
    return lines if scenario.policies else ["None."]


def write_report(
    folder: Path,
    scenario: Scenario,
    seeds: Sequence[int],
    compared: pd.DataFrame,
    forecast: pd.DataFrame,
    figures: Mapping[str, str],
    command: str,
) -> None:
    """Write report.md: the answer first, then the table, the figures, what is left out, and how to repeat it."""
    last = scenario.start + timedelta(weeks=scenario.weeks - 1)
    both = pd.concat([part for part in (compared, forecast) if len(part)] or [compared], ignore_index=True)
    sentences = answer(both, scenario, len(seeds))
    bracket = (
        "median of the runs (10 to 90 % of them; observed value)" if len(seeds) > 1 else "one run (observed value)"
    )
    lines = [
        f"# {scenario.title or scenario.name}",
        "",
        "What happens to prices, exports and supply when China licenses, then bans, exports of gallium and germanium?",
        f"Numbers are the {bracket}.",
        "",
        *(f"- {sentence}" for sentence in sentences),
        *(
            []
            if sentences
            else ["The run ends before China announced its export licences: there is nothing to compare yet."]
        ),
        "",
        f"{len(seeds)} runs, seeds {seeds[0]} to {seeds[-1]}, weeks of {scenario.start} to {last}. Prices net of VAT.",
        "",
        "## Model and record, to June 2024",
        "",
        *(markdown_table(compared, True) if len(compared) else ["No row of the record lies in these weeks."]),
        "",
        "## Forecast, after June 2024",
        "",
        "Nothing observed after 30 June 2024 went into the model; only the dated policies and announced plants did.",
        "",
        *(markdown_table(forecast, False) if len(forecast) else ["The run ends before these weeks."]),
        "",
        "## Figures",
        "",
    ]
    for name, caption in figures.items():
        lines += [f"![{caption}](figures/{name}.png)", "", caption, ""]
    lines += ["## What the model leaves out", "", *(f"- {text}" for text in LEFT_OUT), ""]
    lines += ["## Policies in this scenario", "", *policy_table(scenario), ""]
    lines += ["## How to repeat it", "", "```sh", command, "```", ""]
    lines += ["Versions, seeds, the scenario in full and the hash of the data are in `manifest.json`.", ""]
    (folder / "report.md").write_text("\n".join(lines), encoding="utf-8")
