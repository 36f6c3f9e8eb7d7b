"""The story's claims about Rostec's germanium, tried in a factorial design against China's restriction.

`python -m experiments.rostec --help` lists the options.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from typing import Annotated

import pandas as pd
import typer
import xarray as xr

from experiments import RECORD
from experiments.ensemble.design import Cell, Raw, Variant, factorial, read_raw, vary
from experiments.ensemble.worlds import folder_of
from experiments.rostec import claims, figures, quantities
from experiments.rostec.claims import FACTORS, read, valued
from experiments.study.bands import band_rows, complete
from experiments.study.cli import run_command
from experiments.study.options import Seeds, command, placed
from experiments.study.recorded import more_output
from experiments.study.report import publish, with_both_rules
from experiments.study.study import Place, Study
from experiments.study.value import metal_use, value_at_risk, value_rows
from model import InputError
from model.world import World, load_world

OUTPUTS_T = (6, 13, 20, 40)
ANNOUNCED = "2023-07-05"  # Rostec's statement
RAMP_WEEKS = 26
PLAN = "Rostec: more germanium"
WEEKS = 104  # up to the end of 2024, the year that is measured


@placed("results/rostec")
def main(
    place: Place,
    seeds: Seeds = 200,
    lift_sanctions: Annotated[
        bool, typer.Option("--lift-sanctions", help="Open exports may go to the US, the EU, Canada and Japan, too")
    ] = False,
) -> None:
    """Try the story's claims: China's restriction x Rostec's output x Russian exports; write tables and a report."""
    world = place.world("Rostec's and China's germanium", quantities.NEEDED)
    cells = design(lift_sanctions, world)
    study = Study(cells, quantities.tables(world), range(seeds), measure=quantities.measure)
    results = study.run(place)
    numbers = complete(read(results, "numbers"), FACTORS)
    if not numbers.sizes["run"]:
        raise InputError(f"{place.out}: no seed was run in all cells; see tables/failures.parquet")
    flows, places = (read(results, name).sel(draw=0, seed=numbers["seed"].to_numpy()) for name in ("flows", "places"))
    findings = claims.findings(numbers, world)
    risk = value_at_risk(valued(metal_use(results), cells), world)
    made = {"effects": effects(numbers, world), "claims": pd.DataFrame([vars(finding) for finding in findings]),
            "value_at_risk": value_rows(risk)}  # fmt: skip
    drawn = {
        "rostec_levels": figures.levels(numbers, OUTPUTS_T),
        "rostec_increase": figures.increase(numbers, OUTPUTS_T[1:]),
        "rostec_map": figures.flow_map(flows["kg_per_yr"], places["usd_per_kg"], world),
    }
    repeat = command("rostec", data=folder_of(place.data), seeds=seeds, lift_sanctions=lift_sanctions)
    asked = [cell.name for cell in cells if cell.levels["exports"] == "open"]
    rivals = complete(read(study.bargained(place, asked), "numbers"), FACTORS)
    told = claims.report(findings, numbers, risk, cells, lift_sanctions, world)
    told = with_both_rules(told, claims.headlines(numbers), claims.headlines(rivals))
    publish(told, results, made, drawn, repeat, place.csv)


def design(lift_sanctions: bool = False, world: World | None = None) -> list[Cell]:
    """Return the 24 cells.

    China's licences and the sanctions on Rostec are those of `history.toml`; nothing else of it is in force, so that
    cells differ by the three factors alone. All factors act from July 2023: before, the cells are the same.

    Args:
        lift_sanctions: end the sanctions with Rostec's statement.
        world: for Rostec's plant; the packaged one when not given.
    """
    world = world or load_world()
    history = read_raw(RECORD, world)
    policies = {policy.get("name", policy["kind"]): policy for policy in history["policies"]}
    licences = next(policy for policy in policies.values() if policy["kind"] == "export_licence")
    sanctions = [name for name, policy in policies.items() if policy["kind"] == "sanction"]
    lifted = {name: {"until": ANNOUNCED} for name in sanctions} if lift_sanctions else {}
    others = [name for name in policies if name not in sanctions]
    patch = {"name": "rostec", "title": "Rostec's germanium", "weeks": WEEKS}
    base = vary(history, patch, remove=others, change=lifted)
    dates = {key: licences[key] for key in ("announced", "effective")}
    ban = {"kind": "export_ban", "name": "China: total export ban", "actor": "CHN", **dates}
    home = {"kind": "export_ban", "name": "Russia: germanium stays at home", "actor": "RUS", "goods": ["germanium"],
            "severity": 0.0, "announced": ANNOUNCED, "effective": ANNOUNCED}  # fmt: skip
    factors: dict[str, Mapping[str, Variant]] = {
        "restriction": {"none": None, "licences": partial(vary, add=[licences]), "ban": partial(vary, add=[ban])},
        "output_t": {str(output_t): partial(vary, add=_plan(world, output_t)) for output_t in OUTPUTS_T},
        "exports": {"closed": partial(vary, add=[home]), "open": None},
    }
    return factorial(base, factors)


def _plan(world: World, output_t: int) -> list[Raw]:
    return more_output(world, quantities.ROSTEC[0], quantities.GERMANIUM, output_t, PLAN, ANNOUNCED, RAMP_WEEKS)


def effects(numbers: xr.Dataset, world: World) -> pd.DataFrame:
    """Return the band of every quantity in every cell, with its unit and description."""
    rows = band_rows(numbers, "key").join(quantities.about(world), on="key")
    return rows.set_index("key").sort_index(kind="stable").reset_index()


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.rostec"))
