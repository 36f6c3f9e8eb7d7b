"""Kept runs beside the present one: their prices on the chart, and a table of differences, as `compare` has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import solara

from experiments.compare.scenarios import window
from experiments.page.aside import aligned, several, there, use_runs
from experiments.page.bands import RUNS
from experiments.page.record import SOURCE, Job
from experiments.page.series import Light
from experiments.page.session import Session
from experiments.page.widgets import Pick, html
from experiments.page.words import html_table, told
from experiments.page.world import good_name, goods_of, market_name
from experiments.study.answers import UNITS, listed, number
from model.calendar import WEEKS_PER_YEAR, monday
from model.errors import InputError
from model.scenario import Scenario, parse_scenario
from model.world import World

PRESENT = "Present settings"
LEAST_T, NAMED = 0.1, 3  # t a year; countries that are named
Read = Callable[[Light, slice], float]  # a number of a run over some weeks
WHO = "Who gives up most use, t/yr"


@dataclass(frozen=True, eq=False)
class Kept:
    """A run that is compared: its name, its scenario, the path and runs over draws and seeds as far as they are there.

    Attributes:
        runs: the path first; None of what is not there yet, of what has failed why.
    """

    name: str
    scenario: Scenario
    runs: Sequence[Any]

    @property
    def path(self) -> Light | None:
        """The path, as soon as it is there."""
        return self.runs[0] if there(self.runs[0]) else None


def use_kept(session: Session) -> list[Kept]:
    """Return the present run and all kept ones as far as they have been run; nothing where none is kept."""
    pins, setup = session.pins.value, session.setup.value
    wanted = solara.use_memo(lambda: _wanted(session), [pins, setup])
    found = use_runs(several({name: job for name, (job, _) in wanted.items()}, RUNS))
    return [Kept(name, wanted[name][1], runs) for name, runs in found.items()]


def _wanted(session: Session) -> dict[str, tuple[Job, Scenario]]:
    """Return the runs by name: the present one, and pins that start on the same day; their weeks agree."""
    found: dict[str, tuple[Job, Scenario]] = {}
    pins = session.pins.value
    for name, setup in [(PRESENT, session.setup.value), *pins.items()] if pins else []:
        try:
            scenario = parse_scenario(session.raw(setup), SOURCE, session.world)
            if not found or scenario.start == next(iter(found.values()))[1].start:
                found[name] = session.job(setup), scenario
        except InputError:
            continue
    return found if len(found) > 1 else {}


def span_of(kept: Sequence[Kept], week: int) -> tuple[date, date]:
    """Return the first and last Monday compared: from where the runs differ to the week shown."""
    scenarios = [one.scenario for one in kept]
    start = scenarios[0].start
    last = monday(max(min(week, *(one.weeks for one in scenarios)), 1) - 1, start)
    try:
        return window(scenarios, None, last)
    except InputError:  # they differ later
        return start, last


def measures(world: World, good: int, places: Sequence[str]) -> dict[str, tuple[str, Read]]:
    """Return what is compared by name: its unit, and how it is read from a run over some weeks.

    Names and units are those of `experiments.compare`, and so are the numbers; public money is of all policies.
    """
    from experiments.compare import quantities  # loads ensembles and Parquet, which nothing else here needs

    declared = quantities.tables(world, world.tracked_zone, (world.start, world.start), (world.start, world.start))
    mean, use = declared["prices"]["mean_usd_per_kg"], declared["use"]
    goods = goods_of(world, world.metal_of_good[good])

    def price(z: int) -> Read:
        return lambda run, weeks: float(np.nanmean(run.free[weeks, good, z], dtype=float))

    def lost(*parts: str) -> Read:
        return lambda run, weeks: float(_lost(run, weeks, goods, parts).sum())

    found = {f"{mean.what}, {market_name(world, zone)}": (mean.unit, price(world.zone_index[zone])) for zone in places}
    for key, read in {"lost_t": lost("short", "cut"), "cut_back_t": lost("cut"), "short_t": lost("short")}.items():
        found[use[key].what] = use[key].unit, read
    return found | {"public money spent, all metals": ("musd", _spent)}


def _lost(run: Light, weeks: slice, goods: list[int], parts: Sequence[str] = ("short", "cut")) -> np.ndarray:
    """Return use given up, t a year by country, [Z]."""
    return run.lost_t(goods, weeks, parts) * WEEKS_PER_YEAR / (weeks.stop - weeks.start)


def _spent(run: Light, weeks: slice) -> float:
    before = run.spent_usd[weeks.start - 1].sum() if weeks.start else 0.0
    return float(run.spent_usd[weeks.stop - 1].sum(dtype=float) - before) / 1e6


def table(kept: Sequence[Kept], base: Kept, world: World, good: int, places: Sequence[str], weeks: slice) -> str:
    """Return the table of differences to one run as HTML: its levels, and by how much each other one differs."""
    columns = [[base], *([base, one] for one in kept if one is not base)]
    rows = []
    for what, (unit, read) in measures(world, good, places).items():
        units = (unit, f"{unit}_change") if unit != "musd" else ("musd_paid", "musd")
        cells = [_over(of, read, weeks, units[len(of) - 1]) for of in columns]
        rows.append([f"{what[:1].upper()}{what[1:]},{UNITS[units[0]][3]}", *cells])
    goods = goods_of(world, world.metal_of_good[good])
    rows.append([WHO, *(_who(of, world, weeks, goods) for of in columns)])
    head = ["", base.name, *(f"{one.name}, difference" for _, one in columns[1:])]
    days = [f"{monday(week, base.scenario.start):%-d %b %Y}" for week in (weeks.start, weeks.stop - 1)]
    return html_table(head, rows, f"{good_name(world, good)}: weeks of {days[0]} to {days[1]}", 1)


def _turns(of: Sequence[Kept], read: Callable[[Light, slice], Any], weeks: slice) -> list[Any]:
    """Return what is read from a run, draw by draw, or by how much a second one differs from the first."""
    turns = aligned(*(one.runs for one in of))
    return [read(turn[-1], weeks) - (read(turn[0], weeks) if turn[1:] else 0.0) for turn in turns]


def _over(of: Sequence[Kept], read: Read, weeks: slice, unit: str) -> str:
    """Return a number of one run, or by how much the second one differs from the first, with its range."""
    values = _turns(of, read, weeks)
    return told(values, unit) if values else "..."


def _who(of: Sequence[Kept], world: World, weeks: slice, goods: list[int]) -> str:
    """Return who gives up most, or by whose loss a run raises it most: medians by country."""
    turns = _turns(of, partial(_lost, goods=goods), weeks)
    if not turns:
        return "..."
    lost, names = np.median(turns, axis=0), world.zone_table["name"].tolist()
    unit = "t_per_yr_change" if of[1:] else "t_per_yr"
    said = [f"{names[z]} {number(lost[z], unit)}" for z in np.argsort(-lost)[:NAMED] if lost[z] >= LEAST_T]
    return listed(said) if said else "nobody" + (" more" if of[1:] else "")


@solara.component
def Differences(session: Session, kept: Sequence[Kept]) -> None:
    """The table of kept runs, against the present one or whichever is chosen."""
    base, set_base = solara.use_state(PRESENT)
    if not kept or kept[0].path is None:
        return
    names = [one.name for one in kept]
    chosen = kept[names.index(base) if base in names else 0]
    first, last = span_of(kept, session.shown_week)
    start = chosen.scenario.start
    weeks = slice((first - start).days // 7, (last - start).days // 7 + 1)
    with solara.Div(classes=["differences"]):
        html("h2", "Kept runs side by side")
        Pick("Differences to", [(name, name) for name in names], chosen.name, set_base)
        text = table(kept, chosen, session.world, session.view.value.good, session.view.value.places, weeks)
        html("div", text, "table", "wide")


def paths(kept: Sequence[Kept]) -> Mapping[str, Light]:
    """Return the paths of kept runs by name, for the chart."""
    return {one.name: one.path for one in kept[1:] if one.path is not None}
