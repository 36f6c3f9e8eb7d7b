"""The report of a forecast: who was nearest, in words; then every score, what the bands consist of, and every point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.ensemble.output import REPORT, write_text
from experiments.figures import style
from experiments.forecast import contest, figures, score
from experiments.forecast.contest import FROM_LAST, MODEL, Known
from experiments.forecast.points import Market
from experiments.forecast.runs import BOTH, DRIVERS, PARAMETERS, Forecast
from experiments.study.answers import Band, bullets, counted, listed, markdown, percent
from experiments.study.cli import wide_console
from experiments.study.shown import Shown
from model.posterior import Posterior

PLACES = {PARAMETERS: "parameters alone", DRIVERS: "drivers alone", BOTH: "both"}
DRAWN = {BOTH: "parameters and drivers drawn", PARAMETERS: "parameters drawn, drivers off",
         DRIVERS: "drivers drawn, parameters fixed"}  # fmt: skip
LEFT_OUT = (
    "Quotes of after the cut are few, and those of one market come one upon the other: a score over two or three of "
    "them says little. No score here is a test at any level of significance.",
    "Ranges and the form of the rules were written down by people who had seen the record up to June 2024, e.g. that "
    "demand inside China may have risen from mid-2023; no value was, since the fit ends at the cut.",
    "How much licence offices grant is read off exports up to the cut, and walks on from there.",
    "Quotes of one series are compared with a market whatever their side of the range; the model has one price a week.",
)


@dataclass(frozen=True)
class Outcome:
    """All that is reported: runs, markets, scores by point of prices and exports, shares, what was known, the fit."""

    found: Forecast
    markets: Sequence[Market]
    prices: pd.DataFrame
    exports: pd.DataFrame
    shares: pd.DataFrame
    known: Known
    view: Shown
    fitted: Posterior | None
    runs: int


def write(outcome: Outcome, out: Path, command: str) -> None:
    """Write report.md, tables and figures; print the answer and where everything is."""
    lines = answer(outcome)
    for name, figure in figures.draw(outcome.found, outcome.markets, outcome.known, outcome.view).items():
        style.save(figure, out / "figures", name)
    tables = {"prices": outcome.prices, "exports": outcome.exports, "shares": outcome.shares}
    for name, table in tables.items():
        write_text(out / f"forecast_{name}.csv", table.to_csv(index=False))
    write_text(out / REPORT, text(outcome, lines, command))
    console = wide_console()
    for line in lines:
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Report, tables and figures are in {out}", highlight=False, markup=False, soft_wrap=True)


def text(outcome: Outcome, lines: Sequence[str], command: str) -> str:
    """Return report.md."""
    cut = f"{outcome.known.cut:%-d %B %Y}"
    return "\n".join([
        f"# A forecast made on {cut}", "",
        f"What did the model, knowing nothing of after {cut}, say of what followed, and who said it better?", "",
        *bullets(lines), "", basis(outcome), "", "## Prices", "", *_summary(outcome.prices), "",
        "Log error: root mean square, of logs of the median. CRPS: continuous ranked probability score of log prices, "
        "the smaller the better; of a forecast without a band it is its absolute error. Covered: points in the 10 to "
        "90 % band.", "", *(f"![{caption}](figures/{name}.png)" for name, caption in figures.CAPTIONS.items()), "",
        *figures.CAPTIONS.values(), "", "## What the bands consist of", "", *parts(outcome), "",
        "## Exports", "", *_summary(outcome.exports), "", "## Shares of destinations", "", *_shares(outcome.shares), "",
        "## Every point", "", *_points([outcome.prices, outcome.exports]), "",
        "## What to keep in mind", "", *bullets(LEFT_OUT), "", "## How to repeat it", "", "```sh", command, "```", "",
    ])  # fmt: skip


def answer(outcome: Outcome) -> list[str]:
    """Return the sentences that answer the question."""
    lines, table = [], score.summary(outcome.prices) if len(outcome.prices) else pd.DataFrame()
    for market in outcome.markets:
        own = table[table["what"] == market.name].set_index("contender")
        rivals = own.drop(index=[MODEL, FROM_LAST])
        best = str(rivals["crps"].idxmin())
        ours, theirs = float(own.loc[MODEL, "crps"]), float(rivals.loc[best, "crps"])
        if ours < theirs:
            verdict = f"beats every rival (the best is {best} with {theirs:.3f})"
        else:
            verdict = f"does not beat {best} ({theirs:.3f})"
        lines.append(
            f"{market.name}: by CRPS ({ours:.3f} over {counted(len(market.targets), 'quote')}) the model {verdict}; "
            f"moved to the last quotes it has {own.loc[FROM_LAST, 'crps']:.3f}."
        )
    for what, own in score.summary(outcome.exports).groupby("what", sort=False) if len(outcome.exports) else ():
        by = own.set_index("contender")["crps"]
        others = by.drop(MODEL)
        lines.append(f"{what}: CRPS {by[MODEL]:.2f}, the best rival ({others.idxmin()}) {others.min():.2f}.")
    if len(outcome.prices):
        ours = outcome.prices[outcome.prices["contender"] == MODEL]["covered"].astype(float)
        lines.append(f"The model's 80 % band holds {int(ours.sum())} of {counted(len(ours), 'quote')}.")
    return lines or ["Nothing that the model can be held against was observed after the cut."]


def basis(outcome: Outcome) -> str:
    """Return what the numbers are."""
    cells, fitted = outcome.found.cells, outcome.fitted
    drawn = DRAWN.get(cells[0], "neither parameters nor drivers drawn")
    fit = "Parameters are as declared, and were chosen with the record up to June 2024 in view: this is no forecast."
    if fitted is not None:
        fit = f"Parameters: {counted(len(fitted), 'draw')} fitted to what was seen up to {fitted.about.get('cut')}."
        if fitted.about.get("data_hash") != outcome.known.world.data_hash:
            fit += " They were fitted in other data than those known at the cut, which may look ahead."
    return f"{counted(outcome.runs, 'run')}, {drawn}. {fit} Prices net of VAT."


def parts(outcome: Outcome) -> list[str]:
    """Return how wide the bands of each cell are at each market's last point."""
    if len(outcome.found.cells) == 1:
        return [f"Only {PLACES.get(outcome.found.cells[0], 'neither')} was run."]
    heads, rows = ["Band of prices, 10 to 90 %", *(PLACES[cell] for cell in outcome.found.cells)], []
    for market in outcome.markets:
        bands = [Band.of(np.exp(contest.price_samples(outcome.found, market, cell)[0][:, -1]))
                 for cell in outcome.found.cells]  # fmt: skip
        rows.append([market.targets[-1].quantity.what, *(band.text("usd_per_kg") for band in bands)])
    wide = {cell: np.mean([score.spreads({cell: contest.price_samples(outcome.found, market, cell)[0][:, -1]})[cell]
                           for market in outcome.markets]) for cell in outcome.found.cells}  # fmt: skip
    told = (
        [f"{PLACES[cell]} {percent(float(wide[cell] / wide[BOTH]))}" for cell in (PARAMETERS, DRIVERS)] if rows else []
    )
    return [
        *markdown(heads, rows),
        "",
        f"Of the width of the bands in logs, {listed(told)}; they overlap." if told else "",
    ]


