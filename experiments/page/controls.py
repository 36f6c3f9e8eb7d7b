"""The page's left side: what to simulate, in groups and plain words, and what to take away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import solara

from experiments.page.choices import (
    AS_IT_IS,
    BOTH,
    GROWER_EXPORTS,
    LICENCES,
    NONE,
    STOCKPILE_MONTHS,
    TARGET_BAN,
    Settings,
    month_start,
)
from experiments.page.files import LARGEST_UPLOAD_BYTES, read_upload, scenario_names, write_scenario, zip_tables
from experiments.page.model import Session
from experiments.page.policies import has_policy
from experiments.page.widgets import PickFile
from experiments.page.world import people, zone_name
from model.errors import InputError

LARGEST_SEED = 999_999
Setter = Callable[[str], Callable[[Any], None]]  # from the name of a setting to what sets it


@solara.component
def Choose(session: Session) -> None:
    """All choices that a reset takes up."""
    now = session.settings.value

    def set_to(name: str) -> Callable[[Any], None]:
        return lambda value: session.settings.set(replace(session.settings.value, **{name: value}))

    with solara.Card("Choose"):
        names = scenario_names()
        own = session.scenario_name.value
        solara.Select("Scenario", names if own in names else [*names, own], own, session.choose_scenario)
        if session.pending:
            solara.Info("Changed. Press Reset above to start over with it.", dense=True)
        if session.problem.value:
            solara.Error(session.problem.value, dense=True)
        _restriction(session, now, set_to)
        _grower(session, now, set_to)
        _stockpiles(session, now, set_to)
        _demand(session, now, set_to)
        with solara.Details("Length and chance"):
            _slider(f"Weeks: {now.weeks}", now.weeks, set_to("weeks"), 1, 520)
            solara.InputInt("Seed of the random draws", now.seed, on_value=lambda value: set_to("seed")(_seed(value)))
        _select("Compare with", session.case.comparisons, session.comparison.value, session.comparison.set)


def _restriction(session: Session, now: Settings, set_to: Setter) -> None:
    """The restriction of the country that the controls are about."""
    case, filed, restricts = session.case, session.filed, now.restriction
    name, target = zone_name(case.world, case.restrictor), people(case.world, case.target)
    licensed = restricts in (LICENCES, BOTH) or (restricts == AS_IT_IS and has_policy(filed, "export_licence"))
    reexports = restricts in (TARGET_BAN, BOTH) or (restricts == AS_IT_IS and has_policy(filed, "reexport_ban"))
    with solara.Details(f"{name}'s restriction", expand=True):
        _select(f"{name} restricts exports", case.restrictions, restricts, set_to("restriction"))
        last = max(int(now.weeks / 4.35) - 1, now.start_month, 1)
        month = f"Starts in: {month_start(filed, now):%B %Y}"
        _slider(month, now.start_month, set_to("start_month"), 0, last, disabled=restricts in (AS_IT_IS, NONE))
        _percent(f"Licences granted to {target} buyers", now.approval_target, set_to("approval_target"), not licensed)
        _percent("Licences granted to all others", now.approval_others, set_to("approval_others"), not licensed)
        low, high = now.processing
        solara.SliderRangeInt(
            f"A decision takes: {low} to {high} weeks", now.processing, min=1, max=max(52, high), thumb_label=False,
            on_value=lambda value: set_to("processing")(tuple(value)), disabled=not licensed,
        )  # fmt: skip
        _percent("Re-exports caught", now.enforcement, set_to("enforcement"), not reexports, most=50)


def _grower(session: Session, now: Settings, set_to: Setter) -> None:
    """The producer that serves its own country first, where there is one."""
    grower = session.case.grower
    if grower is None:
        return
    with solara.Details(f"{zone_name(session.world, grower.zone)}: {grower.name}'s {grower.metal}"):
        least, most = round(grower.output_t), max(round(2 * grower.capacity_t), round(grower.output_t) + 1)
        _slider(f"Output: {now.grower_t} t a year", now.grower_t, set_to("grower_t"), least, most)
        solara.Select("It may export", list(GROWER_EXPORTS), now.grower_exports, set_to("grower_exports"))


def _stockpiles(session: Session, now: Settings, set_to: Setter) -> None:
    """Public stocks of those who may hold them."""
    with solara.Details("Stockpiles, full at the start"):
        for i, pile in enumerate(session.case.piles.values()):
            months = {m: f"{m} months of use" if m else "none" for m in sorted({*STOCKPILE_MONTHS, now.stockpiles[i]})}
            _select(pile.title, months, now.stockpiles[i], _part(now.stockpiles, i, set_to("stockpiles")))


def _demand(session: Session, now: Settings, set_to: Setter) -> None:
    """How demand grows, and how buyers answer risk."""
    with solara.Details("Demand and buyers"):
        for i, metal in enumerate(session.case.growth.values()):
            label = f"Growth of {metal} use, and of output with it: {now.growth[i]:.1f} % a year"
            _fine_slider(label, now.growth[i], _part(now.growth, i, set_to("growth")), most=15)
        label = f"Buyers' precaution: {now.precaution:.1f} (0: none)"
        _fine_slider(label, now.precaution, set_to("precaution"), most=10)


@solara.component
def TakeAway(session: Session, ready: bool, picture: Callable[[], bytes]) -> None:
    """Downloads of tables, figure and settings, and a way to load settings back."""
    model = session.model.value

    def scenario() -> str:
        return write_scenario(model.raw, model.seed_used)

    def tables() -> bytes:
        with model.lock:
            return zip_tables(model.tables(), scenario())

    def load(name: str, size: int, content: bytes) -> None:
        try:
            raw, seed = read_upload(name, size, content)
        except InputError as error:
            session.problem.value = " ".join(str(error).split())
            return
        session.take_in(name.removesuffix(".toml") or "loaded", raw, seed)

    with solara.Card("Take away"):
        with solara.Div(classes=["take-away"]):
            if ready:
                solara.FileDownload(tables, "chokepoint_tables.zip", "Tables (CSV, zip)")
                solara.FileDownload(picture, "chokepoint.png", "Figures (PNG)", mime_type="image/png")
            solara.FileDownload(scenario, "chokepoint_scenario.toml", "Settings (scenario file, TOML)")
            PickFile("Load a scenario file (TOML, at most 200 kB)", LARGEST_UPLOAD_BYTES, load)
        if session.problem.value:
            solara.Error(session.problem.value, dense=True)
        if not ready:
            solara.Text("Tables and figures can be downloaded once a week has been simulated.")


def _select(label: str, texts: Mapping[Any, str], value: Any, on_value: Callable[[Any], None]) -> None:
    """Offer values by their texts."""
    by_text = {text: key for key, text in texts.items()}
    solara.Select(label, list(by_text), texts[value], lambda text: on_value(by_text[text]))


def _part(values: tuple[Any, ...], place: int, on_values: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return what sets one of several values."""
    return lambda value: on_values((*values[:place], value, *values[place + 1 :]))


def _slider(
    label: str, value: int, on_value: Callable[[int], None], least: int, most: int, disabled: bool = False
) -> None:
    solara.SliderInt(
        label, value, min=least, max=max(most, value), thumb_label=False, on_value=on_value, disabled=disabled
    )


def _percent(label: str, value: int, on_value: Callable[[int], None], disabled: bool, most: int = 100) -> None:
    _slider(f"{label}: {value} %", value, on_value, 0, most, disabled)


def _fine_slider(label: str, value: float, on_value: Callable[[float], None], most: float) -> None:
    solara.SliderFloat(label, value, min=0, max=max(most, value), step=0.1, thumb_label=False, on_value=on_value)


def _seed(value: Any) -> int:
    return min(max(int(value or 0), 0), LARGEST_SEED)
