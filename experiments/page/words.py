"""What the page says in words: who pays more, who runs short, which policies are in force and what they did."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from experiments.page.model import ExploreModel
from experiments.page.series import RECENT_WEEKS, Series
from experiments.page.world import people
from model.calendar import monday
from model.policy import Policy

KIND_NAMES = {
    "export_licence": "Export licences", "export_ban": "Export ban", "reexport_ban": "Ban on re-exports",
    "export_quota": "Export quota", "tariff": "Tariff", "sanction": "Sanction", "stockpile": "Stockpile",
    "capacity_support": "New capacity", "recycling_support": "Support of recycling", "price_floor": "Price floor",
}  # fmt: skip
# Smaller differences are said to be none.
SAME_PRICE, SAME_KG = 0.02, 50.0
LEAST_SHARE = 0.003  # of the use of all; countries that use less are left out


def tonnes(kg: float) -> str:
    """Return kg as people say it: 3.1 t, 140 kg."""
    return f"{kg / 1e3:,.1f} t" if kg >= 1000 else f"{kg:,.0f} kg"


def price_words(now: float, other: float) -> str:
    """Return the difference between two prices in words."""
    if not math.isfinite(now):
        return "find nothing to buy"
    if not math.isfinite(other):
        return f"pay {now:,.0f} USD/kg"
    change = now / other - 1
    if abs(change) < SAME_PRICE:
        return "pay the same"
    return f"pay {abs(change):.0%}".replace("%", " %") + (" more" if change > 0 else " less")


def missed_words(kg: float) -> str:
    """Return how much more or less is missed than in the run compared with."""
    if abs(kg) < SAME_KG:
        return "miss no more than otherwise"
    return f"miss {tonnes(kg)}" if kg > 0 else f"miss {tonnes(-kg)} less"


def used_words(kg_less: float) -> str:
    """Return how much less or more is used than in the run compared with, for its price."""
    return f"have used {tonnes(abs(kg_less))} {'less' if kg_less > 0 else 'more'}"


def headline(model: ExploreModel, base: Series | None, good: int, zone: str) -> str:
    """Return one sentence on a country's buyers, against the run compared with."""
    if model.series.n == 0:
        return "Nothing has happened yet: press One week or Run to the end."
    if base is None:
        return "The run to compare with is being worked out ..."
    z, week = model.world.zone_index[zone], model.series.n
    price = price_words(model.series.price_paid(good, z), base.price_paid(good, z, week))
    missed = model.series.missed_kg(good, z) - base.missed_kg(good, z, week)
    used = base.used_kg(good, z, week) - model.series.used_kg(good, z)
    parts = (
        [price, used_words(used)] if abs(used) >= SAME_KG and abs(missed) < SAME_KG else [price, missed_words(missed)]
    )
    return f"{people(model.world, zone)} buyers {' and '.join(parts)}."


def who_runs_short(model: ExploreModel, base: Series | None, good: int) -> str:
    """Return the answer to the page's question: who misses metal, who cuts back for its price, who pays most more."""
    series, week = model.series, model.series.n
    if week == 0 or base is None:
        return ""
    names = model.world.zone_table["name"]
    used = np.array([series.used_kg(good, z) for z in range(len(names))])
    there = np.array([base.used_kg(good, z, week) for z in range(len(names))])
    missed = np.array([series.missed_kg(good, z) for z in range(len(names))])
    paid = np.array([series.price_paid(good, z) / base.price_paid(good, z, week) - 1 for z in range(len(names))])
    less = there - used
    large = there >= LEAST_SHARE * there.sum()

    def most(values: np.ndarray, least: float, write: Callable[[int], str]) -> str:
        order = [int(z) for z in np.argsort(-np.nan_to_num(values)) if large[z] and values[z] > least]
        return ", ".join(f"{names.iloc[z]} {write(z)}" for z in order[:3])

    short = most(missed, SAME_KG, lambda z: tonnes(missed[z]))
    cut = most(less, SAME_KG, lambda z: f"{tonnes(less[z])} ({100 * less[z] / there[z]:.1f} %)")
    dear = most(paid, SAME_PRICE, lambda z: f"+{100 * paid[z]:.0f} %")
    parts = [f"Missed since the start: {short}." if short else "Nobody."]
    parts += [f"Less used than otherwise: {cut}."] if cut else []
    parts += [f"Price most above otherwise: {dear}."] if dear else []
    return " ".join(parts)


