"""What the tests of policies share: places in time, licence offices, and questions to ask a run."""

import numpy as np

from model import TradeModel
from model.calendar import week_of
from model.policy.export_licence import ExportLicence
from model.world import load_world
from tests.conftest import EFFECTIVE_WEEK, Played

WORLD = load_world()
WEEKLY = 7 / 365.25
KG = 1e-6
E = EFFECTIVE_WEEK
# Everybody gets a licence at once: separates what a licence needs from what the office decides.
OPEN_OFFICE = {
    "kind": "export_licence", "actor": "CHN", "approval": {"default": 1.0}, "processing_weeks": [1, 1],
    "repeat_weeks": [1, 1], "dispatch_weeks": 0,
}  # fmt: skip
SLOW_OFFICE = {"kind": "export_licence", "actor": "CHN", "approval": {"default": 1.0}, "processing_weeks": [9, 17]}


def events(played: Played, text: str) -> list[int]:
    """Return the weeks of events whose text ends with `text`."""
    table = played.tables["events"]
    days = table[table["what"].str.endswith(text)]["date"]
    return [week_of(day.date(), played.model.start) for day in days]


def changed_from(played: Played, other: Played) -> int:
    """Return the first week in which the flows of two runs differ, or the number of weeks."""
    differs = np.flatnonzero(played.flow() != other.flow())
    return int(differs[0]) if differs.size else len(other.weeks)


def licence_of(model: TradeModel) -> ExportLicence:
    """Return the first export licence of a run."""
    return next(policy for policy in model.policies if isinstance(policy, ExportLicence))


def here(model: TradeModel, zone: str) -> np.ndarray:
    """Return the records of a country, a mask, [N]."""
    return model.firms["zone"] == WORLD.zone_index[zone]
