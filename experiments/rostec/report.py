"""What the report of the Rostec experiment says of its results; its sentences are in `report.md.j2`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import xarray as xr

from experiments.ensemble.design import Cell
from experiments.rostec.claims import (
    FEWEST_RUNS,
    GIVEN,
    NAMES,
    RUNS,
    STORY,
    Finding,
    cell,
    extra,
    through_share,
    undone,
)
from experiments.study.bands import band
from experiments.study.prose import told
from experiments.study.report import Report
from experiments.study.rules import Headline
from experiments.study.study import bands_hold
from model.world import World


def headlines(numbers: xr.Dataset, rivals: xr.Dataset) -> list[Headline]:
    """Return what licences do to germanium and what Rostec's increase adds or undoes, under both market rules."""
    asked: tuple[tuple[str, str, Callable[[xr.Dataset], xr.DataArray]], ...] = (
        ("rise of germanium in Rotterdam through licences", "change",
         lambda found: through_share(found["germanium_price_DEU"])),
        (f"part of that rise that Rostec at {STORY} t/yr undoes", "share",
         lambda found: undone(found["germanium_price_DEU"], STORY)),
        (f"change of Russian exports with Rostec at {STORY} t/yr", "t_per_yr_change",
         lambda found: extra(found["russia_exports"])),
        (f"change of China's share of trade with Rostec at {STORY} t/yr", "points",
         lambda found: extra(found["china_trade_share"])),
        ("high-purity germanium that Russia buys from China under licences", "kg_per_yr",
         lambda found: cell(found["russia_hp_imports"], STORY)),
    )  # fmt: skip
    return [Headline(what, unit, band(of(numbers)), band(of(rivals))) for what, unit, of in asked]


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
