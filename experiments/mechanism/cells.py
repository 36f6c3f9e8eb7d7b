"""The cells of the mechanism experiment: the record with one ingredient of the model switched off at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from experiments.ensemble.design import Cell, Raw, Variant, factorial, vary
from model import TradeModel, parse_scenario
from model.calendar import WEEKS_PER_YEAR, monday, week_of
from model.policy import POLICIES
from model.policy.answers import Approval
from model.world import World, load_world

LICENCE = "China: export licences"
FULL, NO_CONTROLS = "full model", "no controls"
WEEKS = 150  # up to the suspension of the ban on the US in November 2025
CONTROLS = ("export_licence", "export_ban", "reexport_ban")
QUOTA_WEEKS = 4
PILOT_SEEDS = (0, 1, 2)
# Cell: what is different in it.
WHAT = {
    FULL: "everything as in the history experiment",
    "bargaining": "random bilateral meetings instead of the call auction",
    "no precaution": "news, refusals and shortages do not make buyers or traders hold more",
    "no chance in licences": "every order is granted, for the share that is granted on average: no lumps, no luck",
    "no waiting": "decisions after one week, shipment at once",
    "no traders": "traders keep next to no stock and get no licences",
    "no state stockpile": "China's state reserve buys no germanium",
    "one tier": "the same kg leave China each month, but anyone may buy them: quotas instead of named licences",
    "no packing limit": "exporters can ship twenty times their normal exports in a week",
    "stocks at rest": "users abroad start with the stocks they aim for, not with those that the record implies",
    NO_CONTROLS: "no licences, no bans: what the patterns are measured against",
}
# Cell: the ingredient that it lacks.
INGREDIENTS = {
    "bargaining": "the call auction",
    "no precaution": "precaution",
    "no chance in licences": "chance in licences",
    "no waiting": "the wait for licences",
    "no traders": "traders",
    "no state stockpile": "the state stockpile",
    "one tier": "licences for named users",
    "no packing limit": "the limit on what exporters can pack in a week",
    "stocks at rest": "the stocks of early 2023",
}


def cells(
    history: Raw, weeks: int = WEEKS, names: Sequence[str] = tuple(WHAT), world: World | None = None
) -> list[Cell]:
    """Return the cells by name.

    Args:
        history: the record as a raw scenario.
        weeks: recorded weeks.
        names: which cells.
        world: what they run in; the packaged one when not given.
    """
    base = vary(history, {"name": "mechanism", "title": "Mechanisms", "weeks": weeks})
    calm = {"precaution": 0.0, "decision_weight": 0.0, "shortage_risk": 0.0}
    variants: dict[str, Variant] = {
        FULL: None,
        "bargaining": {"mechanism": "bargaining"},
        "no precaution": partial(_unworried, parameters=calm),
        "no chance in licences": partial(_even_licences, world=world),
        "no waiting": _changed({"processing_weeks": [1, 1], "repeat_weeks": [1, 1], "dispatch_weeks": 0}),
        "no traders": _no_traders,
        "no state stockpile": partial(_without, kinds=("stockpile",)),
        "one tier": partial(_one_tier, world=world),
        "no packing limit": {"parameters": {"handling_factor": 20.0}},
        "stocks at rest": {"recorded_markets": False},
        NO_CONTROLS: partial(_without, kinds=CONTROLS),
    }
    return factorial(base, {"ingredient": {name: variants[name] for name in WHAT if name in names}})


def _changed(patch: Mapping[str, object]) -> Variant:
    def change(raw: Raw) -> Raw:
        return vary(raw, change={LICENCE: patch})

    return change


def _without(raw: Raw, kinds: Sequence[str]) -> Raw:
    return vary(raw, remove=[policy["name"] for policy in raw["policies"] if policy["kind"] in kinds])


def _unworried(raw: Raw, parameters: Mapping[str, float]) -> Raw:
    frightening = [kind for kind, policy in POLICIES.items() if "severity" in policy.model_fields]
    calm = {policy["name"]: {"severity": 0.0} for policy in raw["policies"] if policy["kind"] in frightening}
    return vary(raw, {"parameters": parameters}, change=calm)


def _no_traders(raw: Raw) -> Raw:
    # With so large a margin a trader bids for a first few kg only, and sells what it started with during spin-up.
    patch = {"parameters": {"trader_scale": 0.0, "trader_margin": 5.0}}
    return vary(_denied(raw), patch)


def _denied(raw: Raw) -> Raw:
    licence = next(policy for policy in raw["policies"] if policy["name"] == LICENCE)
    phases = [vary(phase, {"approval": {"end_uses": {"trading": 0.0}}}) for phase in licence.get("phases", [])]
    phases = [{key: value for key, value in phase.items() if key != "policies"} for phase in phases]
    return vary(raw, change={LICENCE: {"approval": {"end_uses": {"trading": 0.0}}, "phases": phases}})


def _even_licences(raw: Raw, world: World | None) -> Raw:
    """Grant every order, cut to the share that is granted on average; destinations and uses keep their order of rank.

    Chances above the default cannot be copied by a smaller order and become certain too; later phases are left out.
    """
    licence = next(policy for policy in raw["policies"] if policy["name"] == LICENCE)
    approval = licence["approval"]
    default = approval.get("default", Approval().default)  # what destinations are measured by
    share = _granted(world, licence["actor"]) if approval.get("by_record") else default
    destinations = {zone: min(chance / default, 1.0) for zone, chance in approval.get("destinations", {}).items()}
    even = {"order_weeks": licence["order_weeks"] * share, "phases": []}
    even["approval"] = {"by_record": False, "default": 1.0, "destinations": destinations}
    return vary(raw, change={LICENCE: even})


def _granted(world: World | None, actor: str) -> float:
    """Return the share that a country grants by the record, mean of its metals over the weeks on record."""
    rows = (world or load_world()).grants.query("actor == @actor")
    return float(np.average(rows["granted"], weights=(rows["end"] - rows["start"]).dt.days + 1))


def _one_tier(raw: Raw, world: World | None) -> Raw:
    """Replace licences by quotas of the kg that leave China under them (median of pilot runs), four weeks at a time."""
    licence = next(policy for policy in raw["policies"] if policy["name"] == LICENCE)
    start, weeks = raw["start"], raw["weeks"]
    first = week_of(licence["effective"], start)
    plan = parse_scenario(raw, "mechanism", world)
    runs = [TradeModel(plan, seed=seed, world=world).run() for seed in PILOT_SEEDS]
    shipped = np.median([_exports(run) for run in runs], axis=0)
    added = []
    for week in range(first, weeks, QUOTA_WEEKS):
        span = shipped[week : week + QUOTA_WEEKS]
        day = max(monday(week, start), licence["effective"]) if week == first else monday(week, start)
        for good, kg in zip(runs[0].world.goods, span.mean(axis=0), strict=True):
            news = {"announced": licence["announced"], "severity": 1.0} if week == first else {"announced": day}
            added.append(
                {"kind": "export_quota", "name": f"China: {good} from {day}", "actor": "CHN", "goods": [good]}
                | {"effective": day, "until": monday(week + QUOTA_WEEKS, start), "severity": 0.0}
                | {"tonnes_per_year": float(kg) * WEEKS_PER_YEAR / 1e3, "period_weeks": QUOTA_WEEKS, **news}
            )
    bans = [p["name"] for p in raw["policies"] if p["kind"] == "export_ban" and p.get("end_uses")]
    return vary(raw, add=added, remove=[LICENCE, *bans])


def _exports(model: TradeModel) -> np.ndarray:
    """Return China's exports, kg, [weeks, goods]."""
    trade = model.tables()["trade"]
    abroad = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN")]
    kg = abroad.groupby(["week", "good"], observed=False)["kg"].sum().unstack()
    every = [np.datetime64(monday(week, model.start), "s") for week in range(model.week)]
    return kg.reindex(index=every, columns=model.world.goods).fillna(0.0).to_numpy()
