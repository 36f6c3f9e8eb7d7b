"""The page's left side: what to simulate, in groups and plain words, and what to take away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import solara

from experiments.page_choices import (
    AS_IT_IS,
    BOTH,
    COMPARISONS,
    LICENCES,
    NONE,
    RESTRICTIONS,
    ROSTEC_EXPORTS,
    STOCKPILE_MONTHS,
    US_BAN,
    month_start,
)
from experiments.page_files import LARGEST_UPLOAD_BYTES, read_upload, scenario_names, write_scenario, zip_tables
from experiments.page_model import Session
from experiments.page_policies import has_policy
from experiments.page_widgets import PickFile
from model.errors import InputError

LARGEST_SEED = 999_999
MONTHS = {0: "none", 3: "3 months of use", 6: "6 months of use", 12: "12 months of use"}


@solara.component
def Choose(session: Session) -> None:
    """All choices that a reset takes up."""
    now, filed = session.settings.value, session.filed
    restricts = now.restriction

    def set_to(name: str) -> Callable[[Any], None]:
        return lambda value: session.settings.set(replace(session.settings.value, **{name: value}))

    licensed = restricts in (LICENCES, BOTH) or (restricts == AS_IT_IS and has_policy(filed, "export_licence"))
    reexports = restricts in (US_BAN, BOTH) or (restricts == AS_IT_IS and has_policy(filed, "reexport_ban"))
    with solara.Card("Choose"):
        names = scenario_names()
        own = session.scenario_name.value
        solara.Select("Scenario", names if own in names else [*names, own], own, session.choose_scenario)
        if session.pending:
            solara.Info("Changed. Press Reset above to start over with it.", dense=True)
        if session.problem.value:
            solara.Error(session.problem.value, dense=True)
        with solara.Details("China's restriction", expand=True):
            solara.Select("China restricts exports", list(RESTRICTIONS), restricts, set_to("restriction"))
            last = max(int(now.weeks / 4.35) - 1, now.start_month, 1)
            month = month_start(filed, now)
            solara.SliderInt(
                f"Starts in: {month:%B %Y}", now.start_month, min=0, max=last, thumb_label=False,
                on_value=set_to("start_month"), disabled=restricts in (AS_IT_IS, NONE),
            )  # fmt: skip
            _percent("Licences granted to US buyers", now.approval_us, set_to("approval_us"), not licensed)
            _percent("Licences granted to all others", now.approval_others, set_to("approval_others"), not licensed)
            low, high = now.processing
            solara.SliderRangeInt(
                f"A decision takes: {low} to {high} weeks", now.processing, min=1, max=max(52, high), thumb_label=False,
                on_value=lambda value: set_to("processing")(tuple(value)), disabled=not licensed,
            )  # fmt: skip
            _percent("Re-exports caught", now.enforcement, set_to("enforcement"), not reexports, most=50)
        with solara.Details("Russia: Rostec's germanium"):
            solara.SliderInt(
                f"Output: {now.rostec_t} t a year",
                now.rostec_t,
                min=6,
                max=40,
                thumb_label=False,
                on_value=set_to("rostec_t"),
            )
            solara.Select("It may export", list(ROSTEC_EXPORTS), now.rostec_exports, set_to("rostec_exports"))
        with solara.Details("Stockpiles, full at the start"):
            for label, name in (("United States", "stockpile_us"), ("European Union", "stockpile_eu")):
                value = getattr(now, name)
                months = [MONTHS.get(m, f"{m} months of use") for m in sorted({*STOCKPILE_MONTHS, value})]
                to_months = dict(zip(months, sorted({*STOCKPILE_MONTHS, value}), strict=True))
                shown = next(text for text, m in to_months.items() if m == value)
                solara.Select(label, months, shown, _choose_months(set_to(name), to_months))
        with solara.Details("Demand and buyers"):
            for metal in ("gallium", "germanium"):
                growth = getattr(now, f"growth_{metal}")
                solara.SliderFloat(
                    f"Growth of {metal} use, and of output with it: {growth:.1f} % a year", growth, min=0,
                    max=max(15, growth), step=0.1, thumb_label=False, on_value=set_to(f"growth_{metal}"),
                )  # fmt: skip
            solara.SliderFloat(
                f"Buyers' precaution: {now.precaution:.1f} (0: none)", now.precaution, min=0,
                max=max(10, now.precaution), step=0.1, thumb_label=False, on_value=set_to("precaution"),
            )  # fmt: skip
        with solara.Details("Length and chance"):
            solara.SliderInt(
                f"Weeks: {now.weeks}",
                now.weeks,
                min=1,
                max=max(520, now.weeks),
                thumb_label=False,
                on_value=set_to("weeks"),
            )
            solara.InputInt("Seed of the random draws", now.seed, on_value=lambda value: set_to("seed")(_seed(value)))
        solara.Select("Compare with", list(COMPARISONS), session.comparison)


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


def _choose_months(on_value: Callable[[Any], None], months: dict[str, int]) -> Callable[[str], None]:
    return lambda text: on_value(months[text])


def _percent(label: str, value: int, on_value: Callable[[int], None], disabled: bool, most: int = 100) -> None:
    solara.SliderInt(
        f"{label}: {value} %",
        value,
        min=0,
        max=max(most, value),
        thumb_label=False,
        on_value=on_value,
        disabled=disabled,
    )


def _seed(value: Any) -> int:
    return min(max(int(value or 0), 0), LARGEST_SEED)
