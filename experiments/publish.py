"""The report that every ensemble ends with, in one order: question, answer, how sure, the rest; and its publication."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments import plots
from experiments.answers import bullets
from experiments.cli import wide_console
from experiments.store import Results


@dataclass(frozen=True)
class Report:
    """What a report says.

    Attributes:
        title, question: the first lines.
        answer: sentences, each with its numbers and bands.
        basis: what the numbers are: of how many runs, what the bands hold.
        how_sure: what the answer hangs on.
        body: further sections, as lines of Markdown.
        figures: name to figure.
        captions: name to caption, for the same names.
        left_out: what the model does not have.
        command: the command that repeats it.
        tables: what the tables hold, in a phrase.
    """

    title: str
    question: str
    answer: Sequence[str]
    basis: Sequence[str]
    how_sure: Sequence[str]
    body: Sequence[str]
    figures: Mapping[str, plots.Figure]
    captions: Mapping[str, str]
    left_out: Sequence[str]
    command: str
    tables: str

    def text(self, ran: str) -> str:
        """Return report.md; `ran` says how long the runs took."""
        shown = [line for name in self.figures for line in _figure_lines(name, self.captions[name])]
        where = f"Tables are in `tables/` ({self.tables}); versions, seeds and hashes in `manifest.json`."
        repeat = ["```sh", self.command, "```", "", ran, "", where, ""]
        parts = [
            [f"# {self.title}", "", self.question, "", *bullets(self.answer), "", *self.basis],
            ["## How sure", "", *bullets(self.how_sure)],
            _trimmed(self.body),
            ["## Figures", "", *_trimmed(shown)],
            ["## What the model leaves out", "", *bullets(self.left_out)],
            ["## How to repeat it", "", *repeat],
        ]
        return "\n\n".join("\n".join(part) for part in parts)


def publish(report: Report, results: Results, tables: Mapping[str, pd.DataFrame], csv: bool = False) -> None:
    """Write tables (Parquet, and all of them as CSV on request), figures and report.md; print the answer.

    Args:
        report: what to say.
        results: the finished runs; everything is written into their folder.
        tables: tidy tables made from them, by name.
        csv: write CSV, too.
    """
    out = results.folder.parent
    for name, table in tables.items():
        table.to_parquet(results.folder / f"{name}.parquet", index=False, compression="zstd")
    if csv:
        results.write_csv()
    for name, figure in report.figures.items():
        plots.save(figure, out / "figures", name)
    (out / "report.md").write_text(report.text(how_long(out)), encoding="utf-8")
    console = wide_console()
    for line in report.answer:
        console.print(f"- {line}", highlight=False)
    for name, place in (("Report", out / "report.md"), ("Figures", out / "figures"), ("Tables", results.folder)):
        console.print(f"{name:9}{place}", highlight=False, soft_wrap=True)


def how_long(out: Path) -> str:
    """Return a sentence on how long the runs in a folder took, in all sessions."""
    sessions = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["sessions"]
    runs, seconds = (sum(session[key] for session in sessions) for key in ("runs", "seconds"))
    last = sessions[-1] if sessions else {}
    workers = os.cpu_count() or 1 if last.get("workers") is None else max(last["workers"], 1)
    where = "on a cluster" if last.get("cluster") else f"on {workers} process{'es' * (workers > 1)}"
    time = f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:,.0f} minutes"
    return f"The {runs:,} runs took {time} {where}."


def failed(results: Results) -> list[str]:
    """Return a line on runs that failed, none if all went well."""
    count = len(results.failures)
    return [f"{count:,} of {len(results.runs):,} runs failed and are left out; see `tables/failures.parquet`."] * (
        count > 0
    )


def _figure_lines(name: str, caption: str) -> list[str]:
    return [f"![{caption}](figures/{name}.png)", "", caption, ""]


def _trimmed(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).strip("\n").split("\n")
