"""The options that all ensembles take on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", help="Folder for the results")]
Runs = Annotated[int, typer.Option("--runs", min=1, help="Seeds per cell: 0, 1, 2, ...")]
Cluster = Annotated[str | None, typer.Option("--cluster", metavar="TCP://HOST:PORT", help="Running Dask scheduler")]
Workers = Annotated[int | None, typer.Option("--workers", min=0, help="Processes; all cores when not given")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start over, whatever the folder holds")]
Csv = Annotated[bool, typer.Option("--csv", help="Write the tables as CSV, too")]
