"""What long work shows: a bar, and a line now and then."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    """Shows the pace since the start; the field `before` says what was done by then."""

    def render(self, task: Task) -> Text:
        done, seconds = task.completed - task.fields.get("before", 0), task.finished_time or task.elapsed
        return Text(f"{60 * done / seconds:,.0f} a minute" if done and seconds else "")


def say(text: str) -> None:
    """Print a line on standard error as it is."""
    Console(stderr=True).print(text, soft_wrap=True, markup=False, highlight=False)


def progress_bar(shown: bool = True) -> Progress:
    """Return a bar on standard error with the runs done, the time left and the pace, or one that nobody sees."""
    return Progress(
        TextColumn("{task.description}", markup=False),  # scenarios may have any name
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        _Rate(),
        console=Console(stderr=True),
        disable=not shown,
        speed_estimate_period=300,  # processes finish their first runs at the same time
    )
