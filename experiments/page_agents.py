"""Ask an agent: what the page tells about one country or one firm."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from experiments.page_model import ExploreModel
from experiments.page_series import RECENT_WEEKS
from experiments.page_words import GOOD_NAMES, PEOPLE, _usd, html_table, tonnes
from model.calendar import monday
from model.policy.export_licence import ExportLicence
from model.recorder import FIRM_COLUMNS
from model.state.record import Kind

KINDS = {
    Kind.PRODUCER: "producer", Kind.RECYCLER: "recycler", Kind.REFINER: "refiner", Kind.TRADER: "trader",
    Kind.STOCKPILE: "stockpile", Kind.REFINER_INPUT: "refiner, input", Kind.BUYER: "user",
}  # fmt: skip
MOST_ROWS = 8


def choices(model: ExploreModel) -> dict[str, str]:
    """Return what can be asked, text to id: countries, then firms by name."""
    table = model.world.zone_table
    found = {f"Country: {name}": f"zone:{zone}" for zone, name in zip(table["zone"], table["name"], strict=True)}
    names = dict(zip(model.world.firms["firm"], model.world.firms["name"], strict=True))
    firms = {(names.get(one.firm, one.firm), one.firm, one.zone) for one in model.firms.businesses}
    for name, firm, zone in sorted(firms, key=lambda item: (item[0].lower(), item[1])):
        text = f"Firm: {name} ({model.world.zones[zone]})"
        found[text if text not in found else f"{text}, {firm}"] = f"firm:{firm}"
    return found


def answer(model: ExploreModel, asked: str, good: int) -> str:
    """Return what is known about a country or firm as HTML."""
    kind, _, name = asked.partition(":")
    with model.lock:
        if kind == "zone" and name in model.world.zone_index:
            return _country(model, name, good)
        if kind == "firm" and name in model.firms.names:
            return _firm(model, name)
    return "<p>Not in this run.</p>"


def _country(model: ExploreModel, zone: str, good: int) -> str:
    world, series = model.world, model.series
    z, metal = world.zone_index[zone], GOOD_NAMES[world.goods[good]].lower()
    people = PEOPLE.get(zone, zone)
    facts = [["Price of free metal", f"{model.delivered_quote[good, z]:,.0f} USD/kg"]]
    if series.n:
        licensed = series.licensed[series.n - 1, good, z]
        facts += [["Price of licensed metal", f"{licensed:,.0f} USD/kg"]] if math.isfinite(licensed) else []
        paid = series.price_paid(good, z)
        facts.append(
            ["Paid on average, last 13 weeks", f"{_usd(paid)} USD/kg" if math.isfinite(paid) else "no purchase"]
        )
        cover = series.cover_weeks(good)[-1, z]
        facts.append(["Users' stock, goods under way included", tonnes(series.held[series.n - 1, good, z])])
        facts.append(["Weeks of cover", f"{cover:.1f}" if math.isfinite(cover) else "no use"])
        facts.append(["Use missed since the start", tonnes(series.missed_kg(good, z))])
        made = 365.25 / 7 * series.upto(series.made)[-13:, good, z].mean()
        facts.append(["Output, yearly rate", tonnes(made)])
    rows = np.flatnonzero((model.firms["zone"] == z) & (model.firms["good"] == good))
    facts.append(["Valid licences in its buyers' names", tonnes(model.firms["licence_balance_kg"][rows].sum())])
    parts = [html_table(("", ""), facts, f"{people} market for {metal}")]
    parts.append(_suppliers(model, z, good))
    parts.append(_decisions(model, rows, f"Licence decisions on {people} buyers, latest first"))
    said = [event for event in model.recorder.events if event.actor == zone]
    if any(policy.actor == zone for policy in model.policies):
        lines = [[_day(model, event.week), event.what] for event in reversed(said[-MOST_ROWS:])]
        lines = lines or [["", "nothing yet"]]
        parts.append(html_table(("Week of", "What it did"), lines, "Its own policies, latest first"))
    return "".join(parts)


def _firm(model: ExploreModel, firm: str) -> str:
    world, rows = model.world, model.firms.rows_of(firm)
    names = dict(zip(world.firms["firm"], world.firms["name"], strict=True))
    table = []
    for i in rows:
        one = model.firms.table[i]
        held_kg, use_kg = one["stock_kg"] + one["in_transit_kg"], one["trend_use_kg"]
        cover = f"{held_kg / use_kg:.1f}" if use_kg > 0 else ""
        week, paid = model.last_paid[i]
        when = f" ({_day(model, int(week))})" if math.isfinite(week) else ""
        part = one["tracked_kg"] / one["stock_kg"] if one["stock_kg"] > 1e-6 else 0.0
        role = f"{GOOD_NAMES[world.goods[one['good']]]}: {KINDS[Kind(one['kind'])]}"
        last = f"{_usd(paid)}{when}" if math.isfinite(paid) else ""
        held = [tonnes(one["stock_kg"]), tonnes(one["in_transit_kg"]), cover]
        expected = f"{np.exp(one['log_expected']):,.0f}"
        table.append([role, *held, last, expected, tonnes(one["licence_balance_kg"]), f"{100 * part:.0f} %"])
    head = ("Metal and role", "Stock", "Under way", "Weeks of cover", "Last paid, USD/kg", "Expects, USD/kg",
            "Licensed", "Of Chinese origin")  # fmt: skip
    parts = [
        html_table(
            head, table, f"{names.get(firm, firm)}, {world.zone_table['name'].iloc[model.firms['zone'][rows[0]]]}", 1
        )
    ]
    for i in rows:
        one = model.firms.table[i]
        if one["kind"] in (Kind.TRADER, Kind.REFINER_INPUT, Kind.BUYER):
            parts.append(_suppliers(model, int(one["zone"]), int(one["good"])))
    parts.append(_decisions(model, rows, "Licence decisions, latest first"))
    parts.append(_last_weeks(model, rows))
    return "".join(parts)


def _suppliers(model: ExploreModel, z: int, good: int) -> str:
    kg = model.series.received_kg(good, z) if model.series.n else model.sources.received_from[good, :, z]
    share = kg / max(kg.sum(), 1e-9)
    names = model.world.zone_table["name"]
    rows = [
        [f"{names.iloc[o]}{' (own)' if o == z else ''}", f"{100 * share[o]:.0f} %"]
        for o in np.argsort(-share)[:6]
        if share[o] > 0.005
    ] or [["nobody", ""]]
    zone, metal = model.world.zones[z], GOOD_NAMES[model.world.goods[good]].lower()
    title = f"Where {PEOPLE.get(zone, zone)} buyers' {metal}"
    return html_table(("Supplier", "Share"), rows, f"{title} comes from, last {RECENT_WEEKS} weeks", 1)


def _decisions(model: ExploreModel, rows: Sequence[int] | np.ndarray, caption: str) -> str:
    names = dict(zip(model.world.firms["firm"], model.world.firms["name"], strict=True))
    found = [
        (decision.week, model.firms.businesses[decision.row].firm, decision.granted, decision.kg)
        for policy in model.policies
        if isinstance(policy, ExportLicence) and policy.office is not None
        for decision in policy.office.decisions
        if decision.row in rows
    ]
    lines = [
        [_day(model, week), names.get(firm, firm), "granted" if yes else "refused", tonnes(kg)]
        for week, firm, yes, kg in sorted(found, key=lambda item: -item[0])[:MOST_ROWS]
    ] or [["", "no decision yet", "", ""]]
    return html_table(("Week of", "Applicant", "Decision", "Asked for"), lines, caption)


def _last_weeks(model: ExploreModel, rows: Sequence[int]) -> str:
    names = ("produced_kg", "bought_kg", "sold_kg", "consumed_kg", "short_kg")
    columns = [FIRM_COLUMNS.index(name) for name in names]
    lines = [
        [_day(model, week.number), *(f"{value:,.1f}" for value in week.firms[:, rows][columns].sum(axis=1))]
        for week in reversed(model.recorder.weeks[-6:])
    ] or [["no week yet", "", "", "", "", ""]]
    return html_table(
        ("Week of", "Made, kg", "Bought, kg", "Sold, kg", "Used, kg", "Missed, kg"), lines, "Its last weeks", 1
    )


def _day(model: ExploreModel, week: int) -> str:
    return f"{monday(week, model.start):%-d %b %Y}"
