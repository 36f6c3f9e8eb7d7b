"""Policies one by one: each taken away alone, with the same random numbers; what it did, and a scorecard of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import solara

from experiments.page.aside import aligned, job_of, several, use_runs, without
from experiments.page.record import Job, Record
from experiments.page.series import RECENT_WEEKS, Light
from experiments.page.session import Session
from experiments.page.widgets import html, press
from experiments.page.words import did_last, html_table, state_of, told
from experiments.page.world import goods_of, market_name, zone_name
from experiments.study.answers import UNITS, listed

ALL = 0  # key of the run with every policy
LEAST_T = 0.05  # smaller amounts of use are none
Taken = Mapping[int | tuple[int, ...], Sequence[Light | None]]  # runs by the policies taken away, the path first
HEAD = (
    "Policy", "Of", "Metal", "Cost, million USD", "Use lost (+) or saved (−), t, all countries",
    "At home, t", "Cost, million USD per t saved",
)  # fmt: skip


class Effect(NamedTuple):
    """What a policy has done to a metal until a week, by run: public money, million USD, and use lost by it, t."""

    cost: np.ndarray
    lost: np.ndarray
    home: np.ndarray


def titles(record: Record) -> list[str]:
    """Return the names of policies; those with the same name are told apart by country and good, else by number."""
    acts, names = record.acts, [act.title for act in record.acts]
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


def effect(record: Record, taken: Taken, number: int, metal: str, week: int) -> Effect | None:
    """Return what a policy has done to a metal; None while its runs are missing."""
    turns = aligned(taken[ALL], taken.get(number, ()))
    if not turns:
        return None
    world = record.world
    goods, z = goods_of(world, metal), world.zone_index[record.acts[number - 1].policy.actor]
    lost = np.array([one.lost_t(goods, slice(week)) - other.lost_t(goods, slice(week)) for one, other in turns])
    cost = np.array([one.spent_usd[max(week, 1) - 1, number - 1] / 1e6 for one, _ in turns])
    return Effect(cost, lost.sum(axis=1), lost[:, z])


def rows(record: Record, taken: Taken, week: int) -> list[list[str]]:
    """Return the scorecard: a row for each policy and metal that it covers; those not run yet are waited for."""
    found = []
    for at, title in enumerate(titles(record), start=1):
        policy = record.acts[at - 1].policy
        metals = metals_of(record, at)
        for metal in metals:
            done = effect(record, taken, at, metal, week)
            who = zone_name(record.world, policy.actor)
            if done is None:
                found.append([title, who, metal, "...", "...", "...", "..."])
                continue
            saved = done.lost < -LEAST_T
            each = done.cost[saved] / -done.lost[saved]
            cost = told(done.cost, "musd_paid") if done.cost.any() else "none"
            per = told(each, "musd_paid") if done.cost.any() and saved.mean() > 0.5 else ""
            both = " (all its metals)" if done.cost.any() and len(metals) > 1 else ""
            found.append([title, who, metal, cost + both, told(done.lost, "t_change"), told(done.home, "t_change"),
                          per])  # fmt: skip
    return found


def what_it_did(
    record: Record, taken: Taken, asked: tuple[int, ...], good: int, zones: Sequence[str], week: int
) -> str:
    """Return in words what some policies did to prices of the last weeks and to use, against runs without them."""
    turns, world = aligned(taken[ALL], taken.get(asked, ())), record.world
    if not turns or not week:
        return ""
    goods, recent, said = goods_of(world, world.metal_of_good[good]), slice(max(week - RECENT_WEEKS, 0), week), []
    for zone in zones:
        at = (recent, good, world.zone_index[zone])
        more = [float(np.nanmean(one.free[at], dtype=float) - np.nanmean(other.free[at])) for one, other in turns]
        said.append(f"{market_name(world, zone)} {told(np.array(more), 'usd_per_kg_change')}")
    lost = np.array([one.lost_t(goods, slice(week)) - other.lost_t(goods, slice(week)) for one, other in turns])
    most = int(np.argmax(np.median(lost, axis=0)))
    text = f"Prices of the last {RECENT_WEEKS} weeks, USD/kg: {listed(said)}. "
    text += f"Use given up since the start, all countries: {told(lost.sum(axis=1), 't_change')} t"
    if np.median(lost[:, most]) > LEAST_T:
        text += f", most of it in {world.zone_table['name'].iloc[most]} ({told(lost[:, most], 't_change')} t)"
    spent = np.array([sum(one.spent_usd[week - 1, i - 1] for i in asked) for one, _ in turns]) / 1e6
    return text + (f". Public money: {told(spent, 'musd_paid')}{UNITS['musd_paid'][3]}." if spent.any() else ".")


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
        press("Policies", [(str(at), name) for at, name in enumerate(names, start=1)], chosen,
              lambda key: session.look(without=() if key == chosen else (int(key),)))  # fmt: skip
        press("Scorecard", [("all", "Close the scorecard" if view.scored else "Scorecard of all")],
              "all" if view.scored else "", lambda _: session.look(scored=not view.scored))  # fmt: skip
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


def jobs_of(session: Session, asked: tuple[int, ...], scored: bool) -> dict[int | tuple[int, ...], list[Job]]:
    """Return the present runs, and those without what is asked about and, for the scorecard, without each policy."""
    raw, seed = session.raw(), session.setup.value.seed
    found: dict[int | tuple[int, ...], Job] = {ALL: job_of(raw, seed)}
    if asked:
        found[asked] = job_of(without(raw, asked), seed)
    if scored:
        found |= {at: job_of(without(raw, [at]), seed) for at in range(1, len(raw.get("policies", ())) + 1)}
    return several(found)
