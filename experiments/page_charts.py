"""The page's charts: prices, market shares, cover and unmet use, in the look of the experiments' figures."""

from __future__ import annotations

from functools import lru_cache
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.page_draw import Canvas, Label
from experiments.page_marks import (
    Line,
    days,
    draw_bands,
    draw_lines,
    highest,
    mark_today,
    round_up,
    span,
    time_of,
    write_ends,
)
from experiments.page_model import ExploreModel
from experiments.page_policies import RESTRICTING
from experiments.page_series import Series, moving_mean
from experiments.panels import draw_observed, observed_prices
from experiments.plots import (
    COLOURS,
    FAINT,
    INK,
    SMALL,
    SPARE,
    ZONE_NAMES,
    dress,
    mark_policies,
    policy_marks,
)
from model.world import load_world

PRICE_ZONES = ("CHN", "DEU", "USA")
COVER_ZONES = ("CHN", "USA", "DEU", "JPN", "KOR", "RUS")
STYLES = {
    "CHN": "-",
    "DEU": "-",
    "USA": (0, (5, 1.5)),
    "JPN": (0, (1, 1)),
    "KOR": (0, (4, 1, 1, 1)),
    "RUS": (0, (7, 2)),
}
BASE, LICENSED = (0, (1, 2)), (0, (2, 1.5))


def canvas_for(name: str, narrow: bool) -> Canvas:
    """Return an empty canvas of the size that fits the window (less than `NARROW` px wide, or not)."""
    width, dots = (3.7, 170) if narrow else (8.9, 104) if name == "prices" else (4.5, 114)
    right = 0.8 / width
    left = (0.62 if name == "prices" else 0.4) / width
    if name == "prices":
        height = 2.5 if narrow else 3.1
        top = 0.12 if narrow else 0.62
        return Canvas(width, height, dots, [(left, 0.42 / height, 1 - left - right, 1 - (0.42 + top) / height)])
    height = 3.9
    each = (height - 1.45) / 2 / height
    return Canvas(
        width, height, dots,
        [(left, (0.42 + 0.72) / height + each, 1 - left - right, each), (left, 0.42 / height, 1 - left - right, each)],
    )  # fmt: skip


def draw_prices(canvas: Canvas, model: ExploreModel, base: Series | None, good: int, narrow: bool) -> bytes:
    """Draw free and licensed prices so far, the run to compare with as dots, observed points and policy dates."""
    series, world = model.series, model.world
    zone = world.zone_index
    seen = _observed(world.goods[good], series.days[0], series.days[-1])
    marks = _marks(model)
    at = [zone[name] for name in PRICE_ZONES]
    reach = [world.reference_price[good] * 1.6, highest(seen["usd_per_kg"], 0.0)]
    reach += [highest(values[: series.n, good][:, at], 0.0) for values in (series.free, series.licensed)]
    ceiling = round_up(1.08 * float(max(reach)))

    def keep(axes: list[Axes]) -> None:
        ax = axes[0]
        time_of(ax, series)
        ax.set_ylim(0, ceiling)
        draw_observed(ax, seen)
        mark_policies(ax, marks, labels=not narrow)
        dress(ax, unit="USD/kg, net of VAT")

    def move(axes: list[Axes]) -> list[Label]:
        ax, x, ends = axes[0], days(series), []
        lines: list[Line] = []
        for name in PRICE_ZONES:
            colour, at = COLOURS[name], zone[name]
            free, licensed = series.upto(series.free)[:, good, at], series.upto(series.licensed)[:, good, at]
            if base is not None:
                lines.append((base.upto(base.free, series.n)[:, good, at], colour, BASE, 1.1))
            lines.append((free, colour, STYLES[name], 1.8))
            if np.isfinite(licensed).any() and name != "CHN":
                lines.append((licensed, colour, LICENSED, 0.9))
                last = licensed[np.isfinite(licensed)][-1]
                if abs(last / free[-1] - 1) > 0.1:
                    ends.append((float(last), f"{_short(name)},\nlicensed", colour))
            if len(free):
                ends.append((float(free[-1]), _short(name), colour))
        draw_lines(ax, x, lines)
        mark_today(ax, series)
        return write_ends(ax, ends, size=SMALL)

    key = (good, ceiling, tuple(marks), *span(series))
    return canvas.draw(key, keep, move)