def comparison_rows(model: ExploreModel, base: Series | None, good: int) -> list[list[str]]:
    """Return, by country that uses the metal: name, prices, difference, use, missed, cover."""
    world, series = model.world, model.series
    week = series.n
    if week == 0:
        return []
    used = (series.upto(series.used) + series.upto(series.short))[:, good].sum(axis=0)
    cover = series.cover_weeks(good)[-1]
    rows = []
    for z in sorted(range(len(world.zones)), key=lambda z: -used[z]):
        if used[z] < LEAST_SHARE * used.sum():
            continue
        now, missed = series.price_paid(good, z), series.missed_kg(good, z)
        other = base.price_paid(good, z, week) if base else float("nan")
        there = tonnes(base.missed_kg(good, z, week)) if base else "..."
        less = base.used_kg(good, z, week) - series.used_kg(good, z) if base else float("nan")
        change = (
            ""
            if math.isnan(less)
            else "="
            if abs(less) < SAME_KG
            else f"{'▼' if less > 0 else '▲'} {tonnes(abs(less))}"
        )
        name = str(world.zone_table["name"].iloc[z])
        rows.append([name, usd(now), usd(other), _change(now, other), change, tonnes(missed), there, _weeks(cover[z])])
    return rows


def policy_rows(model: ExploreModel) -> list[list[str]]:
    """Return, for every policy of the scenario: name, kind, state this week, and what it did last."""
    week = max(model.week - 1, 0)
    rows = []
    for number, policy in enumerate(model.policies, start=1):
        said = [event for event in model.recorder.events if event.number == number]
        state = "in force" if policy.in_force(week) and model.series.n else _waiting(policy, model, week)
        last = f"{day_words(model, said[-1].week)}: {said[-1].did}" if said else "nothing yet"
        rows.append([policy.title, KIND_NAMES.get(policy.kind, policy.kind), state, last])
    order = {"in force": 0, "announced": 1}
    return sorted(rows, key=lambda row: order.get(row[2], 2))


def day_words(model: ExploreModel, week: int) -> str:
    """Return the Monday of a week: 3 Jul 2023."""
    return f"{monday(week, model.start):%-d %b %Y}"


def date_words(model: ExploreModel) -> str:
    """Return where the run stands: week and date."""
    if model.series.n == 0:
        return f"Before week 1 of {model.scenario.weeks} ({model.start:%-d %B %Y})"
    return f"Week {model.series.n} of {model.scenario.weeks}: {monday(model.week - 1, model.start):%-d %B %Y}"


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str, numbers: int = 99) -> str:
    """Return a table as HTML; every text is escaped. Columns from `numbers` on are set to the right."""
    side = [' class="number"' if i >= numbers else "" for i in range(len(head))]
    top = "".join(f'<th scope="col"{s}>{escape(text)}</th>' for text, s in zip(head, side, strict=True))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{s}>{escape(text)}</td>" for text, s in zip(row[1:], side[1:], strict=True))
        + "</tr>"
        for row in rows
    )
    # Not a caption element: it would be as wide as the table, which may be wider than a narrow window.
    title = escape(caption, quote=True)
    return f'<h4>{title}</h4><table aria-label="{title}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


COMPARISON_HEAD = (
    "Country", f"Price paid, USD/kg, {RECENT_WEEKS} weeks", "in the other run", "Difference", "Used less or more",
    "Missed so far",
    "in the other run", "Weeks of cover",
)  # fmt: skip


def _waiting(policy: Policy, model: ExploreModel, week: int) -> str:
    time = policy._timeline
    if time.effective is None:
        return "waits for its trigger"
    if week < time.effective or not model.series.n:
        return "announced" if policy.announced_by(week) else f"from {day_words(model, time.effective)}"
    return "ended" if time.until is not None and week >= time.until else "suspended"


def usd(value: float) -> str:
    """Return a price without its unit."""
    return f"{value:,.0f}" if math.isfinite(value) else "no purchase"


def _change(now: float, other: float) -> str:
    if not (math.isfinite(now) and math.isfinite(other)):
        return ""
    change = now / other - 1
    arrow = "=" if abs(change) < SAME_PRICE else "▲" if change > 0 else "▼"
    return f"{arrow} {100 * change:+.0f} %"


def _weeks(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else ""
