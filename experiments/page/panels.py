"""The page's panels: where the run stands, figures, tables, words, and the answer of an agent."""

from __future__ import annotations

import base64
import time
from contextlib import nullcontext
from functools import cache
from html import escape

import solara
import solara.lab
from mesa.visualization.utils import force_update, update_counter

from experiments.page.agents import answer, choices
from experiments.page.charts import canvas_for, draw_cover, draw_prices, draw_shares
from experiments.page.controls import TakeAway
from experiments.page.draw import DRAWING, Canvas, one_picture
from experiments.page.map import draw_map, map_canvas, places
from experiments.page.model import Session, run_to_compare
from experiments.page.titles import TITLES, notes, says
from experiments.page.widgets import WINDOW_WIDTH, PickPlace
from experiments.page.words import (
    COMPARISON_HEAD,
    comparison_rows,
    date_words,
    headline,
    html_table,
    policy_rows,
    who_runs_short,
)
from experiments.page.world import good_name

# What the panels show: which model, and how many weeks it has lived.
Now = tuple[int, int]
CHUNK_WEEKS, REDRAW_SECONDS, QUARTER = 26, 1.0, 13


@solara.component
def Panels(session: Session) -> None:
    """All panels. Only this one listens to Mesa's steps: every listener costs Solara a pass over the whole page."""
    update_counter.get()
    model = session.model.value
    now = (model.number, model.series.n)
    with solara.Column(classes=["explore"], gap="12px"):
        RunBar(session, now)
        with solara.ToggleButtonsSingle(session.good.value, on_value=session.good.set, classes=["goods"], dense=True):
            for i in range(len(model.world.goods)):
                solara.Button(good_name(model.world, i), value=i, text=True)
        Headline(session, now)
        FigurePanel(session, "map", now)
        FigurePanel(session, "prices", now)
        with solara.Div(classes=["pair"]):
            FigurePanel(session, "shares", now)
            FigurePanel(session, "cover", now)
        Tables(session, now)
        AskAgent(session, now)
        TakeAway(session, model.series.n > 0, lambda: all_figures(session))


@solara.component
def RunBar(session: Session, now: Now) -> None:
    """Where the run stands, and buttons that go on by a week, a quarter, or to the end while the page stays alive."""
    model = session.model.value
    lived = solara.use_reactive(0)

    def go_on(weeks: int) -> None:
        session.stop_running.clear()
        target, drawn = min(model.week + weeks, model.scenario.weeks), time.monotonic()
        while model.week < target and not session.stop_running.is_set() and session.model.value is model:
            for _ in range(min(CHUNK_WEEKS, target - model.week)):
                model.step()
            lived.value = model.week
            if time.monotonic() - drawn > REDRAW_SECONDS and model.week < target:
                force_update()
                drawn = time.monotonic()
        force_update()

    running = solara.lab.use_task(go_on, dependencies=None, raise_error=False)
    with solara.Div(classes=["run-bar"]):
        solara.HTML("h2", unsafe_innerHTML=date_words(model), attributes={"aria-live": "polite"})
        with solara.Row(gap="8px", style={"flex-wrap": "wrap"}):
            for label, weeks in (("One week", 1), ("One quarter", QUARTER), ("Run to the end", model.scenario.weeks)):
                solara.Button(
                    label,
                    on_click=lambda n=weeks: running(n),
                    disabled=running.pending or model.finished,
                    outlined=True,
                )
            if running.pending:
                solara.Button("Stop", on_click=session.stop_running.set, outlined=True)
        solara.ProgressLinear(100 * max(model.week, lived.value if running.pending else 0) / model.scenario.weeks)
    if running.error:
        solara.Error("The run stopped: the model could not go on with these settings. Press Reset to start over.")


@solara.component
def Baseline(session: Session) -> None:
    """Run what the page compares with in the background, once for each setting."""
    model = session.model.value
    wanted = solara.use_memo(
        lambda: model.to_compare(session.comparison.value), [model.number, session.comparison.value]
    )

    shown = WINDOW_WIDTH.value > 0  # the page first

    def work() -> None:
        session.baseline.value = None
        if shown:
            session.baseline.value = run_to_compare(*wanted)

    solara.lab.use_task(work, dependencies=[*wanted[:2], shown], raise_error=False)


