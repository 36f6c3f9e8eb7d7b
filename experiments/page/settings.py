"""The settings beside the page: the scenario, every control with its meaning, and what is compared with."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

import solara

from experiments.page.files import LARGEST_UPLOAD_BYTES, read_upload, scenario_names
from experiments.page.levers import Lever
from experiments.page.session import Session
from experiments.page.view import Setup
from experiments.page.widgets import Side
from model.errors import InputError


@solara.component
def Settings(session: Session) -> None:
    """All settings as one widget: a change sends what has changed, and leaves focus and open groups alone."""
    levers = solara.use_memo(lambda: [described(lever) for lever in session.levers.values()], [])
    setup = session.setup.value
    values = solara.use_memo(lambda: values_of(session), [setup])
    names = [*scenario_names(), *session.uploads]
    Side(
        levers=levers, values=values, scenarios=[(name, session.title_of(name)) for name in names],
        scenario=setup.scenario, problem=session.problem.value, notice=session.notice.value,
        comparisons=list(session.case.comparisons.items()), comparison=setup.comparison,
        most_bytes=LARGEST_UPLOAD_BYTES, event_moved=lambda moved: session.move(*moved),
        event_put_back=session.put_back,
        event_scenario_chosen=lambda name: session.run(Setup(name, comparison=setup.comparison)),
        event_compared=lambda name: session.run(replace(setup, comparison=name)),
        event_loaded=lambda chosen: load(session, chosen),
    )  # fmt: skip


def load(session: Session, chosen: dict[str, Any]) -> None:
    """Run a scenario file that somebody chose, or say why that cannot be."""
    name = str(chosen.get("name", "file"))[:80]
    try:
        content = base64.b64decode(str(chosen.get("content", "")))  # empty when it was too large to be sent
        raw, seed = read_upload(name, int(chosen.get("size", 0)), content)
    except (InputError, binascii.Error) as error:
        session.say(problem=" ".join(str(error).split()))
        return
    session.take_in(name.removesuffix(".toml"), raw, seed)
    session.say(notice=f"{name} is loaded and run.")


def described(lever: Lever) -> dict[str, Any]:
    """Return what the browser needs of a control, whatever the scenario."""
    kind = "choice" if lever.choices else "typed" if lever.typed else "pair" if lever.pair else "number"
    return {
        "key": lever.key, "group": lever.group, "label": lever.label, "meaning": lever.meaning, "source": lever.source,
        "kind": kind, "choices": list(lever.choices.items()), "least": lever.least, "most": lever.most,
        "step": lever.step, "unit": lever.unit, "plausible": lever.plausible, "percent": lever.unit == " 1/year",
    }  # fmt: skip


def values_of(session: Session) -> dict[str, dict[str, Any]]:
    """Return of every control its value, that of the scenario's file, and what stays when it is moved."""
    setup, raw, found = session.setup.value, session.raw(), {}
    filed, moved = session.filed(setup.scenario), dict(setup.changes)
    for key, lever in session.levers.items():
        value, start = moved.get(key, lever.read(raw)), lever.read(filed)
        found[key] = {
            "value": value, "start": start, "said": lever.shown(value), "start_said": lever.shown(start),
            "moved": key in moved, "usable": lever.usable(raw), "kept": lever.kept(raw),
        }  # fmt: skip
    return found