def draw_shares(canvas: Canvas, model: ExploreModel, good: int) -> bytes:
    """Stack countries' shares of output (above) and of exports (below), mean of four weeks."""
    series, world = model.series, model.world
    parts = [moving_mean(series.upto(kg)[:, good], 4) for kg in (series.made, series.exported)]
    totals = [part.sum(axis=1, keepdims=True) for part in parts]
    shares = [100 * np.divide(p, t, out=np.zeros_like(p), where=t > 0) for p, t in zip(parts, totals, strict=True)]

    def keep(axes: list[Axes]) -> None:
        for ax, title in zip(axes, ("of world output", "of exports to other countries"), strict=True):
            time_of(ax, series)
            ax.set_ylim(0, 100)
            _small_title(ax, f"Share {title}, %")
            dress(ax)

    def move(axes: list[Axes]) -> list[Label]:
        labels: list[Label] = []
        for ax, share in zip(axes, shares, strict=True):
            if not len(share):
                continue
            order = [int(z) for z in np.argsort(-share.mean(axis=0), kind="stable")[:6] if share[:, z].mean() > 2]
            rest = np.clip(share.sum(axis=1) - share[:, order].sum(axis=1), 0, None)
            names = [*(world.zones[z] for z in order), "others"]
            spare = cycle(SPARE)
            colours = [COLOURS.get(name) or next(spare) for name in names]
            stack = np.vstack([share[:, order].T, rest])
            draw_bands(ax, days(series), stack, colours)
            middle = np.cumsum(stack[:, -1]) - stack[:, -1] / 2
            written = zip(middle, names, stack[:, -1], strict=True)
            labels += write_ends(ax, [(m, f"{name} {size:.0f}", INK) for m, name, size in written if size >= 0.5])
            mark_today(ax, series)
        return labels

    return canvas.draw(span(series), keep, move)


def draw_cover(canvas: Canvas, model: ExploreModel, good: int) -> bytes:
    """Draw weeks of cover (above) and unmet use (below) of the countries that use the metal most."""
    series, world = model.series, model.world
    cover, unmet = series.cover_weeks(good), 100 * series.unmet_share(good)
    firms = model.firms
    use = firms.by_place(firms.users, firms["trend_use_kg"][firms.users])[good]
    shown = [name for name in COVER_ZONES if use[world.zone_index[name]] > 0.002 * use.sum()]
    at = [world.zone_index[name] for name in shown]
    most = round_up(1.1 * float(highest(cover[:, at], 12.0)))
    worst = round_up(1.15 * float(highest(unmet[:, at], 4.0)))

    def keep(axes: list[Axes]) -> None:
        titles = ("Cover: weeks of use in stock and under way", "Unmet use, % of what users wanted (4 weeks)")
        for ax, title, ceiling in zip(axes, titles, (most, worst), strict=True):
            time_of(ax, series)
            ax.set_ylim(0, ceiling)
            _small_title(ax, title)
            dress(ax)

    def move(axes: list[Axes]) -> list[Label]:
        x, labels = days(series), []
        for ax, values, least in zip(axes, (cover, unmet), (-1.0, 0.5), strict=True):
            ends = []
            named = list(zip(shown, at, strict=True))
            draw_lines(ax, x, [(values[:, z], COLOURS[name], STYLES[name], 1.5) for name, z in named])
            for name, z in named:
                last = values[-1, z] if len(x) else np.nan
                if np.isfinite(last) and last > least:
                    ends.append((float(last), f"{name} {last:.0f}", COLOURS[name]))
            if values is unmet and len(x) and not ends:
                ends = [(0.06 * worst, "nobody\nshort", FAINT)]
            labels += write_ends(ax, ends)
            mark_today(ax, series)
        return labels

    return canvas.draw((most, worst, *span(series)), keep, move)


@lru_cache(maxsize=32)
def _observed(good: str, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    points = observed_prices(load_world().observed_prices, good)
    return points[points["date"].between(first, last)]


def _marks(model: ExploreModel) -> list[tuple[pd.Timestamp, str]]:
    """Return the dates of the controlling country's restrictions so far; worked out anew when something happened."""
    happened = len(model.recorder.events)
    if model.marks[0] != happened:
        controlling = model.world.zones[model.tracked]
        shown = [policy for policy in model.policies if policy.kind in RESTRICTING and policy.actor == controlling]
        model.marks = (happened, policy_marks(model.recorder.events_table(), shown))
    return model.marks[1]


def _small_title(ax: Axes, text: str) -> None:
    ax.set_title(text, loc="left", fontsize=SMALL + 0.5, color=INK, pad=5)


def _short(zone: str) -> str:
    return {"USA": "US"}.get(zone, ZONE_NAMES.get(zone, zone))
