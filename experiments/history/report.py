"""What the report of the main experiment says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.ensemble.results import Results
from experiments.history import cover
from experiments.history.quantities import first_year, years_of
from experiments.history.scorecard import band, error, observed, shown, summary
from experiments.study.answers import Report, counted, quantity
from experiments.study.record import ANNOUNCED, compared_rows
from experiments.study.shown import Shown
from experiments.study.study import bands_hold
from model import Scenario
from model.events import Action

if TYPE_CHECKING:
    import xarray as xr

FIGURES = ("history_prices", "history_exports", "history_shares", "history_cover", "history_map")
PARTS = ("compared", "forecast", "plain")  # of the table: next to the record, after it, and by year without one
SOME_KG = 1.0  # smaller shortages in a whole run are none


def report(
    plan: Scenario, view: Shown, seeds: Sequence[int], found: pd.DataFrame, card: pd.DataFrame, left_out: int,
    events: pd.DataFrame, stocks: xr.Dataset, risk: xr.Dataset | None, short: Sequence[str],
) -> Report:  # fmt: skip
    """Return the report.

    Args:
        plan: what was run.
        view: what is shown of its world.
        seeds: one for each run.
        found: the table of `headline` by part: compared (with the record), forecast, plain (by year).
        card: the scorecard.
        left_out: observations whose weeks no run holds.
        events: what policies did in all runs.
        stocks: cover beside the price, see `cover.beside_price`.
        risk: value at risk in the first year of the controls.
        short: who went short, see `shortages`.
    """
    from experiments.study.prose import told  # slow to load, and nobody waits for words before the numbers

    rows, runs = found.to_dict("records"), len(seeds)
    by_key = {row["key"]: row for row in rows}
    return told(
        "history", plan=plan, view=view, metals=list(view.standard), seeds=seeds, runs=runs,
        last=view.start + timedelta(weeks=plan.weeks - 1), short=short, bands_hold=bands_hold(view.world, plan.drivers),
        of_record=view.scored and bool(compared_rows(view.world)),
        real=any(one.kind == "export_licence" and str(one.announced) == ANNOUNCED for one in plan.policies),
        told=lambda *keys: all(key in by_key for key in keys), says=lambda key: _said(by_key[key], runs),
        plain=plain_answer(by_key, view, plan.weeks, runs),
        parts={part: [row for row in rows if row["part"] == part] for part in PARTS},
        shown=shown, band=band, observed=observed, error=error,
        card=card.to_dict("records"), summary="" if card.empty else summary(card, runs, left_out),
        missed=[] if card.empty else card[~card["inside"]].to_dict("records"),
        covered=cover.rows(stocks), flagged=cover.flags(stocks), grew=cover.GREW - 1,
        risk=risk, risk_span=first_year(view), calm_span=view.spans["before"],
        announced=events[events["action"] == Action.ANNOUNCED],
    )  # fmt: skip


def plain_answer(rows: Mapping[str, Mapping[str, Any]], view: Shown, weeks: int, runs: int) -> list[str]:
    """Return sentences on the metals without a record: prices and exports of the first and the last year of the run.

    Args:
        rows: those of `plain_rows`, read, by key.
        view: what is shown.
        weeks: of the run.
        runs: how many there were.
    """
    years = list(years_of(view, weeks))

    def ends(key: str) -> str:
        keys = [f"{key}_{year}" for year in dict.fromkeys((years[0], years[-1]))]
        return " and ".join(f"{_written(rows[key], runs)} in {key[-4:]}" for key in keys if key in rows)

    found = []
    for metal in view.standard:
        for zone in view.quoted:
            found += [(f"{view.good_name(metal)}, in {view.places[zone]} costs", ends(f"{metal}_{zone}"))]
        found += [(f"Exports of {metal} from {view.names[view.exporter]} are", ends(f"{metal}_exports"))]
    return [f"{start} {end}." for start, end in found if end]


def _written(row: Mapping[str, Any], runs: int) -> str:
    return shown(row["median"], row["unit"]) + (f" ({band(row)})" if runs > 1 else "")


def _said(row: Mapping[str, Any], runs: int) -> str:
    """Write a number of the record as it stands in a sentence, a change in words, with band and observed value."""
    text = shown(row["median"], row["unit"])
    if row["unit"] == "percent_change":
        size = text.lstrip("+−")
        text = f"rose by {size}" if text[0] == "+" else f"fell by {size}" if text[0] == "−" else "did not change"
    inside = [band(row)] if runs > 1 else []
    inside += [f"observed: {observed(row)}"] if np.isfinite(row["observed"]) else []
    return f"{text} ({'; '.join(inside)})" if inside else text


def shortages(results: Results, view: Shown) -> list[str]:
    """Return by metal in how many runs end users went without metal that they had planned to use, and where most."""
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
    return texts
