"""What the page says in words: who pays more, who runs short, which policies are in force and what they did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from experiments.page.bands import RUNS, Bands, Range
from experiments.page.record import Act, Record
from experiments.page.series import RECENT_WEEKS
from experiments.page.world import good_name, people
from experiments.study.answers import Band, number
from model.calendar import monday
from model.events import Action

SAME_PRICE, SAME_KG = 0.02, 50.0  # smaller differences are said to be none
LEAST_SHARE = 0.003  # of the use of all; countries that use less are left out
WAITING = "the range follows"


def told(values: Sequence[float] | np.ndarray, unit: str) -> str:
    """Return a number over runs with its range, or that of the only run so far."""
    return Band.of(values).plain(unit) if len(values) > 1 else f"{number(float(values[0]), unit)} ({WAITING})"


def tonnes(kg: float) -> str:
    """Return kg as people say it: 3.1 t, 140 kg."""
    return f"{kg / 1e3:,.1f} t" if abs(kg) >= 1000 else f"{kg:,.0f} kg"


def usd(value: float) -> str:
    """Return a price without its unit."""
    return f"{value:,.0f}" if math.isfinite(value) else "no purchase"


def percent(share: float) -> str:
    """Return a change in per cent with its sign; what rounds to nothing has none."""
    number = round(100 * share)
    return f"{number:+d} %" if number else "0 %"


def day_words(record: Record, week: int) -> str:
    """Return the Monday of a week: 3 Jul 2023."""
    return f"{monday(week, record.start):%-d %b %Y}"


def span_words(record: Record, week: int) -> str:
    """Return the weeks that prices paid are a mean of."""
    return f"{day_words(record, max(week - RECENT_WEEKS, 0))} to {day_words(record, week - 1)}"


def dearer_words(share: float, found: Range | None) -> str:
    """Return a difference of prices with its range and how sure its direction is."""
    if found is None:
        return f"{_more(share)} ({WAITING})"
    if abs(found.median) < SAME_PRICE and max(abs(found.low), abs(found.high)) < SAME_PRICE:
        return "pay the same"
    direction = found.above if found.median > 0 else 1 - found.above
    word = "dearer" if found.median > 0 else "cheaper"
    ends = f"{percent(found.low)} to {percent(found.high)}"
    return f"{_more(found.median)} ({ends}; {word} in {100 * direction:.0f} % of runs)"


def _more(share: float) -> str:
    if not math.isfinite(share):
        return "find nothing to buy in one of the two runs"
    if abs(share) < SAME_PRICE:
        return "pay the same"
    return f"pay {abs(100 * share):.0f} % {'more' if share > 0 else 'less'}"


def lost_words(kg: float, found: Range | None) -> str:
    """Return how much more use is given up, with its range."""
    value = found.median if found else kg
    if abs(value) < SAME_KG and (found is None or max(abs(found.low), abs(found.high)) < SAME_KG):
        return "have given up no more use than otherwise"
    ends = f" ({tonnes(found.low)} to {tonnes(found.high)})" if found else ""
    return f"have given up {tonnes(abs(value))} of use {'more' if value > 0 else 'less'} than otherwise{ends}"


def headline(record: Record, base: Record | None, bands: Bands | None, good: int, zone: str, week: int) -> str:
    """Return one sentence on a country's buyers, against the run compared with."""
    world, who = record.world, f"{people(record.world, zone)} buyers of {good_name(record.world, good).lower()}"
    if week == 0:
        return f"Nothing has happened yet: {who} are before the first week ({day_words(record, 0)})."
    if base is None:
        return f"{who}: the run to compare with is being worked out ..."
    z = world.zone_index[zone]
    paid, other = (one.series.price_paid(good, z, week) for one in (record, base))
    lost = record.series.lost_kg(good, z, week) - base.series.lost_kg(good, z, week)
    price = dearer_words(paid / other - 1, bands.dearer(good, z, week) if bands else None)
    use = lost_words(lost, bands.lost_kg(good, z, week) if bands else None)
    return f"{span_words(record, week)}: {who} {price} and {use}."


