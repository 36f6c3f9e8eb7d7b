"""What to take away from the page, on paper too, and what to know before it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import solara

from experiments.ensemble.output import versions
from experiments.history.scorecard import scorecard
from experiments.page.aside import there, use_runs
from experiments.page.bands import RUNS, differ_by, drawn
from experiments.page.crew import crew
from experiments.page.files import write_scenario, zip_tables
from experiments.page.record import SOURCE
from experiments.page.series import RECENT_WEEKS, Light
from experiments.page.session import Session
from experiments.page.view import Setup
from experiments.page.widgets import Pick, html
from experiments.page.words import html_table
from experiments.study.observations import observations
from experiments.study.record import Row, held
from experiments.study.shown import shown_of
from model.scenario import parse_scenario
from model.world import World

SCORE_HEAD = ("Place", "Quotes", "Typical error of the median", "Inside the band of 10 to 90 %")
LEFT_OUT = (
    "Contracts longer than a year, quality disputes, currency moves, and what governments do next: policies are "
    "inputs. No observed price or flow after {cut} is in the data; what is later is forecast."
)
NAMED = (
    "Firms carry names where the record names them; most of what they make, hold and use is estimated, and firms "
    "called after their country stand for all others there. A single firm's figures are no facts about it."
)


@solara.component
def TakeAway(session: Session) -> None:
    """Downloads of the path's tables and of the settings as a scenario file, which can be loaded again."""
    setup = session.setup.value

    scenario = solara.use_memo(lambda: partial(_scenario, session, setup), [setup])  # a new one would be told at once
    tables = solara.use_memo(lambda: partial(_tables, session, setup), [setup])
    with solara.Div(classes=["takeaway"]):
        html("h2", "Take away")
        with solara.Div(classes=["line"]):
            if session.fresh:
                solara.FileDownload(tables, "chokepoint_tables.zip", "Tables (CSV, zip)").key("tables")
            solara.FileDownload(scenario, "chokepoint_scenario.toml", "Settings (scenario file, TOML)").key("settings")


def _scenario(session: Session, setup: Setup) -> str:
    return write_scenario(session.raw(setup), setup.seed)


def _tables(session: Session, setup: Setup) -> bytes:
    # Not in the server: a run would hold up every window, and could take the server along.
    made = crew().ask(session.job(setup)._replace(tables=True)).result()
    return zip_tables({} if isinstance(made, str) else made, _scenario(session, setup))


# ---- what was fitted, how it scores, what is left out ----------------------------------------------------------------


@solara.component
def Trust(session: Session) -> None:
    """How far to trust the page; its score is worked out when somebody asks."""
    opened, set_opened = solara.use_state(False)
    with solara.Div(classes=["trust"]):
        html("h2", "How far can this be trusted?")
        text = "Close" if opened else "What was fitted, how it scores, what is left out"
        Pick("Trust", [("trust", text)], "trust" if opened else "", lambda _: set_opened(not opened), "buttons")
        if opened:
            ranges = f"{RUNS} runs that differ by {differ_by(session.world)}; 10 to 90 % of them."
            facts = [["Fitted", fitted(session.world)], ["Firms", NAMED],
                     ["Left out", LEFT_OUT.format(cut=cut_of(session.world))], ["Ranges", ranges],
                     ["Version", version(session.world)], ["To cite", cite(session)]]  # fmt: skip
            html("div", html_table(("", ""), facts, "What stands behind it"), "table")
            Score(session)


@solara.component
def Score(session: Session) -> None:
    """How runs of the record compare with observed prices, whatever the settings are."""
    setup = Setup(session.first_scenario, (("seed", session.setup.value.seed),))
    jobs = solara.use_memo(lambda: drawn(session.job(setup)), [setup.seed])
    kept = [run for run in use_runs({"record": jobs})["record"] if there(run)]
    scenario = solara.use_memo(lambda: parse_scenario(session.raw(setup), SOURCE, session.world), [setup.seed])
    text = f"<p>Running the record {RUNS} times ...</p>"
    if len(kept) > 1:
        rows = score_rows(score(session.world, scenario.start, kept))
        text = html_table(SCORE_HEAD, rows, f"Observed prices to June 2024 against {len(kept)} runs of the record", 1)
    html("div", text, "table", aria_live="polite")


