"""The whole page of one visitor: Mesa's frame (Play, Step, Reset) with the project's own settings, charts and words."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import solara

from experiments.page import agents, link
from experiments.page.bands import differ_by
from experiments.page.brief import Brief
from experiments.page.drawings import Others, PricesAndPins
from experiments.page.frame import Frame
from experiments.page.map import colours, land, scale, world_map
from experiments.page.memory import tidy_soon
from experiments.page.policies import Policies
from experiments.page.questions import questions, tour
from experiments.page.runs import Runs, at_hand
from experiments.page.session import Session
from experiments.page.settings import Settings
from experiments.page.trust import TakeAway, Trust
from experiments.page.why import Why
from experiments.page.widgets import DARK, NARROW, WINDOW_WIDTH, Clock, Head, Weekly, as_json, choose, figure, html
from experiments.page.words import COMPARISON_HEAD, answers, comparison_rows, day_words, html_table
from experiments.page.world import good_name

CSS = Path(__file__).with_name("page.css")


@solara.component
def Explore() -> None:
    """One visitor's page; every window has a session of its own."""
    query = solara.use_router().search or ""
    session = solara.use_memo(lambda: opened(query), [])
    solara.use_effect(lambda: tidy_soon, [])  # when the window is left
    solara.Style(CSS)
    Frame(session.clock, components=[], model_params={"session": session}, name="Chokepoint", play_interval=100)
    BelowControls(session)
    Runs(session)
    with solara.Column(classes=["explore"], gap="14px"):
        html("h1", "Chokepoint: trade in critical metals under export controls", "title")
        Questions(session)
        Time(session)
        Answer(session)
        with solara.Div(classes=["results"] if session.fresh else ["results", "old"]):
            with solara.Div(classes=["beside"]):
                Map(session)
                Ask(session)
            PricesAndPins(session)
            Why(session)
            Policies(session)
            Others(session)
            Tables(session)
            Trust(session)
            TakeAway(session)
            Brief(session)


def opened(query: str) -> Session:
    """Return the session of a new window, with what is already known of it."""
    session = link.opened(query)
    at_hand(session)
    return session


@solara.component
def BelowControls(session: Session) -> None:
    """The settings in the sidebar. Solara orders its parts by how deep they are nested: this puts them below Mesa's."""
    _Nested(session)


@solara.component
def _Nested(session: Session) -> None:
    with solara.Sidebar():
        Settings(session)


@solara.component
def Questions(session: Session) -> None:
    """Presets, the tour, pins and the link."""
    asked = solara.use_memo(lambda: questions(session), [])
    setup = session.setup.value
    now = next((key for key, (_, _, one) in asked.items() if session.same(one, setup)), "")

    def hear(what: str, value: Any) -> None:
        if what == "question" and value in asked:
            session.run(asked[value][2])
        elif what == "pin":
            session.pin(str(value))
        elif what == "unpin":
            session.unpin(str(value))
        elif what == "go_back":
            session.go_back(str(value))

    Head.show(
        questions=[[key, text, about] for key, (text, about, _) in asked.items()], asked=now,
        steps=[list(step) for step in tour(session)], pins=[pin.name for pin in session.pins.value],
        on_event=hear,
    )  # fmt: skip


@solara.component
def Time(session: Session) -> None:
    """The week shown, the goods to choose from, and what is going on."""
    record, bands = session.found.value.record, session.found.value.bands
    dates = solara.use_memo(
        lambda: [day_words(record, week) for week in range(record.weeks)] if record else [], [record]
    )
    fresh = session.fresh
    state = "Running the new settings ..." if not fresh else "One path; 20 runs follow ..."
    if session.found.value.problem and fresh:
        state = "These settings cannot be run."
    elif bands and fresh:
        state = f"Bands: 10 to 90 % of {len(bands.runs)} runs: {differ_by(session.world)}."

    def hear(what: str, value: Any) -> None:
        if what == "week_chosen":
            session.week.value = int(value) if record and int(value) < record.weeks else 10**6
        elif what == "good_chosen":
            session.look(good=int(value))
        elif what == "came":
            link.came(session, str(value))

    Clock.show(
        dates=dates, start=dates[0] if dates else "", week=session.shown_week, good=session.view.value.good,
        state=state,
        fresh=fresh, goods=[good_name(session.world, i) for i in range(len(session.world.goods))],
        query=link.written(session), on_event=hear,
    )  # fmt: skip


@solara.component
def Answer(session: Session) -> None:
    """The difference in one sentence, for the country that was asked last, and who runs short: of all weeks at once."""
    found, view = session.found.value, session.view.value
    asked = view.asked
    zone = asked.removeprefix("zone:") if asked.startswith("zone:") else session.case.target
    texts = solara.use_memo(
        lambda: answers(found.record, found.compared, view.good, zone) if found.record else [],
        [found, view.good, zone],
    )
    below = f"Compared with {session.case.comparisons[session.setup.value.comparison]}. {session.called()}."
    if found.record is None or not session.fresh:
        problem = found.problem if session.fresh else ""
        texts, below = [f'<p class="headline">{escape(problem or "Running the new settings ...")}</p>'], ""
    Weekly.show(texts=texts, below=below)


@cache
def land_map() -> str:
    """Return the land as it is sent."""
    return as_json({"land": land()})


@solara.component
def Map(session: Session) -> None:
    """The map, its key, and countries to click."""
    record, dark, view = session.found.value.record, DARK.value, session.view.value
    option = solara.use_memo(
        lambda: as_json(world_map(session, record, dark)) if record else None, [record, dark, view.good, view.asked]
    )

    def clicked(event: Any) -> None:
        if event.get("seriesType") == "scatter" and event.get("name") in session.world.zone_index:
            session.look(asked=f"zone:{event['name']}")

    with solara.Div(classes=["map"]):
        html("h2", "Flows between countries, mean of 8 weeks")
        if record is None or option is None:
            return
        height = "300px" if 0 < WINDOW_WIDTH.value < NARROW else "460px"
        figure(option, "Map of flows between countries; the table by country below has the figures.", height,
               maps=land_map(), clicked=clicked)  # fmt: skip
        cheap, dear = scale(record, view.good)
        key = (f'<span class="ramp" style="background: linear-gradient(90deg, {", ".join(colours(dark))})"></span> '
               f"{cheap:,.0f} to {dear:,.0f} USD/kg where it goes; width: kg. "
               "Dashed: closed, with the policy. Click a country to ask it.")  # fmt: skip
        html("p", key, "note")


@solara.component
def Ask(session: Session) -> None:
    """Choose a country or firm, and read what it holds, pays, fears and why it did what it did."""
    record, view, week = session.found.value.record, session.view.value, session.shown_week
    known = solara.use_memo(lambda: agents.choices(session.world, record) if record else [], [record])
    with solara.Div(classes=["ask"]):
        html("h2", "Ask a country or a firm")
        choose("Country or firm", known, view.asked, lambda value: session.look(asked=value))
        if record:
            text = agents.answer(record, view.asked, view.good, week, session.found.value.bands)
            html("div", text, "table", "answer", says="Its answer")


@solara.component
def Tables(session: Session) -> None:
    """The comparison by country, week by week."""
    record, good, week = session.found.value.record, session.view.value.good, session.shown_week
    if record is None:
        return
    rows = comparison_rows(record, session.found.value.compared, good, week)
    caption = f"Country by country, against {session.case.comparisons[session.setup.value.comparison]}"
    if rows:
        table = html_table(COMPARISON_HEAD, rows, caption, 1)
        html("div", table, "table", "wide", "countries", says="Country by country")
