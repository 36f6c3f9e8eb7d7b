"""What `python -m experiments.compare` and `python -m experiments.run` do: run scenarios, publish, fill a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from experiments.compare import figures, quantities, report
from experiments.compare.quantities import parse_threshold
from experiments.compare.scenarios import calm_weeks, read_cells, window
from experiments.ensemble.design import checked
from experiments.ensemble.output import appearing
from experiments.ensemble.worlds import folder_of
from experiments.study.options import command, day_of, whole
from experiments.study.report import publish, with_both_rules
from experiments.study.shown import shown_of
from experiments.study.study import RULE, Place, Study, drawn
from model import InputError

MADE = datetime(2000, 1, 1)  # the same tables give the same workbook
WIDEST = 60  # characters of a column
Draws = Annotated[
    int, whole("--draws", 1, 10_000, "Draws of parameters, each with all seeds; 1: every seed has its own")
]
Above = Annotated[
    list[str] | None,
    typer.Option("--above", metavar="TEXT", help='How often, e.g. "price gallium-4N DEU 1000"; can be repeated'),
]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="First day compared; where they begin to differ")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Last day compared; the end when not given")]


def conduct(
    name: str, paths: Sequence[Path], seeds: int, draws: int, above: Sequence[str], span: tuple[str, str], place: Place
) -> None:
    """Run scenarios side by side and publish what differs.

    Args:
        name: of the command.
        paths: scenario files; the others are compared with the first.
        seeds: runs per scenario and draw.
        draws: of parameters, each with all seeds; with 1 every seed has its own of the posterior.
        above: thresholds as the user wrote them.
        span: first and last day as the user wrote them; empty when not given.
        place: where it runs and what it leaves there.
    """
    world = place.world()
    thresholds = [parse_threshold(text, world) for text in above]
    first, last = (day_of(flag, text) if text else None for flag, text in (("--from", span[0]), ("--until", span[1])))
    cells = read_cells(paths, world)
    scenarios = [checked(cell.scenario, cell.name, world) for cell in cells]
    weeks, shown = window(scenarios, first, last), shown_of(world, scenarios[0])
    tables = quantities.tables(world, shown.exporter, weeks, calm_weeks(scenarios[0]))
    some = drawn(world, draws) if draws > 1 else [{}]
    about = {"experiment": name, "scenarios": {one.name: one.given("json") for one in scenarios}}
    study = Study(cells, tables, range(seeds), some, about=about)
    results = study.run(place)
    titles = {scenario.name: scenario.title or scenario.name.replace("_", " ") for scenario in scenarios}
    how = {"seeds": seeds, "draws": draws, "drivers": any(scenario.drivers for scenario in scenarios)}
    seen = report.read(results, titles, weeks, shown, **how)
    if not seen.runs:
        raise InputError(f"{place.out}: no run finished in all scenarios; see tables/failures.parquet")
    told, made = report.report(seen, thresholds, tables), seen.tables()
    if all(scenario.mechanism != RULE for scenario in scenarios):
        other = study.bargained(place, list(titles))
        rivals = report.read(other, titles, weeks, shown, **how)
        told = with_both_rules(told, report.headlines(seen), report.headlines(rivals))
    write_workbook(place.out.expanduser() / f"{name}.xlsx", told.answer, made)
    options = {"seeds": seeds, "draws": draws, "from": span[0], "until": span[1]}
    repeat = command(name, *map(str, map(folder_of, paths)), above=list(above), data=folder_of(place.data), **options)
    publish(told, results, made, figures.draw(seen), repeat, place.csv)


def write_workbook(path: Path, answer: Sequence[str], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write the answer on a first sheet and each table on a sheet of its own, with its heads kept in view."""
    book = Workbook()
    book.properties.created = book.properties.modified = MADE
    first = book.active
    first.title = "answer"
    for row, text in enumerate(answer, start=1):
        cell = first.cell(row, 1, text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    first.column_dimensions["A"].width = 120
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        sheet.append([str(column) for column in table.columns])
        for values in table.itertuples(index=False):
            sheet.append([None if pd.isna(value) else getattr(value, "item", lambda v=value: v)() for value in values])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for number, column in enumerate(table.columns, start=1):
            texts = table[column].map("{:.4g}".format) if table[column].dtype.kind == "f" else table[column].astype(str)
            longest = max([len(str(column)), *texts.str.len()], default=8)
            sheet.column_dimensions[get_column_letter(number)].width = min(longest + 3, WIDEST)
            if table[column].dtype.kind == "f":
                for row in range(2, sheet.max_row + 1):
                    sheet.cell(row, number).number_format = "#,##0.000"
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = sheet.dimensions
    with appearing(path) as partial:
        book.save(partial)
