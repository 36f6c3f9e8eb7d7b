"""The figures of the main experiment: prices, exports, shares, cover, flows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from experiments.ensemble.results import Results
from experiments.figures import contents, dated, style
from experiments.figures.contents import FAR_SOUTH, SOUTH
from experiments.figures.maps import map_keys, plot_map, price_scale
from experiments.history import panels
from experiments.history.report import FIGURES
from experiments.study.answers import listed
from experiments.study.bands import lines
from experiments.study.shown import Shown
from model import Scenario

# Acts that go into the figures; new plants are too many to name there.
MARKED = ("export_licence", "export_ban", "reexport_ban", "export_quota", "stockpile", "tariff")
LICENSED_SHOWN = 2  # the countries that buy most under licences
FEW_DAYS = 15  # a month of which the run holds fewer is not drawn
SHARE_WEEKS = 4  # shares are drawn as a mean of so many
DOTS = {"s": "■", "o": "●"}
# What is drawn, by table (see `quantities`); every array by run, metal and more.
DRAWN = ("quotes", "licensed", "bought", "exports", "sellers", "users", "flows", "places")
Measured = Mapping[str, xr.Dataset]


def measured(results: Results) -> Measured:
    """Return what is drawn of the finished runs."""
    return {name: results.dataset(name).isel(cell=0, draw=0).rename(seed="run") for name in DRAWN}


def marks_of(plan: Scenario, events: pd.DataFrame) -> list[tuple[pd.Timestamp, str]]:
    """Return the policies to mark in figures: restrictions and stockpiles, not new plants."""
    return contents.policy_marks(events, [policy for policy in plan.policies if policy.kind in MARKED])


def draw(found: Measured, marks: dated.Marks, shown: Shown) -> dict[str, style.Figure]:
    """Return the figures by name."""
    drawn = (
        draw_prices(found, marks, shown),
        draw_exports(found["exports"]["kg"], marks, shown),
        draw_shares(found["sellers"], shown),
        draw_cover(found["users"], shown),
        draw_map(found["flows"], found["places"], shown),
    )
    return dict(zip(FIGURES, drawn, strict=True))


def draw_prices(found: Measured, marks: dated.Marks, shown: Shown) -> style.Figure:
    """Draw prices of all metals, one above the other."""
    metals = list(shown.standard)
    kg = found["bought"]["licensed_kg"].median("run").to_series().sort_values(ascending=False, kind="stable")
    holders = [str(zone) for zone in kg.index[:LICENSED_SHOWN] if kg[zone] > 0]
    prices: dict[tuple[str, ...], pd.DataFrame] = {
        (market, *key): frame
        for table, market in (("quotes", "free"), ("licensed", "licensed"))
        for key, frame in lines(found[table]["usd_per_kg"]).items()
    }
    figure, axes = style.stacked(len(metals), 1, (9.4, 2.55), 1.064, 0.646, 0.31, left=0.072, right=0.85)
    for i, metal in enumerate(metals):
        panels.plot_prices(axes[i, 0], prices, shown, metal, holders, marks, labels=i == 0)
        style.panel_name(axes[i, 0], shown.good_name(metal))
    observed = bool(len(shown.observed_prices))
    title = f"Prices of {listed(metals)} under {_owner(shown)} export controls: simulated"
    _title(figure, title + " and observed" * observed, 0.213)
    key = "Lines: median of the runs, band 10 to 90 %; licensed metal: mean of 8 weeks."
    if observed:
        shapes = panels.shapes_of(shown)
        points = [f"{DOTS[shapes[zone]]} observed in {shown.places[zone]}" for zone in reversed(shapes)]
        key += "   " + "   ".join([*points, "hollow: less certain"])
    figure.text(0.012, 0.09 / figure.get_figheight(), key, fontsize=style.SMALL, color=style.FAINT)
    return figure


def draw_exports(kg: xr.DataArray, marks: dated.Marks, shown: Shown) -> style.Figure:
    """Draw the exporter's exports of all metals by month."""
    metals, exports = list(shown.standard), lines(by_month(kg))
    figure, axes = style.stacked(len(metals), 1, (9.4, 1.873), 1.054, 0.651, 0.4, left=0.072, right=0.97)
    for i, metal in enumerate(metals):
        panels.plot_exports(axes[i, 0], exports[(metal,)], shown, metal, marks, labels=i == 0)
        style.panel_name(axes[i, 0], metal.capitalize())
    _title(figure, f"{_owner(shown)} exports by month", 0.217)
    key = "Bars: median of the runs, strokes 10 to 90 %."
    key += "  ● observed   hollow: derived from other figures" * bool(len(shown.observed_exports))
    figure.text(0.012, 0.074 / figure.get_figheight(), key, fontsize=style.SMALL, color=style.FAINT)
    return figure


