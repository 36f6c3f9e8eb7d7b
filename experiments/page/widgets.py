"""The page's own widgets: settings, the clock, charts, questions. Each is one for the browser."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipyvuetify as v
import solara
import traitlets


class Sealed:
    """Lists and tables on their way to the browser. Reacton looks for elements in whatever it can open, many times."""

    def __init__(self, data: Any) -> None:
        """Take what is sent."""
        self.data = data

    def __eq__(self, other: object) -> bool:
        """Return whether the same is sent."""
        return isinstance(other, Sealed) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]


class Spoken(v.VuetifyTemplate):
    """A widget whose template calls `name(value)`; the page answers with the handler of that name.

    What its template reads are its traits: one message for each change.
    """

    on_event: Any = traitlets.Any(None, allow_none=True)

    @classmethod
    def show(cls, **reads: Any) -> None:
        """Put it on the page, with what its template reads and who hears what it calls."""
        cls.element(**{k: Sealed(one) if isinstance(one, dict | list) else one for k, one in reads.items()})

    def _tell(self, name: str, value: Any) -> None:
        if self.on_event is not None:
            self.on_event(name, value)


def _opened(value: Any, widget: object) -> Any:
    return value.data if isinstance(value, Sealed) else value


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
    parts: dict[str, Any] = {
        name: traitlets.Any(first).tag(sync=True, to_json=_opened) for name, first in reads.items()
    }
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
Head = widget("head", {"questions": [], "asked": "", "steps": [], "pins": []}, ("question", "pin", "unpin", "go_back"))


# Its option and maps are texts in JSON: the browser alone looks into them.
Chart = widget("chart", {"option": "", "maps": "{}", "height": "", "says": ""}, ("clicked",))


Weekly = widget("weekly", {"texts": [], "below": ""}, ())
Pick = widget("pick", {"label": "", "options": [], "chosen": "", "many": False}, ("picked",))
Press = widget("press", {"label": "", "options": [], "chosen": ""}, ("picked",))
Width = widget("width", {}, ("wide", "theme"))
WINDOW_WIDTH = solara.reactive(0)  # px, of each window; 0 until the browser has shown something
DARK = solara.reactive(False)  # whether each window is dark, as the browser says
NARROW = 700  # px; below it there is room for one column


def html(tag: str, text: str, *classes: str, says: str = "", **attributes: str) -> None:
    """Put HTML on the page; what it is called makes it a region that keys can reach, since it may be scrolled."""
    region = {"tabindex": "0", "role": "region", "aria-label": says} if says else {}
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    solara.HTML(tag, unsafe_innerHTML=text, classes=list(classes), attributes=region | named)


def as_json(data: Any) -> str:
    """Return what a chart needs as the text that is sent."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


@solara.component
def WindowWidth() -> None:
    """Keep `WINDOW_WIDTH` at the window's width, and `DARK` at its theme."""
    Width.show(on_event=_wide)


def _wide(what: str, value: Any) -> None:
    if what == "wide":
        WINDOW_WIDTH.set(int(value))
    else:
        DARK.set(bool(value))


def choose(label: str, options: Iterable[tuple[str, str]], chosen: str, hear: Callable[[str], None]) -> None:
    """Offer one of (id, text)."""
    Pick.show(label=label, options=[list(one) for one in options], chosen=chosen, many=False,
              on_event=lambda what, value: hear(str(value)))  # fmt: skip


def press(label: str, options: Iterable[tuple[str, str]], chosen: str, hear: Callable[[str], None]) -> None:
    """Offer buttons of (id, text), one of which may be pressed."""
    Press.show(label=label, options=[list(one) for one in options], chosen=chosen,
                  on_event=lambda what, value: hear(str(value)))  # fmt: skip


def figure(option: Any, says: str, height: str, maps: str = "{}", clicked: Callable[[Any], None] | None = None) -> None:
    """Draw a chart with its description; an option that stays the same is best kept as the text of `as_json`."""
    text = option if isinstance(option, str) else as_json(option)
    hear = (lambda what, value: clicked(value)) if clicked else None
    Chart.show(option=text, says=says, height=height, maps=maps, on_event=hear)


def tick(
    label: str, options: Mapping[str, str], chosen: tuple[str, ...], hear: Callable[[tuple[str, ...]], None]
) -> None:
    """Offer any of several, by id with texts."""
    Pick.show(label=label, options=[list(one) for one in options.items()], chosen=list(chosen), many=True,
              on_event=lambda what, value: hear(tuple(key for key in options if key in value)))  # fmt: skip


def content_of(chosen: dict[str, Any]) -> bytes:
    """Return what is in a file that was chosen in the browser; empty when it was too large to be sent."""
    try:
        return base64.b64decode(str(chosen.get("content", "")), validate=True)
    except binascii.Error:
        return b""
