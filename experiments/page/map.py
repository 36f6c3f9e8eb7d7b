"""The page's map: land, countries, and for every week the flows between them; the browser draws the week it shows."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import numpy as np

from experiments.figures.contents import EAST, NAME_AT, NORTH, SOUTH, WEST, coastlines
from experiments.page.look import Option, box, ink, tools
from experiments.page.record import Record
from experiments.page.series import FLOW_WEEKS, moving_mean
from experiments.page.session import Session
from experiments.page.widgets import as_json
from model.calendar import WEEKS_PER_YEAR
from model.world import World

# Matplotlib's viridis from cheap to dear, on light and on dark paper; to load Matplotlib for it takes too long.
VIRIDIS = {
    False: "#bddf26 #95d840 #6ece58 #4ec36b #32b67a #22a884 #1f9a8a #228b8d #287d8e #2e6f8e #355f8d #3c4f8a #433e85 "
           "#472a7a #481769 #440154",
    True: "#482475 #453781 #3e4989 #375a8c #306a8e #2a788e #24868e #1f958b #20a386 #2cb17e #44bf70 #63cb5f #86d549 "
          "#b0dd2f #d8e219 #fde725",
}  # fmt: skip
SMALLEST_FLOW, SMALLEST_CLOSED = 0.004, 0.01  # of the widest flow: smaller ones are not drawn
BANNED = {False: "#B00020", True: "#FF8A80"}
WEST_OF, EAST_OF = -60, 95  # degrees: between lands beyond these the way leads over the Pacific
BOW = 0.18
# Names that would lie on a lane or a neighbour here: below their dot, or above it.
PLACED = {"KOR": "bottom", "CHN": "top", "JPN": "top"}
SIDES = {"right": "left", "left": "right", "center": "top"}  # from where a name is aligned to where it stands


@cache
def land() -> str:
    """Return the land as it is sent: GeoJSON by name."""
    rings = [ring.clip([WEST - 5, -60], [EAST + 5, 84]).round(1).tolist() for ring in coastlines()]
    whole = {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings if len(ring) > 3]}
    feature = {"type": "Feature", "properties": {"name": ""}, "geometry": whole}
    return as_json({"land": {"type": "FeatureCollection", "features": [feature]}})


def world_map(session: Session, record: Record, dark: bool) -> Option:
    """Return the map's option; `weekly` holds what changes from week to week."""
    world, look = session.world, ink(dark)
    weekly = flows(record, session.view.value.good, dark)
    asked = session.view.value.asked
    # What changes with the week lies on a layer of its own, above the land, which is drawn once.
    lines = {"type": "lines", "coordinateSystem": "geo", "polyline": False, "silent": False, "zlevel": 1}
    closed_look = {"color": BANNED[dark], "type": "dashed", "width": 1.6}
    named = {"color": BANNED[dark], "fontSize": 10, "fontWeight": "bold", "position": "middle",
             "backgroundColor": look["paper"], "padding": [1, 3]}  # fmt: skip
    return {
        "animation": False, "tooltip": {"trigger": "item", **box(dark)},
        "toolbox": tools(dark, "restore", "saveAsImage"),
        "geo": {"map": "land", "roam": True, "silent": True, "left": 0, "right": 0, "top": 0, "bottom": 0,
                "aspectScale": 0.8, "boundingCoords": [[WEST, NORTH], [EAST, SOUTH]], 
                "scaleLimit": {"min": 1, "max": 8},
                "itemStyle": {"areaColor": "#2B2B2B" if dark else "#ECECEC", "borderColor": look["grid"],
                              "borderWidth": 0.5}},
        "series": [
            {"id": "flows", "symbol": ["none", "arrow"], "lineStyle": {"opacity": 0.85}, "data": [], "z": 2, **lines},
            {"id": "closed", "symbol": ["none", "none"], "lineStyle": closed_look, "label": named, "data": [], "z": 3,
             "labelLayout": {"hideOverlap": True}, **lines},
            {"id": "places", "type": "scatter", "coordinateSystem": "geo", "zlevel": 2, "symbolSize": 9,
             "data": _places(world, asked, look),
             "itemStyle": {"color": look["ink"]}, "labelLayout": {"hideOverlap": True}},
        ],
        "weekly": weekly,
    }  # fmt: skip


def flows(record: Record, good: int, dark: bool) -> dict[str, Any]:
    """Return yearly flows by lane and week, prices where they go, and what is shut from which week on."""
    world, series = record.world, record.series
    usual = record.usual_flow[good].copy()
    np.fill_diagonal(usual, 0.0)
    mean = moving_mean(series.flow_kg[:, good].astype(float), FLOW_WEEKS) * WEEKS_PER_YEAR
    widest = nice(float(max(usual.max(), np.quantile(mean.max(axis=(1, 2)), 0.9))))
    most = np.maximum(mean.max(axis=0), usual)
    lanes = [(int(o), int(d)) for o, d in zip(*np.nonzero(most > SMALLEST_FLOW * widest), strict=True)]
    kept = np.where(mean > SMALLEST_FLOW * widest, mean, 0.0)
    paths = [(o, d, *ends) for o, d in lanes for ends in _paths(world, o, d)]
    at = tuple(np.array([[o, d] for o, d, *_ in paths]).reshape(-1, 2).T)
    prices = series.free[:, good]
    cheap, dear = scale(record, good)
    return {
        "lanes": paths, "kg": kept[:, at[0], at[1]].round().astype(int).tolist(),
        "usual": usual[at].round().astype(int).tolist(),
        "prices": np.nan_to_num(prices).round().astype(int).tolist(), "widest": widest, "cheap": cheap, "dear": dear,
        "colours": colours(dark), "names": world.zone_table["name"].tolist(),
        "shut": [[since, _closed(record, good, since, usual, widest)] for since, _ in record.closed],
    }  # fmt: skip


