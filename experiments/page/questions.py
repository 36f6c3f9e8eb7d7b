"""Questions that somebody may come with, as presets; and a tour of the page."""

from __future__ import annotations

from experiments.page import restrict
from experiments.page.levers import Value, policies_of, start_of
from experiments.page.session import Session
from experiments.page.supply import USUAL_WEEKS
from experiments.page.view import Setup
from experiments.page.world import short_name, with_article, zone_name
from model.calendar import week_of

GROWN_T = 40  # t a year
YEAR = 12  # months
AFTER_WEEKS = 56  # a year after the pause of the ban ends is shown


def questions(session: Session) -> dict[str, tuple[str, str, Setup]]:
    """Return the presets by key: the question, what it does, and the setup; only those that the world can answer."""
    case, first, filed = session.case, session.first_scenario, session.filed(session.first_scenario)
    target, name = with_article(case.world, case.target), zone_name(case.world, case.restrictor)
    found: dict[str, tuple[str, str, dict[str, Value]]] = {"record": ("The record", "What is on record, as filed", {})}
    pauses = [s["end"] for p in policies_of(filed) if restrict.restricts(case, p) for s in p.get("suspensions", ())]
    if pauses:
        about = f"The pause ends on {max(pauses):%-d %B %Y}, and a year on"
        weeks = max(week_of(max(pauses), start_of(filed)) + AFTER_WEEKS, int(filed.get("weeks", USUAL_WEEKS)))
        found["returns"] = f"The ban on {target} returns", about, {"weeks": weeks}
    if case.grower:
        about = f"Up from {case.grower.output_t:g} t a year"
        found["grower"] = f"{case.grower.name} makes {GROWN_T} t", about, {"grower": GROWN_T}
    piles = {f"pile-{who.lower()}": YEAR for who in case.piles}
    found["pile"] = "A year's stockpile", f"{' and '.join(case.piles)} hold twelve months of use", piles
    about = f"{name} exports nothing from August 2023 on" if first == "history" else ""
    found["total"] = "Total ban", about, {"restriction": restrict.TOTAL_BAN}
    found["free"] = "Free trade", f"{name} restricts nothing", {"restriction": restrict.NONE}
    return {key: (text, about, Setup(first, tuple(changes.items()))) for key, (text, about, changes) in found.items()}


def tour(session: Session) -> list[tuple[str, str, str]]:
    """Return the steps of the tour: what it is about, what to know, where it is on the page."""
    target = short_name(session.world, session.case.target)
    return [
        ("Ask.", "Each button is a question; the whole path is run at once. The settings change it.", ".questions"),
        ("Read the answer.", f"What {target} buyers pay and give up, with a range over 20 runs.", ".answerline"),
        ("Go through time.", "Drag the week; map, tables, words and firms follow. Play is in the settings.", ".clock"),
        ("See the prices.", "Areas hold 10 to 90 % of the runs; hover for values, drag below to zoom.", ".prices"),
        ("Keep it.", "Pin up to four runs and go back to them; copy the link: it holds everything.", ".pins"),
    ]  # fmt: skip
