"""The state of the page as the query of a link, and back: short when little differs from the scenario."""

from __future__ import annotations

import base64
import binascii
import tomllib
import zlib
from urllib.parse import parse_qsl, urlencode

from experiments.page.files import read_upload, scenario_names, write_scenario
from experiments.page.session import MOST_PINS, Session
from experiments.page.view import Pin, Setup
from model.errors import InputError

LONGEST = 60_000  # characters of a link that is read
BETWEEN, WITHIN = "!", ":"  # parts of a pin


def written(session: Session) -> str:
    """Return the query that brings the same page back."""
    setup, view, first = session.setup.value, session.view.value, session.first_view
    world, parts = session.world, []
    used = {setup.scenario, *(pin.setup.scenario for pin in session.pins.value)}
    for name in sorted(used & set(session.uploads)):
        packed = zlib.compress(write_scenario(session.uploads[name], 1).encode(), 9)
        parts.append(("own", name + WITHIN + base64.urlsafe_b64encode(packed).decode().rstrip("=")))
    if setup.scenario != scenario_names()[0]:
        parts.append(("s", setup.scenario))
    parts += [(key, session.levers[key].written(value)) for key, value in setup.changes]
    if setup.comparison != Setup("").comparison:
        parts.append(("vs", setup.comparison))
    if view.good != first.good:
        parts.append(("good", world.goods[view.good]))
    if view.asked != first.asked:
        parts.append(("ask", view.asked))
    if view.places != first.places:
        parts.append(("show", ".".join(view.places)))
    if view.why:
        parts.append(("why", view.why))
    if view.without:
        parts.append(("without", ".".join(map(str, view.without))))
    if view.scored:
        parts.append(("scored", "1"))
    if session.week.value < session.weeks:
        parts.append(("week", str(session.week.value)))
    parts += [("pin", _pin(session, pin)) for pin in session.pins.value]
    return urlencode(parts, safe="~:!.-")


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
    parts = parse_qsl(query.removeprefix("?")[:LONGEST])
    said: list[str] = []
    for name, raw in (_own(text, said) for key, text in parts if key == "own"):
        if name:
            session.keep(name, raw)
    given = dict(parts)
    known = (*scenario_names(), *session.uploads)
    scenario = given.get("s", scenario_names()[0])
    if scenario not in known:
        said.append(f"{scenario[:60]}: no such scenario here")
        scenario = scenario_names()[0]
    comparison = given.get("vs", "")
    setup = Setup(scenario, _changes(session, parts, said))
    if comparison in session.case.comparisons:
        setup = Setup(scenario, setup.changes, comparison)
    pins = [_read_pin(session, text, known, said) for key, text in parts if key == "pin"]
    session.pins.value = tuple(pin for pin in pins if pin)[:MOST_PINS]
    _look(session, given)
    session.run(setup)
    week = given.get("week", "")
    session.week.value = int(week) if week.isdecimal() and len(week) < 6 else 10**6
    session.problem.value = "; ".join(said)


def _look(session: Session, given: dict[str, str]) -> None:
    world, first = session.world, session.first_view
    good = given.get("good")
    places = tuple(zone for zone in given.get("show", "").split(".") if zone in world.zones)
    asked = given.get("ask", first.asked)
    session.look(
        good=world.goods.index(good) if good in world.goods else first.good,
        places=places if "show" in given else first.places,
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


def _pin(session: Session, pin: Pin) -> str:
    moved = [f"{key}{WITHIN}{session.levers[key].written(value)}" for key, value in pin.setup.changes]
    return BETWEEN.join([pin.name.replace(BETWEEN, " "), pin.setup.scenario, pin.setup.comparison, *moved])


def _read_pin(session: Session, text: str, known: tuple[str, ...], said: list[str]) -> Pin | None:
    name, scenario, comparison, *moved = [*text.split(BETWEEN), "", ""][: max(3, text.count(BETWEEN) + 1)]
    if scenario not in known or comparison not in session.case.comparisons:
        return None
    pairs = [(key, value) for key, _, value in (one.partition(WITHIN) for one in moved)]
    return Pin(name[:40], Setup(scenario, _changes(session, pairs, said), comparison))


def _own(text: str, said: list[str]) -> tuple[str, dict[str, object]]:
    """Return a scenario that stands in the link itself."""
    name, _, packed = text.partition(WITHIN)
    try:
        opened = zlib.decompressobj().decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), 200_000)
        raw, _ = read_upload(name, len(opened), opened)
    except (InputError, zlib.error, binascii.Error, tomllib.TOMLDecodeError) as error:
        said.append(f"the scenario {name[:40]!r} in the link cannot be read ({str(error)[:120]})")
        return "", {}
    return name[:60], raw
