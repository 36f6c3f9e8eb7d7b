"""The page's charts as ECharts options: prices with their band, market shares, cover and use given up."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.figures.dated import policy_marks
from experiments.figures.panels import LICENSED_WEEKS, observed_prices
from experiments.page.bands import Bands
from experiments.page.licences import RESTRICTING
from experiments.page.record import Record
from experiments.page.series import known_mean, monthly
from experiments.page.session import Session
from experiments.page.world import colours_of, market_name, zone_name
from model.calendar import monday

Option = dict[str, Any]
MOST_COVERS, LEAST_USE, MOST_SHARES = 6, 0.002, 6


def ink(dark: bool) -> dict[str, str]:
    """Return the colours of a theme: of text, of what is faint, of the grid, and of what lies below."""
    if dark:
        return {"ink": "#E6E6E6", "faint": "#A8A8A8", "grid": "#3A3A3A", "paper": "#121212"}
    return {"ink": "#222222", "faint": "#666666", "grid": "#E2E2E2", "paper": "#FFFFFF"}


def days_of(record: Record) -> list[str]:
    """Return the Mondays of a run."""
    return [str(day) for day in record.series.days]


def short(values: np.ndarray) -> list[float | None]:
    """Return numbers for a chart, to four digits."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values.tolist()]


def on_record(session: Session, record: Record) -> bool:
    """Return whether a run is of the record as filed, so that observed prices may stand beside it."""
    setup = session.setup.value
    return setup.scenario == "history" and not [key for key, _ in setup.changes if key != "seed"]


def prices(
    session: Session, record: Record, base: Record | None, bands: Bands | None, dark: bool, narrow: bool
) -> Option:
    """Return the chart of prices: lines, bands, licensed metal, the run compared with, what was observed."""
    world, good, zones = session.world, session.view.value.good, list(session.view.value.places)
    days, colours, series = days_of(record), colours_of(zones), []
    for zone in zones:
        z, name, colour = world.zone_index[zone], market_name(world, zone), _light(colours[zone], dark)
        low, high = bands.price(good, z) if bands else (None, None)
        if low is not None and high is not None:
            series += _band(zone, name, days, low, high, colour)
        rows = [list(row) for row in zip(days, short(record.series.free[:, good, z]), strict=True)]
        if low is not None and high is not None:
            rows = [[*row, *ends] for row, *ends in zip(rows, short(low), short(high), strict=True)]
        series.append(_line(zone, name, rows, colour, 2))
        licensed = known_mean(record.series.licensed[:, good, z], LICENSED_WEEKS)
        if zone != world.tracked_zone and np.isfinite(licensed).any():
            rows = [list(row) for row in zip(days, short(licensed), strict=True)]
            series.append(_line(f"licensed-{zone}", f"{name}, licensed", rows, colour, 1, "dashed"))
        if base is not None:
            rows = [list(row) for row in zip(days, short(base.series.free[: len(days), good, z]), strict=False)]
            series.append(_line(f"base-{zone}", f"{name}, compared with", rows, colour, 1, "dotted"))
    if on_record(session, record):
        series += _observed(session, record, good, zones, colours, dark)
    series[0]["markLine"] = _marks(record, world.tracked_zone, dark)
    option = frame(days, dark, "USD/kg, net of VAT", narrow)
    option["yAxis"]["min"] = 0
    option["legend"]["data"] = [one["name"] for one in series if not one["id"].startswith("band-")]
    return option | {"series": series, "unit": "USD/kg", "grid": option["grid"] | {"top": 78}}


def frame(days: list[str], dark: bool, unit: str, narrow: bool) -> Option:
    """Return what all charts over time share."""
    look = ink(dark)
    text = {"color": look["ink"]}
    zoom = [{"type": "inside"}] + ([] if narrow else [{"type": "slider", "height": 16, "bottom": 6, "textStyle": text}])
    return {
        "animation": False, "textStyle": text | {"fontFamily": "Roboto, sans-serif"},
        "grid": {"left": 52, "right": 16, "top": 56, "bottom": 28 if narrow else 56},
        "xAxis": {"type": "time", "min": days[0], "max": days[-1], "axisLabel": text, "splitLine": {"show": False}},
        "yAxis": {"type": "value", "name": unit, "nameLocation": "end", "axisLabel": text, "nameTextStyle":
                  text | {"align": "left", "padding": [0, 0, 0, -40]},
                  "splitLine": {"lineStyle": {"color": look["grid"]}}},
        "tooltip": {"trigger": "axis", "confine": True, "backgroundColor": look["paper"],
                    "textStyle": text | {"fontSize": 12}},
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 140, "itemWidth": 18, "textStyle": text,
                   "pageTextStyle": text,
                   "pageIconColor": look["ink"], "pageIconInactiveColor": look["faint"]},
        "toolbox": tools(dark), "dataZoom": zoom, "weekly": {"days": days},
    }  # fmt: skip


