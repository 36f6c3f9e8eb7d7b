"""The figures of the main experiment: prices, exports, shares, cover, flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments import panels, plots
from experiments.answers import listed
from experiments.maps import FAR_SOUTH, SOUTH, map_keys, plot_map, price_scale
from experiments.runs import Bands, Series, bands, scope, spans_of
from model import Scenario
from model.world import World

# Acts that go into the figures; new plants are too many to name there.
MARKED = ("export_licence", "export_ban", "reexport_ban", "export_quota", "stockpile", "tariff")
FIGURES = {
    "history_prices": "Prices by place. Lines: median of the runs, bands: 10 to 90 %. Points: observed.",
    "history_exports": "Exports of the country that controls them, by month. Bars: median of the runs, strokes: 10 to "
    "90 %. Points: observed.",
    "history_shares": "Shares of production and of world trade by country, median of the runs.",
    "history_cover": "Weeks of cover and unmet use by country.",
    "history_map": "Flows between countries before and after the controls.",
}


def marks_of(plan: Scenario, events: pd.DataFrame) -> list[tuple[pd.Timestamp, str]]:
    """Return the policies to mark in figures: restrictions and stockpiles, not new plants."""
    return plots.policy_marks(events, [policy for policy in plan.policies if policy.kind in MARKED])


def draw(series: Sequence[Series], marks: plots.Marks, world: World) -> dict[str, plots.Figure]:
    """Return the figures by name."""
    of = {name: bands([one[name] for one in series]) for name in series[0] if name not in ("flows", "map_prices")}
    flows = bands([one["flows"] for one in series], empty=0.0)
    places = bands([one["map_prices"] for one in series])
    return {
        "history_prices": draw_prices(of["prices"], marks, world),
        "history_exports": draw_exports(of["exports"], marks, world),
        "history_shares": draw_shares(of["production"], of["world_trade"], world),
        "history_cover": draw_cover(of["cover"], of["unmet"], world),
        "history_map": draw_map(flows, places, world, spans_of(series[0]["prices"].index)),
    }


def draw_prices(prices: Bands, marks: plots.Marks, world: World) -> plots.Figure:
    """Draw prices of all metals, one above the other."""
    here = scope(world)
    inches = 0.6 + 3.5 * len(here.metals)
    figure, axes = plots.new_figure(
        9.4,
        inches,
        len(here.metals),
        1,
        left=0.072,
        right=0.85,
        top=1 - 1.06 / inches,
        bottom=0.65 / inches,
        hspace=0.31,
    )
    for i, good in enumerate(here.standard.values()):
        ax, seen = axes[i, 0], panels.observed_prices(world.observed_prices, good)
        panels.plot_prices(ax, prices, marks, seen, good, here.quoted, here.licensed, labels=i == 0)
        plots.panel_name(ax, str(world.good_table["name"][world.good_index[good]]))
    title = f"Prices of {listed(here.metals)} under {_possessive(world)} export controls: simulated and observed"
    figure.text(0.012, 1 - 0.21 / inches, title, fontsize=12.5, fontweight="bold", color=plots.INK, va="center")
    key = "Lines: median of the runs, band 10 to 90 %; licensed metal: mean of 8 weeks."
    if len(world.observed_prices):
        key += "   ● observed in Rotterdam   ■ observed in China   hollow: less certain"
    figure.text(0.012, 0.012, key, fontsize=plots.SMALL, color=plots.FAINT)
    return figure


def draw_exports(exports: Bands, marks: plots.Marks, world: World) -> plots.Figure:
    """Draw the controlling country's monthly exports of all metals."""
    metals = scope(world).metals
    inches = 0.6 + 2.8 * len(metals)
    figure, axes = plots.new_figure(
        9.4, inches, len(metals), 1, left=0.072, right=0.97, top=1 - 1.05 / inches, bottom=0.65 / inches, hspace=0.4
    )
    for i, metal in enumerate(metals):
        ax = axes[i, 0]
        panels.plot_exports(ax, exports[(metal,)], metal, world.observed_exports, marks, labels=i == 0)
        plots.panel_name(ax, metal.capitalize())
    title = f"{_possessive(world)} exports by month"
    figure.text(0.012, 1 - 0.22 / inches, title, fontsize=12.5, fontweight="bold", color=plots.INK, va="center")
    key = "Bars: median of the runs, strokes 10 to 90 %.  ● observed   hollow: derived from other figures"
    figure.text(0.012, 0.012, key, fontsize=plots.SMALL, color=plots.FAINT)
    return figure


def draw_shares(production: Bands, trade: Bands, world: World) -> plots.Figure:
    """Draw shares of production and of world trade, by metal."""
    standard = scope(world).standard
    inches = 0.6 + 3.0 * len(standard)
    figure, axes = plots.new_figure(
        9.4, inches, len(standard), 2, left=0.06, right=0.88, top=1 - 0.92 / inches, bottom=0.49 / inches, hspace=0.32,
        wspace=0.42,
    )  # fmt: skip
    for i, (metal, good) in enumerate(standard.items()):
        for j, (shares, of) in enumerate(((production, "production"), (trade, "world trade"))):
            frame = pd.DataFrame({key[1]: band["median"] for key, band in shares.items() if key[0] == good})
            panels.plot_shares(axes[i, j], frame)
            axes[i, j].set_title(
                f"{metal.capitalize()}: share of {of}", loc="left", fontsize=plots.NORMAL, color=plots.INK
            )
    figure.text(
        0.012,
        1 - 0.26 / inches,
        "Who makes and who exports the metal",
        fontsize=12.5,
        fontweight="bold",
        color=plots.INK,
    )
    note = "Standard grades; output includes recycling; median of the runs, mean of four weeks"
    figure.text(0.012, 1 - 0.51 / inches, note, fontsize=plots.SMALL, color=plots.FAINT)
    return figure