def who_runs_short(record: Record, base: Record | None, good: int, week: int) -> str:
    """Return who gave up most use, for want of metal or for its price, and who pays most more."""
    if week == 0 or base is None:
        return ""
    series, other, names = record.series, base.series, record.world.zone_table["name"].tolist()
    zones = range(len(names))
    need = np.array([series.upto(series.need + series.cut, week)[:, good, z].sum() for z in zones])
    large = [z for z in zones if need[z] >= LEAST_SHARE * need.sum()]
    missed = {z: series.missed_kg(good, z, week) for z in large}
    more = {z: series.lost_kg(good, z, week) - other.lost_kg(good, z, week) for z in large}
    short = sorted((z for z in large if missed[z] > SAME_KG), key=lambda z: -missed[z])[:3]
    gave = sorted((z for z in large if more[z] > SAME_KG), key=lambda z: -more[z])[:3]
    parts = []
    if short:
        parts.append("Metal was not there: " + ", ".join(f"{names[z]} {tonnes(missed[z])}" for z in short) + ".")
    if gave:
        told = ", ".join(f"{names[z]} {tonnes(more[z])} ({100 * more[z] / need[z]:.1f} % of need)" for z in gave)
        parts.append(f"Use given up beyond the run compared with, since the start: {told}.")
    return " ".join(parts) or "Nobody: no use is given up beyond the run compared with."


def comparison_rows(record: Record, base: Record | None, bands: Bands | None, good: int, week: int) -> list[list[str]]:
    """Return, by country that uses the metal: name, prices, difference with its range, use given up, cover."""
    world, series = record.world, record.series
    if week == 0:
        return []
    used = series.upto(series.used, week)[:, good].sum(axis=0)
    cover = series.cover_weeks(good, week)[-1]
    rows = []
    for z in sorted(range(len(world.zones)), key=lambda z: -used[z]):
        if used[z] < LEAST_SHARE * used.sum():
            continue
        paid = series.price_paid(good, z, week)
        other = base.series.price_paid(good, z, week) if base else float("nan")
        found = bands.dearer(good, z, week) if bands else None
        dearer = (
            f"{percent(found.median)} ({percent(found.low)} to {percent(found.high)})"
            if found
            else _change(paid, other)
        )
        lost = series.lost_kg(good, z, week)
        lost_there = tonnes(base.series.lost_kg(good, z, week)) if base else "..."
        rows.append([str(world.zone_table["name"].iloc[z]), usd(paid), usd(other), dearer, tonnes(lost),
                     lost_there, tonnes(series.missed_kg(good, z, week)), _weeks(cover[z])])  # fmt: skip
    return rows


COMPARISON_HEAD = ("Country", f"Price paid, USD/kg, {RECENT_WEEKS} weeks", "Compared with", f"Difference ({RUNS} runs)",
                   "Use given up so far", "Compared with", "Of it, metal not there", "Weeks of cover")  # fmt: skip


def state_of(record: Record, act: Act, week: int) -> str:
    """Return where a policy stands after so many weeks, with its own dates where it has some."""
    now, time, policy = max(week - 1, 0), act.time, act.policy
    if week and time.in_force(now):
        return "in force"
    if time.effective is None or (policy.when and time.announced is not None and time.announced > now):
        return "waits for its trigger"
    if week == 0 or now < time.effective:
        day = policy.effective or monday(time.effective, record.start)
        known = time.announced is not None and time.announced <= now and week > 0
        return f"announced, from {day:%-d %b %Y}" if known else f"from {day:%-d %b %Y}"
    return "ended" if time.until is not None and now >= time.until else "suspended"


def did_last(record: Record, number: int, week: int) -> str:
    """Return what a policy did last, by then."""
    said = [event for event in record.events if event.number == number and event.week < week]
    return f"{_day_of(record, said[-1])}: {said[-1].did}" if said else "nothing yet"


def _day_of(record: Record, event: object) -> str:
    """Return the day of an act: the one that the scenario gives, else the Monday of its week."""
    week, policy = event.week, record.acts[event.number - 1].policy  # type: ignore[attr-defined]
    own = {Action.ANNOUNCED: policy.announced, Action.IN_FORCE: policy.effective}.get(event.action)  # type: ignore[attr-defined]
    first = monday(week, record.start)
    return f"{own:%-d %b %Y}" if own and 0 <= (own - first).days < 7 else f"week of {first:%-d %b %Y}"


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str, numbers: int = 99) -> str:
    """Return a table as HTML; every text is escaped. Columns from `numbers` on are set to the right."""
    side = [' class="number"' if i >= numbers else "" for i in range(len(head))]
    top = "".join(f'<th scope="col"{s}>{escape(text)}</th>' for text, s in zip(head, side, strict=True))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(
            f'<td{s} data-head="{escape(name, quote=True)}">{escape(text)}</td>'
            for text, s, name in zip(row[1:], side[1:], head[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    # Not a caption element: it would be as wide as the table, which may be wider than a narrow window.
    title = escape(caption, quote=True)
    return f'<h3>{title}</h3><table aria-label="{title}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _change(now: float, other: float) -> str:
    return f"{percent(now / other - 1)} ({WAITING})" if math.isfinite(now) and math.isfinite(other) else ""


def _weeks(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else ""