def by_month(kg: xr.DataArray) -> xr.DataArray:
    """Return weekly sums as monthly ones, a week in two months by its days in each, without months of a few days."""
    mondays = kg.indexes["week"]
    first, last = mondays.to_period("M"), (mondays + pd.Timedelta(days=6)).to_period("M")
    inside = xr.DataArray(np.minimum((first.end_time.normalize() - mondays).days.to_numpy() + 1, 7) / 7, dims="week")
    parts = ((inside, first.to_timestamp()), (1.0 - inside, last.to_timestamp()))
    months = xr.concat([(kg * share).assign_coords(week=month) for share, month in parts], "week")
    days = xr.concat([(7 * share).assign_coords(week=month) for share, month in parts], "week")
    long = days.groupby("week").sum() > FEW_DAYS
    monthly = months.groupby("week").sum()
    return monthly.sel(week=long) if long.any() else monthly


def draw_shares(sellers: xr.Dataset, shown: Shown) -> style.Figure:
    """Draw shares of production and of world trade, by metal."""
    rows = len(shown.standard)
    figure, axes = style.stacked(rows, 2, (9.4, 2.233), 0.924, 0.495, 0.32, left=0.06, right=0.88, wspace=0.42)
    for j, (name, of) in enumerate((("made_kg", "production"), ("exported_kg", "world trade"))):
        shares = (sellers[name] / sellers[name].sum("zone")).fillna(0.0)
        middle = shares.rolling(week=SHARE_WEEKS, min_periods=1).mean().median("run")
        for i, metal in enumerate(shown.standard):
            frame = middle.sel(metal=metal).transpose("week", "zone").to_pandas()
            panels.plot_shares(axes[i, j], frame, shown.names)
            style.title(axes[i, j], f"{metal.capitalize()}: share of {of}", bold=False, pad=None)
    _title(figure, "Who makes and who exports the metal", 0.2)
    note = "Standard grades; output includes recycling; median of the runs, mean of four weeks"
    _note(figure, note, 0.48)
    return figure


