"""The story's claims about Rostec's germanium, judged one by one: `claims.toml` holds what is said and the verdicts.

They are judged by the measured numbers in one cell of the design, and by differences between cells. What the report
says of them is in `report.md.j2`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from experiments.ensemble.design import Cell
from experiments.ensemble.results import Results
from experiments.study.answers import HIGH, LOW, Asked, Report
from experiments.study.prose import sentence, told, value
from experiments.study.study import bands_hold
from model.world import World

TODAY, STORY, STRESS = 6, 20, 40  # t a year: mid-2023, what the story says Rostec can make, twice that
FACTORS = ("restriction", "output_t", "exports")
RESTRICTIONS = {"none": "no restriction", "licences": "licences", "ban": "total ban"}
SUPPORTED, REFUTED, OPEN = "supported", "not supported", "cannot say"
# What a verdict rests on: the runs; the record or what is put into the model; the runs, on a claim that is not the
# story's.
RUNS, GIVEN, EXTENSION = "runs", "record or input", "extension"
FEWEST_RUNS = 5  # fewer per cell make no band to judge by
CLAIMS = Path(__file__).with_name("claims.toml")
TEXTS = ("story", "record", "model", "test")
# All quantities, or one.
Found = TypeVar("Found", xr.Dataset, xr.DataArray)


def read(results: Results, name: str) -> xr.Dataset:
    """Return a table of all runs by the factors, draw, seed and its own labels."""
    found = results.dataset(name, FACTORS)
    return found.assign_coords(output_t=found["output_t"].astype(int))


def cell(found: Found, output_t: int = TODAY, restriction: str = "licences", exports: str = "open") -> Found:
    """Return what was measured in one cell; what is not named is as in the one nearest to what happened."""
    return found.sel(output_t=output_t, restriction=restriction, exports=exports, drop=True)


def extra(found: Found, output_t: int = STORY, restriction: str = "licences", exports: str = "open") -> Found:
    """Return what Rostec's increase from today's output adds."""
    return cell(found, output_t, restriction, exports) - cell(found, TODAY, restriction, exports)


def through(found: Found, output_t: int = TODAY, restriction: str = "licences") -> Found:
    """Return what China's restriction adds."""
    return cell(found, output_t, restriction) - cell(found, output_t, "none")


def through_share(found: Found, restriction: str = "licences") -> Found:
    """Return the same as a share of the level without restriction."""
    return through(found, TODAY, restriction) / cell(found, TODAY, "none")


def undone(found: Found, output_t: int = STORY, restriction: str = "licences") -> Found:
    """Return the share of the restriction's effect that Rostec's increase undoes."""
    return -extra(found, output_t, restriction) / through(found, TODAY, restriction)


def valued(found: xr.Dataset, design: Sequence[Cell]) -> xr.Dataset:
    """Return each restriction without and with Rostec's increase, exports open, by a name to read."""
    names = {
        one.name: f"{RESTRICTIONS[one.levels['restriction']]}, Rostec at {one.levels['output_t']} t/yr"
        for one in design
        if one.levels["exports"] == "open" and int(one.levels["output_t"]) in (TODAY, STORY)
    }
    return found.sel(cell=list(names)).assign_coords(cell=list(names.values()))


@dataclass(frozen=True)
class Finding:
    """One row of the table of claims.

    Attributes:
        key: short name.
        story: what the story says.
        record: what was published, with its source.
        model: what the runs say, in words, with bands (10 to 90 % of the runs).
        verdict: supported, not supported or cannot say.
        test: what the verdict hangs on.
        rests_on: RUNS, GIVEN or EXTENSION.
    """

    key: str
    story: str
    record: str
    model: str
    verdict: str
    test: str
    rests_on: str = RUNS


def above(values: xr.DataArray, bound: float) -> str:
    """Return the verdict on `values lie above bound`: the whole band of enough runs must lie on one side of it."""
    if len(values) < FEWEST_RUNS:
        return OPEN
    low, high = np.quantile(values, [LOW, HIGH])
    return SUPPORTED if low > bound else REFUTED if high <= bound else OPEN


def below(values: xr.DataArray, bound: float) -> str:
    """Return the verdict on `values lie below bound`."""
    return above(-values, -bound)


def all_of(*verdicts: str) -> str:
    """Return the verdict on a claim whose parts must all hold."""
    return REFUTED if REFUTED in verdicts else OPEN if OPEN in verdicts else SUPPORTED


