"""The page's charts: prices with their band and kept runs, market shares, cover, use given up."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import solara

from experiments.figures.contents import LICENSED_WEEKS
from experiments.page import pins
from experiments.page.bands import Bands
from experiments.page.look import Option, frame, light, line, short
from experiments.page.marks import marked, marks, observed
from experiments.page.record import Record
from experiments.page.series import Light, monthly
from experiments.page.session import Session
from experiments.page.widgets import DARK, Chart, Pick, as_json, html, is_narrow
from experiments.page.world import colours_of, good_name, market_name, zone_name

MOST_COVERS, LEAST_USE, MOST_SHARES = 6, 0.002, 6
PATH = "This path"  # one run, with the parameters of the settings
DASHES: tuple[Any, ...] = ([10, 4], [2, 3], [10, 3, 2, 3], [18, 5])  # of kept runs, in order
NOTE = (
    "Areas: 10 to 90 % of the runs; lines: their median. Thin lines: this path, with the parameters of the settings. "
    "Dotted: compared with. Dashed: licensed metal, 8 weeks. Points: observed. Named lines: policies; click one."
)


def days_of(record: Record) -> list[str]:
    """Return the Mondays of a run."""
    return [str(day) for day in record.series.days]


def prices(
    session: Session, record: Record, base: Record | None, bands: Bands | None, dark: bool, narrow: bool,
    kept: Mapping[str, Light] | None = None,
) -> Option:  # fmt: skip
    """Return the chart of prices: lines, bands, licensed metal, runs kept and compared with, what was observed."""
    world, good, zones = session.world, session.view.value.good, list(session.view.value.places)
    days, colours = days_of(record), colours_of(zones)
    series: list[Option] = []
    called: dict[str, str] = {}  # what a line is called under the mouse, where the legend names several at once

    def add(key: str, name: str, values: np.ndarray, zone: str, width: float, dash: Any) -> None:
        series.append(line(f"{key}-{zone}", name, days, values, light(colours[zone], dark), width, dash))
        called[f"{key}-{zone}"] = f"{market_name(world, zone)}, {name[:1].lower()}{name[1:]}"

    for zone in zones:
        z, name, colour = world.zone_index[zone], market_name(world, zone), light(colours[zone], dark)
        path = record.series.free[:, good, z]
        if bands:
            low, middle, high, _ = (part[:, z] for part in bands.of("free", good))
            series += _band(zone, name, days, low, high, colour)
            own = line(zone, name, days, middle, colour, 2.2)
            own["data"] = [[*row, *ends] for row, *ends in zip(own["data"], short(low), short(high), strict=True)]
            series.append(own)
            add("path", PATH, path, zone, 0.9, "solid")
        else:
            series.append(line(zone, name, days, path, colour, 2.2))
        licensed = record.series.licensed[:, good, z]
        if zone != world.tracked_zone and np.isfinite(licensed).any():
            licensed = pd.Series(licensed).rolling(LICENSED_WEEKS, min_periods=1).mean().to_numpy()
            add("licensed", "Licensed metal", licensed, zone, 1, "dashed")
        if base is not None:
            add("base", "Compared with", base.series.free[: len(days), good, z], zone, 1, "dotted")
        for number, (pin, run) in enumerate((kept or {}).items()):
            add(f"pin{number}", pin, run.free[: len(days), good, z], zone, 1.6, DASHES[number])
    setup = session.setup.value
    if setup.scenario == "history" and {key for key, _ in setup.changes} <= {"seed"}:  # the record, as filed
        series += observed(world, record, good, colours, dark)
    own_line = next(one for one in series if not one["id"].startswith("band-"))  # bands are deaf to the mouse
    own_line["markLine"] = marks(record, dark, narrow)
    option = frame(days, dark, "USD/kg, net of VAT", narrow)
    option["yAxis"]["min"] = 0
    names = dict.fromkeys([market_name(world, zone) for zone in zones] + [one["name"] for one in series])
    option["legend"] |= {"data": list(names), "selected": {"Compared with": not kept}}
    return option | {"series": series, "called": called, "unit": "USD/kg", "grid": option["grid"] | {"top": 104}}


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
        name, colour = zone_name(world, zone) if zone in world.zone_index else "Others", light(colours[zone], dark)
        area = {"stack": "all", "areaStyle": {"opacity": 0.85, "color": colour}}
        series.append(line(zone, name, months, values, colour, 0) | area)
    option = frame(days, dark, f"% of {what}, by month", narrow, small=True)
    option["yAxis"]["max"] = 100
    return option | {"series": series, "unit": "%"}


def cover(session: Session, record: Record, what: str, dark: bool, narrow: bool) -> Option:
    """Return weeks of cover, or the share of use given up, of those who use the metal most."""
    good, world, days = session.view.value.good, session.world, days_of(record)
    series = record.series
    values = series.cover_weeks(good) if what == "cover" else 100 * np.maximum(series.lost_share(good), 0.0)
    use = series.used[:, good].sum(axis=0)
    large = [int(z) for z in np.argsort(-use, kind="stable") if use[z] > LEAST_USE * use.sum()]
    known = [world.zone_index[zone] for zone in session.view.value.places if world.zone_index[zone] in large]
    shown = [world.zones[z] for z in [*known, *(z for z in large if z not in known)][:MOST_COVERS]]
    lines = [
        line(zone, zone_name(world, zone), days, values[:, world.zone_index[zone]], light(colour, dark))
        for zone, colour in colours_of(shown).items()
    ]
    units = {"cover": "weeks of use in stock and under way", "lost": "% of use given up, 4 weeks"}
    option = frame(days, dark, units[what], narrow, small=True)
    return option | {"series": lines, "unit": "weeks" if what == "cover" else "%"}


def _band(zone: str, name: str, days: list[str], low: np.ndarray, high: np.ndarray, colour: str) -> list[Option]:
    """Return two stacked areas: one unseen below the band, and the band; they go with their line in the legend."""
    parts = []
    for end, values, opacity in (("low", low, 0.0), ("high", high - low, 0.18)):
        area = {"areaStyle": {"opacity": opacity, "color": colour}, "stack": f"band-{zone}", "silent": True}
        band = line(f"band-{end}-{zone}", name, days, values, colour, 0)
        parts.append(band | area | {"stackStrategy": "all"})
    return parts


# ---- parts of the page -----------------------------------------------------------------------------------------------


@solara.component
def PricesAndPins(session: Session) -> None:
    """Prices, with those of kept runs, and how these differ."""
    kept = pins.use_kept(session)
    Prices(session, pins.paths(kept))
    pins.Differences(session, kept)


@solara.component
def Prices(session: Session, kept: Mapping[str, Light]) -> None:
    """Prices with their bands; a click on a policy's line asks what it did."""
    found, dark, view, narrow = session.found.value, DARK.value, session.view.value, is_narrow()
    record = found.record
    option = solara.use_memo(
        lambda: as_json(prices(session, record, found.base, found.bands, dark, narrow, kept)) if record else None,
        [record, found.base, found.bands, dark, view.good, view.places, narrow, *kept, *map(id, kept.values())],
    )

    def clicked(event: Any) -> None:
        if event.get("componentType") == "markLine" and record:
            session.look(without=next((numbers for _, text, numbers in marked(record) if text == event["name"]), ()))

    def chose(zones: list[str]) -> None:
        session.look(places=tuple(zone for zone in names if zone in zones) or session.first_view.places)

    names = {zone: market_name(session.world, zone) for zone in session.world.zones}
    with solara.Div(classes=["prices"]):
        html("h2", f"Price of free metal: {escape(good_name(session.world, view.good))}")
        Pick("Places shown", list(names.items()), list(view.places), chose, "boxes")
        if option:
            says = "Prices by place; the table by country below has the figures."
            Chart(option, says, "380px", event_clicked=clicked)
        html("p", NOTE, "note")


@solara.component
def Others(session: Session) -> None:
    """Shares of output and exports; cover and use given up."""
    record, dark, view, narrow = session.found.value.record, DARK.value, session.view.value, is_narrow()
    drawings = (("Who makes it", "output", shares), ("Who exports it", "exports", shares),
                ("Weeks of cover", "cover", cover), ("Use given up", "lost", cover))  # fmt: skip
    found = solara.use_memo(
        lambda: [as_json(draw(session, record, what, dark, narrow)) for _, what, draw in drawings] if record else [],
        [record, dark, view.good, narrow, view.places],
    )
    with solara.Div(classes=["pair"]):
        for (title, _, _), option in zip(drawings, found, strict=False):
            with solara.Div():
                html("h2", title)
                Chart(option, f"{title}, by country.", "300px")
