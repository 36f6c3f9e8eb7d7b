"""What to take away from the page, and what to know before it is believed."""

from __future__ import annotations

import solara

from experiments.page.files import write_scenario, zip_tables
from experiments.page.record import start_model
from experiments.page.session import Session


@solara.component
def TakeAway(session: Session) -> None:
    """Downloads of the path's tables and of the settings as a scenario file, which can be loaded again."""
    setup = session.setup.value

    def scenario() -> str:
        return write_scenario(session.raw(setup), setup.seed)

    def tables() -> bytes:
        return zip_tables(start_model(session.job(setup)).run().tables(), scenario())

    with solara.Div(classes=["takeaway"]):
        solara.HTML("h2", unsafe_innerHTML="Take away")
        with solara.Div(classes=["line"]):
            if session.fresh:
                solara.FileDownload(tables, "chokepoint_tables.zip", "Tables (CSV, zip)").key("tables")
            solara.FileDownload(scenario, "chokepoint_scenario.toml", "Settings (scenario file, TOML)").key("settings")
