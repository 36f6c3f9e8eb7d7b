"""Policies one by one: each taken away alone, with the same random numbers; what it did, and a scorecard of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import solara

from experiments.page.aside import aligned, job_of, several, use_runs, without
from experiments.page.levers import policies_of
from experiments.page.record import Job, Record
from experiments.page.series import RECENT_WEEKS, Light
from experiments.page.session import Session
from experiments.page.widgets import Pick, html
from experiments.page.words import did_last, html_table, state_of, told
from experiments.page.world import goods_of, market_name, zone_name
from experiments.study.answers import UNITS, listed

ALL = ()  # key of the run with every policy
LEAST_T = 0.05  # smaller amounts of use are none
Taken = Mapping[tuple[int, ...], Sequence[Light | None]]  # runs by the policies taken away, the path first
HEAD = (
    "Policy", "Of", "Metal", "Cost, million USD", "Use lost (+) or saved (−), t, all countries",
    "At home, t", "Cost, million USD per t saved",
)  # fmt: skip


class Effect(NamedTuple):
    """What policies have done to a metal until a week: public money, million USD, [runs], use lost, t, [runs, Z]."""

    cost: np.ndarray
    lost: np.ndarray


def titles(record: Record) -> list[str]:
    """Return the names of policies; those with the same name are told apart by country and good, else by number."""
    acts, names = record.acts, [act.policy.title for act in record.acts]
    for tell in ("actor", "good", ""):
        many = Counter(names)
        for at, act in enumerate(acts):
            if many[names[at]] > 1:
                more = getattr(act.policy, tell, "") if tell else f"no. {at + 1}"
                names[at] += f", {zone_name(record.world, more) if tell == 'actor' else more}" if more else ""
    return names


def metals_of(record: Record, number: int) -> list[str]:
    """Return the metals that a policy covers."""
    world = record.world
    covered = record.acts[number - 1].policy.covers(world)
    return list(dict.fromkeys(metal for metal, there in zip(world.metal_of_good, covered, strict=True) if there))


def effect(record: Record, taken: Taken, numbers: tuple[int, ...], metal: str, week: int) -> Effect | None:
    """Return what policies have done to a metal; None while runs without them are missing."""
    turns, goods = aligned(taken[ALL], taken.get(numbers, ())), goods_of(record.world, metal)
    if not turns:
        return None
    lost = np.array([one.lost_t(goods, slice(week)) - other.lost_t(goods, slice(week)) for one, other in turns])
    spent = np.array([sum(one.spent_usd[max(week, 1) - 1, at - 1] for at in numbers) for one, _ in turns])
    return Effect(spent / 1e6, lost)


def rows(record: Record, taken: Taken, week: int) -> list[list[str]]:
    """Return the scorecard: a row for each policy and metal that it covers; those not run yet are waited for."""
    found, world = [], record.world
    for at, title in enumerate(titles(record), start=1):
        actor, metals = record.acts[at - 1].policy.actor, metals_of(record, at)
        for metal in metals:
            done = effect(record, taken, (at,), metal, week)
            cells = _cells(done, world.zone_index[actor], len(metals) > 1) if done else ["..."] * 4
            found.append([title, zone_name(world, actor), metal, *cells])
    return found


def _cells(done: Effect, home: int, more_metals: bool) -> list[str]:
    """Return cost, use lost everywhere and at home, and cost per tonne saved where most runs save some."""
    lost, spends = done.lost.sum(axis=1), done.cost.any()
    saved = lost < -LEAST_T
    each = done.cost[saved] / -lost[saved]
    cost = told(done.cost, "musd_paid") + (" (all its metals)" if more_metals else "") if spends else "none"
    per = told(each, "musd_paid") if spends and saved.mean() > 0.5 else ""
    return [cost, told(lost, "t_change"), told(done.lost[:, home], "t_change"), per]


def what_it_did(
    record: Record, taken: Taken, asked: tuple[int, ...], good: int, zones: Sequence[str], week: int
) -> str:
    """Return in words what some policies did to prices of the last weeks and to use, against runs without them."""
    world, turns = record.world, aligned(taken[ALL], taken.get(asked, ()))
    done = effect(record, taken, asked, world.metal_of_good[good], week)
    if done is None or not week:
        return ""
    recent, said = slice(max(week - RECENT_WEEKS, 0), week), []
    for zone in zones:
        at = (recent, good, world.zone_index[zone])
        more = [float(np.nanmean(one.free[at], dtype=float) - np.nanmean(other.free[at])) for one, other in turns]
        said.append(f"{market_name(world, zone)} {told(more, 'usd_per_kg_change')}")
    most = int(np.argmax(np.median(done.lost, axis=0)))
    text = f"Prices of the last {RECENT_WEEKS} weeks, USD/kg: {listed(said)}. "
    text += f"Use given up since the start, all countries: {told(done.lost.sum(axis=1), 't_change')} t"
    if np.median(done.lost[:, most]) > LEAST_T:
        text += f", most of it in {world.zone_table['name'].iloc[most]} ({told(done.lost[:, most], 't_change')} t)"
    if done.cost.any():
        text += f". Public money: {told(done.cost, 'musd_paid')}{UNITS['musd_paid'][3]}"
    return f"{text}."


@solara.component
def Policies(session: Session) -> None:
    """Every policy to ask about, and the scorecard."""
    record, view = session.found.value.record, session.view.value
    if record is None or not session.fresh or not record.acts:
        return
    names = titles(record)
    with solara.Div(classes=["policies"]):
        html("h2", "What did each policy do?")
        chosen = ".".join(map(str, view.without))
        known = [(str(at), name) for at, name in enumerate(names, start=1)]
        Pick("Policies", known, chosen, lambda at: session.look(without=() if at == chosen else (int(at),)), "buttons")
        text = "Close the scorecard" if view.scored else "Scorecard of all"
        pressed = "all" if view.scored else ""
        Pick("Scorecard", [("all", text)], pressed, lambda _: session.look(scored=not view.scored), "buttons")
        if view.scored or any(at <= len(names) for at in view.without):
            Asked(session, record, names)


@solara.component
def Asked(session: Session, record: Record, names: list[str]) -> None:
    """Run without the policies that are asked about, and tell."""
    view, week = session.view.value, session.shown_week
    asked = tuple(at for at in view.without if at <= len(names))
    jobs = solara.use_memo(lambda: jobs_of(session, asked, view.scored), [session.setup.value, asked, view.scored])
    taken: Taken = use_runs(jobs)
    if asked:
        who = listed([names[at - 1] for at in asked])
        said = what_it_did(record, taken, asked, view.good, view.places, week)
        acts = [(record.acts[at - 1], at) for at in asked]
        states = ", ".join(f"{state_of(record, act, week)} ({did_last(record, at, week)})" for act, at in acts)
        text = f"<b>{escape(who)}</b>: {escape(states)}. {escape(said or 'Running without it ...')}"
        html("p", text, "did", aria_live="polite")
    if view.scored:
        caption = "Each policy against the same runs without it alone, since the start"
        text = html_table(HEAD, rows(record, taken, week), caption, 3)
        html("div", text, "table", "wide")


def jobs_of(session: Session, asked: tuple[int, ...], scored: bool) -> dict[tuple[int, ...], list[Job]]:
    """Return the present runs, and those without what is asked about and, for the scorecard, without each policy."""
    raw, seed = session.raw(), session.setup.value.seed
    single = [(at,) for at in range(1, len(policies_of(raw)) + 1)] if scored else []
    gone = {numbers: job_of(without(raw, numbers), seed) for numbers in (asked, *single) if numbers}
    return several({ALL: job_of(raw, seed)} | gone)