@solara.component
def Headline(session: Session, now: Now) -> None:
    """The difference in one sentence, for the country that was asked last."""
    asked = session.asked.value
    zone = asked.removeprefix("zone:") if asked.startswith("zone:") else session.case.target
    model = session.model.value
    solara.HTML(
        "p", classes=["headline"], attributes={"aria-live": "polite"},
        unsafe_innerHTML=headline(model, session.baseline.value, session.good.value, zone),
    )  # fmt: skip
    other = session.case.comparisons[session.comparison.value]
    solara.Text(f"{good_name(model.world, session.good.value)}, against {other}.")
    short = who_runs_short(model, session.baseline.value, session.good.value)
    if short:
        solara.HTML("p", classes=["answer-line"], unsafe_innerHTML=f"<b>Who runs short?</b> {escape(short)}")


@cache
def canvas(name: str, narrow: bool) -> Canvas:
    """Return the canvas of a figure; narrow and wide windows have different ones."""
    return map_canvas(narrow) if name == "map" else canvas_for(name, narrow)


def draw(session: Session, name: str) -> bytes:
    """Return one figure of the running model as PNG."""
    model, good, narrow = session.model.value, session.good.value, session.narrow
    on = canvas(name, narrow)
    with model.lock:
        if name == "map":
            return draw_map(on, model, good)
        if name == "shares":
            return draw_shares(on, model, good)
        if name == "cover":
            return draw_cover(on, model, good)
        return draw_prices(on, model, session.baseline.value, good, narrow)


def all_figures(session: Session) -> bytes:
    """Return all figures as one PNG."""
    model, narrow = session.model.value, session.narrow
    heading = f"{good_name(model.world, session.good.value)} · {model.scenario.name} · {date_words(model)}"
    with model.lock, DRAWING:
        for name in TITLES:
            draw(session, name)
        return one_picture([(title, canvas(name, narrow)) for name, title in TITLES.items()], heading)


def rehearse() -> None:
    """Do once what every window does at its start: compiles the model, finds fonts, draws the axes that all share."""
    session = Session()
    for name in TITLES:
        draw(session, name)


@solara.component
def FigurePanel(session: Session, name: str, now: Now) -> None:
    """A figure with its title, a note on how to read it, and a description for those who cannot see it."""
    model = session.model.value
    narrow = session.narrow
    state = [*now, session.good.value, narrow]
    png = solara.use_memo(lambda: draw(session, name), state + ([session.baseline.value] if name == "prices" else []))
    with solara.Div(classes=["figure", f"figure-{name}"]):
        solara.HTML("h3", unsafe_innerHTML=TITLES[name])
        frame = solara.Div(classes=["frame"]) if name == "map" else nullcontext()
        with frame, solara.Div(classes=["picture"]):
            source = "data:image/png;base64," + base64.b64encode(png).decode()
            solara.v.Html(
                tag="img",
                attributes={
                    "src": source,
                    "alt": f"{says(session.world)[name]} Week {model.series.n}.",
                    "data-week": str(model.series.n),
                },
            )
            if name == "map":
                CountryButtons(session, narrow)
        sideways = "Move the map sideways to see all of it. " if narrow and name == "map" else ""
        solara.HTML("p", unsafe_innerHTML=sideways + notes(session.world)[name], classes=["note"])


@solara.component
def CountryButtons(session: Session, narrow: bool) -> None:
    """A button at every country's place on the map."""
    found = solara.use_memo(lambda: places(session.model.peek().world.zone_table, narrow), [narrow])
    PickPlace(found, lambda zone: session.asked.set(f"zone:{zone}"))


@solara.component
def Tables(session: Session, now: Now) -> None:
    """The comparison by country, and the policies with what they did."""
    model = session.model.value
    with model.lock:
        compared = comparison_rows(model, session.baseline.value, session.good.value)
        policies = policy_rows(model)
    if compared:
        caption = f"Country by country, against {session.case.comparisons[session.comparison.value]}"
        solara.HTML("div", html_table(COMPARISON_HEAD, compared, caption, 1), classes=["table"])
    head = ("Policy", "Kind", "This week", "What it did last")
    solara.HTML("div", html_table(head, policies, "Policies") if policies else "No policies.", classes=["table"])


@solara.component
def AskAgent(session: Session, now: Now) -> None:
    """Choose a country or firm, and read what it holds, pays and has been granted."""
    model = session.model.value
    # Plain texts: Solara visits every part of every list on every pass.
    known = solara.use_memo(lambda: choices(model), [model.number])
    shown = next((text for text, value in known.items() if value == session.asked.value), None)
    with solara.Card("Ask a country or a firm"):
        solara.v.Autocomplete(
            label="Country or firm (type to search)", items=list(known), v_model=shown,
            on_v_model=lambda text: session.asked.set(known[text]) if text in known else None,
        )  # fmt: skip
        solara.HTML("div", answer(model, session.asked.value, session.good.value), classes=["table", "answer"])