def draw_cover(cover: Bands, unmet: Bands, world: World) -> plots.Figure:
    """Draw weeks of cover and unmet use, one column per country."""
    zones, metals = scope(world).cover, scope(world).metals
    names = dict(zip(world.zone_table["zone"], world.zone_table["name"], strict=True))
    rows = [(metal, kind) for metal in metals for kind in ("cover", "unmet")]
    inches = 0.6 + 3.5 * len(metals)
    figure, axes = plots.new_figure(
        11.0, inches, len(rows), len(zones), left=0.065, right=0.99, top=1 - 0.99 / inches, bottom=0.46 / inches,
        hspace=0.42, wspace=0.22,
    )  # fmt: skip
    for i, (metal, kind) in enumerate(rows):
        source, scale = (cover, 1.0) if kind == "cover" else (unmet, 100.0)
        frames = {zone: source[(metal, zone)] * scale for zone in zones if (metal, zone) in source}
        peak = max((float(np.nanmax(frame.to_numpy(), initial=0.0)) for frame in frames.values()), default=1.0)
        ceiling = 1.05 * max(peak, 5.0)
        for j, zone in enumerate(zones):
            ax = axes[i, j]
            unit = f"{metal}\n{'weeks of cover' if kind == 'cover' else 'unmet use, %'}" if j == 0 else ""
            if zone in frames and frames[zone]["median"].notna().any():
                panels.plot_cover(ax, frames[zone], plots.metal_colour(metal), ceiling, unit)
                if kind == "unmet" and not frames[zone].to_numpy().any():
                    ax.text(0.04, 0.06, "none", transform=ax.transAxes, fontsize=plots.SMALL, color=plots.FAINT)
            else:
                ax.set_axis_off()
            if i == 0:
                ax.set_title(names[zone], loc="left", fontsize=plots.NORMAL, fontweight="bold", color=plots.INK)
            if j:
                ax.tick_params(axis="y", labelleft=False)
    title = "How long users could go on, and what they went without"
    figure.text(0.012, 1 - 0.3 / inches, title, fontsize=12.5, fontweight="bold", color=plots.INK)
    note = "Cover: metal in stock and on its way, in weeks of use. Unmet: planned use without metal. Shaded: forecast."
    figure.text(0.012, 1 - 0.55 / inches, note, fontsize=plots.SMALL, color=plots.FAINT)
    return figure


def draw_map(flows: Bands, prices: Bands, world: World, ends: Mapping[str, tuple[str, str]]) -> plots.Figure:
    """Draw flows before and after the controls, a row of maps for each metal."""
    lat = dict(zip(world.zone_table["zone"], world.zone_table["lat"], strict=True))
    far = any(lat[zone] < SOUTH for key in flows for zone in key[2:])
    metals = scope(world).metals
    spans = [span for span in ends if any(key[0] == span for key in flows)] or list(ends)
    inches = 0.4 + 2.6 * len(metals)
    figure, axes = plots.new_figure(
        11.6, inches, 2 * len(metals), len(spans), left=0.01, right=0.99, top=1 - 0.5 / inches, bottom=0.06 / inches,
        hspace=0.14, wspace=0.03, height_ratios=[1, 0.13] * len(metals),
    )  # fmt: skip
    for i, metal in enumerate(metals):
        table = pd.DataFrame([(*key, frame["median"].iloc[0]) for key, frame in flows.items() if key[1] == metal],
                             columns=["span", "metal", "origin", "destination", "kg"])  # fmt: skip
        quotes = {key: float(frame["median"].iloc[0]) for key, frame in prices.items() if key[1] == metal}
        norm = price_scale(quotes)
        largest = float(table["kg"].max()) if len(table) else 1.0
        widest = float(np.ceil(largest / 1e4) * 1e4) if largest > 1e4 else 1e4
        for j, span in enumerate(spans):
            first, last = (pd.Timestamp(day) for day in ends[span])
            here = {key[2]: value for key, value in quotes.items() if key[0] == span}
            title = f"{metal.capitalize()}, {first:%B} to {last:%B %Y}"
            plot_map(axes[2 * i, j], table[table["span"] == span], here, world.zone_table, norm, widest, title,
                     FAR_SOUTH if far else SOUTH)  # fmt: skip
            axes[2 * i + 1, j].set_axis_off()
        map_keys(axes[2 * i + 1, 0], norm, widest)
    title = "Flows between countries before and after the controls"
    figure.text(0.012, 1 - 0.16 / inches, title, fontsize=12.5, fontweight="bold", color=plots.INK, va="center")
    return figure


def _possessive(world: World) -> str:
    names = dict(zip(world.zone_table["zone"], world.zone_table["name"], strict=True))
    return f"{names[world.tracked_zone]}'s"
