"""The whole page of one visitor: Mesa's frame (Play, Step, Reset) with the project's own settings, charts and words."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import solara

from experiments.page import agents, link
from experiments.page.bands import differ_by
from experiments.page.charts import Others, PricesAndPins
from experiments.page.frame import Frame
from experiments.page.map import colours, land, scale, world_map
from experiments.page.memory import tidy_soon
from experiments.page.policies import Policies
from experiments.page.questions import questions, tour
from experiments.page.runs import Runs, at_hand
from experiments.page.session import ALL_WEEKS, Session
from experiments.page.settings import Settings
from experiments.page.trust import Brief, TakeAway, Trust
from experiments.page.view import Setup
from experiments.page.why import Why
from experiments.page.widgets import DARK, Chart, Clock, Head, Pick, Weekly, as_json, html, is_narrow
from experiments.page.words import COMPARISON_HEAD, answers, comparison_rows, day_words, html_table

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

    def runs_now(preset: Setup) -> bool:
        return session.settled(replace(preset, comparison=setup.comparison)) == setup

    now = next((key for key, (_, _, one) in asked.items() if runs_now(one)), "")
    Head(
        questions=[[key, text, about] for key, (text, about, _) in asked.items()], asked=now,
        steps=tour(session), pins=list(session.pins.value),
        event_question=lambda key: session.run(asked[key][2]), event_pin=session.pin, event_unpin=session.unpin,
        event_go_back=lambda name: session.run(session.pins.value[name]),
    )  # fmt: skip


@solara.component
def Time(session: Session) -> None:
    """The week shown, the goods to choose from, and what is going on."""
    found, fresh = session.found.value, session.fresh
    record = found.record
    dates = solara.use_memo(lambda: [day_words(record, w) for w in range(record.weeks)] if record else [], [record])
    state = "Running the new settings ..." if not fresh else "One path; 20 runs follow ..."
    if found.problem and fresh:
        state = "These settings cannot be run."
    elif found.bands and fresh:
        state = f"Bands: 10 to 90 % of {len(found.bands.runs)} runs: {differ_by(session.world)}."

    def show(week: int) -> None:
        session.week.value = int(week) if record and int(week) < record.weeks else ALL_WEEKS

    Clock(
        dates=dates, start=dates[0] if dates else "", week=session.shown_week, state=state, fresh=fresh,
        goods=session.world.good_table["name"].tolist(), good=session.view.value.good, query=link.written(session),
        event_week_chosen=show, event_good_chosen=lambda good: session.look(good=int(good)),
        event_came=lambda query: link.came(session, str(query)),
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
    Weekly(texts, below)


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
        says = "Map of flows between countries; the table by country below has the figures."
        Chart(option, says, "300px" if is_narrow() else "460px", land(), clicked)
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
        Pick("Country or firm", known, view.asked, lambda asked: session.look(asked=str(asked)))
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
