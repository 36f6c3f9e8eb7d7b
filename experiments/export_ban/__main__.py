"""China exports less, in steps down to nothing: docked to a study of the US Geological Survey.

The study (Nassar et al. 2024, Open-File Report 2024-1057) asks what a cut of China's net exports does to prices and to
US value added within a year. Here the same cuts run twice: through a yearly equilibrium without stocks and
expectations (static), and through the weekly model (dynamic). `python -m experiments.export_ban --help` lists options.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from experiments.ensemble.worlds import folder_of
from experiments.export_ban import figures, quantities, report
from experiments.export_ban.quantities import FACTORS, METALS, NO_CUT, WEEKS, ZONES, design, parse_cuts
from experiments.study.cli import run_command
from experiments.study.options import ParameterDraws, Seeds, command, placed, whole
from experiments.study.report import publish, with_both_rules
from experiments.study.study import Place, Study, drawn
from experiments.study.value import metal_use, value_at_risk, value_rows

CUTS_HELP = "Cuts of China's net exports, per cent, the last one 100"


@placed("results/export_ban")
def main(
    place: Place,
    seeds: Seeds = 5,
    cuts: Annotated[str, typer.Option(help=CUTS_HELP)] = "20,40,60,80,100",
    draws: Annotated[int, whole("--draws", 20, 100_000, "Draws of elasticities in the static mode")] = 200,
    parameter_draws: ParameterDraws = 12,
    weeks: Annotated[int, whole("--weeks", 4, 520, "Weeks of the cut in the dynamic mode")] = WEEKS,
) -> None:
    """Cut China's exports of gallium, germanium and both by 0 to 100 %; write tables, figures and a report."""
    shares = parse_cuts(cuts)
    world = place.world("China's gallium and germanium", [*METALS, *ZONES])
    cells, read = design(shares, weeks, world), quantities.tables(weeks)
    study = Study(cells, read, range(seeds), drawn(world, parameter_draws), measure=quantities.measure)
    results = study.run(place)
    static = report.static_mode(world, shares, draws)
    dynamic = report.dynamic_mode(results)
    modes = report.both_modes(static, dynamic)
    implied, risk = report.implied(world, static), value_at_risk(metal_use(results), world)
    found = report.Found(modes, static, risk, implied, world, seeds, parameter_draws, draws, weeks)
    tables = {
        "static": static.to_dataframe().reset_index(),
        "dynamic": report.run_by_run(dynamic, results.runs),
        "value_at_risk": value_rows(risk),
        "implied": implied,
    }
    pictures = {
        "export_ban_rise": figures.draw_rises(modes),
        "export_ban_path": figures.draw_paths(report.with_no_cut(results.dataset("weekly", FACTORS))["usd_per_kg"]),
    }
    repeat = command("export_ban", data=folder_of(place.data), seeds=seeds, parameter_draws=parameter_draws, cuts=cuts,
                     draws=draws, weeks=weeks)  # fmt: skip
    rivals = report.dynamic_mode(study.bargained(place, [NO_CUT, report.BOTH]))
    told = with_both_rules(report.report(found), report.headlines(dynamic), report.headlines(rivals))
    publish(told, results, tables, pictures, repeat, place.csv)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.export_ban"))
