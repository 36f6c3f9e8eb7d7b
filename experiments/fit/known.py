"""The world as it was known on a day: what was observed, and what was read off observations, ends there.

Without it a fit up to a day would look ahead: how much licence offices grant is read off exports of months later.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.ensemble.design import Raw
from model.posterior import ABOUT, FILE
from model.world import DATA_FOLDER

# Decisions are read off shipments, which follow them by about so long or longer (notes of grants.csv).
SHIPPED_AFTER = timedelta(weeks=4)
LAST_DAY = {"observed_prices": "end_date", "observed_exports": "month", "observed_export_totals": "end_month",
            "grants": "end"}  # fmt: skip


def known_world(data: Path | None, cut: date, out: Path) -> Path:
    """Write a folder that holds a world without anything of after a day, and without a posterior; return it.

    Args:
        data: the folder of the world; the packaged one when not given.
        cut: the day.
        out: where to write.
    """
    source = (data or DATA_FOLDER).expanduser()
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.csv")):
        if path.name == FILE:
            continue
        column = LAST_DAY.get(path.stem)
        if column is None:
            shutil.copyfile(path, out / path.name)
        else:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
            last = _last_days(table[column], path.stem)
            table[last <= pd.Timestamp(cut)].to_csv(out / path.name, index=False, lineterminator="\n")
    for name in (FILE, ABOUT):
        (out / name).unlink(missing_ok=True)
    return out


def _last_days(days: pd.Series, table: str) -> pd.Series:
    found = pd.to_datetime(days, errors="coerce")
    if table == "grants":
        return found + SHIPPED_AFTER
    return found + pd.offsets.MonthEnd(1) if "month" in LAST_DAY[table] else found


def known_scenario(raw: Mapping[str, Any], cut: date) -> Raw:
    """Return a scenario without policies, and changes of policies, that were announced after a day."""
    kept = []
    for policy in raw.get("policies", []):
        if policy.get("announced") is None or policy["announced"] <= cut:
            later = {"phases", "suspensions", "campaigns"} & policy.keys()
            kept.append({**policy, **{key: [one for one in policy[key] if one["start"] <= cut] for key in later}})
    return {**raw, "policies": kept}