def draw_cover(users: xr.Dataset, shown: Shown) -> style.Figure:
    """Draw weeks of cover and unmet use, one column per country."""
    rows = [(metal, kind) for metal in shown.standard for kind in ("cover", "unmet")]
    figure, axes = style.stacked(
        len(rows), len(shown.users), (11.0, 1.1706), 0.988, 0.456, 0.42, left=0.065, right=0.99, wspace=0.22
    )
    bands = {"cover": lines(users["cover_weeks"]), "unmet": lines(100.0 * users["unmet_share"])}
    for i, (metal, kind) in enumerate(rows):
        frames = {zone: bands[kind][(metal, zone)] for zone in shown.users if (metal, zone) in bands[kind]}
        peak = max((float(np.nanmax(frame.to_numpy(), initial=0.0)) for frame in frames.values()), default=1.0)
        ceiling = 1.05 * max(peak, 5.0)
        for j, zone in enumerate(shown.users):
            ax = axes[i, j]
            unit = f"{metal}\n{'weeks of cover' if kind == 'cover' else 'unmet use, %'}" if j == 0 else ""
            if zone in frames:
                panels.plot_cover(ax, frames[zone], shown, metal, ceiling, unit)
                if kind == "unmet" and not frames[zone].to_numpy().any():
                    ax.text(0.04, 0.06, "none", transform=ax.transAxes, fontsize=style.SMALL, color=style.FAINT)
            else:
                ax.set_axis_off()
            if i == 0:
                style.title(ax, shown.names[zone], pad=None)
            if j:
                ax.tick_params(axis="y", labelleft=False)
    _title(figure, "How long users could go on, and what they went without", 0.25)
    note = "Cover: metal in stock and on its way, in weeks of use. Unmet: planned use without metal."
    _note(figure, note + " Shaded: forecast." * (shown.fitted_to is not None), 0.5)
    return figure


def draw_map(flows: xr.Dataset, prices: xr.Dataset, shown: Shown) -> style.Figure:
    """Draw flows before and after the controls, a row of maps for each metal."""
    table = shown.world.zone_table
    lat, metals = dict(zip(table["zone"], table["lat"], strict=True)), list(shown.standard)
    spans = [span for span in shown.spans if flows[span].notnull().any()] or list(shown.spans)
    moved = {span: _moved(flows[span]) for span in spans}
    far = any(lat[zone] < SOUTH for kg in moved.values() for end in ("origin", "destination") for zone in kg[end])
    height = 0.56 + 2.52 * len(metals)
    figure, axes = style.new_figure(
        11.6, height, 2 * len(metals), len(spans), left=0.01, right=0.99, top=1 - 0.504 / height, bottom=0.056 / height,
        hspace=0.14, wspace=0.03, height_ratios=[1, 0.13] * len(metals),
    )  # fmt: skip
    for i, metal in enumerate(metals):
        kg = {span: table[table["metal"] == metal] for span, table in moved.items()}
        quotes = {span: prices[span].sel(metal=metal).median("run").to_series() for span in spans}
        norm = price_scale(dict(enumerate(np.concatenate(list(quotes.values())))))
        largest = max([float(part["kg"].max()) for part in kg.values() if len(part)], default=1.0)
        step = max(1e4, 10.0 ** np.floor(np.log10(largest)))
        widest = float(np.ceil(largest / step) * step)
        for j, span in enumerate(spans):
            first, last = shown.spans[span]
            title = f"{metal.capitalize()}, {first:{'%B' if first.year == last.year else '%B %Y'}} to {last:%B %Y}"
            plot_map(axes[2 * i, j], kg[span], quotes[span], table, norm, widest, title,
                     FAR_SOUTH if far else SOUTH)  # fmt: skip
            axes[2 * i + 1, j].set_axis_off()
        map_keys(axes[2 * i + 1, 0], norm, widest)
    _title(figure, "Flows between countries before and after the controls", 0.157)
    return figure


def _moved(kg: xr.DataArray) -> pd.DataFrame:
    """Return the flows that any run has, kg per year: metal, origin, destination, kg (median of the runs)."""
    return kg.median("run").where(kg.max("run") > 0).rename("kg").to_series().dropna().reset_index()


def _owner(shown: Shown) -> str:
    return f"{shown.names[shown.exporter]}'s"


def _title(figure: style.Figure, text: str, inches: float) -> None:
    """Write a figure's title so far below its upper edge."""
    y = 1 - inches / figure.get_figheight()
    figure.text(0.012, y, text, fontsize=12.5, fontweight="bold", color=style.INK, va="center")


def _note(figure: style.Figure, text: str, inches: float) -> None:
    y = 1 - inches / figure.get_figheight()
    figure.text(0.012, y, text, fontsize=style.SMALL, color=style.FAINT, va="center")
