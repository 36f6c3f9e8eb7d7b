"""The figures of the main experiment: prices, exports, shares, cover, flows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.figures import dated, panels, style
from experiments.figures.maps import FAR_SOUTH, SOUTH, map_keys, plot_map, price_scale
from experiments.history.report import FIGURES
from experiments.study.answers import listed
from experiments.study.series import Bands, Series, bands
from experiments.study.shown import Shown, shown_of
from model import Scenario
from model.world import World

# Acts that go into the figures; new plants are too many to name there.
MARKED = ("export_licence", "export_ban", "reexport_ban", "export_quota", "stockpile", "tariff")
LICENSED_SHOWN = 2  # the countries that buy most under licences
DOTS = {"s": "■", "o": "●"}


def marks_of(plan: Scenario, events: pd.DataFrame) -> list[tuple[pd.Timestamp, str]]:
    """Return the policies to mark in figures: restrictions and stockpiles, not new plants."""
    return dated.policy_marks(events, [policy for policy in plan.policies if policy.kind in MARKED])


def draw(
    series: Sequence[Series], marks: dated.Marks, world: World, scenario: Scenario | None = None
) -> dict[str, style.Figure]:
    """Return the figures by name."""
    shown = shown_of(world, scenario)
    of = {name: bands([one[name] for one in series]) for name in series[0] if name not in ("flows", "map_prices")}
    flows = bands([one["flows"] for one in series], empty=0.0)
    places = bands([one["map_prices"] for one in series])
    drawn = (
        draw_prices(of["prices"], of["licensed"], marks, shown),
        draw_exports(of["exports"], marks, shown),
        draw_shares(of["production"], of["world_trade"], shown),
        draw_cover(of["cover"], of["unmet"], shown),
        draw_map(flows, places, shown),
    )
    return dict(zip(FIGURES, drawn, strict=True))


def draw_prices(prices: Bands, licensed: Bands, marks: dated.Marks, shown: Shown) -> style.Figure:
    """Draw prices of all metals, one above the other."""
    world, metals = shown.world, list(shown.standard)
    kg = {zone: float(frame["median"].iloc[0]) for (zone,), frame in licensed.items()}
    holders = [zone for zone in sorted(kg, key=lambda zone: -kg[zone])[:LICENSED_SHOWN] if kg[zone] > 0]
    shapes = dict(zip(shown.quoted, "so", strict=False))
    figure, axes = style.stacked(len(metals), 1, (9.4, 2.55), 1.064, 0.646, 0.31, left=0.072, right=0.85)
    for i, (metal, good) in enumerate(shown.standard.items()):
        ax = axes[i, 0]
        seen = panels.observed_prices(world.observed_prices, good, shown.quoted)
        panels.plot_prices(ax, prices, marks, seen, good, shown.quoted, holders, i == 0, shown.places, shapes,
                           shown.fitted_to)  # fmt: skip
        style.panel_name(ax, shown.good_name(metal))
    observed = bool(len(world.observed_prices))
    title = f"Prices of {listed(metals)} under {_owner(shown)} export controls: simulated"
    _title(figure, title + " and observed" * observed, 0.213)
    key = "Lines: median of the runs, band 10 to 90 %; licensed metal: mean of 8 weeks."
    if observed:
        points = [f"{DOTS[shapes[zone]]} observed in {shown.places[zone]}" for zone in reversed(shapes)]
        key += "   " + "   ".join([*points, "hollow: less certain"])
    figure.text(0.012, 0.09 / figure.get_figheight(), key, fontsize=style.SMALL, color=style.FAINT)
    return figure


def draw_exports(exports: Bands, marks: dated.Marks, shown: Shown) -> style.Figure:
    """Draw the exporter's monthly exports of all metals."""
    metals = list(shown.standard)
    figure, axes = style.stacked(len(metals), 1, (9.4, 1.873), 1.054, 0.651, 0.4, left=0.072, right=0.97)
    for i, metal in enumerate(metals):
        ax = axes[i, 0]
        panels.plot_exports(ax, exports[(metal,)], metal, shown.world.observed_exports, marks, i == 0, shown.fitted_to)
        style.panel_name(ax, metal.capitalize())
    _title(figure, f"{_owner(shown)} exports by month", 0.217)
    key = "Bars: median of the runs, strokes 10 to 90 %."
    key += "  ● observed   hollow: derived from other figures" * bool(len(shown.world.observed_exports))
    figure.text(0.012, 0.074 / figure.get_figheight(), key, fontsize=style.SMALL, color=style.FAINT)
    return figure


def draw_shares(production: Bands, trade: Bands, shown: Shown) -> style.Figure:
    """Draw shares of production and of world trade, by metal."""
    rows = len(shown.standard)
    figure, axes = style.stacked(rows, 2, (9.4, 2.233), 0.924, 0.495, 0.32, left=0.06, right=0.88, wspace=0.42)
    for i, (metal, good) in enumerate(shown.standard.items()):
        for j, (shares, of) in enumerate(((production, "production"), (trade, "world trade"))):
            frame = pd.DataFrame({key[1]: band["median"] for key, band in shares.items() if key[0] == good})
            panels.plot_shares(axes[i, j], frame, zone_names=shown.names)
            axes[i, j].set_title(
                f"{metal.capitalize()}: share of {of}", loc="left", fontsize=style.NORMAL, color=style.INK
            )
    _title(figure, "Who makes and who exports the metal", 0.2)
    note = "Standard grades; output includes recycling; median of the runs, mean of four weeks"
    _note(figure, note, 0.48)
    return figure


