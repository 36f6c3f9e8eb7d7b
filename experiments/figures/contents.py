"""What figures and the page show alike, without a drawing library: names, colours, dates, observed prices, land."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.study.answers import listed
from model.events import Action
from model.policy import Policy

COLOURS = {
    "CHN": "#D55E00",
    "DEU": "#0072B2",
    "USA": "#009E73",
    "JPN": "#CC79A7",
    "BEL": "#56B4E9",
    "CAN": "#F0E442",
    "KOR": "#E69F00",
    "RUS": "#4D4D4D",
    "others": "#D9D9D9",
}
SPARE = ("#A6761D", "#7570B3", "#8DA0CB", "#B3B300")
ZONE_NAMES = {"DEU": "Rotterdam", "ROW": "rest of world"}  # of prices and on maps; all others as in the world's data
MARKED_ACTIONS = (Action.ANNOUNCED, Action.IN_FORCE, Action.NOT_IN_FORCE)
LICENSED_WEEKS = 8  # licensed metal comes in lumps: its price is drawn as a mean of so many weeks
COASTLINES = Path(__file__).parent / "data" / "coastlines.csv.gz"
WEST, EAST, NORTH = -140.0, 160.0, 74.0  # degrees; the map leaves out the middle of the Pacific
SOUTH, FAR_SOUTH = -6.0, -42.0  # degrees; the second where a place lies south of the first
# Where a country's name stands, in points from its dot; Europe is crowded.
NAME_AT = {
    "BEL": (-5, 5, "right"),
    "DEU": (0, 8, "center"),
    "FRA": (-6, -3, "right"),
    "SVK": (6, 3, "left"),
    "GRC": (5, -7, "left"),
    "HKG": (5, -8, "left"),
    "CHN": (-6, 5, "right"),
    "KOR": (0, 8, "center"),
    "JPN": (6, 2, "left"),
    "TWN": (6, -3, "left"),
}


def policy_marks(events: pd.DataFrame, policies: Sequence[Policy] | None = None) -> list[tuple[pd.Timestamp, str]]:
    """Return (week, label) of policies' announcements, starts, suspensions and ends; a label names all of its week.

    Args:
        events: the table of that name (columns date, policy, action), of one run.
        policies: the scenario's policies to keep; all when not given.
    """
    happened = list(zip(events["date"], events["policy"], events["action"], strict=True))
    kept = None if policies is None else {policy.title: bool(policy.suspensions) for policy in policies}
    last: dict[str, str] = {}
    weeks: dict[pd.Timestamp, dict[str, list[str]]] = {}  # week to what happens in it to the policies of which names
    for day, title, action in happened:
        if action not in MARKED_ACTIONS or (kept is not None and title not in kept):
            continue
        before, last[title] = last.get(title, ""), action
        at_once = all((day, title, first) in happened for first in (Action.ANNOUNCED, Action.IN_FORCE))
        if at_once and action == Action.IN_FORCE:
            continue
        if action == Action.ANNOUNCED:
            step = "" if at_once else "announced"
        elif action == Action.IN_FORCE:
            step = {"announced": "in force", "not in force": "again"}.get(before, "")
        else:
            step = "suspended" if kept and kept[title] else "ends"
        weeks.setdefault(pd.Timestamp(day), {}).setdefault(step, []).append(title.split(": ", 1)[-1])
    return [(day, _label(steps)) for day, steps in sorted(weeks.items())]


def _label(steps: Mapping[str, Sequence[str]]) -> str:
    """Write what happens in a week: `Ban on the US and re-exports to the US suspended`."""
    if {step: len(names) for step, names in steps.items()} == {"in force": 1}:
        return "in force"  # the name stands at the announcement
    label = "; ".join(f"{listed(names)} {step}".strip() for step, names in steps.items())
    return label[:1].upper() + label[1:]


def observed_prices(table: pd.DataFrame, good: str, zones: Sequence[str]) -> pd.DataFrame:
    """Choose observed prices that match the modelled ones: Rotterdam or Europe for DEU, inside China for CHN.

    Left out are one side of a range, means over more than two months, and, once licences split the market, Chinese
    export prices.

    Args:
        table: `world.observed_prices`.
        good: the good.
        zones: countries to choose from.

    Returns:
        Columns date (the middle of the span), zone, usd_per_kg, low, high (NaN where unknown), sure (bool).
    """
    own = table[(table["good"] == good) & table["zone"].isin(list(zones))].astype({"series": str})
    short = own["end_date"] - own["date"] <= pd.Timedelta(days=62)
    one_sided = own["series"].str.endswith(("_high", "_low"))
    for_export = own["series"].str.startswith("china_export") | (
        own["series"].str.startswith("fob_china") & (own["date"] >= "2023-07-01")
    )
    own = own[short & ~one_sided & ~for_export]
    middle = own["date"] + (own["end_date"] - own["date"]) / 2
    chosen = own.assign(date=middle, sure=own["confidence"] != "low")
    return chosen[["date", "zone", "usd_per_kg", "low", "high", "sure"]].sort_values("date", ignore_index=True)


@cache
def coastlines() -> list[np.ndarray]:
    """Return closed outlines of the land, each [points, (lon, lat)] in degrees, repeated at the edges."""
    with gzip.open(COASTLINES, "rt", encoding="utf-8") as stream:
        table = np.loadtxt(stream, delimiter=",", skiprows=1)
    rings = [table[table[:, 0] == ring][:, 1:] for ring in np.unique(table[:, 0])]
    for ring in rings:  # outlines that cross the date line jump by 360 degrees
        ring[:, 0] = np.rad2deg(np.unwrap(np.deg2rad(ring[:, 0])))
    copies = [(ring, shift) for ring in rings for shift in (-360.0, 0.0, 360.0)]
    return [ring + np.array([shift, 0.0]) for ring, shift in copies if _seen(ring, shift)]


def _seen(ring: np.ndarray, shift: float) -> bool:
    west, east = ring[:, 0].min() + shift, ring[:, 0].max() + shift
    return bool(east > WEST and west < EAST and ring[:, 1].max() > FAR_SOUTH)
