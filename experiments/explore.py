"""The page in the browser: `solara run experiments/explore.py` (or `make explore`) serves Mesa's visual server.

The environment variable CHOKEPOINT_DATA names the data folder of another world (its files: `model/data/README.md`):
`CHOKEPOINT_DATA=my_world make explore`. A folder that cannot be used ends the start with one line that says why.

Only what the first answer needs is imported here; model, figures and Mesa are loaded while the browser fetches Solara.
Pandas is imported at once: Solara looks into it whenever its name is known, and it must not find it half imported.
"""

from __future__ import annotations

import sys
from pathlib import Path

if str(Path(__file__).resolve().parent.parent) not in sys.path:  # started as a file from a checkout
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas  # noqa: F401
import solara
import solara.lab
from solara.server import settings

from experiments.page.guard import guard_server
from experiments.page.start import check_world, start
from experiments.page.widgets import WINDOW_WIDTH, WindowWidth

settings.theme.show_banner = False
settings.telemetry.mixpanel_enable = False  # nothing leaves this machine
settings.kernel.cull_timeout = "2h"  # a window that has gone away keeps its run for so long
SIDEBAR_FITS = 960  # window width, px, from which the sidebar stands beside the page
sys.setswitchinterval(0.001)  # s; the server answers between the imports
check_world()
guard_server()
STARTING = start()


@solara.component
def Layout(children: list[solara.Element]) -> None:
    """Solara's usual frame; the sidebar starts closed where it would cover the page."""
    WindowWidth()
    fits = not 0 < WINDOW_WIDTH.value < SIDEBAR_FITS
    solara.AppLayout(children=children, sidebar_open=fits, navigation=False)


@solara.component
def Page() -> None:
    """One visitor's page; until the server is ready, what it is waiting for."""
    solara.Title("Chokepoint")
    waiting = solara.lab.use_task(STARTING.join, dependencies=[])
    if waiting.pending and STARTING.is_alive():
        with solara.Column(style={"max-width": "640px", "margin": "64px auto", "padding": "0 16px"}):
            solara.Text("Loading the model ...")
            solara.ProgressLinear(True)
            solara.Text("The first start after an installation also compiles it, which takes up to a minute.")
        return
    from experiments.page.page import Explore

    Explore()
