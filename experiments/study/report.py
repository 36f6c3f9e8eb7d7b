"""The report that every ensemble ends with, in one order: question, answer, how sure, the rest; and its publication."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from experiments.ensemble.fingerprint import code_hash, program_files, world_files
from experiments.ensemble.output import (
    REPORT,
    appearing,
    processor,
    read_manifest,
    versions,
    write_manifest,
    write_text,
)
from experiments.ensemble.results import Results
from experiments.ensemble.worlds import open_world
from experiments.study.answers import Asked, Band, Report
from experiments.study.cli import wide_console

if TYPE_CHECKING:
    from experiments.figures.style import Figure

ALIKE = 0.05  # of the larger: medians of the two market rules that differ by less do not disagree


@dataclass(frozen=True)
class Headline:
    """One number of a study under both rules: in words, its unit, and the two bands."""

    what: str
    unit: str
    auction: Band
    bargaining: Band

    @property
    def known(self) -> bool:
        """Whether runs of both rules have a value."""
        return bool(self.auction.runs and self.bargaining.runs)

    @property
    def agree(self) -> bool:
        """Whether one of the bands holds the other's median, or both medians are all but alike."""
        one, other = self.auction, self.bargaining
        held = one.low <= other.median <= one.high or other.low <= one.median <= other.high
        return held or abs(one.median - other.median) <= ALIKE * max(abs(one.median), abs(other.median))


def with_both_rules(report: Report, auction: Asked, bargaining: Asked) -> Report:
    """Return a report that also gives its headline under bargaining; where the rules disagree it says so first."""
    from experiments.study.prose import parts_of  # slow to load, and nobody waits for words before the numbers

    both = [Headline(what, unit, *(_band(values) for _, values in (auction[what], bargaining[what])))
            for what, (unit, _) in auction.items() if what in bargaining]  # fmt: skip
    known = [headline for headline in both if headline.known]
    if not known:
        return report
    said = parts_of("study/rules.md.j2", known=known, apart=[one for one in known if not one.agree], alike=ALIKE)
    return replace(report, answer=[*said["answer"], *report.answer], body=[*report.body, "", *said["body"]])


def _band(values: ArrayLike | Band) -> Band:
    return values if isinstance(values, Band) else Band.of(np.ravel(values))


def publish(
    report: Report,
    results: Results,
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Figure],
    command: str,
    csv: bool = False,
    said: bool = False,
) -> None:
    """Write tables (Parquet, and all of them as CSV on request), figures and report.md; print answer and places.

    Args:
        report: what to say.
        results: the finished runs; everything is written into their folder.
        tables: tidy tables made from them, by name.
        figures: by name, as in the report's captions.
        command: the command that repeats the runs.
        csv: write CSV, too.
        said: the answer has been printed already.
    """
    from experiments.figures import style  # slow to load, as is the next, and nobody waits for them before the numbers
    from experiments.study.prose import written

    out = results.folder.parent
    for name, table in tables.items():
        with appearing(results.folder / f"{name}.parquet") as partial:
            table.to_parquet(partial, index=False, compression="zstd")
    if csv:
        results.write_csv()
    for name, figure in figures.items():
        style.save(figure, out / "figures", name)
    manifest = read_manifest(out)
    command = " ".join([command, *manifest.get("switches", ())])
    write_text(out / REPORT, written(report, command, [how_long(out), *failed(results)]))
    # Templates may have been mended since the runs. Last: the command says that the study is finished.
    files = {name: known for name, known in manifest.get("files", {}).items() if name.startswith("data/")}
    write_manifest(out, manifest | {"files": files | program_files(), "command": command})
    console = wide_console()
    for line in [*(() if said else report.answer), *failed(results)]:
        console.print(f"- {line}", highlight=False)
    where = f"{out} ({', '.join(results.records)})" if results.records else results.folder
    for name, place in (("Report", out / REPORT), ("Figures", out / "figures"), ("Tables", where)):
        console.print(f"{name:9}{place}", highlight=False, soft_wrap=True)


def leave(
    said: Mapping[str, Sequence[str]],
    out: Path,
    figures: Mapping[str, Figure],
    tables: Mapping[str, pd.DataFrame],
    command: str,
    data: Path | None,
) -> None:
    """Write figures, tables (CSV), report.md and the manifest of a study whose runs lie in several folders of its own.

    Args:
        said: from its template: the answer, which is printed, the page, and in words what lies where.
        out: folder of the study.
        figures: by name.
        tables: by name.
        command: the command that repeats it.
        data: folder of the world; the packaged one when not given.
    """
    from experiments.figures import style  # slow to load

    for name, figure in figures.items():
        style.save(figure, out / "figures", name)
    for name, table in tables.items():
        write_text(out / f"{name}.csv", table.to_csv(index=False))
    write_text(out / REPORT, "\n".join([*said["page"], "", "## How to repeat it", "", "```sh", command, "```", ""]))
    console = wide_console()
    for line in [*(f"- {sentence}" for sentence in said["answer"]), f"{said['where'][0]} are in {out}"]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    used = {f"version of {name}": number for name, number in versions().items()}
    used |= {"processor": processor(), "model code": code_hash(), "world data": open_world(data).data_hash}
    about = {"versions": versions(), "fingerprint": used, "files": world_files(data) | program_files()}
    write_manifest(out, {**about, "command": command})


def how_long(out: Path) -> str:
    """Return a sentence on how long the runs in a folder took, in all sessions."""
    manifest = read_manifest(out)
    sessions = manifest["sessions"]
    runs, seconds = (sum(session[key] for session in sessions) for key in ("runs", "seconds"))
    last = sessions[-1] if sessions else {}
    workers = os.cpu_count() or 1 if last.get("workers") is None else max(last["workers"], 1)
    where = "on a cluster" if last.get("cluster") else f"on {workers} process{'es' * (workers > 1)}"
    time = f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:,.0f} minutes"
    total = manifest["runs"]
    # What a killed session did is kept, but not how long it took.
    which = f"The {runs:,} runs" if runs >= total else f"Of the {total:,} runs {runs:,}"
    return f"{which} took {time} {where}."


def failed(results: Results) -> list[str]:
    """Return a sentence on runs that failed, none if all went well."""
    count = len(results.failures)
    text = f"{count:,} of {len(results.runs):,} runs failed and are left out; see `tables/failures.parquet`."
    return [text] if count else []
