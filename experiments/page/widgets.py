"""The page's own widgets: settings, the clock, charts, questions. Each is a template of its name beside this file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import solara

Hear = Callable[[Any], object]  # what the browser calls
WINDOW_WIDTH = solara.reactive(0)  # px, of each window; 0 until the browser has shown something
DARK = solara.reactive(False)  # whether each window is dark, as the browser says
NARROW = 700  # px; below it there is room for one column


@dataclass
class Sealed:
    """Lists and tables on their way to the browser. Reacton looks for elements in whatever it can open, many times."""

    data: Any


def _opened(value: Any, widget: object) -> Any:
    return value.data if isinstance(value, Sealed) else value


def widget(declared: Callable[..., None]) -> Callable[..., None]:
    """Make a widget of a function: its template reads the arguments, and calls those that begin with `event_`."""
    form = signature(declared)
    template = solara.component_vue(
        f"{declared.__name__.lower()}.vue", to_json=dict.fromkeys(form.parameters, _opened)
    )(declared)

    def show(*given: Any, **named: Any) -> None:
        read = form.bind(*given, **named).arguments
        template(**{name: Sealed(one) if isinstance(one, dict | list) else one for name, one in read.items()})

    return show


@widget
def Side(
    levers: list[dict[str, Any]], values: dict[str, dict[str, Any]], scenarios: list[Any], scenario: str,
    comparisons: list[Any], comparison: str, problem: str, notice: str, most_bytes: int, event_moved: Hear,
    event_put_back: Hear, event_scenario_chosen: Hear, event_compared: Hear, event_loaded: Hear,
) -> None:  # fmt: skip
    """Show the settings; what is moved is called with the control's key and its value as text."""


@widget
def Clock(
    dates: list[str], start: str, week: int, goods: list[str], good: int, state: str, fresh: bool, query: str,
    event_week_chosen: Hear, event_good_chosen: Hear, event_came: Hear,
) -> None:  # fmt: skip
    """Show the week, the goods to choose from, and what is going on; keep the link."""


@widget
def Head(
    questions: list[Any], asked: str, steps: list[Any], pins: list[str], event_question: Hear, event_pin: Hear,
    event_unpin: Hear, event_go_back: Hear,
) -> None:  # fmt: skip
    """Show the presets, the tour, pins and the link."""


@widget
def Chart(option: str, says: str, height: str, maps: str = "{}", event_clicked: Hear | None = None) -> None:
    """Draw an option of ECharts and what it says; option and maps are JSON: the browser alone looks into them."""


@widget
def Weekly(texts: list[str], below: str) -> None:
    """Show the HTML of the week shown."""


@widget
def Pick(label: str, options: list[tuple[str, str]], chosen: Any, event_picked: Hear, how: str = "list") -> None:
    """Offer (id, text): one of a `list`, `buttons`, one of which may be pressed, or `boxes` to tick."""


@widget
def Width(event_wide: Hear, event_theme: Hear) -> None:
    """Tell how wide the window is, px, and whether it is dark."""


def is_narrow() -> bool:
    """Return whether the window has room for one column only."""
    return 0 < WINDOW_WIDTH.value < NARROW


def html(tag: str, text: str, *classes: str, says: str = "", **attributes: str) -> None:
    """Put HTML on the page; what it is called makes it a region that keys can reach, since it may be scrolled."""
    region = {"tabindex": "0", "role": "region", "aria-label": says} if says else {}
    named = {key.replace("_", "-"): value for key, value in attributes.items()}
    solara.HTML(tag, unsafe_innerHTML=text, classes=list(classes), attributes=region | named)


def as_json(data: Any) -> str:
    """Return what a chart needs as the text that is sent."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
