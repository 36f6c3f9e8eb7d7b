"""The brief: what the browser prints, one or two pages of the present state, and nothing that is for clicking."""

from __future__ import annotations

import solara

from experiments.page.bands import differ_by
from experiments.page.series import RECENT_WEEKS
from experiments.page.session import Session
from experiments.page.trust import fitted, version
from experiments.page.widgets import html
from experiments.page.words import html_table


@solara.component
def Brief(session: Session) -> None:
    """The end of the brief, which only paper shows: settings that differ, sources, the link."""
    rows = [[key, value] for key, value in facts(session)]
    text = html_table(("", ""), rows, "Settings and sources")
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
