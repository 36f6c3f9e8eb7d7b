"""China exports less, in steps down to nothing: docked to a study of the US Geological Survey.

The study (Nassar et al. 2024, Open-File Report 2024-1057) asks what a cut of China's net exports does to prices and to
US value added within a year. Here the same cuts run twice: through a yearly equilibrium without stocks and
expectations (static), and through the weekly model (dynamic). `python -m experiments.export_ban --help` lists options.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any

import typer

from experiments import RECORD
from experiments.ensemble.design import Cell, Raw, draw_parameters, read_raw, vary
from experiments.ensemble.worlds import folder_of, open_world
from experiments.export_ban import figures, quantities, report
from experiments.export_ban.quantities import CUT_FROM, LEAD_WEEKS
from experiments.export_ban.tables import METALS, STUDY, Found, against_no_cut, losses, static_tables
from experiments.study.cli import run_command
from experiments.study.options import ParameterDraws, Seeds, check_holds, command, placed, whole
from experiments.study.report import publish
from experiments.study.study import Place, Study
from experiments.study.uncertain import UNCERTAIN
from model import InputError, TradeModel, parse_scenario
from model.calendar import WEEKS_PER_YEAR
from model.world import World

START = date(2023, 10, 2)
YEAR = 52  # weeks
ZONES = ("USA", "DEU", "JPN", "CHN")
NO_CUT = "no cut"
QUOTA_WEEKS = 4  # exporters may use up so many weeks of their quota at once


@placed("results/export_ban")
def main(
    place: Place,
    seeds: Seeds = 5,
    cuts: Annotated[str, typer.Option(help="Cuts of China's net exports, per cent, the last one 100")] = (
        "20,40,60,80,100"
    ),
    draws: Annotated[int, whole("--draws", 20, 100_000, "Draws of elasticities in the static mode")] = 200,
    parameter_draws: ParameterDraws = 12,
    weeks: Annotated[int, whole("--weeks", 4, 520, "Weeks of the cut in the dynamic mode")] = YEAR,
) -> None:
    """Cut China's exports of gallium, germanium and both by 0 to 100 %; write tables, figures and a report."""
    shares = parse_cuts(cuts)
    world = open_world(place.data)
    check_holds(world, place.data, "China's gallium and germanium", [*METALS, *ZONES])
    static, implied = static_tables(world, shares, ZONES, draws)
    drawn = draw_parameters(UNCERTAIN, parameter_draws, world=world)
    study = Study(
        design(shares, weeks, world), quantities.tables(ZONES), range(seeds), drawn, measure=quantities.measure
    )
    results = study.run(place)
    levels = results.runs[["run", "cell", "draw", "seed", "metals", "cut"]]
    levels = levels.astype({"cell": str, "metals": str, "cut": float})
    dynamic = levels.merge(against_no_cut(results.dataset("year"), NO_CUT), on=["cell", "draw", "seed"])
    dynamic = dynamic.drop(columns="cell")
    tables = {"static": static, "dynamic": dynamic, "loss": losses(static, dynamic), "implied": implied}
    repeat = command(
        "export_ban", data=folder_of(place.data), seeds=seeds, parameter_draws=parameter_draws, cuts=cuts, draws=draws,
        weeks=weeks,
    )  # fmt: skip
    found = Found(**tables, world=world, seeds=seeds, parameter_draws=parameter_draws, draws=draws, weeks=weeks)
    weekly = results.table("weekly").merge(levels[["run", "metals", "cut"]], on="run")
    pictures = {
        "export_ban_rise": figures.draw_rises(static, dynamic, STUDY),
        "export_ban_path": figures.draw_paths(weekly),
    }
    publish(report.report(found, STUDY), results, tables, pictures, repeat, place.csv)


def parse_cuts(text: str) -> list[float]:
    """Return the cuts as shares, 0 first; `text` is a list of per cents that rises to 100."""
    try:
        cuts = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--cuts {text}: must be numbers with commas between them, e.g. 20,40,60,80,100") from None
    if sorted(set(cuts)) != cuts or not all(0 <= cut <= 100 for cut in cuts) or cuts[-1] != 100:
        raise InputError(f"--cuts {text}: must rise from 0 or more to 100, e.g. 20,40,60,80,100")
    return sorted({0.0, *(cut / 100.0 for cut in cuts)})


def design(cuts: Sequence[float], weeks: int = YEAR, world: World | None = None) -> list[Cell]:
    """Return a cell per set of metals and cut, and one without a cut.

    The cut comes as a surprise at the start of 2024, in a world without China's licences, and buyers take the news in
    proportion to it. Up to a total stop it is a quota on each good; a total stop closes the lanes.
    """
    history = read_raw(RECORD, world)
    others = [policy["name"] for policy in history["policies"] if policy["kind"] != "sanction"]
    patch = {"name": "export_ban", "title": "China exports less", "start": START, "weeks": LEAD_WEEKS + weeks}
    base = vary(history, patch, remove=others)
    normal = normal_exports_t(base, world)
    cells = [Cell(NO_CUT, base, {"metals": "none", "cut": "0"})]
    for metals in ("gallium", "germanium", "both"):
        for cut in cuts:
            if cut > 0:
                added = _cut(cut, [good for good in normal if metals == "both" or good.startswith(metals)], normal)
                levels = {"metals": metals, "cut": f"{cut:g}"}
                cells.append(Cell(f"{metals}, {100 * cut:g} %", vary(base, add=added), levels))
    return cells


def normal_exports_t(base: Raw, world: World | None = None) -> dict[str, float]:
    """Return China's exports by good in the weeks of the cut, had there been none, t a year."""
    model = TradeModel(parse_scenario(base, "export_ban", world), seed=0, world=world).run()
    trade = model.tables()["trade"]
    abroad = trade[(trade["origin"] == "CHN") & (trade["destination"] != "CHN") & (trade["week"] >= str(CUT_FROM))]
    weeks = model.week - LEAD_WEEKS
    kg = abroad.groupby("good", observed=False)["kg"].sum() * WEEKS_PER_YEAR / weeks
    return {str(good): float(value) / 1000.0 for good, value in kg.items()}


def _cut(cut: float, goods: Sequence[str], normal: Mapping[str, float]) -> list[dict[str, Any]]:
    dates = {"actor": "CHN", "announced": CUT_FROM, "effective": CUT_FROM, "severity": cut}
    if cut >= 1.0:
        return [{"kind": "export_ban", "name": "China: no exports", "goods": list(goods), **dates}]
    return [
        {"kind": "export_quota", "name": f"China: quota of {good}", "goods": [good], "period_weeks": QUOTA_WEEKS}
        | {"tonnes_per_year": normal[good] * (1.0 - cut), **dates}
        for good in goods
    ]


run = partial(run_command, main, name="python -m experiments.export_ban")

if __name__ == "__main__":
    sys.exit(run())