def fitted(world: World) -> str:
    """Return what parameters were fitted to, from the posterior's own manifest."""
    if world.posterior is None:
        return "Nothing: parameters are as declared."
    about, values = world.posterior.about, world.posterior.values
    said = f"{values.shape[1]} parameters to {about.get('observations', '?')} observations of prices and exports up to "
    said += f"{about.get('cut', '?')}, in {about.get('budget', 0):,} runs; {len(values)} draws agree with them about "
    return said + "equally well. The parameters in the settings are those of the most central draw."


def cut_of(world: World) -> str:
    """Return the last day that parameters were fitted to, else that of the last observed price."""
    seen = world.observed_prices["end_date"].max()
    known = str(seen.date()) if pd.notna(seen) else "the start"
    return str(world.posterior.about.get("cut", known)) if world.posterior else known


def version(world: World) -> str:
    """Return versions of the project and of what it stands on, and the hash of the data."""
    found = versions()
    own = found.pop("chokepoint")
    return f"Chokepoint {own}, data {world.data_hash[:12]}; " + ", ".join(f"{k} {v}" for k, v in found.items()) + "."


def cite(session: Session) -> str:
    """Return how to cite what is on the page."""
    return (
        f"Chokepoint {versions()['chokepoint']}: agent-based simulation of trade in critical metals. "
        f"Data {session.world.data_hash[:12]}, {session.called()}, seed {session.setup.value.seed}. "
        "With the link of this page, which holds every setting."
    )


def score(world: World, start: date, runs: Sequence[Light]) -> pd.DataFrame:
    """Return the scorecard of history for observed prices, from the runs at hand."""
    view = shown_of(world, parse_scenario({"name": "record", "start": start}, SOURCE, world))
    days = np.datetime64(start) + 7 * np.arange(len(runs[0].free))
    rows = [row for row in held(observations(world, view), world, start, len(days)) if "/price/" in row.key]
    numbers = [(row.key, _mean(run, row, world, days)) for row in rows for run in runs]
    return scorecard(rows, pd.DataFrame(numbers, columns=["key", "value"])) if rows else pd.DataFrame()


def _mean(run: Light, row: Row, world: World, days: np.ndarray) -> float:
    """Return what a run has for an observed price: the mean of the weeks whose Mondays lie in its span."""
    first, last = map(np.datetime64, row.quantity.span or (days[0], days[-1]))
    weeks = (days >= first) & (days <= last)
    where = row.quantity.where
    return float(run.free[weeks, world.goods.index(where["good"]), world.zone_index[where["zone"]]].mean(dtype=float))


def score_rows(card: pd.DataFrame) -> list[list[str]]:
    """Return by good and place: quotes, root mean square error of the log of the median, and how many bands hold."""
    if card.empty:
        return [["no observed prices in this world", "0", "", ""]]
    place = card["what"].str.split(", ").str[:2].str.join(", ")
    return [
        [name, str(len(own)), f"{100 * np.expm1(np.sqrt((own['log_error'] ** 2).mean())):.0f} %",
         f"{int(own['inside'].sum())} of {len(own)}"]
        for name, own in card.groupby(place, sort=True)
    ]  # fmt: skip


# ---- what paper shows of it -----------------------------------------------------------------------------------------


@solara.component
def Brief(session: Session) -> None:
    """The end of the brief, which only paper shows: settings that differ, sources, the link."""
    text = html_table(("", ""), facts(session), "Settings and sources")
    text += '<p class="address"></p>'  # the browser writes its link there before it prints
    html("div", text, "brief", "table")


def facts(session: Session) -> list[tuple[str, str]]:
    """Return what somebody needs to read a printed page: scenario, changes, comparison, range, sources."""
    setup, levers = session.setup.value, session.levers
    filed = session.filed(setup.scenario)
    changed = [
        f"{levers[key].label}: {levers[key].shown(value)} (as filed {levers[key].shown(levers[key].read(filed))})"
        for key, value in setup.changes
    ]
    bands = session.found.value.bands
    runs = f"{len(bands.runs)} runs that differ by {differ_by(session.world)}" if bands else "one run"
    return [
        ("Scenario", session.title_of(setup.scenario) + ", changed" * bool(changed)),
        ("Settings that differ", "; ".join(changed) or "none"),
        ("Compared with", session.case.comparisons[setup.comparison]),
        ("Ranges", f"10 to 90 % of {runs}; prices paid are means of {RECENT_WEEKS} weeks."),
        ("Fitted", fitted(session.world)),
        ("Sources", "the data files of the model, every row with its source and confidence; points are observed."),
        ("Version", version(session.world)),
    ]
