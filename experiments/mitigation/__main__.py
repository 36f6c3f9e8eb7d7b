"""What helps when China stops its exports: stockpiles, new plants, recycling, substitution, alone and combined.

All cells share the disruption of January 2027 and the policies of the record, and differ in what was done before.
`python -m experiments.mitigation --help` lists the options.
"""

from __future__ import annotations

import sys

from experiments import RECORD
from experiments.ensemble.design import read_raw
from experiments.ensemble.worlds import folder_of
from experiments.mitigation import figures, quantities, report
from experiments.mitigation.cells import CELLS, NOTHING, PROTECTED, UNDISTURBED, cells
from experiments.mitigation.report import TARGETED, by_place, effects
from experiments.study.bands import RUNS, band_rows
from experiments.study.cli import run_command
from experiments.study.options import Only, ParameterDraws, Seeds, chosen, command, placed
from experiments.study.report import publish, with_both_rules
from experiments.study.study import Place, Study, drawn
from experiments.study.value import metal_use, value_at_risk, value_rows


@placed("results/mitigation")
def main(place: Place, seeds: Seeds = 5, parameter_draws: ParameterDraws = 6, only: Only = "") -> None:
    """Stop China's exports in January 2027 under each measure; write tables, figures and a report."""
    compared = (UNDISTURBED, NOTHING, *([TARGETED] if TARGETED in only else []))
    names = chosen(only, CELLS, compared)
    world = place.world("China's gallium and germanium", [*quantities.METALS, "CHN", "JPN", *PROTECTED])
    study = Study(
        cells(read_raw(RECORD, world), world, names),
        quantities.tables(),
        range(seeds),
        drawn(world, parameter_draws),
        quantities.regions(world),
        quantities.measure,
    )
    results = study.run(place)
    single = effects(results)
    risk = value_at_risk(metal_use(results), world)
    found, where = single.stack(run=RUNS), by_place(results).stack(run=RUNS)
    made = {
        "effects": single.to_dataframe().dropna(subset="avoided_t").reset_index(),
        "summary": band_rows(found, "key"),
        "places": band_rows(where, "key"),
        "value_at_risk": value_rows(risk),
    }
    pictures = {
        "mitigation_frontier": figures.frontier(found),
        "mitigation_paths": figures.paths(results.dataset("weekly")["lost_share"].stack(run=RUNS)),
    }
    repeat = command("mitigation", data=folder_of(place.data), seeds=seeds, parameter_draws=parameter_draws, only=only)
    told = report.report(report.Found(found, where, risk, world, seeds, parameter_draws))
    asked = [name for name in (*compared, *report.SINGLE) if name in names and name != UNDISTURBED]
    rivals = effects(study.bargained(place, asked)).stack(run=RUNS)
    told = with_both_rules(told, report.headlines(found), report.headlines(rivals))
    publish(told, results, made, pictures, repeat, place.csv)


if __name__ == "__main__":
    sys.exit(run_command(main, name="python -m experiments.mitigation"))
