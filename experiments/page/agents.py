"""Ask an agent: what the page tells about one country or one firm."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from experiments.page.model import ExploreModel
from experiments.page.series import RECENT_WEEKS
from experiments.page.words import day_words, html_table, tonnes, usd
from experiments.page.world import firm_names, good_name, people, zone_name
from model.calendar import WEEKS_PER_YEAR
from model.policy.export_licence import ExportLicence
from model.recorder import FIRM_COLUMNS
from model.state.record import Kind

KINDS = {
    Kind.PRODUCER: "producer", Kind.RECYCLER: "recycler", Kind.REFINER: "refiner", Kind.TRADER: "trader",
    Kind.STOCKPILE: "stockpile", Kind.REFINER_INPUT: "refiner, input", Kind.BUYER: "user",
}  # fmt: skip
MOST_ROWS, LAST_WEEKS = 8, 6
FLOWS = {"produced_kg": "Made, kg", "bought_kg": "Bought, kg", "sold_kg": "Sold, kg", "consumed_kg": "Used, kg",
         "short_kg": "Missed, kg"}  # fmt: skip


def choices(model: ExploreModel) -> dict[str, str]:
    """Return what can be asked, text to id: countries, then firms by name."""
    table = model.world.zone_table
    found = {f"Country: {name}": f"zone:{zone}" for zone, name in zip(table["zone"], table["name"], strict=True)}
    names = firm_names(model.world)
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
        if kind == "firm" and model.firms.rows_of(name):
            return _firm(model, name)
    return "<p>Not in this run.</p>"


def _country(model: ExploreModel, zone: str, good: int) -> str:
    world, series, firms = model.world, model.series, model.firms
    z, metal = world.zone_index[zone], good_name(world, good).lower()
    whose = people(world, zone)
    facts = [["Price of free metal", f"{model.delivered_quote[good, z]:,.0f} USD/kg"]]
    if series.n:
        licensed = series.licensed[series.n - 1, good, z]
        facts += [["Price of licensed metal", f"{licensed:,.0f} USD/kg"]] if math.isfinite(licensed) else []
        paid = series.price_paid(good, z)
        paid_words = f"{usd(paid)} USD/kg" if math.isfinite(paid) else "no purchase"
        facts.append([f"Paid on average, last {RECENT_WEEKS} weeks", paid_words])
        cover = series.cover_weeks(good)[-1, z]
        facts.append(["Users' stock, goods under way included", tonnes(series.held[series.n - 1, good, z])])
        facts.append(["Weeks of cover", f"{cover:.1f}" if math.isfinite(cover) else "no use"])
        facts.append(["Use missed since the start", tonnes(series.missed_kg(good, z))])
        made = WEEKS_PER_YEAR * series.upto(series.made)[-RECENT_WEEKS:, good, z].mean()
        facts.append(["Output, yearly rate", tonnes(made)])
    rows = np.flatnonzero((firms["zone"] == z) & (firms["good"] == good))
    facts.append(["Valid licences in its buyers' names", tonnes(firms["licence_balance_kg"][rows].sum())])
    parts = [html_table(("", ""), facts, f"{whose} market for {metal}")]
    parts.append(_suppliers(model, z, good))
    parts.append(_decisions(model, rows, f"Licence decisions on {whose} buyers, latest first"))
    if any(policy.actor == zone for policy in model.policies):
        said = [event for event in model.recorder.events if event.actor == zone][-MOST_ROWS:]
        lines = [[day_words(model, event.week), event.what] for event in reversed(said)] or [["", "nothing yet"]]
        parts.append(html_table(("Week of", "What it did"), lines, "Its own policies, latest first"))
    return "".join(parts)


def _firm(model: ExploreModel, firm: str) -> str:
    world, rows = model.world, model.firms.rows_of(firm)
    head = ("Metal and role", "Stock", "Under way", "Weeks of cover", "Last paid, USD/kg", "Expects, USD/kg",
            "Licensed", f"Of {people(world, world.zones[model.tracked])} origin")  # fmt: skip
    home = zone_name(world, world.zones[model.firms.businesses[rows[0]].zone])
    title = f"{firm_names(world).get(firm, firm)}, {home}"
    parts = [html_table(head, [_record(model, row) for row in rows], title, 1)]
    for row in rows:
        one = model.firms.businesses[row]
        if one.kind in (Kind.TRADER, Kind.REFINER_INPUT, Kind.BUYER):
            parts.append(_suppliers(model, one.zone, one.good))
    parts.append(_decisions(model, rows, "Licence decisions, latest first"))
    parts.append(_last_weeks(model, rows))
    return "".join(parts)


def _record(model: ExploreModel, row: int) -> list[str]:
    """Return what one record holds, pays, expects and may import."""
    one, kind = model.firms.table[row], model.firms.businesses[row].kind
    uses = kind >= Kind.REFINER_INPUT and one["trend_use_kg"] > 0
    cover = f"{(one['stock_kg'] + one['in_transit_kg']) / one['trend_use_kg']:.1f}" if uses else ""
    week, paid = model.last_paid[row]
    last = f"{usd(paid)} ({day_words(model, int(week))})" if math.isfinite(paid) else ""
    part = one["tracked_kg"] / one["stock_kg"] if one["stock_kg"] > 1e-6 else 0.0
    role = f"{good_name(model.world, one['good'])}: {KINDS[kind]}"
    held = [tonnes(one["stock_kg"]), tonnes(one["in_transit_kg"]), cover]
    return [role, *held, last, f"{np.exp(one['log_expected']):,.0f}", tonnes(one["licence_balance_kg"]),
            f"{100 * part:.0f} %"]  # fmt: skip


def _suppliers(model: ExploreModel, z: int, good: int) -> str:
    kg = model.series.received_kg(good, z) if model.series.n else model.sources.received_from[good, :, z]
    share = kg / max(kg.sum(), 1e-9)
    world = model.world
    rows = [
        [f"{zone_name(world, world.zones[o])}{' (own)' if o == z else ''}", f"{100 * share[o]:.0f} %"]
        for o in np.argsort(-share)[:6]
        if share[o] > 0.005
    ] or [["nobody", ""]]
    title = f"Where {people(world, world.zones[z])} buyers' {good_name(world, good).lower()}"
    return html_table(("Supplier", "Share"), rows, f"{title} comes from, last {RECENT_WEEKS} weeks", 1)


def _decisions(model: ExploreModel, rows: Sequence[int] | np.ndarray, caption: str) -> str:
    names, firms = firm_names(model.world), model.firms.businesses
    offices = [policy.office for policy in model.policies if isinstance(policy, ExportLicence) and policy.office]
    found = [decision for office in offices for decision in office.decisions if decision.row in rows]
    lines = [
        [day_words(model, one.week), names.get(firms[one.row].firm, firms[one.row].firm),
         "granted" if one.granted else "refused", tonnes(one.kg)]
        for one in sorted(found, key=lambda one: -one.week)[:MOST_ROWS]
    ] or [["", "no decision yet", "", ""]]  # fmt: skip
    return html_table(("Week of", "Applicant", "Decision", "Asked for"), lines, caption)


def _last_weeks(model: ExploreModel, rows: Sequence[int]) -> str:
    columns = [FIRM_COLUMNS.index(name) for name in FLOWS]
    lines = [
        [day_words(model, week.number), *(f"{kg:,.1f}" for kg in week.firms[columns][:, rows].sum(axis=1))]
        for week in reversed(model.recorder.weeks[-LAST_WEEKS:])
    ] or [["no week yet", *[""] * len(FLOWS)]]
    return html_table(("Week of", *FLOWS.values()), lines, "Its last weeks", 1)