def draw_cover(cover: Bands, unmet: Bands, shown: Shown) -> style.Figure:
    """Draw weeks of cover and unmet use, one column per country."""
    rows = [(metal, kind) for metal in shown.standard for kind in ("cover", "unmet")]
    figure, axes = style.stacked(
        len(rows), len(shown.users), (11.0, 1.1706), 0.988, 0.456, 0.42, left=0.065, right=0.99, wspace=0.22
    )
    for i, (metal, kind) in enumerate(rows):
        source, scale = (cover, 1.0) if kind == "cover" else (unmet, 100.0)
        frames = {zone: source[(metal, zone)] * scale for zone in shown.users if (metal, zone) in source}
        peak = max((float(np.nanmax(frame.to_numpy(), initial=0.0)) for frame in frames.values()), default=1.0)
        ceiling = 1.05 * max(peak, 5.0)
        for j, zone in enumerate(shown.users):
            ax = axes[i, j]
            unit = f"{metal}\n{'weeks of cover' if kind == 'cover' else 'unmet use, %'}" if j == 0 else ""
            if zone in frames and frames[zone]["median"].notna().any():
                panels.plot_cover(ax, frames[zone], style.metal_colour(metal), ceiling, unit, shown.fitted_to)
                if kind == "unmet" and not frames[zone].to_numpy().any():
                    ax.text(0.04, 0.06, "none", transform=ax.transAxes, fontsize=style.SMALL, color=style.FAINT)
            else:
                ax.set_axis_off()
            if i == 0:
                name = shown.names[zone]
                ax.set_title(name, loc="left", fontsize=style.NORMAL, fontweight="bold", color=style.INK)
            if j:
                ax.tick_params(axis="y", labelleft=False)
    _title(figure, "How long users could go on, and what they went without", 0.25)
    note = "Cover: metal in stock and on its way, in weeks of use. Unmet: planned use without metal."
    _note(figure, note + " Shaded: forecast." * (shown.fitted_to is not None), 0.5)
    return figure


def draw_map(flows: Bands, prices: Bands, shown: Shown) -> style.Figure:
    """Draw flows before and after the controls, a row of maps for each metal."""
    table = shown.world.zone_table
    lat, metals = dict(zip(table["zone"], table["lat"], strict=True)), list(shown.standard)
    far = any(lat[zone] < SOUTH for key in flows for zone in key[2:])
    spans = [span for span in shown.spans if any(key[0] == span for key in flows)] or list(shown.spans)
    height = 0.56 + 2.52 * len(metals)
    figure, axes = style.new_figure(
        11.6, height, 2 * len(metals), len(spans), left=0.01, right=0.99, top=1 - 0.504 / height, bottom=0.056 / height,
        hspace=0.14, wspace=0.03, height_ratios=[1, 0.13] * len(metals),
    )  # fmt: skip
    for i, metal in enumerate(metals):
        kg = pd.DataFrame([(*key, frame["median"].iloc[0]) for key, frame in flows.items() if key[1] == metal],
                          columns=["span", "metal", "origin", "destination", "kg"])  # fmt: skip
        quotes = {key: float(frame["median"].iloc[0]) for key, frame in prices.items() if key[1] == metal}
        norm = price_scale(quotes)
        largest = float(kg["kg"].max()) if len(kg) else 1.0
        step = max(1e4, 10.0 ** np.floor(np.log10(largest)))
        widest = float(np.ceil(largest / step) * step)
        for j, span in enumerate(spans):
            first, last = shown.spans[span]
            here = {key[2]: value for key, value in quotes.items() if key[0] == span}
            title = f"{metal.capitalize()}, {first:{'%B' if first.year == last.year else '%B %Y'}} to {last:%B %Y}"
            plot_map(axes[2 * i, j], kg[kg["span"] == span], here, table, norm, widest, title,
                     FAR_SOUTH if far else SOUTH)  # fmt: skip
            axes[2 * i + 1, j].set_axis_off()
        map_keys(axes[2 * i + 1, 0], norm, widest)
    _title(figure, "Flows between countries before and after the controls", 0.157)
    return figure


def _owner(shown: Shown) -> str:
    return f"{shown.names[shown.exporter]}'s"


def _title(figure: style.Figure, text: str, inches: float) -> None:
    """Write a figure's title so far below its upper edge."""
    y = 1 - inches / figure.get_figheight()
    figure.text(0.012, y, text, fontsize=12.5, fontweight="bold", color=style.INK, va="center")


def _note(figure: style.Figure, text: str, inches: float) -> None:
    y = 1 - inches / figure.get_figheight()
    figure.text(0.012, y, text, fontsize=style.SMALL, color=style.FAINT, va="center")
