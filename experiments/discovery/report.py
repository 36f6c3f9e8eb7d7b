"""The report of scenario discovery: when an outcome comes about, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.discovery.boxes import CLEAR, EVERY, LEAST_MASS, MOST_RESTRICTED, SURE, Found, Limit
from experiments.discovery.inputs import LEVERS, Input
from experiments.discovery.points import PLAIN, PLAN
from experiments.study.answers import Band, counted, listed, markdown, percent
from experiments.study.report import Report

NAMED = 3
USELESS = 1.25  # a box less than so many times as dense as all points is told with a caution
CAPTION = (
    "Left: points with the outcome (orange) and without (grey) over the two surest inputs, and the box. Middle: "
    "coverage and density of PRIM's boxes, with how many inputs they restrict; the cross is the one chosen, on the "
    "points it was made from. Right: the inputs that it restricts, as parts of their ranges."
)
LEFT_OUT = (
    "Points fill the ranges evenly: a share of points is no probability, since nobody knows how likely the levers are.",
    "Chance (orders, demand, outages, freight, single licences) is drawn anew at every point and no input: it scatters "
    "outcomes over every box.",
    "A box has straight sides: what hangs on a sum or a product of inputs fits none well.",
    "Governments do not react: no tariff, plant or release that is not a lever here or on record.",
    "The year after the day alone: who runs out later is not seen.",
)


@dataclass(frozen=True)
class Question:
    """A condition, put to every point.

    Attributes:
        key: of the tables.
        title: of its section and figure.
        when: the condition in words.
        seen: what is found over all points, in words.
        hit: which points meet it.
    """

    key: str
    title: str
    when: str
    seen: str
    hit: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """A question, and what PRIM says of it."""

    asked: Question
    found: Found

    @property
    def condition(self) -> str:
        """The condition as a sentence begins."""
        return f"{self.asked.when[:1].upper()}{self.asked.when[1:]}"


def questions(values: pd.DataFrame, need: float, fall: float, use_t: float) -> list[Question]:
    """Return what is asked.

    Args:
        values: by point: what the US goes without, and what Rostec's plan changes.
        need: share of its need from which the US goes without.
        fall: share of the price from which Rostec's plan matters.
        use_t: t of use from which it matters.
    """
    found = []
    for metal in ("gallium", "germanium"):
        lost, short = (Band.of(values[f"us_{metal}{end}"]).text("share") for end in ("", "_short"))
        seen = f"it goes without {lost} of its need, for want of metal alone {short}"
        when = f"the US goes without more than {percent(need)} of its need of {metal}"
        hit = (values[f"us_{metal}"] > need).to_numpy()
        found.append(Question(f"us_{metal}", f"The US without {metal}", when, seen, hit))
    price, lost_t = values["price_change"], values["lost_change_t"]
    when = (
        f"Rostec's plan makes germanium in Rotterdam more than {percent(fall)} cheaper, or saves users outside China "
        f"more than {use_t:g} t of use"
    )
    moves = f"the price by {Band.of(price).text('change')} and use given up by {Band.of(lost_t).text('t_change')}"
    hit = ((price < -fall) | (lost_t < -use_t)).to_numpy()
    return [*found, Question("rostec", "Where Rostec matters", when, f"it changes {moves}", hit)]


def sentence(outcome: Outcome) -> str:
    """Return the answer to one question."""
    found = outcome.found
    often = f"{counted(found.hits, 'point')} of {found.points:,} ({percent(found.base)})"
    start = f"{outcome.condition} in {often}; over all points {outcome.asked.seen}."
    if found.few:
        rare = "nearly nowhere" if found.base < 0.5 else "nearly everywhere"
        return f"{start} It is so {rare}: there is nothing to tell apart."
    if not found.limits:
        return f"{start} No box of few inputs separates these points from the others.{_leaning(found)}"
    box = listed([_said(limit) for limit in found.limits])
    if not found.separates:
        return (
            f"{start} No box separates them reliably: the best ({box}) is no denser than chance on the points held "
            f"back ({percent(found.held_density)} against {percent(found.held_base)})."
        )
    caution = "" if found.held_density >= USELESS * found.held_base else " That is little more than everywhere."
    return (
        f"{start} Mostly where {box}: there it is so at {percent(found.held_density)} of the points that the box was "
        f"not made from ({percent(found.held_base)} of all these), and {percent(found.held_coverage)} of the cases "
        f"lie there.{caution}"
    )


def _leaning(found: Found) -> str:
    """Return which inputs differ beyond chance all the same, and whether a lever is among them."""
    if not found.leaning:
        return " No input differs between them beyond chance."
    told = listed([f"{one.what} ({'higher' if up else 'lower'})" for one, up in found.leaning[:NAMED]])
    levers = {one.key for one in LEVERS}
    none = "" if any(one.key in levers for one, _ in found.leaning) else "; no lever does"
    return f" What differs beyond chance is {told}{none}."


def _said(limit: Limit) -> str:
    one = limit.input
    text = one.between(limit.low, limit.high)
    return f"{one.what} {text}" if one.choice else f"{one.what} is {text}"


def report(outcomes: Sequence[Outcome], inputs: Sequence[Input], runs: int, failed: int, posterior: bool) -> Report:
    """Return the report.

    Args:
        outcomes: the questions, with what was found.
        inputs: everything that was varied.
        runs: how many.
        failed: points left out since a run failed.
        posterior: whether parameters come from one.
    """
    points = outcomes[0].found.points
    drawn = "draws of the posterior, in turn" if posterior else "drawn evenly from their ranges"
    return Report(
        title="When does it come about?",
        question="Under which conditions does the United States go without gallium or germanium in the year after 27 "
        "November 2026, when China's suspension of its ban ends, and when does Rostec's plan to make more germanium "
        "matter?",
        answer=[sentence(outcome) for outcome in outcomes],
        basis=[
            f"{points:,} points, {runs:,} runs: every point {PLAIN} and {PLAN}, with the same draw and seed. At each, "
            f"{len(LEVERS)} levers and open questions lie anywhere in their range (Latin hypercube) and "
            f"{len(inputs) - len(LEVERS)} parameters are {drawn}. In brackets: 10 to 90 % of the points. Use given up "
            "is what is not there and what is too dear."
            + (f" {counted(failed, 'point')} with a failed run left out." if failed else "")
        ],
        how_sure=[
            f"Boxes are PRIM's (ema_workbench), made from {EVERY - 1} of {EVERY} points and judged on the others. PRIM "
            f"is given the inputs that differ between points with and without the outcome (Mann and Whitney, p below "
            f"{CLEAR}), at most {MOST_RESTRICTED} stay restricted, and a box holds at least {percent(LEAST_MASS)} of "
            "the points.",
            f"A restriction stays if its quasi-p-value times the number of inputs is below {SURE}: the chance that "
            "points in the box without it are as dense.",
            "The share of licences is an input, so that the random walk of other studies is switched off; the market "
            "rule is an input, too, since nobody knows which is nearer to real trade.",
        ],
        body=[line for outcome in outcomes for line in _section(outcome)] + _varied(inputs),
        captions={
            f"discovery_{outcome.asked.key}": f"{outcome.asked.title}. {CAPTION}"
            for outcome in outcomes
            if outcome.found.tradeoff is not None
        },
        left_out=LEFT_OUT,
        tables="`points`: inputs and outcomes, a row each; `boxes`: limits with quasi-p-values; `tradeoff`: all boxes "
        "on the way; `outcomes`: run by run; `runs`",
    )  # fmt: skip


def _section(outcome: Outcome) -> list[str]:
    found = outcome.found
    lines = [f"## {outcome.asked.title}", "", f"{outcome.condition}.", ""]
    if not found.limits:
        return [*lines, "No box.", ""]
    rows = [
        [limit.input.what[:1].upper() + limit.input.what[1:], limit.input.between(limit.low, limit.high),
         _range(limit.input), f"{limit.p:.1g}"]
        for limit in found.limits
    ]  # fmt: skip
    measures = [
        ["Made from", percent(found.coverage), percent(found.density), percent(found.made_base), ""],
        ["Held back", percent(found.held_coverage), percent(found.held_density), percent(found.held_base),
         f"{found.held_p:.1g}"],
    ]  # fmt: skip
    return [
        *lines,
        *markdown(("Input", "In the box", "Of", "Quasi-p"), rows, right=(3,)), "",
        *markdown(("Points", "Coverage", "Density", "All", "Chance of such a density"), measures,
                  right=(1, 2, 3, 4)), "",
    ]  # fmt: skip


def _range(one: Input) -> str:
    return " or ".join(one.choice) if one.choice else f"{one.text(one.low)} to {one.text(one.high)}"


def _varied(inputs: Sequence[Input]) -> list[str]:
    rows = [[one.what[:1].upper() + one.what[1:], _range(one)] for one in LEVERS]
    more = len(inputs) - len(LEVERS)
    return [
        "## What is varied", "",
        *markdown(("Lever or open question", "Range"), rows), "",
        f"And {more} parameters; the ranges of their draws are in the table `boxes` where one matters.", "",
    ]  # fmt: skip


def tables(points: pd.DataFrame, values: pd.DataFrame, outcomes: Sequence[Outcome]) -> Mapping[str, pd.DataFrame]:
    """Return the tables: points, boxes and what PRIM had to choose from."""
    hits = pd.DataFrame({f"is_{one.asked.key}": one.asked.hit for one in outcomes}, index=points.index)
    boxes = [
        (one.asked.key, at.input.key, at.input.what, at.low, at.high, at.input.low, at.input.high, at.p)
        for one in outcomes
        for at in one.found.limits
    ]
    heads = ["outcome", "input", "what", "low", "high", "range_low", "range_high", "quasi_p"]
    ways = [one.found.tradeoff.assign(outcome=one.asked.key) for one in outcomes if one.found.tradeoff is not None]
    return {
        "points": pd.concat([points, values, hits], axis=1),
        "boxes": pd.DataFrame(boxes, columns=heads),
        "tradeoff": pd.concat(ways) if ways else pd.DataFrame({"outcome": [], "coverage": [], "density": []}),
    }
