"""The state of the page as the query of a link, and back: short when little differs from the scenario."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import parse_qsl, urlencode

from experiments.page.case import UNRESTRICTED
from experiments.page.files import read_upload, scenario_names, write_scenario
from experiments.page.session import ALL_WEEKS, MOST_PINS, Session
from experiments.page.view import Setup, View
from model.errors import InputError

LONGEST = 60_000  # characters of a link that is read
BETWEEN, WITHIN = "!", ":"  # parts of a pin


def written(session: Session) -> str:
    """Return the query that brings the same page back."""
    setup, parts = session.setup.value, []
    used = {setup.scenario, *(kept.scenario for kept in session.pins.value.values())}
    for name in sorted(used & set(session.uploads)):
        packed = zlib.compress(write_scenario(session.uploads[name], 1).encode(), 9)
        parts.append(("own", name + WITHIN + base64.urlsafe_b64encode(packed).decode().rstrip("=")))
    if setup.scenario != session.first_scenario:
        parts.append(("s", setup.scenario))
    parts += [(key, session.levers[key].written(value)) for key, value in setup.changes]
    if setup.comparison != UNRESTRICTED:
        parts.append(("vs", setup.comparison))
    first = _view(session, session.first_view)
    parts += [(key, text) for key, text in _view(session, session.view.value).items() if text != first[key]]
    if session.week.value < session.weeks:
        parts.append(("week", str(session.week.value)))
    parts += [("pin", _pin(session, *pin)) for pin in session.pins.value.items()]
    return urlencode(parts, safe="~:!.-")


def _view(session: Session, view: View) -> dict[str, str]:
    return {
        "good": session.world.goods[view.good], "ask": view.asked, "show": ".".join(view.places), "why": view.why,
        "without": ".".join(map(str, view.without)), "scored": "1" * view.scored,
    }  # fmt: skip


def opened(query: str) -> Session:
    """Return the session of a new window, as its link says."""
    session = Session()
    came(session, query)
    return session


def came(session: Session, query: str) -> None:
    """Show what the browser's link says; a link that says what is on the page changes nothing."""
    query = query.removeprefix("?")
    if query != written(session):
        restore(session, query)


def restore(session: Session, query: str) -> None:
    """Bring back what a link says; what cannot be read is named and left out."""
    parts = parse_qsl(query[:LONGEST])
    said: list[str] = []
    for text in [text for key, text in parts if key == "own"]:
        _take_in(session, text, said)
    given = dict(parts)
    known = (*scenario_names(), *session.uploads)
    scenario = given.get("s", session.first_scenario)
    if scenario not in known:
        said.append(f"{scenario[:60]}: no such scenario here")
        scenario = session.first_scenario
    comparison = given["vs"] if given.get("vs") in session.case.comparisons else UNRESTRICTED
    pins = [_read_pin(session, text, known, said) for key, text in parts if key == "pin"]
    session.pins.value = dict([pin for pin in pins if pin][:MOST_PINS])
    _look(session, given)
    session.run(Setup(scenario, _changes(session, parts, said), comparison))
    week = given.get("week", "")
    session.week.value = int(week) if week.isdecimal() and len(week) < 6 else ALL_WEEKS
    session.say(problem="; ".join(said))


def _look(session: Session, given: dict[str, str]) -> None:
    world, first = session.world, session.first_view
    good = given.get("good")
    places = tuple(zone for zone in given.get("show", "").split(".") if zone in world.zones)
    asked = given.get("ask", first.asked)
    session.look(
        good=world.goods.index(good) if good in world.goods else first.good,
        places=places or first.places,
        asked=asked if asked.startswith(("zone:", "firm:")) else first.asked,
        why=given.get("why", "")[:20],
        without=tuple(int(one) for one in given.get("without", "").split(".") if one.isdecimal() and len(one) < 4),
        scored="scored" in given,
    )


def _changes(session: Session, parts: list[tuple[str, str]], said: list[str]) -> tuple[tuple[str, object], ...]:
    found = {}
    for key, text in parts:
        if key in session.levers:
            try:
                found[key] = session.levers[key].parse(text)
            except ValueError as error:
                said.append(str(error))
    return tuple(found.items())


def _pin(session: Session, name: str, setup: Setup) -> str:
    moved = [f"{key}{WITHIN}{session.levers[key].written(value)}" for key, value in setup.changes]
    return BETWEEN.join([name.replace(BETWEEN, " "), setup.scenario, setup.comparison, *moved])


def _read_pin(session: Session, text: str, known: tuple[str, ...], said: list[str]) -> tuple[str, Setup] | None:
    name, scenario, comparison, *moved = [*text.split(BETWEEN), "", ""]
    if scenario not in known or comparison not in session.case.comparisons:
        return None
    pairs = [(key, value) for key, _, value in (one.partition(WITHIN) for one in moved)]
    return name[:40], Setup(scenario, _changes(session, pairs, said), comparison)


def _take_in(session: Session, text: str, said: list[str]) -> None:
    """Keep a scenario that stands in the link itself."""
    name, _, packed = text.partition(WITHIN)
    try:
        opened = zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), 200_000)
        session.keep(name[:60], read_upload(name, len(opened), opened)[0])
    except (InputError, zlib.error, binascii.Error) as error:
        said.append(f"the scenario {name[:40]!r} in the link cannot be read ({str(error)[:120]})")
