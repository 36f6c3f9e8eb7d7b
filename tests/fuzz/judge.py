"""One case, one judgement: a process of its own plays it for at most ten seconds, and it ends as promised or not."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from experiments.history import __main__ as history
from experiments.page.files import read_upload
from experiments.study.cli import BAD_INPUT, run_command
from model import InputError, Scenario, TradeModel, load_scenario, parse_scenario
from model.errors import LONGEST_LINE
from model.world import World, load_world
from tests.fuzz.identities import Ledger

WEEKS, SPIN_UP, SECONDS, BYTES = 30, 8, 10, 6 * 2**30
PATIENCE = 60  # seconds for which a case may sleep
Verdict = tuple[str, str]


class Outcome(NamedTuple):
    """How a case ended: "run" or "line" as promised, anything else is a fault; and what it said."""

    kind: str
    said: str

    @property
    def kept(self) -> bool:
        return self.kind in ("run", "line")


def play(scenario: Scenario, world: World, seed: int = 1) -> Verdict:
    """Play a few weeks of a scenario under all identities."""
    short = {"weeks": min(scenario.weeks, WEEKS), "spin_up_weeks": min(scenario.spin_up_weeks, SPIN_UP)}
    ledger = Ledger(TradeModel(scenario.model_copy(update=short), seed=seed, world=world)).run(short["weeks"])
    return ("unsound", "; ".join(ledger.broken[:3])) if ledger.broken else ("run", "")


def judge_scenario(path: Path, data: Path | None = None) -> Verdict:
    """Load and play a scenario file in a world; what is refused must be refused by the command line, too.

    The page must take it in or refuse it as well; anything else but `InputError` is a fault there.
    """
    world = load_world(data)
    if data is None:
        with contextlib.suppress(InputError):
            read_upload(path.name, path.stat().st_size, path.read_bytes())
    try:
        return play(load_scenario(path, world), world)
    except InputError as error:
        there = [] if data is None else ["--data", str(data)]
        return refused(str(error), ["--scenario", str(path), *there], path.parent / "out")


def judge_folder(folder: Path) -> Verdict:
    """Load a data folder and play free trade on it, and a control."""
    try:
        world = load_world(folder)
        control = {"kind": "export_ban", "actor": world.tracked_zone}
        control |= {"announced": world.start, "effective": world.start}
        return play(parse_scenario({"name": "x", "policies": [control]}, "x", world), world)
    except InputError as error:
        return refused(str(error), ["--data", str(folder)], folder.parent / "out")


def refused(line: str, arguments: list[str], out: Path) -> Verdict:
    """Check a refusal: one short line, the same on the command line, exit code 2, nothing written."""
    if "\n" in line or not line.isprintable() or len(line) > LONGEST_LINE:
        return "not one line", line
    if line.startswith("week "):  # a run that had to stop; a command would run it for minutes
        return "line", line
    said, told = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(told):
        code = run_command(history.main, [*arguments, "--runs", "1", "--jobs", "0", "--out", str(out)])
    lines = said.getvalue().splitlines(keepends=True)
    printed = "".join(line for line in lines if not line.startswith("Preparing (the first time"))
    if code != BAD_INPUT or told.getvalue() or printed.count("\n") != 1 or len(printed) > LONGEST_LINE + 1:
        return "the command line differs", f"code {code}: {printed}{told.getvalue()}"
    return ("half-written", str(out)) if out.exists() else ("line", line)


def judged(cases: Sequence[Callable[[], Verdict]]) -> Iterator[Outcome]:
    """Judge cases in a process that takes over everything that is loaded and compiled; a new one where it dies."""
    at = 0
    while at < len(cases):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            _work(cases[at:], write)
        os.close(write)
        watch = threading.Thread(target=_watch, args=(child, ended := threading.Event()), daemon=True)
        watch.start()
        with os.fdopen(read, "rb") as told:
            for line in told:
                yield Outcome(*json.loads(line))
                at += 1
        ended.set()
        watch.join()  # nothing else runs when the next process is forked
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            how = os.WTERMSIG(status)
            yield Outcome("hang" if how in (signal.SIGALRM, signal.SIGPROF) else "crash", f"signal {how}")
            at += 1
        elif os.WEXITSTATUS(status):
            yield Outcome("crash", f"exit code {os.WEXITSTATUS(status)}")
            at += 1


def _watch(child: int, ended: threading.Event) -> None:
    """End a process that waits for something; one that waits for a processor alone does not count as waiting."""
    asleep = 0
    while asleep < PATIENCE and not ended.wait(1.0):
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:  # it has ended, or there is no such folder on this system
            continue
        asleep = asleep + 1 if state in ("S", "D") else 0
    if not ended.is_set():
        os.kill(child, signal.SIGALRM)


def _work(cases: Sequence[Callable[[], Verdict]], write: int) -> None:
    """Judge one case after the other and tell; never returns."""
    for alarm in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(alarm, signal.SIG_DFL)  # ends compiled code, too
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for case in cases:
        # The processor's time: what else the machine does is no fault.
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            kind, said = case()
        except BaseException:
            kind, said = "traceback", traceback.format_exc()[-1500:]
        signal.setitimer(signal.ITIMER_PROF, 0)
        os.write(write, json.dumps([kind, said[:3000]]).encode() + b"\n")
    os._exit(0)


def warm_up() -> None:
    """Load and compile what cases need, once: they start from this process."""
    sys.stdout.flush()
    for mechanism in ("auction", "bargaining"):
        play(parse_scenario({"name": "x", "weeks": 3, "spin_up_weeks": 1, "mechanism": mechanism}, "x"), load_world())
