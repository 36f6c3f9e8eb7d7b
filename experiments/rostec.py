"""The story's claims about Rostec's germanium, tried in a factorial design against China's restriction.

`python -m experiments.rostec --help` lists the options.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

if not __package__:  # started as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import pandas as pd
import typer

from experiments import plots, rostec_claims, rostec_figures, rostec_report
from experiments.answers import band_table, write_tables
from experiments.cli import check_range, run_command, whole_number, wide_console
from experiments.design import Cell, Design, Raw, Variant, factorial, read_raw, vary
from experiments.ensemble import run_ensemble
from experiments.options import Cluster, Csv, Fresh, Out, Workers
from experiments.rostec_cells import FACTORS, Cells
from experiments.rostec_measure import QUANTITIES, measure
from model import InputError
from model.world import World, load_world

SEEDS_HELP = "Runs per cell, seeds 0, 1, 2, ..."
WEEKS_HELP = "Weeks from January 2023; what is measured lies in 2024"
HISTORY = Path(__file__).parent / "scenarios" / "history.toml"
OUTPUTS_T = (6, 13, 20, 40)
ANNOUNCED = "2023-07-05"  # Rostec's statement
RAMP_WEEKS = 26
WEEKS, FEWEST_WEEKS = 104, 56  # up to the end of 2024; what is measured begins with 2024


def main(
    seeds: Annotated[
        int, typer.Option("--seeds", "--runs", parser=whole_number, metavar="NUMBER", help=SEEDS_HELP)
    ] = 200,
    weeks: Annotated[int, typer.Option(parser=whole_number, metavar="NUMBER", help=WEEKS_HELP)] = WEEKS,
    lift_sanctions: Annotated[
        bool, typer.Option("--lift-sanctions", help="Open exports may go to the US, the EU, Canada and Japan, too")
    ] = False,
    out: Out = Path("results/rostec"),
    csv: Csv = False,
    cluster: Cluster = None,
    workers: Workers = None,
    fresh: Fresh = False,
) -> int:
    """Try the story's claims: China's restriction x Rostec's output x Russian exports; write tables and a report."""
    check_range("--seeds", seeds, 1, 100_000)
    check_range("--weeks", weeks, FEWEST_WEEKS, 520)
    cells = design(weeks, lift_sanctions)
    results = run_ensemble(
        Design(cells, range(seeds)), measure, out, cluster=cluster, workers=workers, fresh=fresh
    )  # fmt: skip
    runs = results.runs[["run", *FACTORS]].astype({"output_t": int})
    tables = {name: results.table(name).merge(runs, on="run") for name in ("numbers", "flows", "places")}
    numbers = Cells(tables["numbers"])
    if not numbers.seeds:
        raise InputError(f"{out}: no seed was run in all cells; see tables/failures.parquet")
    world = load_world()
    findings = rostec_claims.findings(numbers, world)
    write_tables(results.folder, {"effects": effects(tables["numbers"]), "claims": rostec_claims.as_table(findings)})
    if csv:
        results.write_csv()
    for name, figure in draw(numbers, tables, world).items():
        plots.save(figure, out / "figures", name)
    setting = rostec_report.Setting(
        numbers, weeks, lift_sanctions, len(results.failures), command(seeds, weeks, lift_sanctions)
    )
    (out / "report.md").write_text(rostec_report.text(findings, setting), encoding="utf-8")
    console = wide_console()
    for line in rostec_report.answer(findings, numbers):
        console.print(f"- {line}", highlight=False)
    for name, place in (("Report", out / "report.md"), ("Figures", out / "figures"), ("Tables", results.folder)):
        console.print(f"{name:9}{place}", highlight=False, soft_wrap=True)
    return 0


def command(seeds: int, weeks: int, lift_sanctions: bool) -> str:
    """Return the command that repeats the runs."""
    parts = [f"python -m experiments.rostec --seeds {seeds}"]
    parts += [f"--weeks {weeks}"] if weeks != WEEKS else []
    return " ".join(parts + ["--lift-sanctions"] * lift_sanctions)


# ---- the design ------------------------------------------------------------------------------------------------------


def design(weeks: int = WEEKS, lift_sanctions: bool = False) -> list[Cell]:
    """Return the 24 cells.

    China's licences and the sanctions on Rostec are those of `history.toml`; nothing else of it is in force, so that
    cells differ by the three factors alone. All factors act from July 2023: before, the cells are the same.

    Args:
        weeks: recorded weeks.
        lift_sanctions: end the sanctions with Rostec's statement.
    """
    history = read_raw(HISTORY)
    policies = {policy.get("name", policy["kind"]): policy for policy in history["policies"]}
    licences = next(policy for policy in policies.values() if policy["kind"] == "export_licence")
    sanctions = [name for name, policy in policies.items() if policy["kind"] == "sanction"]
    lifted = {name: {"until": ANNOUNCED} for name in sanctions} if lift_sanctions else {}
    others = [name for name in policies if name not in sanctions]
    patch = {"name": "rostec", "title": "Rostec's germanium", "weeks": weeks}
    base = vary(history, patch, remove=others, change=lifted)
    dates = {key: licences[key] for key in ("announced", "effective")}
    ban = {"kind": "export_ban", "name": "China: total export ban", "actor": "CHN", **dates}
    home = {"kind": "export_ban", "name": "Russia: germanium stays at home", "actor": "RUS", "goods": ["germanium"],
            "severity": 0.0, "announced": ANNOUNCED, "effective": ANNOUNCED}  # fmt: skip
    factors: dict[str, Mapping[str, Variant]] = {
        "restriction": {"none": None, "licences": _added(licences), "ban": _added(ban)},
        "output_t": {str(output): _added(*_increase(output)) for output in OUTPUTS_T},
        "exports": {"closed": _added(home), "open": None},
    }
    return factorial(base, factors)


def _added(*policies: Mapping[str, Any]) -> Variant:
    def change(raw: Raw) -> Raw:
        return vary(raw, add=policies)

    return change


def _increase(output_t: int) -> list[dict[str, Any]]:
    """Return Rostec's increase: within its nameplate nothing is built, beyond it the difference is."""
    plant = load_world().supply.set_index(["firm", "good"]).loc[("jsc-germanium", "germanium-5N")]
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


def draw(cells: Cells, tables: Mapping[str, pd.DataFrame], world: World) -> dict[str, plots.Figure]:
    """Return the figures by name."""
    return {
        "rostec_main_effects": rostec_figures.main_effects(cells, OUTPUTS_T),
        "rostec_increase": rostec_figures.increase(cells, OUTPUTS_T[1:]),
        "rostec_map": rostec_figures.flow_map(tables["flows"], tables["places"], cells.seeds, world),
    }


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.rostec"))
