"""The charts of the page as its parts: prices with kept runs, shares, cover and use given up."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import solara

from experiments.page import charts, pins
from experiments.page.marks import marked
from experiments.page.series import Light
from experiments.page.session import Session
from experiments.page.widgets import DARK, NARROW, WINDOW_WIDTH, as_json, figure, html, tick
from experiments.page.world import good_name, market_name

NOTE = (
    "Areas: 10 to 90 % of the runs; lines: their median. Thin lines: this path, with the parameters of the settings. "
    "Dotted: compared with. Dashed: licensed metal, 8 weeks. Points: observed. Named lines: policies; click one."
)


@solara.component
def PricesAndPins(session: Session) -> None:
    """Prices, with those of kept runs, and how these differ."""
    kept = pins.use_kept(session)
    Prices(session, pins.paths(kept))
    pins.Differences(session, kept)


@solara.component
def Prices(session: Session, kept: Mapping[str, Light]) -> None:
    """Prices with their bands; a click on a policy's line asks what it did."""
    record, dark, view = session.found.value.record, DARK.value, session.view.value
    base, bands, narrow = session.found.value.base, session.found.value.bands, 0 < WINDOW_WIDTH.value < NARROW
    option = solara.use_memo(
        lambda: as_json(charts.prices(session, record, base, bands, dark, narrow, kept)) if record else None,
        [record, base, bands, dark, view.good, view.places, narrow, *kept, *map(id, kept.values())],
    )

    def clicked(event: Any) -> None:
        if event.get("componentType") == "markLine" and record:
            session.look(without=next((numbers for _, text, numbers in marked(record) if text == event["name"]), ()))

    with solara.Div(classes=["prices"]):
        html("h2", f"Price of free metal: {escape(good_name(session.world, view.good))}")
        names = {zone: market_name(session.world, zone) for zone in session.world.zones}
        tick("Places shown", names, view.places, lambda zones: session.look(places=zones or session.first_view.places))
        if option:
            figure(option, "Prices by place; the table by country below has the figures.", "380px", clicked=clicked)
        html("p", NOTE, "note")


@solara.component
def Others(session: Session) -> None:
    """Shares of output and exports; cover and use given up."""
    record, dark, good, narrow = (
        session.found.value.record,
        DARK.value,
        session.view.value.good,
        0 < WINDOW_WIDTH.value < NARROW,
    )
    drawings = (("Who makes it", "output", charts.shares), ("Who exports it", "exports", charts.shares),
                ("Weeks of cover", "cover", charts.cover), ("Use given up", "lost", charts.cover))  # fmt: skip
    found = solara.use_memo(
        lambda: [as_json(draw(session, record, what, dark, narrow)) for _, what, draw in drawings] if record else [],
        [record, dark, good, narrow, session.view.value.places],
    )
    with solara.Div(classes=["pair"]):
        for (title, _, _), option in zip(drawings, found, strict=False):
            with solara.Div():
                html("h2", title)
                figure(option, f"{title}, by country.", "300px")
