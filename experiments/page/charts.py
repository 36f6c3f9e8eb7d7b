"""The page's charts: prices, market shares, cover and unmet use, in the look of the experiments' figures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures.dated import MARKED_ACTIONS, mark_policies, policy_marks
from experiments.figures.panels import draw_observed, observed_prices
from experiments.figures.style import FAINT, INK, SMALL, dress
from experiments.page.draw import Canvas, Label
from experiments.page.marks import (
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
from experiments.page.model import ExploreModel
from experiments.page.policies import RESTRICTING
from experiments.page.series import Series, moving_mean
from experiments.page.world import STYLES, colours_of, market_name, price_zones, styles_of
from model.calendar import monday
from model.world import World

MOST_COVERS, LEAST_USE = 6, 0.002  # countries in the chart of cover: so many, of at least this share of use
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
    zone, names = world.zone_index, price_zones(world)
    colours, styles = colours_of(names), styles_of(names)
    seen = _observed(world, good, series.days[0], series.days[-1])
    marks = _marks(model)
    at = [zone[name] for name in names]
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
        for name in names:
            colour, at = colours[name], zone[name]
            free, licensed = series.upto(series.free)[:, good, at], series.upto(series.licensed)[:, good, at]
            if base is not None:
                lines.append((base.upto(base.free, series.n)[:, good, at], colour, BASE, 1.1))
            lines.append((free, colour, styles[name], 1.8))
            if np.isfinite(licensed).any() and name != world.tracked_zone:
                lines.append((licensed, colour, LICENSED, 0.9))
                last = licensed[np.isfinite(licensed)][-1]
                if abs(last / free[-1] - 1) > 0.1:
                    ends.append((float(last), f"{market_name(world, name)},\nlicensed", colour))
            if len(free):
                ends.append((float(free[-1]), market_name(world, name), colour))
        draw_lines(ax, x, lines)
        mark_today(ax, series)
        return write_ends(ax, ends, size=SMALL)

    key = (world.data_hash, good, ceiling, tuple(marks), *span(series))
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
            colours = list(colours_of(names).values())
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
    shown = _users(model, good)
    at, colours, styles = [world.zone_index[name] for name in shown], colours_of(shown), styles_of(shown)
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
            draw_lines(ax, x, [(values[:, z], colours[name], styles[name], 1.5) for name, z in named])
            for name, z in named:
                last = values[-1, z] if len(x) else np.nan
                if np.isfinite(last) and last > least:
                    ends.append((float(last), f"{name} {last:.0f}", colours[name]))
            if values is unmet and len(x) and not ends:
                ends = [(0.06 * worst, "nobody\nshort", FAINT)]
            labels += write_ends(ax, ends)
            mark_today(ax, series)
        return labels

    return canvas.draw((most, worst, *span(series)), keep, move)


def _users(model: ExploreModel, good: int) -> list[str]:
    """Return the countries whose cover is drawn: large users, those with a line of their own first."""
    firms, zones = model.firms, model.world.zones
    use = firms.by_place(firms.users, firms["trend_use_kg"][firms.users])[good]
    large = [zones[z] for z in np.argsort(-use, kind="stable") if use[z] > LEAST_USE * use.sum()]
    known = [zone for zone in STYLES if zone in large]
    return [*known, *(zone for zone in large if zone not in known)][:MOST_COVERS]


@lru_cache(maxsize=32)
def _observed(world: World, good: int, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    points = observed_prices(world.observed_prices, world.goods[good])
    return points[points["date"].between(first, last)]


def _marks(model: ExploreModel) -> list[tuple[pd.Timestamp, str]]:
    """Return the dates of the tracked country's restrictions so far; anew only when something has happened."""
    said, actor = [e for e in model.recorder.events if e.action in MARKED_ACTIONS], model.world.tracked_zone
    if model.marks[0] != len(said):
        rows = [(monday(event.week, model.start), event.policy, event.action) for event in said]
        events = pd.DataFrame(rows, columns=["date", "policy", "action"])
        shown = [policy for policy in model.policies if policy.kind in RESTRICTING and policy.actor == actor]
        model.marks = (len(said), policy_marks(events, shown))
    return model.marks[1]


def _small_title(ax: Axes, text: str) -> None:
    ax.set_title(text, loc="left", fontsize=SMALL + 0.5, color=INK, pad=5)