def _summary(scores: pd.DataFrame) -> list[str]:
    if scores.empty:
        return ["No point."]
    table = score.summary(scores)
    rows = [
        [row.what, row.contender, str(row.points), f"{row.log_error:.3f}", f"{row.crps:.3f}",
         percent(row.covered) if np.isfinite(row.covered) else "–"]
        for row in table.itertuples()
    ]  # fmt: skip
    return markdown(["Market", "Forecast", "Points", "Log error", "CRPS", "Covered"], rows, right=(2, 3, 4, 5))


def _shares(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return ["No share of a destination is known after the cut."]
    rows = [
        [row.what, percent(row.observed), Band(row.median, row.low, row.high, 1).text("percent"),
         percent(row.before) if np.isfinite(row.before) else "–"]
        for row in table.itertuples()
    ]  # fmt: skip
    return markdown(["Share of all exports", "Observed", "Model", "Last known"], rows, right=(1, 2, 3))


def _points(scores: Sequence[pd.DataFrame]) -> list[str]:
    own = pd.concat([one for one in scores if len(one)] or list(scores[:1]), ignore_index=True)
    own = own[own["contender"] == MODEL].sort_values("log_error", key=abs, ascending=False)
    rows = [
        [row.point, f"{row.observed:,.4g}", f"{row.median:,.4g} ({row.low:,.4g} to {row.high:,.4g})",
         f"{row.log_error:+.2f}", "yes" if row.covered == 1 else "no"]
        for row in own.itertuples()
    ]  # fmt: skip
    heads = ["Point (the worst misses first; USD/kg or t)", "Observed", "Model", "Log error", "In band"]
    return markdown(heads, rows, right=(1, 2, 3))
