"""What stands on the chart of prices beside its lines: the dates of policies, and what was observed."""

from __future__ import annotations

from functools import cache
from html import escape

import pandas as pd

from experiments.figures.contents import MARKED_ACTIONS, observed_prices, policy_marks
from experiments.page.look import Option, ink, light
from experiments.page.record import Record
from experiments.page.restrict import RESTRICTING
from experiments.page.world import market_name
from model.calendar import monday
from model.world import World

LONGEST_MARK = 44  # characters
NEAR = 0.04  # of the span: names along lines that are nearer to each other would overlap
NEAR_END = 0.15  # of the span: names of dates nearer to an end stand on the inner side


def marked(record: Record) -> list[tuple[pd.Timestamp, str, tuple[int, ...]]]:
    """Return the dates of the tracked country's restrictions: day, what happens, numbers of the policies that do it."""
    actor = record.world.tracked_zone
    numbers = [
        i for i, act in enumerate(record.acts, start=1) if act.policy.kind in RESTRICTING and act.policy.actor == actor
    ]
    said = _events(record)
    found = []
    for day, text in policy_marks(said, [record.acts[i - 1].policy for i in numbers]):
        there = said[(said["date"] == day) & said["action"].isin(MARKED_ACTIONS) & said["number"].isin(numbers)]
        found.append((day, text, tuple(dict.fromkeys(there["number"].tolist()))))
    return found


def marks(record: Record, dark: bool, narrow: bool = False) -> Option:
    """Return the dates of restrictions as lines with names, on their own days; where it is narrow, along the lines."""
    look, days = ink(dark), record.series.days.astype("datetime64[ns]")
    data, shown = [], -1.0
    for i, (day, text, _) in enumerate(marked(record)):
        place = (day - days[0]) / (days[-1] - days[0])
        side = "left" if place < NEAR_END else "right" if place > 1 - NEAR_END else "center"
        told = text if len(text) < LONGEST_MARK else text[: LONGEST_MARK - 2] + "…"
        label: Option = {"formatter": told, "distance": [0, 3 + 12 * (i % 3)], "align": side}
        if narrow:
            label = {"formatter": told, "position": "insideEndTop", "show": place - shown > NEAR}
            shown = place if label["show"] else shown
        data.append({"xAxis": str(day.date()), "name": text, "label": label})
    return {
        "symbol": "none", "data": data, "lineStyle": {"color": look["faint"], "type": "dashed", "width": 1.2},
        "label": {"color": look["ink"], "fontSize": 10, "position": "end"},
    }  # fmt: skip


def _events(record: Record) -> pd.DataFrame:
    """Return what policies did as a table, with the day that a scenario gives in place of that week's Monday."""
    rows = []
    for event in record.events:
        policy = record.acts[event.number - 1].policy
        week_day = monday(event.week, record.start)
        dates = [policy.announced, policy.effective, policy.until]
        dates += [day for pause in policy.suspensions for day in (pause.start, pause.end)]
        own = [day for day in dates if day and 0 <= (day - week_day).days < 7]
        rows.append((pd.Timestamp(own[0] if own else week_day), event.policy, event.action, event.number))
    return pd.DataFrame(rows, columns=["date", "policy", "action", "number"])


def observed(world: World, record: Record, good: int, colours: dict[str, str], dark: bool) -> list[Option]:
    """Return points of observed prices within the run, coloured by place; hovering tells their source."""
    found: list[Option] = []
    first, last = str(record.series.days[0]), str(record.series.days[-1])
    for zone, colour in colours.items():
        points = [point for point in points_of(world, good, zone) if first <= point["value"][0] <= last]
        if points:
            found.append(
                {"id": f"seen-{zone}", "name": "Observed", "type": "scatter", "data": points, "symbolSize": 9,
                 "color": light(colour, dark), "itemStyle": {"borderColor": ink(dark)["ink"], "borderWidth": 1},
                 "observed": True, "z": 5}
            )  # fmt: skip
    return found


@cache
def points_of(world: World, good: int, zone: str) -> list[Option]:
    """Return all points of observed prices of a place, with what hovering tells."""
    table = world.observed_prices
    seen = observed_prices(table, world.goods[good], (zone,))
    whole = table[(table["good"] == world.goods[good]) & (table["zone"] == zone)]
    middle = whole["date"] + (whole["end_date"] - whole["date"]) / 2
    source = dict(zip(middle, whole["source"], strict=True))
    return [
        {"value": [f"{row.date:%Y-%m-%d}", float(f"{row.usd_per_kg:.4g}")],
         "says": f"Observed, {market_name(world, zone)}, {row.date:%-d %b %Y}: <b>{row.usd_per_kg:,.0f} USD/kg</b>"
         f"<br><span style='white-space:normal;display:block;max-width:320px'>"
         f"{escape(str(source.get(row.date, '')))[:300]}</span>"}
        for row in seen.itertuples()
    ]  # fmt: skip
