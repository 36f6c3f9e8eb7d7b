"""What the page says in words: who pays more, who runs short, which policies are in force and what they did."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

import numpy as np

from experiments.page.bands import RUNS, Bands, Range
from experiments.page.record import Act, Record
from experiments.page.series import RECENT_WEEKS
from experiments.page.world import good_name, people
from experiments.study.answers import MINUS, Band, number, quantity
from model.calendar import monday
from model.events import Action, Event

SAME_PRICE, SAME_KG = 0.02, 50.0  # smaller differences are said to be none
LEAST_SHARE = 0.003  # of the use of all; countries that use less are left out
WAITING = "the range follows"
UNIT = re.compile(r"(?<=\d) (?=%|(?:kg|t)\b)")


def told(values: Sequence[float] | np.ndarray, unit: str) -> str:
    """Return a number over runs with its range, or that of the only run so far."""
    return Band.of(values).plain(unit) if len(values) > 1 else f"{number(float(values[0]), unit)} ({WAITING})"


def tonnes(kg: float) -> str:
    """Return kg as people say it: 3.1 t, 140 kg."""
    said = f"{kg / 1e3:,.1f} t" if abs(kg) >= 1000 else f"{kg:,.0f} kg"
    return "0 kg" if said == "-0 kg" else said.replace("-", MINUS)


def usd(value: float) -> str:
    """Return a price without its unit."""
    return f"{value:,.0f}" if math.isfinite(value) else "no purchase"


def day_words(record: Record, week: int) -> str:
    """Return the Monday of a week: 3 Jul 2023."""
    return f"{monday(week, record.start):%-d %b %Y}"


def dearer_words(found: Range, runs: int) -> str:
    """Return a difference of prices with its range and how sure its direction is."""
    if not math.isfinite(found.median):
        return "find nothing to buy in one of the two runs"
    if max(abs(found.low), abs(found.median), abs(found.high)) < SAME_PRICE:
        return "pay the same"
    more, word = ("more", "dearer") if found.median > 0 else ("less", "cheaper")
    sure = found.above if found.median > 0 else 1 - found.above
    ends = f"{percent(found.low)} to {percent(found.high)}; {word} in {100 * sure:.0f} % of runs"
    said = "the same" if abs(found.median) < SAME_PRICE else f"{abs(100 * found.median):.0f} % {more}"
    return f"pay {said} ({ends if runs > 1 else WAITING})"


def percent(share: float) -> str:
    """Return a change in per cent with its sign; what rounds to nothing has none."""
    return quantity(share, "percent_change")


def lost_words(found: Range) -> str:
    """Return how much more use is given up, with its range."""
    if max(abs(found.low), abs(found.median), abs(found.high)) < SAME_KG:
        return "have given up no more use than otherwise"
    more = "more" if found.median > 0 else "less"
    return f"have given up {tonnes(abs(found.median))} of use {more} than otherwise{_ends(found)}"


def _ends(found: Range) -> str:
    """Return the ends of a range of kg in brackets; of one run, or where they are the same, nothing."""
    low, high = tonnes(found.low), tonnes(found.high)
    return f" ({low} to {high})" if low != high else ""


def range_words(found: Range, unit: str) -> str:
    """Return a range of what a path has, as it stands behind it: 10 to 90 %: 430 to 1,630."""
    low, high = (
        tonnes(end) if unit == "kg" else number(end, "usd_per_kg", rounded=True) for end in (found.low, found.high)
    )
    return f"10 to 90 %: {low} to {high}"


def headline(record: Record, bands: Bands | None, good: int, zone: str, week: int) -> str:
    """Return one sentence on a country's buyers, against the runs compared with; None while there are none."""
    world, who = record.world, f"{people(record.world, zone)} buyers of {good_name(record.world, good).lower()}"
    if week == 0:
        return f"Nothing has happened yet: {who} are before the first week ({day_words(record, 0)})."
    if bands is None:
        return f"{who}: the run to compare with is being worked out ..."
    dearer, more = (found(good).at(week, world.zone_index[zone]) for found in (bands.dearer, bands.more_gone))
    span = f"{day_words(record, max(week - RECENT_WEEKS, 0))} to {day_words(record, week - 1)}"
    return f"{span}: {who} {dearer_words(dearer, len(bands.runs))} and {lost_words(more)}."


