"""Why a price has changed: each cause switched off alone, with the same random numbers; the rest is joint."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import solara

from experiments.page.aside import aligned, job_of, several, use_runs, without
from experiments.page.bands import FIRST_RUNS
from experiments.page.levers import Raw, policies_of
from experiments.page.look import Option, box, ink
from experiments.page.marks import marked
from experiments.page.record import Job, Record
from experiments.page.session import Session
from experiments.page.widgets import DARK, Chart, Pick, as_json, html
from experiments.page.words import WAITING, day_words, usd
from experiments.page.world import good_name, market_name
from experiments.study.answers import Band, listed, number
from model.calendar import monday, week_of
from model.policy import POLICIES
from model.world import World

LEVEL_WEEKS = 4  # a price at a time is the mean of so many weeks up to it
LICENSING, BANNING = ("export_licence", "export_quota"), ("export_ban", "reexport_ban")
REST, WHOLE = "Together and rest", "Whole change"
COLOURS = {"up": ("#B5452C", "#F0866B"), "down": ("#1F6E8C", "#6FC3E0"), "total": ("#555555", "#BBBBBB")}
SMALL = 0.05  # of the largest bar: smaller ones are not told in words
ALL_ON = ""
NOTE = (
    "Each bar: by how much less the price (mean of {weeks} weeks) moves with that cause alone off and the same random "
    "numbers ({off}). Lines: 10 to 90 % of {runs}. Causes work on each other, so that bars need not "
    "add up: the rest makes them do so."
)


@dataclass(frozen=True)
class Cause:
    """A cause: what is switched off, in words; kinds of policies that go, and parameters that are held at 0."""

    off: str
    kinds: Collection[str] = ()
    parameters: Collection[str] = ()

    def drop(self, raw: Raw, world: World) -> Raw:
        """Return the scenario without it."""
        if self.kinds:
            return without(raw, [i for i, p in enumerate(policies_of(raw), 1) if p["kind"] in self.kinds])
        names = world.parameter_table["name"]
        held = {str(key): 0.0 for key in names.index[names.isin(list(self.parameters))]}
        return raw | {"parameters": raw.get("parameters", {}) | held}


CAUSES = {
    "Licences": Cause("no export licences or quotas", LICENSING),
    "Bans": Cause("no export or re-export bans", BANNING),
    "Other policies": Cause("no other policy", POLICIES.keys() - {*LICENSING, *BANNING}),
    "Hoarding": Cause("buyers keep their calm stocks (precaution 0)", parameters=["precaution"]),
    "Use cut back": Cause("use does not answer prices (elasticity 0)", parameters=["elasticity_factor"]),
    "Re-routing": Cause("traders do not grow with the margin (scale 0)", parameters=["trader_scale"]),
    "Demand": Cause("no swings, no rise at home", parameters=["demand_volatility", "home_demand_shift"]),
    "Outages and freight": Cause("none", parameters=["outages_per_year", "freight_volatility"]),
}


def jobs_of(session: Session) -> dict[str, Job]:
    """Return the present run and, by name, those without each cause; causes that a run does not have are left out."""
    raw, seed = session.raw(), session.setup.value.seed
    dropped = {name: cause.drop(raw, session.world) for name, cause in CAUSES.items()}
    return {ALL_ON: job_of(raw, seed)} | {name: job_of(one, seed) for name, one in dropped.items() if one != raw}


@dataclass(frozen=True, eq=False)
class Split:
    """A price and the bars of its change by name, USD/kg, [runs]: causes, the rest, so that they add up, the whole."""

    before: np.ndarray
    bars: dict[str, np.ndarray]


def split(runs: Mapping[str, Sequence[np.ndarray | None]], good: int, z: int, first: int, last: int) -> Split | None:
    """Return the change of a price between two weeks, split; None while a run is missing.

    Args:
        runs: free prices, [W, G, Z], by cause without which it was run; the path first, then draws and seeds.
        good: of which good.
        z: of which country.
        first: so many weeks had passed in the beginning.
        last: so many in the end.
    """
    kept = [dict(zip(runs, turn, strict=True)) for turn in aligned(*runs.values())]
    if not kept:
        return None

    def level(prices: np.ndarray, week: int) -> float:
        return float(np.nanmean(prices[max(week - LEVEL_WEEKS, 0) : max(week, 1), good, z], dtype=float))

    def changes(key: str) -> np.ndarray:
        return np.array([level(turn[key], last) - level(turn[key], first) for turn in kept])

    total = changes(ALL_ON)
    parts = {key: total - changes(key) for key in runs if key != ALL_ON}
    rest = total - sum(parts.values(), np.zeros_like(total))
    return Split(np.array([level(turn[ALL_ON], first) for turn in kept]), {**parts, REST: rest, WHOLE: total})


def ends_of(band: Band) -> str:
    """Return a range of changes in words."""
    return f"10 to 90 %: {number(band.low, 'usd_per_kg_change')} to {number(band.high, 'usd_per_kg_change')}"


def chart(found: Split, dark: bool) -> Option:
    """Return bars of the mean over the runs, which add up, with lines from 10 to 90 % of them."""
    look, data, lines = ink(dark), list[Option](), list[Option]()
    for at, (name, values) in enumerate(found.bars.items()):
        mean, band = float(values.mean()), Band.of(values)
        colour = COLOURS["total" if name == WHOLE else "up" if mean > 0 else "down"][dark]
        says = f"{escape(name)}: <b>{number(mean, 'usd_per_kg_change')} USD/kg</b>"
        if len(values) > 1:
            says += f" ({ends_of(band)})"
            lines.append({"type": "line", "data": [[band.low, at], [band.high, at]], "symbol": "none", "silent": True,
                          "lineStyle": {"color": look["ink"], "width": 1.5}, "tooltip": {"show": False}})  # fmt: skip
        data.append({"value": round(mean, 1), "says": says, "name": name, "itemStyle": {"color": colour}})
    text = {"color": look["ink"]}
    return {
        "animation": False, "textStyle": text | {"fontFamily": "Roboto, sans-serif"},
        "grid": {"left": 120, "right": 24, "top": 8, "bottom": 36}, "tooltip": {"trigger": "item", **box(dark)},
        "xAxis": {"type": "value", "name": "USD/kg", "nameLocation": "middle", "nameGap": 22, "axisLabel": text,
                  "splitLine": {"lineStyle": {"color": look["grid"]}}},
        "yAxis": {"type": "category", "data": list(found.bars), "inverse": True, "axisLabel": text,
                  "axisTick": {"show": False}, "axisLine": {"onZero": False, "show": False}},
        "series": [{"type": "bar", "data": data, "barWidth": "60%"}, *lines],
    }  # fmt: skip


def words(found: Split, where: str, span: str) -> str:
    """Return the split in words: the whole change with its range, then the causes, the largest first."""
    bars = {name: float(values.mean()) for name, values in found.bars.items()}
    whole, largest = bars.pop(WHOLE), max(map(abs, bars.values()), default=0.0)
    doubt = ends_of(Band.of(found.bars[WHOLE])) if len(found.before) > 1 else WAITING
    start = float(found.before.mean())
    told = sorted((name for name in bars if abs(bars[name]) >= SMALL * largest), key=lambda name: -abs(bars[name]))
    said_of = {name: f"{name.lower()} {number(bars[name], 'usd_per_kg_change')}" for name in told}
    ups, downs = ([said_of[name] for name in told if sign * bars[name] > 0] for sign in (1, -1))
    said = f"{where}, {span}: from {usd(start)} to {usd(start + whole)} USD/kg, "
    said += f"{number(whole, 'usd_per_kg_change')} ({doubt})."
    said += f" Up: {listed(ups)}." if ups else ""
    return said + (f" Down: {listed(downs)}." if downs else "")


def since(record: Record) -> dict[int, str]:
    """Return weeks that a span may begin with, in words: the start, and the week before each restriction."""
    found = {0: f"the start, {day_words(record, 0)}"}
    for day, text, _ in marked(record):
        week = week_of(day.date(), record.start)
        if 0 < week < record.weeks:
            found[week] = f"before {day:%-d %b %Y}: {text}"
    return found


def chosen(session: Session, weeks: list[int]) -> tuple[str, int]:
    """Return the place and the week asked about; at first the target of bans, and the week of the first restriction."""
    view = session.view.value
    place, _, start = view.why.partition("~")
    known = [place, session.case.target] if session.case.target in view.places else [place]
    place = next((zone for zone in known if zone in session.world.zones), view.places[0])
    begin = int(start) if start.isdecimal() and int(start) in weeks else weeks[min(1, len(weeks) - 1)]
    return place, begin


@solara.component
def Why(session: Session) -> None:
    """Ask why, and for which place and span; its runs begin with the question."""
    with solara.Div(classes=["why"]):
        html("h2", "Why did the price change?")
        asked = session.view.value.why
        text = "Close" if asked else "Split the change into causes"
        change = "" if asked else "on"
        Pick("Why", [("why", text)], "why" if asked else "", lambda _: session.look(why=change), "buttons")
        if asked and session.found.value.record and session.fresh:
            Answer(session, session.found.value.record)


@solara.component
def Answer(session: Session, record: Record) -> None:
    """The answer, for the week shown."""
    view, world, week, weeks = session.view.value, session.world, session.shown_week, since(record)
    jobs = solara.use_memo(lambda: several(jobs_of(session)), [session.setup.value])
    runs = use_runs(jobs, lambda run: run.free)
    place, begin = chosen(session, list(weeks))
    names = [(zone, market_name(world, zone)) for zone in view.places]
    if place not in view.places:
        names.insert(0, (place, market_name(world, place)))
    with solara.Div(classes=["line"]):
        Pick("Place", names, place, lambda zone: session.look(why=f"{zone}~{begin}"))
        days = [(str(week), text) for week, text in weeks.items()]
        Pick("From", days, str(begin), lambda day: session.look(why=f"{place}~{day}"))
    found = split(runs, view.good, world.zone_index[place], begin, week)
    if week <= begin:
        html("p", "The week shown lies before that day: move it on, or begin earlier.")
    elif found is None:
        failed = [key for key, own in runs.items() if isinstance(own[0], str)]
        said = f"Cannot be run without: {', '.join(failed)}." if failed else "Running with each cause switched off ..."
        html("p", escape(said), role="status")
    else:
        span = f"{monday(max(begin - 1, 0), record.start):%-d %b %Y} to {day_words(record, week - 1)}"
        where = f"{good_name(world, view.good)}, {market_name(world, place)}"
        said = words(found, where, span)
        html("p", escape(said), "because", aria_live="polite")
        height = f"{44 + 30 * len(found.bars)}px"
        Chart(as_json(chart(found, DARK.value)), f"Bars: {said}", height)
        off = "; ".join(f"{name.lower()}: {cause.off}" for name, cause in CAUSES.items() if name in jobs)
        drawn = f"{FIRST_RUNS} runs" + (", which follow" if len(found.before) < FIRST_RUNS else "")
        note = NOTE.format(weeks=LEVEL_WEEKS, off=off, runs=drawn)
        html("p", escape(note), "note")
