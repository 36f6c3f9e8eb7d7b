"""What all charts of the page share: colours of a theme, lines, the frame of charts over time, their buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Option = dict[str, Any]


def ink(dark: bool) -> dict[str, str]:
    """Return the colours of a theme: of text, of what is faint, of the grid, and of what lies below."""
    if dark:
        return {"ink": "#E6E6E6", "faint": "#A8A8A8", "grid": "#3A3A3A", "paper": "#1E1E1E"}
    return {"ink": "#222222", "faint": "#666666", "grid": "#E2E2E2", "paper": "#FFFFFF"}


def light(colour: str, dark: bool) -> str:
    """Return a colour that can be seen on black."""
    return {"#4D4D4D": "#B0B0B0", "#0072B2": "#4DA6DE"}.get(colour, colour) if dark else colour


def short(values: np.ndarray) -> list[float | None]:
    """Return numbers for a chart, to four digits."""
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values.tolist()]


def line(
    key: str, name: str, days: Sequence[str], values: np.ndarray, colour: str, width: float = 1.6, dash: Any = "solid"
) -> Option:
    """Return a line over time."""
    return {
        "id": key, "name": name, "type": "line", "showSymbol": False, "symbol": "none", "color": colour,
        "data": [list(row) for row in zip(days, short(values), strict=False)], "connectNulls": False,
        "lineStyle": {"width": width, "type": dash, "color": colour}, "emphasis": {"disabled": True},
        "sampling": "lttb",
    }  # fmt: skip


def frame(days: Sequence[str], dark: bool, unit: str, narrow: bool, small: bool = False) -> Option:
    """Return what all charts over time share; small and narrow ones have no slider to zoom with."""
    look = ink(dark)
    text = {"color": look["ink"]}
    slider: list[Option] = [{"type": "slider", "height": 16, "bottom": 6, "textStyle": text}]
    zoom = [{"type": "inside"}, *(slider if not (narrow or small) else ())]
    return {
        "animation": False, "textStyle": text | {"fontFamily": "Roboto, sans-serif"},
        "grid": {"left": 52, "right": 16, "top": 78, "bottom": 28 if narrow or small else 56},
        "xAxis": {"type": "time", "min": days[0], "max": days[-1], "axisLabel": text, "splitLine": {"show": False}},
        "yAxis": {"type": "value", "name": unit, "nameLocation": "end", "axisLabel": text, "nameTextStyle":
                  text | {"align": "left", "padding": [0, 0, 0, -40]},
                  "splitLine": {"lineStyle": {"color": look["grid"]}}},
        "tooltip": {"trigger": "axis", **box(dark)},
        "legend": {"type": "scroll", "top": 26, "left": 0, "right": 0, "itemWidth": 18, "textStyle": text,
                   "pageTextStyle": text,
                   "pageIconColor": look["ink"], "pageIconInactiveColor": look["faint"]},
        "toolbox": tools(dark), "dataZoom": zoom, "weekly": {"days": list(days)},
    }  # fmt: skip


def box(dark: bool) -> Option:
    """Return the look of what is said of a value under the mouse."""
    look = ink(dark)
    return {"confine": True, "backgroundColor": look["paper"], "textStyle": {"color": look["ink"], "fontSize": 12}}


def tools(dark: bool, *wanted: str) -> Option:
    """Return the buttons of a chart, all or those wanted: its data, the whole of it again, its picture."""
    look = ink(dark)
    colours = {"backgroundColor": look["paper"], "textColor": look["ink"], "textareaColor": look["paper"]}
    known = {
        "dataView": {"readOnly": True, "title": "Data", "lang": ["Data", "Close", "Refresh"], **colours},
        "restore": {"title": "Whole"},
        "saveAsImage": {"title": "Picture", "pixelRatio": 2, "name": "chokepoint", "backgroundColor": look["paper"]},
    }
    feature = {key: known[key] for key in wanted or known}
    return {"right": 4, "top": 0, "iconStyle": {"borderColor": look["faint"]}, "feature": feature}
