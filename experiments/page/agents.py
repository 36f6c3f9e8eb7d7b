"""Ask an agent: what a country or a firm holds, pays, expects, fears, has applied for, and why it did what it did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from experiments.page.bands import Bands
from experiments.page.record import Record
from experiments.page.series import RECENT_WEEKS
from experiments.page.words import day_words, did_last, html_table, range_words, state_of, tonnes, usd
from experiments.page.world import firm_name, good_name, people, zone_name
from model.calendar import WEEKS_PER_YEAR
from model.state.record import Kind
from model.world import World

KINDS = {
    Kind.PRODUCER: "producer", Kind.RECYCLER: "recycler", Kind.REFINER: "refiner", Kind.TRADER: "trader",
    Kind.STOCKPILE: "stockpile", Kind.REFINER_INPUT: "refiner, input", Kind.BUYER: "user",
}  # fmt: skip
MOST_ROWS = 6


def choices(world: World, record: Record) -> list[tuple[str, str]]:
    """Return what can be asked, (id, text): countries, then firms by name."""
    found = [(f"zone:{zone}", zone_name(world, zone)) for zone in world.zones]
    firms = {(firm_name(world, one.firm), one.firm, one.zone) for one in record.businesses}
    ordered = sorted(firms, key=lambda item: (item[0].lower(), item[1]))
    return found + [(f"firm:{firm}", f"{name} ({world.zones[zone]})") for name, firm, zone in ordered]


def answer(record: Record, asked: str, good: int, week: int, bands: Bands | None = None) -> str:
    """Return what is known about a country or firm after so many weeks, as HTML."""
    kind, _, name = asked.partition(":")
    if kind == "zone" and name in record.world.zone_index:
        return _country(record, name, good, week, bands)
    if kind == "firm" and record.rows_of(name):
        return _firm(record, name, week)
    return "<p>Not in this run.</p>"


def _country(record: Record, zone: str, good: int, week: int, bands: Bands | None) -> str:
    world, series, last = record.world, record.series, max(week - 1, 0)
    z, metal, whose = world.zone_index[zone], good_name(world, good).lower(), people(world, zone)

    def ranged(what: str, at: int, said: str) -> str:
        found = bands.of(what, good).at(at, z) if bands else None
        if not found or not math.isfinite(found.median):
            return said
        return f"{said} ({range_words(found.from_zero(), 'kg' if what == 'gone' else 'USD/kg')})"

    facts = [["Price of free metal", ranged("free", last, f"{series.free[last, good, z]:,.0f} USD/kg")]]
    if week:
        licensed = series.licensed[last, good, z]
        facts += [["Price of licensed metal", f"{licensed:,.0f} USD/kg"]] if math.isfinite(licensed) else []
        paid = f"{usd(series.paid[week, good, z])} USD/kg"
        cover = series.cover_weeks(good, week)[-1, z]
        lost, missed = (tonnes(max(kg[week, good, z], 0.0)) for kg in (series.gone, series.missed))
        made = WEEKS_PER_YEAR * series.made[:week][-RECENT_WEEKS:, good, z].mean()
        facts += [
            [f"Paid on average, {RECENT_WEEKS} weeks", ranged("paid", week, paid)],
            ["Users' stock, goods under way included", tonnes(series.held[last, good, z])],
            ["Weeks of cover", f"{cover:.1f}" if math.isfinite(cover) else "no use"],
            ["Use given up since the start", ranged("gone", week, lost)],
            ["Of it, because metal was not there", missed],
            ["Output, yearly rate", tonnes(made)],
        ]
    rows = [i for i, one in enumerate(record.businesses) if one.zone == z and one.good == good]
    balance = float(record.firms["licence_balance_kg"][last, rows].sum())
    facts.append(["Valid licences in its buyers' names", tonnes(balance)])
    parts = [html_table(("", ""), facts, f"{whose} market for {metal}, this path")]
    users = [row for row in rows if record.businesses[row].kind == Kind.BUYER]
    if users:
        parts.append(_why(record, max(users, key=lambda row: _of(record, row, "trend_use_kg", last)), last))
    parts += [_suppliers(record, z, good, week), _decisions(record, rows, week)]
    own = [
        [act.policy.title, state_of(record, act, week), did_last(record, number, week)]
        for number, act in enumerate(record.acts, start=1)
        if act.policy.actor == zone
    ]
    if own:
        parts.append(html_table(("Policy", "Now", "Last"), own[:MOST_ROWS], "Its own policies"))
    return "".join(parts)


def _firm(record: Record, firm: str, week: int) -> str:
    world, rows, last = record.world, record.rows_of(firm), max(week - 1, 0)
    held = [record.businesses[row] for row in rows]
    head = ("", *(f"{good_name(world, one.good)}: {KINDS[one.kind]}" for one in held))
    facts = ("Stock", "Under way", "Paid, USD/kg", "Expects, USD/kg", "Fears lost", "Licensed",
             f"Of {people(world, world.tracked_zone)} origin")  # fmt: skip
    states = zip(facts, *(_state(record, row, week) for row in rows), strict=True)
    title = f"{firm_name(world, firm)}, {zone_name(world, world.zones[held[0].zone])}"
    parts = [html_table(head, [one for one in states if any(one[1:])], title, 1)]
    return "".join([*parts, *(_why(record, row, last) for row in rows), _decisions(record, rows, week)])


def _of(record: Record, row: int, name: str, week: int) -> float:
    return float(record.firms[name][week, row])


def _state(record: Record, row: int, week: int) -> list[str]:
    """Return what one record holds, pays, expects, fears and may import."""
    one, last = record.businesses[row], max(week - 1, 0)
    stock, tracked = _of(record, row, "stock_kg", last), _of(record, row, "tracked_kg", last)
    bought = record.firms["bought_kg"][:week, row]
    weeks = np.flatnonzero(bought > 1e-6)
    paid = float(record.firms["paid_usd"][weeks[-1], row] / bought[weeks[-1]]) if len(weeks) else math.nan
    told = f"{usd(paid)} ({day_words(record, int(weeks[-1]))})" if len(weeks) else ""
    buys = one.kind >= Kind.TRADER
    return [
        tonnes(stock),
        tonnes(_of(record, row, "in_transit_kg", last)) if buys else "", told,
        f"{math.exp(_of(record, row, 'log_expected', last)):,.0f}",
        f"{100 * _of(record, row, 'perceived_risk', last):.0f} %" if buys else "",
        tonnes(_of(record, row, "licence_balance_kg", last)) if buys else "",
        f"{100 * tracked / stock:.0f} %" if stock > 1e-6 else "",
    ]  # fmt: skip


def _why(record: Record, row: int, week: int) -> str:
    """Return why a firm did what it did in a week: the numbers of its rule, in words."""
    one = record.businesses[row]
    values = {field: _of(record, row, field, week) for field in record.firms}
    expected, reference = math.exp(values["log_expected"]), math.exp(values["log_reference"])
    if one.kind in (Kind.BUYER, Kind.REFINER_INPUT):
        p = record.parameters
        calm, risk = values["calm_cover_weeks"], values["perceived_risk"]
        cheaper = min(reference / expected, 1.0)
        target = min(calm * (1 + p["precaution"] * risk * cheaper), max(calm, p["longest_cover_weeks"]))
        held = (values["stock_kg"] + values["in_transit_kg"]) / max(values["trend_use_kg"], 1e-9)
        normal = math.exp(values["log_normal"])
        said = (
            f"believes {100 * risk:.0f} % of its supply lost, so it wants {calm:.1f} × (1 + "
            f"{p['precaution']:g} × {risk:.2f} × {cheaper:.2f}) = {target:.1f} weeks of cover and has {held:.1f}: "
            f"it bids around the normal price of {normal:,.0f} USD/kg, {'above' if held < target else 'below'} it. "
            f"It expects {expected:,.0f} where calm times had {reference:,.0f}, "
            f"so it plans {tonnes(values['planned_use_kg'])} a week of {tonnes(values['trend_use_kg'])}; "
            f"it bought {tonnes(values['bought_kg'])} and used {tonnes(values['consumed_kg'])}."
        )
    elif one.kind <= Kind.REFINER:
        full = max(values["norm_stock_kg"], 1e-9)
        said = (
            f"expects {expected:,.0f} USD/kg ({reference:,.0f} in calm times) and runs at "
            f"{100 * values['utilisation']:.0f} % of capacity. "
            f"Its stock is {100 * values['stock_kg'] / full:.0f} % of normal, "
            f"so it asks {'more' if values['stock_kg'] < full else 'less'} than it expects; "
            f"it made {tonnes(values['produced_kg'])} and sold {tonnes(values['sold_kg'])}."
        )
    else:
        said = (
            f"aims for {tonnes(values['norm_stock_kg'])} in stock and has {tonnes(values['stock_kg'])}; "
            f"it bought {tonnes(values['bought_kg'])} and sold {tonnes(values['sold_kg'])}."
        )
    return f"<p><b>Why.</b> {escape(firm_name(record.world, one.firm))} {said}</p>"


def _suppliers(record: Record, z: int, good: int, week: int) -> str:
    kg = record.series.received_kg(good, z, week) if week else record.usual_flow[good, :, z]
    share, world = kg / max(kg.sum(), 1e-9), record.world
    rows = [
        [f"{zone_name(world, world.zones[o])}{' (own)' if o == z else ''}", f"{100 * share[o]:.0f} %"]
        for o in np.argsort(-share)[:MOST_ROWS]
        if share[o] > 0.005
    ] or [["nobody", ""]]
    return html_table(("Supplier", "Share"), rows, f"Where its {good_name(world, good).lower()} comes from", 1)


def _decisions(record: Record, rows: Sequence[int], week: int) -> str:
    held = set(rows)
    found = [one for act in record.acts for one in act.decisions if one.row in held and one.week < week]
    lines = [
        [day_words(record, one.week), firm_name(record.world, record.businesses[one.row].firm),
         "granted" if one.granted else "refused", tonnes(one.kg)]
        for one in sorted(found, key=lambda one: -one.week)[:MOST_ROWS]
    ]  # fmt: skip
    head = ("Week of", "Applicant", "Decision", "Asked for")
    return html_table(head, lines, "Licence decisions, latest first") if lines else ""
