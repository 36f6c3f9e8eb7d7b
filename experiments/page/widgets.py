"""The page's own widgets: settings, the clock, charts, questions. Each is one for the browser."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipyvuetify as v
import solara
import traitlets
from solara.components.echarts import EchartsWidget


class Spoken(v.VuetifyTemplate):
    """A widget whose template calls `name(value)`; the page answers with the handler of that name.

    What its template reads stands in `shown`, by name: one message for each change.
    """

    on_event: Any = traitlets.Any(None, allow_none=True)

    def _tell(self, name: str, value: Any) -> None:
        if self.on_event is not None:
            self.on_event(name, value)


def _handler(name: str) -> Callable[..., None]:
    def hear(widget: Spoken, value: Any = None, buffers: Any = None) -> None:
        widget._tell(name, value)

    return hear


def widget(template: str, reads: dict[str, Any], calls: tuple[str, ...]) -> type[Spoken]:
    """Return a widget of a template file beside this one.

    Args:
        template: its name.
        reads: what the template reads, with what it is before it is set.
        calls: what the template calls.
    """
    parts: dict[str, Any] = {name: traitlets.Any(first).tag(sync=True) for name, first in reads.items()}
    parts |= {f"vue_{name}": _handler(name) for name in calls}
    parts["template_file"] = (__file__, f"{template}.vue")
    return type(template.capitalize(), (Spoken,), parts)


Side = widget(
    "side",
    {"levers": [], "values": {}, "scenarios": [], "scenario": "", "problem": "", "notice": "", "comparisons": [],
     "comparison": "", "most_bytes": 0},
    ("moved", "put_back", "scenario_chosen", "compared", "loaded"),
)  # fmt: skip
Clock = widget(
    "clock",
    {"dates": [], "start": "", "week": 0, "goods": [], "good": 0, "state": "", "fresh": False, "query": ""},
    ("week_chosen", "good_chosen", "came"),
)
Head = widget(
    "head",
    {
        "questions": [],
        "asked": "",
        "steps": [],
        "pins": [],
    },
    ("question", "pin", "unpin", "go_back"),
)


class Chart(EchartsWidget):
    """Solara's chart, which also follows the week, its size, and changes that come before it is drawn."""

    template_file = (__file__, "chart.vue")


Pick = widget("pick", {"label": "", "options": [], "chosen": "", "many": False}, ("picked",))
Press = widget("press", {"label": "", "options": [], "chosen": ""}, ("picked",))
Width = widget("width", {}, ("wide", "theme"))
WINDOW_WIDTH = solara.reactive(0)  # px, of each window; 0 until the browser has shown something
DARK = solara.reactive(False)  # whether each window is dark, as the browser says
NARROW = 700  # px; below it there is room for one column


@solara.component
def WindowWidth() -> None:
    """Keep `WINDOW_WIDTH` at the window's width, and `DARK` at its theme."""
    Width.element(on_event=_wide)


def _wide(what: str, value: Any) -> None:
    if what == "wide":
        WINDOW_WIDTH.set(int(value))
    else:
        DARK.set(bool(value))


def choose(label: str, options: Iterable[tuple[str, str]], chosen: str, hear: Callable[[str], None]) -> None:
    """Offer one of (id, text)."""
    Pick.element(label=label, options=[list(one) for one in options], chosen=chosen, many=False,
                 on_event=lambda what, value: hear(str(value)))  # fmt: skip


def press(label: str, options: Iterable[tuple[str, str]], chosen: str, hear: Callable[[str], None]) -> None:
    """Offer buttons of (id, text), one of which may be pressed."""
    Press.element(label=label, options=[list(one) for one in options], chosen=chosen,
                  on_event=lambda what, value: hear(str(value)))  # fmt: skip


def figure(option: Any, says: str, height: str, **more: Any) -> None:
    """Draw a chart with its description."""
    attributes = {"style": f"height: {height}; width: 100%", "role": "img", "aria-label": says}
    Chart.element(option=option, attributes=attributes, **more)


def tick(
    label: str, options: Mapping[str, str], chosen: tuple[str, ...], hear: Callable[[tuple[str, ...]], None]
) -> None:
    """Offer any of several, by id with texts."""
    Pick.element(label=label, options=[list(one) for one in options.items()], chosen=list(chosen), many=True,
                 on_event=lambda what, value: hear(tuple(key for key in options if key in value)))  # fmt: skip


def content_of(chosen: dict[str, Any]) -> bytes:
    """Return what is in a file that was chosen in the browser; empty when it was too large to be sent."""
    try:
        return base64.b64decode(str(chosen.get("content", "")), validate=True)
    except binascii.Error:
        return b""