def scale(record: Record, good: int) -> tuple[float, float]:
    """Return the ends of the scale of prices, USD/kg: the same for all weeks."""
    known = record.series.free[:, good][np.isfinite(record.series.free[:, good])]
    step = nice(float(record.world.reference_price[good])) / 20
    return float(np.floor(known.min() / step) * step), float(np.ceil(np.quantile(known, 0.99) / step) * step)


def colours(dark: bool) -> list[str]:
    """Return the colours from cheap to dear; what is dear stands out from the paper."""
    return VIRIDIS[dark].split()


def closed_lanes(record: Record, good: int, week: int, least_kg: float) -> list[tuple[str, str, str]]:
    """Return (origin, destination, name of the policy) of lanes that are shut and used to carry metal, by size."""
    zones, shut, usual = record.world.zones, record.shut(week)[good], record.usual_flow[good]
    in_force = [act for act in record.acts if act.time.in_force(max(week - 1, 0))]
    named = {
        (act.policy.actor, zone)
        for act in in_force
        if act.policy.kind == "export_ban" and not getattr(act.policy, "end_uses", ())
        for zone in getattr(act.policy, "targets", ())
    }
    lanes = [
        (float(usual[o, d]), zones[o], zones[d])
        for o, d in zip(*np.nonzero(shut), strict=True)
        if o != d and (usual[o, d] >= least_kg or (zones[o], zones[d]) in named)
    ]
    return [(o, d, _who_shut(in_force, o, d)) for _, o, d in sorted(lanes, reverse=True)]


def _who_shut(in_force: list[Any], origin: str, destination: str) -> str:
    for act in in_force:
        policy, targets = act.policy, getattr(act.policy, "targets", [])
        hit = not targets or destination in targets
        if policy.kind == "export_ban" and policy.actor == origin and hit and not getattr(policy, "end_uses", []):
            return str(policy.title)
        if policy.kind == "sanction" and {origin, destination} & set(targets):
            return str(policy.title)
    return "closed"


def _closed(record: Record, good: int, since: int, usual: np.ndarray, widest: float) -> list[list[Any]]:
    index = record.world.zone_index
    found: list[list[Any]] = []
    for o, d, why in closed_lanes(record, good, since + 1, SMALLEST_CLOSED * widest):
        found += [[index[o], index[d], *ends, why] for ends in _paths(record.world, index[o], index[d])]
    return found


@cache
def _paths(world: World, o: int, d: int) -> list[tuple[list[float], list[float], float]]:
    """Return the ways of a lane on the map, (start, end, bow); twice where it leaves the map and comes back."""
    lon, lat = (world.zone_table[name].round(2).tolist() for name in ("lon", "lat"))
    start, end = [lon[o], lat[o]], [lon[d], lat[d]]
    if min(lon[o], lon[d]) < WEST_OF and max(lon[o], lon[d]) > EAST_OF:
        turn = 360.0 if lon[d] < lon[o] else -360.0
        return [(start, [lon[d] + turn, lat[d]], BOW), ([lon[o] - turn, lat[o]], end, BOW)]
    return [(start, end, BOW)]


def _places(world: World, asked: str, look: dict[str, str]) -> list[Option]:
    """Return the countries with their names, placed so that neighbours keep apart; who is asked is marked."""
    found = []
    for row in world.zone_table.itertuples(index=False):
        if row.lat <= SOUTH:
            continue
        _, dy, align = NAME_AT.get(row.zone, (5, -2, "left"))
        place = {"position": PLACED[row.zone]} if row.zone in PLACED else {"position": SIDES[align], "offset": [0, -dy]}
        here = asked == f"zone:{row.zone}"
        label = {"show": True, "formatter": "Rest" if row.zone == "ROW" else row.zone, "color": look["ink"],
                 "fontSize": 11,
                 "textBorderColor": look["paper"], "textBorderWidth": 2, **place,
                 "fontWeight": "bold" if here else "normal"}  # fmt: skip
        style = {"borderColor": "#0072B2", "borderWidth": 3, "color": look["paper"]} if here else {}
        found.append({"name": row.zone, "value": [row.lon, row.lat], "label": label, "itemStyle": style,
                      "says": f"{escape(row.name)}: click to ask", "symbolSize": 13 if here else 8})  # fmt: skip
    return found


def nice(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return float(next(step for step in (1, 2, 5, 10) if step * power >= value) * power)
