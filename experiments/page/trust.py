"""What to take away from the page, and what to know before it is believed."""

from __future__ import annotations

import solara

from experiments.page.crew import crew
from experiments.page.files import write_scenario, zip_tables
from experiments.page.session import Session


@solara.component
def TakeAway(session: Session) -> None:
    """Downloads of the path's tables and of the settings as a scenario file, which can be loaded again."""
    setup = session.setup.value

    def scenario() -> str:
        return write_scenario(session.raw(setup), setup.seed)

    def tables() -> bytes:
        # Not in the server: a run would hold up every window, and could take the server along.
        made = crew().ask(session.job(setup)._replace(tables=True)).result()
        return zip_tables({} if isinstance(made, str) else made, scenario())

    with solara.Div(classes=["takeaway"]):
        solara.HTML("h2", unsafe_innerHTML="Take away")
        with solara.Div(classes=["line"]):
            if session.fresh:
                solara.FileDownload(tables, "chokepoint_tables.zip", "Tables (CSV, zip)").key("tables")
            solara.FileDownload(scenario, "chokepoint_scenario.toml", "Settings (scenario file, TOML)").key("settings")
