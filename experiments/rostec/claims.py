"""The story's claims about Rostec's germanium, judged one by one: `claims.toml` holds what is said and the verdicts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.rostec import cells, verdict
from experiments.rostec.verdict import RUNS, Finding
from experiments.study.prose import sentence, value
from model.world import World

CLAIMS = Path(__file__).with_name("claims.toml")
TEXTS = ("story", "record", "model", "test")
# What claims may name beside the numbers of the runs and of the record.
NAMES = {name: getattr(place, name) for place, names in (
    (cells, ("TODAY", "STORY", "STRESS", "cell", "extra", "through", "through_share", "undone")),
    (verdict, ("SUPPORTED", "REFUTED", "OPEN", "GIVEN", "EXTENSION", "above", "below", "all_of")),
) for name in names}  # fmt: skip


def findings(numbers: xr.Dataset, world: World) -> list[Finding]:
    """Return the claims in the order of the story."""
    own, chinese = costs(world)
    said = NAMES | {
        "numbers": numbers,
        "quote": partial(verdict.quote, world),
        "own_cost": own,
        "chinese_cost": chinese,
    }
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
