"""The page's map: the experiments' map of flows, redrawn quickly, with banned lanes dashed and named."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize

from experiments.figures.maps import (
    EAST,
    NORTH,
    PRICE_COLOURS,
    SOUTH,
    WEST,
    WIDEST,
    arc,
    arrow_head,
    map_keys,
    plot_map,
)
from experiments.figures.style import SMALL
from experiments.page.draw import Canvas
from experiments.page.marks import highest
from experiments.page.model import ExploreModel
from model.world import World

ASPECT = 1.25  # of a degree of latitude to one of longitude
BANNED = "#B00020"
# Closed lanes that carried less than this share of the widest one are not worth a line.
SMALLEST_CLOSED = 0.01
SMALLEST_FLOW = 0.004
SCALES = (1.6, 2.4, 4.0, 8.0)  # highest price of the colours, in reference prices: the scale seldom changes


def map_canvas(narrow: bool) -> Canvas:
    """Return a canvas whose upper part the map fills to its edges, so that degrees are shares of the picture.

    In a narrow window the map keeps a legible size and is moved sideways.
    """
    width, dots = (6.2, 140) if narrow else (8.9, 104)
    map_height = width * (NORTH - SOUTH) * ASPECT / (EAST - WEST)
    keys = 0.42
    height = map_height + keys
    return Canvas(width, height, dots, [(0, keys / height, 1, map_height / height), (0.03, 0, 0.94, keys / height)])


def places(zones: pd.DataFrame, narrow: bool) -> list[tuple[str, str, float, float]]:
    """Return (zone, name, left, top) of every country on the picture, in percent of its width and height."""
    canvas = map_canvas(narrow)
    share = canvas.boxes[0][3]
    return [
        (row.zone, row.name, 100 * (row.lon - WEST) / (EAST - WEST), 100 * share * (NORTH - row.lat) / (NORTH - SOUTH))
        for row in zones.itertuples(index=False)
        if row.lat > SOUTH
    ]


def draw_map(canvas: Canvas, model: ExploreModel, good: int) -> bytes:
    """Draw yearly flows (mean of the last weeks), coloured by the price where they go, and the lanes that are shut."""
    world, series = model.world, model.series
    usual = model.usual_flow[good].copy()
    np.fill_diagonal(usual, 0.0)
    widest = _nice(float(usual.max()))
    reference = float(world.reference_price[good])
    flow = series.yearly_flow_kg(good) if series.n else usual
    last = series.free[series.n - 1, good] if series.n else model.delivered_quote[good, : len(world.zones)]
    dearest = highest(series.free[: series.n, good], float(np.nanmax(last))) / reference
    top = next((step for step in SCALES if step >= dearest), SCALES[-1])
    norm = Normalize(round(0.8 * reference, -1), round(top * reference, -1), clip=True)
    shut = closed_lanes(model, good, SMALLEST_CLOSED * widest)

    def keep(axes: list[Axes]) -> None:
        seen = world.zone_table[world.zone_table["lat"] > SOUTH]
        plot_map(axes[0], _no_flows(seen["zone"]), {}, world.zone_table, norm, widest, smallest_share=-1.0)
        axes[0].collections[-1].remove()  # heads of the arrows that were only needed to name the places
        map_keys(axes[1], norm, widest)

    def move(axes: list[Axes]) -> None:
        _flows(axes[0], world, flow, last, norm, widest)
        _closed(axes[0], world, shut)

    return canvas.draw((world.data_hash, widest, reference, top), keep, move)


def closed_lanes(model: ExploreModel, good: int, least_kg: float) -> list[tuple[str, str, str]]:
    """Return (origin, destination, name of the policy) of lanes that are shut and used to carry metal, by size."""
    zones, shut = model.world.zones, model.lanes.closed[good]
    usual = model.usual_flow[good]
    named = {(p.actor, z) for p in model.in_force if p.kind == "export_ban" for z in getattr(p, "targets", ())}
    lanes = [
        (usual[o, d], zones[o], zones[d])
        for o, d in zip(*np.nonzero(shut), strict=True)
        if usual[o, d] >= least_kg or (zones[o], zones[d]) in named
    ]
    return [(o, d, _who_shut(model, o, d)) for _, o, d in sorted(lanes, reverse=True)]


def _who_shut(model: ExploreModel, origin: str, destination: str) -> str:
    for policy in model.in_force:
        targets = getattr(policy, "targets", [])
        hit = not targets or destination in targets
        if policy.kind == "export_ban" and policy.actor == origin and hit and not getattr(policy, "end_uses", []):
            return policy.title
        if policy.kind == "sanction" and {origin, destination} & set(targets):
            return policy.title
    return "closed"


def _flows(ax: Axes, world: World, flow: np.ndarray, price: np.ndarray, norm: Normalize, widest: float) -> None:
    """The moving part of `maps.plot_map`, without its land and names."""
    lines, heads, widths, to = [], [], [], []
    for o, d in zip(*np.nonzero(flow >= SMALLEST_FLOW * widest), strict=True):
        width = max(WIDEST * min(flow[o, d] / widest, 1.0), 0.5)
        for path in _paths(world, world.zones[o], world.zones[d]):
            lines.append(path)
            heads.append(arrow_head(path, 2.0 + 0.45 * width))
            widths.append(width)
            to.append(d)
    colours = mpl.colormaps[PRICE_COLOURS](norm(price[to])) if to else []
    ax.add_collection(
        LineCollection(lines, linewidths=widths, colors=colours, alpha=0.85, zorder=2, capstyle="butt"), autolim=False
    )
    ax.add_collection(PolyCollection(heads, facecolors=colours, edgecolors="none", zorder=3), autolim=False)


def _closed(ax: Axes, world: World, shut: list[tuple[str, str, str]]) -> None:
    """Dash the closed lanes; the largest of each policy carries its name."""
    paths = [path for o, d, _ in shut for path in _paths(world, o, d)]
    ax.add_collection(
        LineCollection(paths, colors=BANNED, linewidths=1.2, linestyles=[(0, (4, 2.5))], zorder=4), autolim=False
    )
    named: set[str] = set()
    for o, d, name in shut:
        near_end = np.concatenate([path[len(path) // 2 : -4] for path in _paths(world, o, d)])
        inside = near_end[(near_end[:, 0] > WEST + 30) & (near_end[:, 0] < EAST - 30)]
        if name in named or not len(inside):
            continue
        named.add(name)
        x, y = inside[len(inside) // 2]
        ax.text(
            x, min(y + 9, NORTH - 5), f"× {name}", color=BANNED, fontsize=SMALL - 0.5, ha="center", va="center",
            zorder=4.5, bbox={"facecolor": "white", "edgecolor": BANNED, "linewidth": 0.6, "boxstyle": "round,pad=0.2"},
        )  # fmt: skip


@cache
def _paths(world: World, origin: str, destination: str) -> list[np.ndarray]:
    """Return the bow from one country to another, twice where it leaves the map and comes back."""
    zones = world.zone_table.set_index("zone")
    start, end = (zones.loc[zone, ["lon", "lat"]].to_numpy(dtype=float) for zone in (origin, destination))
    path = arc(start, end)
    shift = -360.0 if path[:, 0].max() > EAST else 360.0 if path[:, 0].min() < WEST else 0.0
    return [path, path + np.array([shift, 0.0])] if shift else [path]


def _no_flows(zones: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"origin": zones, "destination": zones, "kg": 0.0})


def _nice(kg: float) -> float:
    power = 10.0 ** np.floor(np.log10(max(kg, 1.0)))
    return float(next(step for step in (1, 2, 5, 10) if step * power >= kg) * power)