def who_runs_short(record: Record, bands: Bands | None, good: int, week: int) -> str:
    """Return who gave up most use, for want of metal or for its price, with ranges."""
    if week == 0 or bands is None:
        return ""
    names, large = record.world.zone_table["name"].tolist(), _large(record, good, week)

    def told(found: Range) -> str:
        kg = found.median[week].tolist()
        most = sorted((z for z in large if kg[z] > SAME_KG), key=lambda z: -kg[z])[:3]
        return ", ".join(f"{names[z]} {tonnes(kg[z])}{_ends(found.at(week, z))}" for z in most)

    short, gave = told(bands.of("missed", good)), told(bands.more_gone(good))
    parts = [f"Metal was not there: {short}."] if short else []
    parts += [f"Use given up beyond the run compared with, since the start: {gave}."] if gave else []
    return " ".join(parts) or "Nobody: no use is given up beyond the run compared with."


def _large(record: Record, good: int, week: int) -> list[int]:
    """Return the countries that use a good, most first; those that use hardly any are left out."""
    used = record.series.used_so_far[week, good]
    order = np.argsort(-used, kind="stable")
    large: list[int] = order[used[order] >= LEAST_SHARE * used.sum()].tolist()
    return large


def answers(record: Record, bands: Bands | None, good: int, zone: str) -> list[str]:
    """Return the answer of every week, as HTML: the headline, and who runs short."""
    found = []
    for week in range(record.weeks + 1):
        said, short = headline(record, bands, good, zone, week), who_runs_short(record, bands, good, week)
        said, short = (UNIT.sub("\u00a0", escape(text)) for text in (said, short))  # a number stays with its unit
        found.append(f'<p class="headline">{said}</p>' + (f"<p><b>Who runs short?</b> {short}</p>" if short else ""))
    return found


def comparison_rows(record: Record, bands: Bands | None, good: int, week: int) -> list[list[str]]:
    """Return, by country that uses the metal: prices, their difference, use given up, all with ranges; and cover."""
    if week == 0 or bands is None:
        return []
    names, cover = record.world.zone_table["name"].tolist(), record.series.cover_weeks(good, week)[-1]

    def paid(z: int, base: bool) -> str:
        return bands.of("paid", good, base).at(week, z).words("usd_per_kg") or usd(math.nan)

    def kg(what: str, z: int, base: bool = False) -> str:
        found = bands.of(what, good, base).at(week, z).from_zero()
        return tonnes(found.median) + _ends(found)

    def dearer(z: int) -> str:
        found = bands.dearer(good).at(week, z)
        ends = f"{percent(found.low)} to {percent(found.high)}" if len(bands.runs) > 1 else WAITING
        return f"{percent(found.median)} ({ends})" if math.isfinite(found.median) else ""

    return [
        [names[z], paid(z, False), paid(z, True), dearer(z), kg("gone", z), kg("gone", z, True), kg("missed", z),
         f"{cover[z]:.0f}" if math.isfinite(cover[z]) else ""]
        for z in _large(record, good, week)
    ]  # fmt: skip


COMPARISON_HEAD = ("Country", f"Price paid, USD/kg, {RECENT_WEEKS} weeks", "Compared with", f"Difference ({RUNS} runs)",
                   "Use given up so far", "Compared with", "Of it, metal not there",
                   "Weeks of cover, one path")  # fmt: skip


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


def _day_of(record: Record, event: Event) -> str:
    """Return the day of an act: the one that the scenario gives, else the Monday of its week."""
    policy, first = record.acts[event.number - 1].policy, monday(event.week, record.start)
    own = {Action.ANNOUNCED: policy.announced, Action.IN_FORCE: policy.effective}.get(event.action)
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
