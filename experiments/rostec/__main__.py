"""The story's claims about Rostec's germanium, tried in a factorial design against China's restriction.

`python -m experiments.rostec --help` lists the options.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from experiments import RECORD
from experiments.ensemble.design import Cell, Design, Raw, Variant, factorial, read_raw, vary
from experiments.ensemble.driver import run_ensemble
from experiments.ensemble.worlds import folder_of, open_world
from experiments.figures import style
from experiments.rostec import claims, figures, report
from experiments.rostec.cells import FACTORS, Cells
from experiments.rostec.measure import NEEDED, QUANTITIES, measure
from experiments.study.answers import band_table
from experiments.study.cli import run_command
from experiments.study.options import Cluster, Csv, Data, Fresh, Out, Seeds, Workers, check_holds, command
from experiments.study.report import publish
from model import InputError
from model.world import World, load_world

OUTPUTS_T = (6, 13, 20, 40)
ANNOUNCED = "2023-07-05"  # Rostec's statement
RAMP_WEEKS = 26
WEEKS = 104  # up to the end of 2024, the year that is measured


def main(
    seeds: Seeds = 200,
    lift_sanctions: Annotated[
        bool, typer.Option("--lift-sanctions", help="Open exports may go to the US, the EU, Canada and Japan, too")
    ] = False,
    data: Data = None,
    out: Out = Path("results/rostec"),
    csv: Csv = False,
    cluster: Cluster = None,
    workers: Workers = None,
    fresh: Fresh = False,
) -> None:
    """Try the story's claims: China's restriction x Rostec's output x Russian exports; write tables and a report."""
    world = open_world(data)
    check_holds(world, data, "Rostec's and China's germanium", NEEDED)
    plan = Design(design(lift_sanctions, world), range(seeds))
    results = run_ensemble(plan, measure, out, data=data, cluster=cluster, workers=workers, fresh=fresh)
    results.check_cells()
    runs = results.runs[["run", *FACTORS]].astype({"output_t": int})
    tables = {name: results.table(name).merge(runs, on="run") for name in ("numbers", "flows", "places")}
    numbers = Cells(tables["numbers"])
    if not numbers.seeds:
        raise InputError(f"{out}: no seed was run in all cells; see tables/failures.parquet")
    findings = claims.findings(numbers, world)
    repeat = command("rostec", data=folder_of(data), seeds=seeds, lift_sanctions=lift_sanctions)
    told = report.report(findings, report.Setting(numbers, plan.cells, lift_sanctions))
    made = {"effects": effects(tables["numbers"]), "claims": claims.as_table(findings)}
    publish(told, results, made, draw(numbers, tables, world), repeat, csv)


# ---- the design ------------------------------------------------------------------------------------------------------


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
        "restriction": {"none": None, "licences": _added(licences), "ban": _added(ban)},
        "output_t": {str(output): _added(*_increase(world, output)) for output in OUTPUTS_T},
        "exports": {"closed": _added(home), "open": None},
    }
    return factorial(base, factors)


def _added(*policies: Mapping[str, Any]) -> Variant:
    def change(raw: Raw) -> Raw:
        return vary(raw, add=policies)

    return change


def _increase(world: World, output_t: int) -> list[dict[str, Any]]:
    """Return Rostec's increase: within its nameplate nothing is built, beyond it the difference is."""
    plant = world.supply.set_index(["firm", "good"]).loc[("jsc-germanium", "germanium-5N")]
    more = output_t - float(plant["output_t_per_yr"])
    built = max(output_t - float(plant["capacity_t_per_yr"]), 0.0)
    if more <= 0:
        return []
    return [
        {"kind": "capacity_support", "name": "Rostec: more germanium", "actor": "RUS", "firm": "jsc-germanium",
         "good": "germanium-5N", "capacity_t_per_year": built, "output_t_per_year": more, "ramp_weeks": RAMP_WEEKS,
         "announced": ANNOUNCED, "effective": ANNOUNCED}
    ]  # fmt: skip


# ---- tables and figures ----------------------------------------------------------------------------------------------


def effects(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the band of every quantity in every cell, with its unit and description."""
    table = band_table(numbers, ["key", *FACTORS])
    about = pd.DataFrame.from_dict(QUANTITIES, orient="index", columns=["unit", "what"]).rename_axis("key")
    return table.join(about, on="key")


def draw(cells: Cells, tables: Mapping[str, pd.DataFrame], world: World) -> dict[str, style.Figure]:
    """Return the figures by name."""
    return {
        "rostec_main_effects": figures.main_effects(cells, OUTPUTS_T),
        "rostec_increase": figures.increase(cells, OUTPUTS_T[1:]),
        "rostec_map": figures.flow_map(tables["flows"], tables["places"], cells.seeds, world),
    }


run = partial(run_command, main, name="python -m experiments.rostec")

if __name__ == "__main__":
    sys.exit(run())
