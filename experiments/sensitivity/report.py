"""The report of the sensitivity study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from experiments.sensitivity.analysis import idle, widths
from experiments.sensitivity.figures import CAPTIONS
from experiments.study.answers import listed, markdown, percent, quantity
from experiments.study.quantity import Quantity
from experiments.study.report import Report

NAMED, SHOWN, FIRST = 3, 10, 2
UNSURE = 0.2  # of a Sobol index
LITTLE, NOTABLE = 0.02, 0.05  # shares of the effects on an outcome
LEFT_OUT = (
    "Ranges are those of the table of parameters, most of them assumed; nothing here says which values in them agree "
    "with the record.",
    "Parameters are moved one at a time or independently of each other; the record would tie some of them together.",
    "Data of firms (capacity, use, cover, costs) are as they are; their ranges are not drawn.",
    "Policies are those of the record; what is not decided by then is not asked.",
)


@dataclass(frozen=True)
class Found:
    """Everything the report tells.

    Attributes:
        outcomes: by key.
        swings, effects, indices: tables of `analysis`.
        told: how far parameters move what was observed.
        seeds, runs: how many.
        gaps: values that had to be filled because a run failed.
    """

    outcomes: Mapping[str, Quantity]
    swings: pd.DataFrame
    effects: pd.DataFrame
    indices: pd.DataFrame
    told: pd.DataFrame
    seeds: int
    runs: int
    gaps: int


def report(found: Found) -> Report:
    """Return the report."""
    most = found.effects.groupby("parameter")["share"].max()
    blind = found.told.groupby("parameter")["tolerances"].max()
    hidden = [str(name) for name in most[most > NOTABLE].index if blind[name] < 1.0]
    return Report(
        title="Which parameters matter?",
        question="How far do the model's answers hang on each of its parameters, over the range that is declared for "
        "it, and could the record up to June 2024 tell its value?",
        answer=[
            *(_sentence(found, key) for key in found.outcomes),
            f"{int((most < LITTLE).sum())} of {len(most)} parameters make less than {percent(LITTLE)} of the effects "
            f"on every outcome; moved alone, {_still(found)} have no effect to speak of.",
            _told(found.told, len(blind), int((blind >= 1.0).sum())),
            _hidden(hidden),
        ],
        basis=[
            f"{found.runs:,} runs: each parameter alone at the ends of its range, Morris trajectories over all "
            f"parameters, Sobol indices over those that matter most; {found.seeds} seed{'s' * (found.seeds > 1)} each, "
            "the same everywhere."
        ],
        how_sure=[
            "Morris effects are means over trajectories through the whole ranges: far from the declared values, too. "
            "A spread as large as the effect means that it hangs on the other parameters.",
            _uncertainty(found.indices),
            *([f"{found.gaps} values of failed runs were filled with medians."] if found.gaps else []),
        ],
        body=[*_tables(found), *_sobol(found)],
        captions=CAPTIONS,
        left_out=LEFT_OUT,
        tables="`swings`: one at a time; `effects`: Morris; `indices`: Sobol; `told`: effects on what was observed; "
        "`outcomes` and `observed`: run by run; `runs`",
    )


def _hidden(names: list[str]) -> str:
    start = f"Of the parameters that make more than {percent(NOTABLE)} of some outcome's effects"
    if not names:
        return f"{start}, each moves some observation by a tolerance or more: the record can tell something of it."
    many = len(names) > 1
    return (
        f"{start}, {listed(names)} move{'s' * (not many)} no observation by a tolerance: the record cannot tell "
        f"{'their values' if many else 'its value'}."
    )


def _still(found: Found) -> str:
    """Return how many parameters move each outcome hardly at all when moved alone: `30 to 41 of 85`."""
    still = idle(found.swings)
    ends = f"{still.min()}" if still.min() == still.max() else f"{still.min()} to {still.max()}"
    return f"{ends} of {found.swings['parameter'].nunique()}, depending on the outcome,"


def _told(told: pd.DataFrame, count: int, clear: int) -> str:
    """Return which data tell most of which parameters."""
    parts = []
    for place, own in told.groupby("place", sort=False):
        first = own.groupby("parameter")["tolerances"].max().nlargest(FIRST)
        if first.max() >= 1.0:
            names = [str(name) for name in first.index[first >= 1.0]]
            parts.append(f"{' '.join(str(place).split())}: {listed(names)}")
    start = f"{clear} of {count} parameters move some observation by a tolerance of the fit or more"
    return f"{start}. What is seen of most: {'; '.join(parts)}." if parts else f"{start}."


def _sentence(found: Found, key: str) -> str:
    outcome, own = found.outcomes[key], found.swings[found.swings["outcome"] == key]
    base = quantity(float(own["default"].iloc[0]), outcome.unit)
    top = own.loc[widths(own).nlargest(NAMED).index]
    moved = [
        f"{row.parameter} ({quantity(row.low, outcome.unit)} to {quantity(row.high, outcome.unit)})"
        for row in top.itertuples()
    ]
    return f"{outcome.what[:1].upper()}{outcome.what[1:]}: {base} as declared; most of all it hangs on {listed(moved)}."


def _tables(found: Found) -> list[str]:
    lines = ["## Effects over the whole range", "", "Morris: share of all effects on an outcome, in per cent.", ""]
    wide = found.effects.pivot(index="parameter", columns="outcome", values="share")[list(found.outcomes)]
    top = wide.loc[wide.max(axis=1).nlargest(2 * SHOWN).index]
    shares = zip(top.index, top.to_numpy(), strict=True)
    rows = [[str(name), *(f"{100 * share:.0f}" for share in row)] for name, row in shares]
    heads = ["Parameter", *(outcome.what for outcome in found.outcomes.values())]
    return [*lines, *markdown(heads, rows, right=range(1, len(heads))), ""]


def _sobol(found: Found) -> list[str]:
    lines = ["## Shares of the variance", "",
             "Sobol: total index, in brackets its first-order part, of the variance when these parameters alone are "
             "drawn from their ranges: those with the largest Morris effects on each outcome.", ""]  # fmt: skip
    own = found.indices.set_index(["parameter", "outcome"])
    names = list(dict.fromkeys(found.indices["parameter"]))
    rows = [
        [name, *(f"{own.at[(name, key), 'total']:.2f} ({own.at[(name, key), 'first']:.2f})".replace("-", "−")
                 for key in found.outcomes)]
        for name in names
    ]  # fmt: skip
    heads = ["Parameter", *(outcome.what for outcome in found.outcomes.values())]
    return [*lines, *markdown(heads, rows, right=range(1, len(heads))), ""]


def _uncertainty(indices: pd.DataFrame) -> str:
    worst = float(indices["total_uncertainty"].max())
    doubt = ": too few runs to rank by them; a larger `--sobol` makes them surer" if worst > UNSURE else ""
    return f"Sobol indices are uncertain by up to {worst:.2f} (95 % of resamples){doubt}."
