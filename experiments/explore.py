"""The page in the browser, Mesa's visual server: `make explore`, or `solara run experiments/explore.py --production`.

The environment variable CHOKEPOINT_DATA names the data folder of another world (its files: `model/data/README.md`):
`CHOKEPOINT_DATA=my_world make explore`. A folder that cannot be used ends the start with one line that says why.

Only what the first answer needs is imported here; model, figures and Mesa are loaded while the browser fetches Solara.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

if str(Path(__file__).resolve().parent.parent) not in sys.path:  # started as a file from a checkout
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import solara

from experiments.page.guard import guard_server
from experiments.page.mend import mend_solara
from experiments.page.start import check_world, first_things, start
from experiments.page.widgets import DARK, WINDOW_WIDTH, Width

SIDEBAR_FITS = 960  # window width, px, from which the sidebar stands beside the page
first_things()
check_world()
mend_solara()
guard_server()
STARTING = start()


@solara.component
def Layout(children: list[solara.Element]) -> None:
    """Solara's usual frame; the sidebar starts closed where it would cover the page."""
    Width(event_wide=WINDOW_WIDTH.set, event_theme=DARK.set)
    fits = not 0 < WINDOW_WIDTH.value < SIDEBAR_FITS
    solara.AppLayout(children=children, sidebar_open=fits, navigation=False)


@solara.component
def Page() -> None:
    """One visitor's page; until the server is ready, what it is waiting for."""
    solara.Title("Chokepoint")
    ready, set_ready = solara.use_state(not STARTING.is_alive())
    solara.use_effect(lambda: None if ready else tell_when_ready(lambda: set_ready(True)), [])
    if ready:
        from experiments.page.page import Explore

        Explore()
        return
    with solara.Column(style={"max-width": "640px", "margin": "64px auto", "padding": "0 16px"}):
        solara.HTML("h1", unsafe_innerHTML="Chokepoint", style="font-size: 1.15rem")
        solara.Text("Loading the model ...")
        solara.ProgressLinear(True)
        solara.Text("The first start after an installation also compiles it, which takes up to a minute.")


def tell_when_ready(tell: Callable[[], None]) -> None:
    """Call back, from a thread of the present window, once everything is loaded."""

    def wait() -> None:
        STARTING.join()
        tell()

    threading.Thread(target=wait, daemon=True, name="waiting").start()
