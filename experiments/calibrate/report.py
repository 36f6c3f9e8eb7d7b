"""What the fit says: how near it comes, what the record could tell of the parameters, and where the posterior lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.calibrate import figures
from experiments.calibrate.figures import CAPTIONS
from experiments.ensemble.output import REPORT, write_text
from experiments.figures import style
from experiments.fit.fitting import Fit, few_for_all
from experiments.study.answers import bullets, markdown
from experiments.study.cli import wide_console
from model.streams import stream

KINDS = {
    "price": "Market prices", "other price": "Export values and FOB quotes", "month": "Exports by month",
    "total": "Exports over longer spans", "destination": "Exports to one country", "share": "Shares of destinations",
}  # fmt: skip
TOLD = 0.7  # of the prior's spread: a parameter below it has learnt from the record
BAND = (0.1, 0.9)
FEW, MANY, CLOSE = 20, 200, 0.1  # draws, and shares of a band by which medians may differ


def by_kind(found: Fit) -> pd.DataFrame:
    """Return for each kind of observation how many there are, how far draws are off, and how many the band covers."""
    errors, kinds = found.particles.errors, np.array(found.target.kinds)
    low, high = np.quantile(errors, BAND, axis=0)
    noise = stream(found.settings.seed, "errors").standard_normal(errors.shape) * found.rounds[-1].widened ** 0.5
    low_seen, high_seen = np.quantile(errors + noise, BAND, axis=0)
    rows = []
    for kind in dict.fromkeys(found.target.kinds):
        here = kinds == kind
        rows.append({
            "kind": KINDS[kind], "observations": int(here.sum()), "tolerance": found.target.tolerance[here].mean(),
            "off_before": _off(found, found.before, here), "off": _off(found, errors, here),
            "covered": ((low <= 0) & (high >= 0))[here].mean(),
            "covered_with_errors": ((low_seen <= 0) & (high_seen >= 0))[here].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _off(found: Fit, errors: np.ndarray, here: np.ndarray) -> float:
    """Return the root mean square error of the median draw over some observations, in their units."""
    return float(np.sqrt(((np.median(errors, axis=0) * found.target.tolerance)[here] ** 2).mean()))


def parameters(found: Fit) -> pd.DataFrame:
    """Return prior and posterior of each parameter, those that the record tells most of first."""
    values, prior = found.values(), found.prior
    low, middle, high = np.quantile(values, (BAND[0], 0.5, BAND[1]), axis=0)
    table = pd.DataFrame({
        "parameter": prior.names, "prior_low": prior.low, "prior_high": prior.high, "low": low, "median": middle,
        "high": high, "central": values[found.central], "spread_left": found.particles.z.std(axis=0),
    })  # fmt: skip
    return table.sort_values("spread_left", ignore_index=True)


def write(found: Fit, out: Path, command: str) -> None:
    """Write report.md and the tables it shows; print the answer and where everything is."""
    kinds, told = by_kind(found), parameters(found)
    answer = _answer(found, kinds, told)
    shown = told[told["spread_left"] < TOLD]
    text = "\n".join([
        "# Fit of the parameters to the record", "",
        f"Which values of {len(told)} parameters agree with what was observed up to "
        f"{found.settings.cut:%-d %B %Y}?", "",
        *bullets(answer), "", "## How near", "",
        *_table(kinds), "",
        "Off: root mean square of the median draw's error, log for prices and amounts, points for shares; before: of "
        "draws of the prior. Covered: "
        "observations inside the 10 to 90 % band of the draws alone; covered with errors: of draws with the errors "
        "of measurement and of the model in which the tolerances consist (widened to where draws can come near).", "",
        "## What the record tells", "",
        *_table(shown), "",
        f"Spread left is that of the posterior over that of the prior. The other {len(told) - len(shown)} parameters "
        "keep most of their range: the record says little of them, and the bands of all studies hold that.", "",
        *(line for name, text in CAPTIONS.items() for line in (f"![{text}](figures/{name}.png)", "", text, "")),
        "## How to use it", "",
        "`python -m experiments.calibrate.adopt` with this folder (and `--data` for a world of your own) puts the "
        "posterior into the data folder: every study then draws from it, unless `--fixed` is given, and its central "
        "draw is what `--fixed` runs with.", "", "## How to repeat it", "", "```sh", command, "```", "",
    ])  # fmt: skip
    for name, figure in figures.draw(found, told, KINDS).items():
        style.save(figure, out / "figures", name)
    for name, table in {"fit_by_kind": kinds, "fit_parameters": told}.items():
        write_text(out / f"{name}.csv", table.to_csv(index=False))
    write_text(out / REPORT, text)
    console = wide_console()
    for line in answer:
        console.print(f"- {line}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"Posterior, report and rounds are in {out}", highlight=False, markup=False, soft_wrap=True)


def _table(table: pd.DataFrame) -> list[str]:
    heads = [str(column).replace("_", " ") for column in table]
    rows = [[f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row] for row in table.values.tolist()]
    return markdown(heads, rows)


def _answer(found: Fit, kinds: pd.DataFrame, told: pd.DataFrame) -> list[str]:
    price = kinds[kinds["kind"] == KINDS["price"]]
    near = (
        f"market prices within {100 * float(price['off'].iloc[0]):.0f} %" if len(price) else "no market price observed"
    )
    covered = float(np.average(kinds["covered"], weights=kinds["observations"]))
    with_errors = float(np.average(kinds["covered_with_errors"], weights=kinds["observations"]))
    return [
        f"The median of {len(found.values())} draws ({found.different} different) comes to {near} (root mean square).",
        f"The 80 % band of the draws alone covers {covered:.0%} of {len(found.rows)} observations, with the errors "
        f"that the tolerances stand for {with_errors:.0%}.",
        "The record tells most of " + ", ".join(told["parameter"].head(6)) + ".",
        few_sentence(found),
    ]


def few_sentence(found: Fit) -> str:
    """Return how well the first few draws stand for many, over the observations."""
    many = min(MANY, len(found.values()))
    apart = few_for_all(found.particles.errors, min(FEW, many), many)
    return (
        f"The first {min(FEW, many)} draws stand for {many}: of {len(apart)} observations {(apart < CLOSE).mean():.0%} "
        f"have medians less than a tenth of the band apart, at most {apart.max():.2f} of it."
    )
