"""Ask an agent: what the page tells about one country or one firm."""

from __future__ import annotations

import math

import numpy as np

from experiments.page_model import ExploreModel
from experiments.page_series import RECENT_WEEKS
from experiments.page_words import GOOD_NAMES, PEOPLE, _usd, html_table, tonnes
from model.calendar import monday
from model.columns import Kind
from model.policy.export_licence import ExportLicence

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
    firms = {(names.get(firm, firm), firm, model.columns.zone[i]) for i, firm in enumerate(model.columns.firm)}
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
        if kind == "firm" and name in model.columns.firm:
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
    rows = np.flatnonzero((model.columns.zone == z) & (model.columns.good == good))
    facts.append(["Valid licences in its buyers' names", tonnes(model.columns.licensed_kg[rows].sum())])
    parts = [html_table(("", ""), facts, f"{people} market for {metal}")]
    parts.append(_suppliers(model, z, good))
    parts.append(_decisions(model, rows, f"Licence decisions on {people} buyers, latest first"))
    own = [policy.title for policy in model.policies if policy.actor == zone]
    said = [(day, what) for day, what in model.recorder.events if any(what.startswith(f"{title}: ") for title in own)]
    if own:
        lines = [[f"{day:%-d %b %Y}", what] for day, what in reversed(said[-MOST_ROWS:])] or [["", "nothing yet"]]
        parts.append(html_table(("Week of", "What it did"), lines, "Its own policies, latest first"))
    return "".join(parts)


def _firm(model: ExploreModel, firm: str) -> str:
    c, world = model.columns, model.world
    rows = np.flatnonzero([name == firm for name in c.firm])
    names = dict(zip(world.firms["firm"], world.firms["name"], strict=True))
    table = []
    for i in rows:
        kind, uses = Kind(c.kind[i]), c.use_kg[i] > 0 and c.kind[i] >= Kind.REFINER_INPUT
        cover = f"{(c.stock_kg[i] + c.in_transit_kg[i]) / c.use_kg[i]:.1f}" if uses else ""
        week, paid = model.last_paid[i]
        when = f" ({monday(int(week), model.start):%-d %b %Y})" if math.isfinite(week) else ""
        part = c.tracked_kg[i] / c.stock_kg[i] if c.stock_kg[i] > 1e-6 else 0.0
        role = f"{GOOD_NAMES[world.goods[c.good[i]]]}: {KINDS[kind]}"
        last = f"{_usd(paid)}{when}" if math.isfinite(paid) else ""
        held = [tonnes(c.stock_kg[i]), tonnes(c.in_transit_kg[i]), cover]
        expected = f"{np.exp(c.expected[i]):,.0f}"
        table.append([role, *held, last, expected, tonnes(c.licensed_kg[i]), f"{100 * part:.0f} %"])
    head = ("Metal and role", "Stock", "Under way", "Weeks of cover", "Last paid, USD/kg", "Expects, USD/kg",
            "Licensed", "Of Chinese origin")  # fmt: skip
    parts = [html_table(head, table, f"{names.get(firm, firm)}, {world.zone_table['name'].iloc[c.zone[rows[0]]]}", 1)]
    for i in rows:
        if c.kind[i] in (Kind.TRADER, Kind.REFINER_INPUT, Kind.BUYER):
            parts.append(_suppliers(model, int(c.zone[i]), int(c.good[i])))
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


def _decisions(model: ExploreModel, rows: np.ndarray, caption: str) -> str:
    names = dict(zip(model.world.firms["firm"], model.world.firms["name"], strict=True))
    found = [
        (week, model.columns.firm[row], granted, kg, policy.title)
        for policy in model.policies
        if isinstance(policy, ExportLicence) and policy._office is not None
        for week, row, granted, kg in policy.office.decisions
        if row in rows
    ]
    lines = [
        [f"{monday(week, model.start):%-d %b %Y}", names.get(firm, firm), "granted" if yes else "refused", tonnes(kg)]
        for week, firm, yes, kg, _ in sorted(found, key=lambda item: -item[0])[:MOST_ROWS]
    ] or [["", "no decision yet", "", ""]]
    return html_table(("Week of", "Applicant", "Decision", "Asked for"), lines, caption)


def _last_weeks(model: ExploreModel, rows: np.ndarray) -> str:
    names = ("produced_kg", "bought_kg", "sold_kg", "consumed_kg", "short_kg")
    kept = model.recorder.firms[-6:]
    first = model.week - len(kept)
    lines = [
        [
            f"{monday(first + i, model.start):%-d %b %Y}",
            *(f"{value:,.1f}" for value in week[rows, 2 : 2 + len(names)].sum(axis=0)),
        ]
        for i, week in reversed(list(enumerate(kept)))
    ] or [["no week yet", "", "", "", "", ""]]
    return html_table(
        ("Week of", "Made, kg", "Bought, kg", "Sold, kg", "Used, kg", "Missed, kg"), lines, "Its last weeks", 1
    )
