"""What is run and measured in the export-ban study: one metal or both, cut by a share of what would have been exported.

Measured are prices and use from the cut on, and the US price by week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from experiments import RECORD
from experiments.ensemble.design import Cell, Raw, read_raw, vary
from experiments.study.observe import Observed, Regions, observe
from experiments.study.quantity import measured, price, shipped, used
from experiments.study.study import Tables
from model import InputError, TradeModel, parse_scenario
from model.world import World

METALS = ("gallium", "germanium")
ZONES = ("USA", "DEU", "JPN", "CHN")
START, CUT_FROM = date(2023, 10, 2), date(2024, 1, 1)
LEAD_WEEKS, YEAR, WEEKS, QUARTER = 13, 52, 104, 13
MONTH = 4  # weeks
FACTORS = ("metals", "cut")
NO_CUT, NONE = "no cut", "none"  # the cell, and its metals
QUOTA_WEEKS = 4  # exporters may use up so many weeks of their quota at once


def after_the_cut(weeks: int) -> tuple[str, str]:
    """Return the first and the last Monday of so many weeks."""
    return str(CUT_FROM), str(CUT_FROM + timedelta(weeks=weeks - 1))


def tables(weeks: int) -> Tables:
    """Return what is read of the first `year` by metal and country, the end, the `weekly` US price, value at risk."""
    span = after_the_cut(min(weeks, YEAR))
    quote = price(where={"standard": True, "zone": ZONES}, by=("metal", "zone"), span=span)
    whole = quote.but(smooth=MONTH, how="last", span=after_the_cut(weeks))
    use = used(where={"zone": ZONES}, by=quote.by, span=span, scale=1.0)
    year = {
        "mean": quote.but(what="mean price of free metal, standard grade"),
        "peak": whole.but(how="max", what="highest four-week mean, to the end"),
        "year_end": whole.but(span=span, what="last four-week mean of the first year"),
        "last": whole.but(what="last four-week mean"),
        "quarter_before": whole.but(span=after_the_cut(max(weeks - QUARTER, 1)), what="the same a quarter earlier"),
        "used_kg": use.but(what="end use"),
        "short_kg": use.but(of="firms.short_kg", what="planned end use for which there was no metal"),
    }
    weekly = quote.but(where={"zone": "USA"}, by=("metal", "week"), span=None)
    calm = (str(START), str(CUT_FROM - timedelta(weeks=1)))
    return {"year": year, "weekly": {"usd_per_kg": weekly}, **measured(span, calm)}


def measure(model: TradeModel, tables: Tables, regions: Regions | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a run, the weeks of `weekly` counted from the cut."""
    found = observe(model, tables, regions)
    found["weekly"]["week"] = (found["weekly"]["week"] - pd.Timestamp(CUT_FROM)).dt.days // 7
    return found


def parse_cuts(text: str) -> list[float]:
    """Return the cuts as shares, 0 first; `text` is a list of per cents that rises to 100."""
    try:
        cuts = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--cuts {text}: must be numbers with commas between them, e.g. 20,40,60,80,100") from None
    if sorted(set(cuts)) != cuts or not all(0 <= cut <= 100 for cut in cuts) or cuts[-1] != 100:
        raise InputError(f"--cuts {text}: must rise from 0 or more to 100, e.g. 20,40,60,80,100")
    return sorted({0.0, *(round(cut / 100.0, 6) for cut in cuts)})  # as many digits as the level of a cell has


def design(cuts: Sequence[float], weeks: int = WEEKS, world: World | None = None) -> list[Cell]:
    """Return a cell per set of metals and cut, and one without a cut.

    The cut comes as a surprise at the start of 2024, in a world without China's licences, and buyers take the news in
    proportion to it. Up to a total stop it is a quota on each good; a total stop closes the lanes.
    """
    history = read_raw(RECORD, world)
    others = [policy["name"] for policy in history["policies"] if policy["kind"] != "sanction"]
    patch = {"name": "export_ban", "title": "China exports less", "start": START, "weeks": LEAD_WEEKS + weeks}
    base = vary(history, patch, remove=others)
    normal = normal_exports_t(base, weeks, world)
    cells = [Cell(NO_CUT, base, dict(zip(FACTORS, (NONE, "0"), strict=True)))]
    for metals in (*METALS, "both"):
        for cut in filter(None, cuts):
            added = _cut(cut, [good for good in normal if metals == "both" or good.startswith(metals)], normal)
            levels = dict(zip(FACTORS, (metals, f"{cut:g}"), strict=True))
            cells.append(Cell(f"{metals}, {100 * cut:g} %", vary(base, add=added), levels))
    return cells


def normal_exports_t(base: Raw, weeks: int, world: World | None = None) -> dict[str, float]:
    """Return China's exports by good in the weeks of the cut, had there been none, t a year."""
    model = TradeModel(parse_scenario(base, "export_ban", world), seed=0, world=world).run()
    exports = shipped(where={"origin_zone": "CHN"}, by=("good",), span=after_the_cut(weeks), how="yearly")
    goods, tonnes = Observed(model).read(exports)
    return dict(zip(map(str, goods["good"]), tonnes.tolist(), strict=True))


def _cut(cut: float, goods: Sequence[str], normal: Mapping[str, float]) -> list[dict[str, Any]]:
    dates = {"actor": "CHN", "announced": CUT_FROM, "effective": CUT_FROM, "severity": cut}
    if cut >= 1.0:
        return [{"kind": "export_ban", "name": "China: no exports", "goods": list(goods), **dates}]
    return [
        {"kind": "export_quota", "name": f"China: quota of {good}", "goods": [good], "period_weeks": QUOTA_WEEKS}
        | {"tonnes_per_year": normal[good] * (1.0 - cut), **dates}
        for good in goods
    ]