def quote(world: World, series: str, day: str) -> float:
    """Return an observed price, USD/kg."""
    table = world.observed_prices
    return float(table.loc[(table["series"] == series) & (table["date"] == day), "usd_per_kg"].iloc[0])


# What claims and report may name beside the numbers of the runs and of the record.
NAMES = {named.__name__: named for named in (cell, extra, through, through_share, undone, above, below, all_of)} | {
    "TODAY": TODAY, "STORY": STORY, "STRESS": STRESS, "SUPPORTED": SUPPORTED, "REFUTED": REFUTED, "OPEN": OPEN,
    "GIVEN": GIVEN, "EXTENSION": EXTENSION,
}  # fmt: skip


def findings(numbers: xr.Dataset, world: World) -> list[Finding]:
    """Return the claims in the order of the story."""
    own, chinese = costs(world)
    said = {**NAMES, "numbers": numbers, "quote": partial(quote, world), "own_cost": own, "chinese_cost": chinese}
    claims = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    return [_finding(key, claim, said) for key, claim in claims.items()]


def costs(world: World) -> tuple[float, float]:
    """Return what standard germanium costs Rostec to make, and China's producers on average, USD/kg."""
    supply = world.supply[(world.supply["good"] == "germanium-5N") & (world.supply["input_good"].fillna("") == "")]
    zone = world.firms.set_index("firm")["zone"]
    china = supply[supply["firm"].map(zone) == "CHN"]
    mean = float(np.average(china["cost_usd_per_kg"], weights=china["output_t_per_yr"]))
    return float(supply.set_index("firm").at["jsc-germanium", "cost_usd_per_kg"]), mean


def _finding(key: str, claim: Mapping[str, Any], said: Mapping[str, Any]) -> Finding:
    named = dict(said)
    for name, expression in claim.get("let", {}).items():
        named[name] = value(expression, named)
    texts = {part: sentence(claim[part], named) for part in TEXTS}
    rests_on = value(claim["rests_on"], named) if "rests_on" in claim else RUNS
    return Finding(key, verdict=value(claim["verdict"], named), rests_on=rests_on, **texts)


def headlines(numbers: xr.Dataset) -> Asked:
    """Return what licences do to germanium and what Rostec's increase adds or undoes."""
    price = numbers["germanium_price_DEU"]
    increase = f"with Rostec at {STORY} t/yr"
    return {
        "rise of germanium in Rotterdam through licences": ("change", through_share(price)),
        f"part of that rise that Rostec at {STORY} t/yr undoes": ("share", undone(price)),
        f"change of Russian exports {increase}": ("t_per_yr_change", extra(numbers["russia_exports"])),
        f"change of China's share of trade {increase}": ("points", extra(numbers["china_trade_share"])),
        "high-purity germanium that Russia buys from China under licences":
            ("kg_per_yr", cell(numbers["russia_hp_imports"], STORY)),
    }  # fmt: skip


def report(
    findings: Sequence[Finding],
    numbers: xr.Dataset,
    risk: xr.Dataset,
    design: Sequence[Cell],
    lift_sanctions: bool,
    world: World,
) -> Report:
    """Return the report.

    Args:
        findings: the claims and their verdicts.
        numbers: what was measured, by factor and run.
        risk: value at risk in some of the cells.
        design: the scenarios it comes from.
        lift_sanctions: whether open exports may go to the countries that sanction Rostec.
        world: whether its parameters are drawn from a posterior.
    """
    scenarios = [dict(one.scenario) for one in design]
    policies = {policy["kind"]: policy for scenario in scenarios for policy in scenario["policies"]}
    return told(
        "rostec", **NAMES, numbers=numbers, risk=risk, judged={finding.key: finding for finding in findings},
        tried=[finding.verdict for finding in findings if finding.rests_on == RUNS],
        given=[finding.verdict for finding in findings if finding.rests_on == GIVEN],
        runs=numbers.sizes["run"], fewest_runs=FEWEST_RUNS, bands_hold=bands_hold(world), lift_sanctions=lift_sanctions,
        world=world, cells=len(design), weeks=scenarios[0]["weeks"], start=scenarios[0]["start"], day=_day,
        licences=policies["export_licence"], increase=policies["capacity_support"],
        outputs=list(map(str, sorted({int(one.levels["output_t"]) for one in design}))),
    )  # fmt: skip


def _day(day: object) -> str:
    return f"{pd.Timestamp(str(day)):%-d %B %Y}"
