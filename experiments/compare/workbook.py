"""The tables of a comparison as one workbook for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from experiments.ensemble.output import appearing

MADE = datetime(2000, 1, 1)  # the same tables give the same workbook
WIDEST = 60  # characters


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