def tools(dark: bool) -> Option:
    """Return the buttons of a chart: its data, the whole of it again, its picture."""
    look = ink(dark)
    colours = {"backgroundColor": look["paper"], "textColor": look["ink"], "textareaColor": look["paper"]}
    return {
        "right": 4, "top": 0, "iconStyle": {"borderColor": look["faint"]}, "feature": {
            "dataView": {"readOnly": True, "title": "Data", "lang": ["Data", "Close", "Refresh"], **colours},
            "restore": {"title": "Whole"},
            "saveAsImage": {"title": "Picture", "pixelRatio": 2, "name": "chokepoint",
                            "backgroundColor": look["paper"]},
        },
    }  # fmt: skip


def shares(session: Session, record: Record, what: str, dark: bool, narrow: bool) -> Option:
    """Return countries' shares of output or of exports, stacked, month by month."""
    weekly = (record.series.made if what == "output" else record.series.exported)[:, session.view.value.good]
    months, kg = monthly(weekly, record.series.days)
    total = kg.sum(axis=1, keepdims=True)
    share = 100 * np.divide(kg, total, out=np.zeros_like(kg), where=total > 0)
    order = [int(z) for z in np.argsort(-share.mean(axis=0), kind="stable")[:MOST_SHARES] if share[:, z].mean() > 1]
    world, days = session.world, days_of(record)
    names = [world.zones[z] for z in order]
    colours, series = colours_of([*names, "others"]), []
    stack = [*(share[:, z] for z in order), np.clip(100 - share[:, order].sum(axis=1), 0, 100) * (total[:, 0] > 0)]
    for zone, values in zip([*names, "others"], stack, strict=True):
        rows = [list(row) for row in zip(months, short(values), strict=True)]
        name = zone_name(world, zone) if zone in world.zone_index else "Others"
        one = _line(zone, name, rows, _light(colours[zone], dark), 0)
        series.append(one | {"stack": "all", "areaStyle": {"opacity": 0.85, "color": _light(colours[zone], dark)}})
    option = frame(days, dark, f"% of {what}, by month", narrow)
    option["yAxis"]["max"] = 100
    return option | {"series": series, "unit": "%"}


def cover(session: Session, record: Record, what: str, dark: bool, narrow: bool) -> Option:
    """Return weeks of cover, or the share of use given up, of those who use the metal most."""
    good, world, days = session.view.value.good, session.world, days_of(record)
    series = record.series
    values = series.cover_weeks(good) if what == "cover" else 100 * series.lost_share(good)
    use = series.used[:, good].sum(axis=0)
    large = [int(z) for z in np.argsort(-use, kind="stable") if use[z] > LEAST_USE * use.sum()]
    known = [world.zone_index[zone] for zone in session.view.value.places if world.zone_index[zone] in large]
    shown = [world.zones[z] for z in [*known, *(z for z in large if z not in known)][:MOST_COVERS]]
    colours = colours_of(shown)
    lines = []
    for zone in shown:
        rows = [list(row) for row in zip(days, short(values[:, world.zone_index[zone]]), strict=True)]
        lines.append(_line(zone, zone_name(world, zone), rows, _light(colours[zone], dark), 1.6))
    units = {"cover": "weeks of use in stock and under way", "lost": "% of use given up, 4 weeks"}
    option = frame(days, dark, units[what], narrow)
    return option | {"series": lines, "unit": "weeks" if what == "cover" else "%"}


def _line(key: str, name: str, rows: list[Any], colour: str, width: float, dash: str = "solid") -> Option:
    return {
        "id": key, "name": name, "type": "line", "data": rows, "showSymbol": False, "symbol": "none",
        "color": colour, "connectNulls": False,
        "lineStyle": {"width": width, "type": dash, "color": colour}, "emphasis": {"disabled": True},
        "sampling": "lttb",
    }  # fmt: skip


def _band(zone: str, name: str, days: list[str], low: np.ndarray, high: np.ndarray, colour: str) -> list[Option]:
    """Return two stacked areas: one unseen below the band, and the band; they go with their line in the legend."""
    parts = []
    for end, values, opacity in (("low", low, 0.0), ("high", high - low, 0.18)):
        rows = [list(row) for row in zip(days, short(values), strict=True)]
        area = {"areaStyle": {"opacity": opacity, "color": colour}, "stack": f"band-{zone}", "silent": True}
        parts.append(_line(f"band-{end}-{zone}", name, rows, colour, 0) | area | {"stackStrategy": "all"})
    return parts


def _observed(
    session: Session, record: Record, good: int, zones: list[str], colours: dict[str, str], dark: bool
) -> list[Option]:
    """Return points of observed prices within the run, coloured by place; hovering tells their source."""
    world, found = session.world, []
    table = world.observed_prices
    seen = observed_prices(table, world.goods[good], tuple(zones))
    whole = table[table["good"] == world.goods[good]]
    middle = whole["date"] + (whole["end_date"] - whole["date"]) / 2
    source = {(day, zone): text for day, zone, text in zip(middle, whole["zone"], whole["source"], strict=True)}
    first, last = record.series.days[0], record.series.days[-1]
    for zone in zones:
        rows = seen[(seen["zone"] == zone) & seen["date"].between(first, last)]
        points = [
            {"value": [f"{row.date:%Y-%m-%d}", float(f"{row.usd_per_kg:.4g}")],
             "says": f"Observed, {market_name(world, zone)}, {row.date:%-d %b %Y}: <b>{row.usd_per_kg:,.0f} USD/kg</b>"
             f"<br><span style='white-space:normal;display:block;max-width:320px'>"
             f"{_plain(source.get((row.date, zone), ''))}</span>"}
            for row in rows.itertuples()
        ]  # fmt: skip
        if points:
            colour = _light(colours[zone], dark)
            found.append(
                {"id": f"seen-{zone}", "name": f"{market_name(world, zone)}, observed", "type": "scatter",
                 "data": points,
                 "symbolSize": 9, "color": colour, "itemStyle": {"borderColor": ink(dark)["ink"], "borderWidth": 1},
                 "observed": True, "z": 5}
            )  # fmt: skip
    return found


def _marks(record: Record, actor: str, dark: bool) -> Option:
    """Return the dates of the tracked country's restrictions, as lines with names, on their own days."""
    policies = [act.policy for act in record.acts if act.policy.kind in RESTRICTING and act.policy.actor == actor]
    said = _events(record)
    marks = policy_marks(said, policies)
    look = ink(dark)
    data = [
        {"xAxis": str(day.date()), "name": text,
         "label": {"formatter": text if len(text) < 34 else text[:32] + "…", "distance": [0, 3 + 12 * (i % 3)]}}
        for i, (day, text) in enumerate(marks)
    ]  # fmt: skip
    return {
        "symbol": "none", "data": data, "lineStyle": {"color": look["faint"], "type": "dashed", "width": 1.2},
        "label": {"color": look["ink"], "fontSize": 10, "position": "end"},
    }  # fmt: skip


def _events(record: Record) -> Any:
    """Return what policies did as a table, with the day that a scenario gives in place of that week's Monday."""
    import pandas as pd

    rows = []
    for event in record.events:
        policy = record.acts[event.number - 1].policy
        week_day = monday(event.week, record.start)
        dates = [policy.announced, policy.effective, policy.until]
        dates += [day for pause in policy.suspensions for day in (pause.start, pause.end)]
        own = [day for day in dates if day and 0 <= (day - week_day).days < 7]
        rows.append((pd.Timestamp(own[0] if own else week_day), event.policy, event.action))
    return pd.DataFrame(rows, columns=["date", "policy", "action"])


def _plain(text: object) -> str:
    from html import escape

    return escape(str(text))[:300]


def _light(colour: str, dark: bool) -> str:
    """Return a colour that can be seen on black."""
    return {"#4D4D4D": "#B0B0B0", "#0072B2": "#4DA6DE"}.get(colour, colour) if dark else colour
